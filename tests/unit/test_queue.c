/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "open_fds.h"
#include "tree/queue.h"
#include "tree/queue_fake.h"

#define ATTR "user.relabel-test"

struct fixture {
	char tmp[32];
	int fd;
	bool attrs; /* the file system under /tmp keeps user attributes */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	strcpy(f->tmp, "/tmp/relabel-queue-XXXXXX");
	if (!mkdtemp(f->tmp))
		return -1;
	f->fd = open(f->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(f->fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	f->attrs = fsetxattr(fd, ATTR, "value", 6, 0) == 0;
	close(fd);
	*state = f;
	return symlinkat("file", f->fd, "link") || mkdirat(f->fd, "other", 0755);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlinkat(f->fd, "file", 0);
	unlinkat(f->fd, "link", 0);
	unlinkat(f->fd, "other", AT_REMOVEDIR);
	close(f->fd);
	rmdir(f->tmp);
	free(f);
	return 0;
}

static bool need_attrs(struct fixture *f)
{
	if (f->attrs)
		return true;
	print_message("/tmp keeps no user attributes\n");
	return false;
}

static void opens_lists_stats_and_closes(struct fixture *f, const struct queue_ops *ops)
{
	struct queue q;
	struct statx stx;
	char buf[4096];
	struct queue_req req = {.op = QUEUE_OPENAT, .fd = f->fd, .name = "file"};
	int fd;

	assert_int_equal(lseek(f->fd, 0, SEEK_SET), 0);
	assert_int_equal(queue_open(&q, ops, NULL, QUEUE_FORM_AUTO, false), 0);
	assert_string_equal(q.ops->name, ops ? ops->name : "sync");
	assert_true(q.form == QUEUE_FORM_AT || q.form == QUEUE_FORM_PROC);
	fd = (int)queue_call(&q, &req);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	req = (struct queue_req){
		.op = QUEUE_STATX, .fd = fd, .name = "", .mask = QUEUE_IDENTITY, .stx = &stx};
	assert_int_equal(queue_call(&q, &req), 0);
	assert_int_equal(kind_of_mode(stx.stx_mode), LBL_REG);
	assert_true(queue_mount_id(&stx) != 0);
	req = (struct queue_req){
		.op = QUEUE_STATX, .fd = f->fd, .name = "link", .mask = STATX_TYPE, .stx = &stx};
	assert_int_equal(queue_call(&q, &req), 0);
	assert_int_equal(kind_of_mode(stx.stx_mode), LBL_LNK);
	stx.stx_mask = 0; /* an old kernel: the device stands in */
	stx.stx_dev_major = 8;
	stx.stx_dev_minor = 1;
	assert_true(queue_mount_id(&stx) == ((uint64_t)8 << 32 | 1));
	req = (struct queue_req){.op = QUEUE_GETDENTS, .fd = f->fd, .buf = buf, .len = sizeof(buf)};
	assert_true(queue_call(&q, &req) > 0);
	assert_int_equal(queue_call(&q, &req), 0);
	req = (struct queue_req){.op = QUEUE_CLOSE, .fd = fd};
	assert_int_equal(queue_call(&q, &req), 0);
	assert_int_equal(queue_call(&q, &req), -EBADF);
	req = (struct queue_req){.op = QUEUE_OPS};
	assert_int_equal(queue_call(&q, &req), -EINVAL);
	assert_int_equal(q.calls[QUEUE_OPENAT], 1);
	assert_int_equal(q.calls[QUEUE_STATX], 2);
	assert_int_equal(q.calls[QUEUE_GETDENTS], 2);
	assert_int_equal(q.calls[QUEUE_CLOSE], 2);
	queue_close(&q);
	queue_close(&q);
}

static void calls_are_made_at_once(void **state)
{
	opens_lists_stats_and_closes(*state, NULL);
	opens_lists_stats_and_closes(*state, &queue_uring);
}

/* Read by name in one form: directory, then another, then the first again. */
static void read_in_form(struct fixture *f, enum queue_form form)
{
	_cleanup_close_ int other = openat(f->fd, "other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct queue q;
	char buf[64];
	struct queue_req req = {.op = QUEUE_GETXATTR_AT,
				.fd = f->fd,
				.dir_id = 1,
				.name = "file",
				.xattr = ATTR,
				.buf = buf,
				.len = sizeof(buf)};
	int r = queue_open(&q, NULL, NULL, form, true);

	if (form == QUEUE_FORM_AT && r == -ENOSYS)
		return;
	assert_int_equal(r, 0);
	assert_int_equal(q.form, form);
	for (int i = 0; i < 3; i++) {
		memset(buf, 0, sizeof(buf));
		assert_int_equal(queue_call(&q, &req), 6);
		assert_string_equal(buf, "value");
	}
	req.name = "link"; /* itself, not what it leads to */
	assert_true(queue_call(&q, &req) < 0);
	req.name = "file";
	req.fd = other;
	req.dir_id = 2;
	assert_int_equal(queue_call(&q, &req), -ENOENT);
	req.fd = f->fd;
	req.dir_id = 1;
	assert_int_equal(queue_call(&q, &req), 6);
	req.name = "";
	assert_int_equal(queue_call(&q, &req), -ENOENT);
	req.name = "file";
	req.len = 3;
	assert_int_equal(queue_call(&q, &req), -ERANGE);
	req.fd = -1;
	assert_int_equal(queue_call(&q, &req), -EBADF);
	queue_close(&q);
}

struct thread_job {
	struct fixture *f;
	enum queue_form form;
};

static void *read_in_thread(void *arg)
{
	struct thread_job *j = arg;

	read_in_form(j->f, j->form);
	return NULL;
}

static void every_form_reads_the_entry_itself(void **state)
{
	struct fixture *f = *state;
	char before[4096], after[4096];

	if (!need_attrs(f))
		skip();
	assert_non_null(getcwd(before, sizeof(before)));
	for (enum queue_form form = QUEUE_FORM_AT; form <= QUEUE_FORM_PROC; form++) {
		struct thread_job job = {f, form};
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, read_in_thread, &job), 0);
		pthread_join(thread, NULL);
	}
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after); /* the others' working directory is not touched */
}

