/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is submitted to a queue rather than called: batches, and the ring that takes them, or does
 * not. */
#include <stdio.h>
#include <sys/wait.h>

#include "open_fds.h"
#include "queue_fixture.h"
#include "refuse.h"
#include "tree/queue.h"

enum { BATCH = 40 }; /* files, each of which is pinned, set and read back */

struct batch {
	struct fixture *f;
	struct queue q;
	struct queue_req reqs[BATCH];
	char values[BATCH][16];
	unsigned reaped;
};

static void batch_open(struct batch *b, struct fixture *f)
{
	b->f = f;
	assert_int_equal(queue_open(&b->q, &queue_uring, NULL, QUEUE_FORM_AUTO, false), 0);
	for (int i = 0; i < BATCH; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "b%d", i);
		fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		close(fd);
		b->reqs[i] = (struct queue_req){
			.op = QUEUE_SETXATTR_PIN,
			.fd = openat(f->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC),
			.xattr = ATTR,
			.buf = b->values[i],
			.len = sizeof(b->values[i]),
			.user = &b->values[i],
		};
		snprintf(b->values[i], sizeof(b->values[i]), "value %d", i);
	}
}

static void batch_submit(struct batch *b, int from, int to)
{
	for (int i = from; i < to; i++)
		assert_int_equal(queue_submit(&b->q, &b->reqs[i]), 0);
}

/* Each request comes back once, with @want (or, if given, @or_else). */
static void batch_reap(struct batch *b, long want, long or_else)
{
	struct queue_req *req;

	while (queue_reap(&b->q, true, &req) > 0) {
		assert_true(req >= b->reqs && req < b->reqs + BATCH);
		assert_ptr_equal(req->user, &b->values[req - b->reqs]);
		req->user = NULL;
		assert_true(req->result == want || req->result == or_else);
		b->reaped++;
	}
}

static void batch_check(struct batch *b, int from, int to)
{
	for (int i = from; i < to; i++) {
		char path[64], have[16] = "";

		snprintf(path, sizeof(path), "%s/b%d", b->f->tmp, i);
		assert_int_equal(lgetxattr(path, ATTR, have, sizeof(have)), sizeof(have));
		assert_string_equal(have, b->values[i]);
	}
}

static void batch_close(struct batch *b)
{
	queue_close(&b->q);
	for (int i = 0; i < BATCH; i++) {
		char name[16];

		snprintf(name, sizeof(name), "b%d", i);
		close(b->reqs[i].fd);
		assert_int_equal(unlinkat(b->f->fd, name, 0), 0);
	}
}

static void a_batch_is_made_whole(void **state)
{
	struct batch b = {0};
	size_t fds = open_fds();

	if (!need_attrs(*state))
		skip();
	batch_open(&b, *state);
	batch_submit(&b, 0, 10);
	queue_flush(&b.q);
	batch_submit(&b, 10, BATCH);
	batch_reap(&b, 0, 0); /* flushes */
	assert_int_equal(b.reaped, BATCH);
	assert_int_equal(b.q.calls[QUEUE_SETXATTR_PIN], BATCH);
	batch_check(&b, 0, BATCH);
	batch_close(&b);
	assert_int_equal(open_fds(), fds);
}

