/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>

#include "queue_fixture.h"
#include "refuse.h"
#include "tree/queue.h"
#include "tree/queue_fake.h"

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

/* What a child process that may not use some calls chooses; 77 when it cannot be set up. */
static int form_chosen(const unsigned *numbers, size_t n, int error, bool own_thread)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct queue q;

		for (size_t i = 0; i < n; i++)
			refuse(numbers[i], error);
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
	static const int errors[] = {ENOSYS, EPERM};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		int chosen = form_chosen(numbers, 1, errors[i], true);

		if (chosen == 77) {
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(calls_are_made_at_once),	  TEST(every_form_reads_the_entry_itself),
		TEST(fchdir_is_for_own_threads),  TEST(probes_for_the_best_form),
		TEST(submits_and_reaps_in_order), TEST(fake_fails_as_the_script_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