static void fchdir_is_for_own_threads(void **state)
{
	struct queue q;

	assert_int_equal(queue_open(&q, NULL, NULL, QUEUE_FORM_FCHDIR, false), -EINVAL);
}

/* From here on this process gets @error for @number, as from a container's seccomp filter. */
static bool forbid(unsigned number, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = ARRAY_SIZE(code), .filter = code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

/* What a child process that may not use some calls chooses; 100 when it cannot be set up. */
static int form_chosen(const unsigned *numbers, size_t n, unsigned error, bool own_thread)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct queue q;

		for (size_t i = 0; i < n; i++)
			if (!forbid(numbers[i], error))
				_exit(100);
		if (queue_open(&q, NULL, NULL, QUEUE_FORM_AUTO, own_thread) < 0)
			_exit(99);
		_exit((int)q.form);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void probes_for_the_best_form(void **state)
{
#ifdef __x86_64__
	static const unsigned numbers[] = {464, SYS_unshare};
	static const unsigned numbers_fstatfs[] = {464, SYS_fstatfs};
	static const unsigned errors[] = {ENOSYS, EPERM};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		int chosen = form_chosen(numbers, 1, errors[i], true);

		if (chosen == 100) {
			print_message("no seccomp filters here\n");
			skip();
		}
		assert_int_equal(chosen, QUEUE_FORM_FCHDIR);
		assert_int_equal(form_chosen(numbers, 1, errors[i], false), QUEUE_FORM_PROC);
		assert_int_equal(form_chosen(numbers, 2, errors[i], true), QUEUE_FORM_PROC);
		/* /proc is known by what it does, if its type may not be asked for */
		assert_int_equal(form_chosen(numbers_fstatfs, 2, errors[i], false),
				 QUEUE_FORM_PROC);
	}
#else
	skip();
#endif
}