/* Reads, opens and closes in a batch; more than the ring holds. */
static void every_opcode(void **state)
{
	static const enum queue_op kinds[] = {QUEUE_OPENAT, QUEUE_GETXATTR_FD, QUEUE_GETXATTR_PIN,
					      QUEUE_SETXATTR_FD, QUEUE_CLOSE};
	struct fixture *f = *state;
	struct queue_req reqs[200], *req;
	char bufs[200][16];
	size_t fds = open_fds();
	int real, pin;
	struct queue q;

	if (!need_attrs(f))
		skip();
	real = openat(f->fd, "file", O_RDONLY | O_CLOEXEC);
	pin = openat(f->fd, "file", O_PATH | O_CLOEXEC);
	assert_int_equal(queue_open(&q, &queue_uring, NULL, QUEUE_FORM_AUTO, false), 0);
	for (size_t i = 0; i < ARRAY_SIZE(reqs); i++) {
		enum queue_op op = kinds[i % ARRAY_SIZE(kinds)];

		memcpy(bufs[i], "value", 6);
		reqs[i] = (struct queue_req){
			.op = op,
			.fd = op == QUEUE_OPENAT	 ? f->fd
			      : op == QUEUE_CLOSE	 ? dup(f->fd)
			      : op == QUEUE_GETXATTR_PIN ? pin
							 : real,
			.name = "file",
			.xattr = ATTR,
			.buf = bufs[i],
			.len = op == QUEUE_SETXATTR_FD ? 6 : sizeof(bufs[i]),
		};
		assert_int_equal(queue_submit(&q, &reqs[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(reqs); i++) {
		assert_int_equal(queue_reap(&q, true, &req), 1);
		if (req->op == QUEUE_OPENAT) {
			assert_int_equal(fcntl((int)req->result, F_GETFD), FD_CLOEXEC);
			close((int)req->result);
		} else if (req->op == QUEUE_GETXATTR_FD || req->op == QUEUE_GETXATTR_PIN) {
			assert_int_equal(req->result, 6);
			assert_string_equal(req->buf, "value");
		} else {
			assert_int_equal(req->result, 0);
		}
	}
	assert_int_equal(queue_reap(&q, true, &req), 0);
	queue_close(&q);
	close(real);
	close(pin);
	assert_int_equal(open_fds(), fds);
}

/* A pinned link is itself: what it leads to is not touched, and it has no such attributes. */
static void a_pinned_link_is_not_followed(void **state)
{
	struct fixture *f = *state;
	char evil[] = "evil";
	int pin = openat(f->fd, "link", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct queue_req *got,
		req = {.op = QUEUE_SETXATTR_PIN, .fd = pin, .xattr = ATTR, .buf = evil, .len = 5};
	char path[64], have[16];
	struct queue q;

	if (!need_attrs(f))
		skip();
	assert_int_equal(queue_open(&q, &queue_uring, NULL, QUEUE_FORM_AUTO, false), 0);
	assert_int_equal(queue_submit(&q, &req), 0);
	assert_int_equal(queue_reap(&q, true, &got), 1);
	assert_int_equal(got->result, -EPERM); /* as setxattr(2) says */
	queue_close(&q);
	close(pin);
	snprintf(path, sizeof(path), "%s/file", f->tmp);
	assert_int_equal(lgetxattr(path, ATTR, have, sizeof(have)), 6);
	assert_string_equal(have, "value");
}

/* What fails is told as the plain way tells it. */
static void errors_are_those_of_the_plain_way(void **state)
{
	static const char long_name[300] = {[0 ... 298] = 'x'};
	struct fixture *f = *state;
	int file = openat(f->fd, "file", O_RDONLY | O_CLOEXEC);
	char buf[16];
	struct queue_req reqs[] = {
		{.op = QUEUE_OPENAT, .fd = f->fd, .name = "missing"},
		{.op = QUEUE_OPENAT, .fd = f->fd, .name = "file", .flags = O_DIRECTORY},
		{.op = QUEUE_OPENAT, .fd = f->fd, .name = long_name},
		{.op = QUEUE_CLOSE, .fd = 100000},
		{.op = QUEUE_GETXATTR_FD, .fd = file, .xattr = "user.none", .buf = buf, .len = 16},
		{.op = QUEUE_GETXATTR_PIN, .fd = 100000, .xattr = ATTR, .buf = buf, .len = 16},
		{.op = QUEUE_SETXATTR_FD, .fd = file, .xattr = "wrong", .buf = buf, .len = 1},
		{.op = QUEUE_SETXATTR_PIN, .fd = file, .xattr = "user.", .buf = buf, .len = 1},
		{.op = QUEUE_SETXATTR_PIN, .fd = file, .xattr = ATTR, .buf = NULL, .len = 70000},
	};
	struct queue plain, ring;

	assert_int_equal(queue_open(&plain, NULL, NULL, QUEUE_FORM_AUTO, false), 0);
	assert_int_equal(queue_open(&ring, &queue_uring, NULL, QUEUE_FORM_AUTO, false), 0);
	for (size_t i = 0; i < ARRAY_SIZE(reqs); i++) {
		long want = queue_call(&plain, &reqs[i]);
		struct queue_req *got;

		assert_true(want < 0);
		assert_int_equal(queue_submit(&ring, &reqs[i]), 0);
		assert_int_equal(queue_reap(&ring, true, &got), 1);
		assert_ptr_equal(got, &reqs[i]);
		assert_int_equal(got->result, want);
	}
	queue_close(&plain);
	queue_close(&ring);
	close(file);
}

static void what_is_cancelled_comes_back(void **state)
{
	struct batch b = {0};

	if (!need_attrs(*state))
		skip();
	batch_open(&b, *state);
	batch_submit(&b, 0, BATCH);
	queue_cancel(&b.q);
	batch_reap(&b, -ECANCELED, 0); /* too late for some, perhaps */
	assert_int_equal(b.reaped, BATCH);
	batch_close(&b);
}

/* @part in a child process; 77 from it skips. */
static void in_child(struct fixture *f, void (*part)(struct fixture *))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		part(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("no seccomp filters here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void without_a_ring(struct fixture *f)
{
	static const int errors[] = {ENOSYS, EPERM, EACCES}; /* the last one set counts */

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct batch b = {0};

		refuse(SYS_io_uring_setup, errors[i]);
		batch_open(&b, f);
		batch_submit(&b, 0, BATCH);
		batch_reap(&b, 0, 0);
		assert_int_equal(b.reaped, BATCH);
		assert_int_equal(b.q.calls[QUEUE_SETXATTR_PIN], BATCH);
		batch_check(&b, 0, BATCH);
		batch_close(&b);
	}
}

/* The ring cannot be entered any more while some are in flight and some wait. */
static void ring_lost(struct fixture *f)
{
	struct batch b = {0};
	size_t fds = open_fds();

	batch_open(&b, f);
	batch_submit(&b, 0, 15);
	queue_flush(&b.q);
	batch_submit(&b, 15, 25);
	refuse(SYS_io_uring_enter, EPERM);
	queue_flush(&b.q);
	batch_submit(&b, 25, BATCH);
	batch_reap(&b, 0, 0);
	assert_int_equal(b.reaped, BATCH);
	batch_check(&b, 0, BATCH);
	batch_close(&b);
	assert_int_equal(open_fds(), fds);
}

/* The same, with the loss noticed in waiting. */
static void ring_lost_in_flight(struct fixture *f)
{
	struct batch b = {0};

	batch_open(&b, f);
	batch_submit(&b, 0, BATCH);
	queue_flush(&b.q);
	refuse(SYS_io_uring_enter, EBADF);
	batch_reap(&b, 0, 0);
	assert_int_equal(b.reaped, BATCH);
	batch_check(&b, 0, BATCH);
	batch_close(&b);
}

static void no_ring_is_no_loss(void **state)
{
	if (!need_attrs(*state))
		skip();
	in_child(*state, without_a_ring);
	in_child(*state, ring_lost);
	in_child(*state, ring_lost_in_flight);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_batch_is_made_whole),	     TEST(every_opcode),
		TEST(a_pinned_link_is_not_followed), TEST(errors_are_those_of_the_plain_way),
		TEST(what_is_cancelled_comes_back),  TEST(no_ring_is_no_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
