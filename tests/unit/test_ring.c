/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "open_fds.h"
#include "tree/ring.h"

static const uint8_t nop[] = {IORING_OP_NOP};
static const struct ring_options plain = {.entries = 4, .needed = nop, .n_needed = 1};

/* Skips where there is no io_uring at all. */
static void need_ring(void)
{
	struct ring ring;
	int r = ring_open(&ring, &plain);

	if (r < 0) {
		print_message("SKIP: no io_uring here: %s\n", ring_refusal(r));
		skip();
	}
	ring_close(&ring);
}

static void does_a_request(const struct ring_options *options)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct ring ring;

	assert_int_equal(ring_open(&ring, options), 0);
	sqe = io_uring_get_sqe(&ring.io);
	assert_non_null(sqe);
	io_uring_prep_nop(sqe);
	sqe->user_data = 7;
	assert_int_equal(io_uring_submit(&ring.io), 1);
	assert_int_equal(io_uring_wait_cqe(&ring.io, &cqe), 0);
	assert_int_equal(cqe->user_data, 7);
	assert_int_equal(cqe->res, 0);
	ring_close(&ring);
}

static void opens_and_closes(void **state)
{
	struct ring_options deferred = plain, bounded = plain;
	unsigned before = open_fds();

	need_ring();
	deferred.deferred = true;
	bounded.workers = 2;
	does_a_request(&plain);
	does_a_request(&deferred);
	does_a_request(&bounded);
	assert_int_equal(open_fds(), before);
}

static void completions_come_unasked_unless_deferred(void **state)
{
	struct ring ring;

	need_ring();
	assert_int_equal(ring_open(&ring, &plain), 0);
	assert_false(ring.setup & IORING_SETUP_DEFER_TASKRUN);
	ring_close(&ring);
}

static void a_missing_opcode_is_said(void **state)
{
	static const uint8_t never[] = {IORING_OP_NOP, 255};
	struct ring_options o = {.entries = 4, .needed = never, .n_needed = 2};
	unsigned before = open_fds();
	struct ring ring;

	need_ring();
	assert_int_equal(ring_open(&ring, &o), -EOPNOTSUPP);
	assert_int_equal(open_fds(), before);
}

/* Child: the system call @nr fails with @error. */
static void refuse(unsigned nr, int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = ARRAY_SIZE(filter), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		_exit(77);
}

/* What ring_open() returns where @nr fails with @error; the number of descriptors must not grow. */
static int opened_without(unsigned nr, int error)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		unsigned before = open_fds();
		struct ring ring;
		int r;

		refuse(nr, error);
		r = ring_open(&ring, &plain);
		_exit(open_fds() != before ? 255 : -r);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void a_refusal_is_an_answer(void **state)
{
	static const int errors[] = {ENOSYS, EPERM, EACCES, ENOMEM};

	if (opened_without(__NR_io_uring_setup, EPERM) == -77) {
		print_message("SKIP: no filters of system calls here\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_int_equal(opened_without(__NR_io_uring_setup, errors[i]), -errors[i]);
	need_ring();
	/* no opcode can be asked for */
	assert_int_equal(opened_without(__NR_io_uring_register, EPERM), -EOPNOTSUPP);
}

static void refusals_have_words(void **state)
{
	static const int errors[] = {-ENOSYS, -EPERM, -EACCES, -ENOMEM, -EMFILE, -EOPNOTSUPP, -EIO};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ring_refusal(errors[i]), ring_refusal(errors[j]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_closes),
		cmocka_unit_test(completions_come_unasked_unless_deferred),
		cmocka_unit_test(a_missing_opcode_is_said),
		cmocka_unit_test(a_refusal_is_an_answer),
		cmocka_unit_test(refusals_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