static void submits_and_reaps_in_order(void **state)
{
	struct fixture *f = *state;
	struct fake_script script = {.newest_first = true};
	struct statx stx[20];
	struct queue_req reqs[20], *got;

	for (int pass = 0; pass < 4; pass++) {
		const struct queue_ops *ops = pass == 0	  ? &queue_sync
					      : pass == 3 ? &queue_uring /* has no such opcode */
							  : &queue_fake;
		struct queue q;

		assert_int_equal(
			queue_open(&q, ops, pass == 2 ? &script : NULL, QUEUE_FORM_AUTO, false), 0);
		assert_int_equal(q.ops->reap(&q, true, &got), 0);
		for (size_t i = 0; i < ARRAY_SIZE(reqs); i++) {
			reqs[i] = (struct queue_req){.op = QUEUE_STATX,
						     .fd = f->fd,
						     .name = i % 2 ? "file" : "missing",
						     .mask = STATX_TYPE,
						     .stx = &stx[i],
						     .user = &stx[i]};
			assert_int_equal(q.ops->submit(&q, &reqs[i]), 0);
		}
		for (size_t i = 0; i < ARRAY_SIZE(reqs); i++) {
			size_t k = pass == 2 ? ARRAY_SIZE(reqs) - 1 - i : i;

			assert_int_equal(q.ops->reap(&q, true, &got), 1);
			assert_ptr_equal(got, &reqs[k]);
			assert_ptr_equal(got->user, &stx[k]);
			assert_int_equal(got->result, k % 2 ? 0 : -ENOENT);
		}
		assert_int_equal(q.ops->reap(&q, false, &got), 0);
		/* one left behind is given back by close */
		assert_int_equal(q.ops->submit(&q, &reqs[0]), 0);
		queue_close(&q);
	}
}

/* ---- batches -------------------------------------------------------------------------------- */

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

static void forbid_or_skip(unsigned number, unsigned error)
{
	if (!forbid(number, error))
		_exit(77);
}

static void without_a_ring(struct fixture *f)
{
	static const unsigned errors[] = {ENOSYS, EPERM, EACCES}; /* the last one set counts */

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct batch b = {0};

		forbid_or_skip(SYS_io_uring_setup, errors[i]);
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
	forbid_or_skip(SYS_io_uring_enter, EPERM);
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
	forbid_or_skip(SYS_io_uring_enter, EBADF);
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

static void count_up(void *user, struct queue_req *req)
{
	++*(int *)user;
}

static void fake_fails_as_the_script_says(void **state)
{
	struct fixture *f = *state;
	int before = 0;
	struct fake_rule rules[] = {
		{.op = QUEUE_OPENAT, .name = "fi*", .nth = 2, .error = -EIO},
		{.op = QUEUE_CLOSE, .error = -EINTR},
		{.op = QUEUE_OPS, .before = count_up, .user = &before},
		{.op = QUEUE_GETDENTS, .name = "relabel-queue-*", .error = -EACCES},
	};
	struct fake_script script = {.rules = rules, .n_rules = ARRAY_SIZE(rules)};
	struct queue q;
	char buf[1024];
	struct queue_req open = {.op = QUEUE_OPENAT, .fd = f->fd, .name = "file"}, req;
	int fd;

	assert_int_equal(queue_open(&q, &queue_fake, &script, QUEUE_FORM_AUTO, false), 0);
	fd = (int)queue_call(&q, &open);
	assert_true(fd >= 0);
	assert_int_equal(queue_call(&q, &open), -EIO);
	assert_int_equal(open.result, -EIO);
	req = (struct queue_req){.op = QUEUE_CLOSE, .fd = fd};
	assert_int_equal(queue_call(&q, &req), -EINTR);
	assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed all the same */
	assert_int_equal(before, 1);		  /* the first error ends the search */
	req = (struct queue_req){.op = QUEUE_GETDENTS, .fd = f->fd, .buf = buf, .len = sizeof(buf)};
	assert_int_equal(queue_call(&q, &req), -EACCES);
	assert_int_equal(atomic_load(&rules[0].seen), 2);
	assert_int_equal(atomic_load(&rules[0].hits), 1);
	assert_int_equal(q.calls[QUEUE_OPENAT], 2);
	queue_close(&q);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(calls_are_made_at_once),
		TEST(every_form_reads_the_entry_itself),
		TEST(fchdir_is_for_own_threads),
		TEST(probes_for_the_best_form),
		TEST(submits_and_reaps_in_order),
		TEST(a_batch_is_made_whole),
		TEST(every_opcode),
		TEST(a_pinned_link_is_not_followed),
		TEST(errors_are_those_of_the_plain_way),
		TEST(what_is_cancelled_comes_back),
		TEST(no_ring_is_no_loss),
		TEST(fake_fails_as_the_script_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
