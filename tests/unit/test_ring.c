/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "open_fds.h"
#include "refuse.h"
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

/* What ring_open() with @gate returns in a thread in which io_uring_setup() fails with @error. */
struct asking {
	struct ring_gate *gate;
	int error, result; /* 0: nothing fails */
};

static void *ask(void *arg)
{
	struct asking *a = arg;
	struct ring_options o = plain;
	struct ring ring;

	o.gate = a->gate;
	if (a->error)
		refuse(__NR_io_uring_setup, a->error);
	a->result = ring_open(&ring, &o);
	if (a->result == 0)
		ring_close(&ring);
	return NULL;
}

static int asked(struct ring_gate *gate, int error)
{
	struct asking a = {.gate = gate, .error = error};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, ask, &a), 0);
	pthread_join(thread, NULL);
	return a.result;
}

/* A filter is its thread's own: who is not under one would get a ring if he asked the kernel. */
static void a_refusal_is_remembered(void **state)
{
	static const struct {
		int error;
		bool for_all;
	} cases[] = {{EACCES, true},  {EPERM, true},   {ENOSYS, true},
		     {ENOMEM, false}, {EMFILE, false}, {ENFILE, false}};
	struct ring_gate gate;

	need_ring();
	if (opened_without(__NR_io_uring_setup, EPERM) == -77) {
		print_message("SKIP: no filters of system calls here\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ring_gate_init(&gate);
		assert_int_equal(asked(&gate, cases[i].error), -cases[i].error);
		assert_int_equal(asked(&gate, 0), cases[i].for_all ? -cases[i].error : 0);
		ring_gate_done(&gate);
	}
	/* once there was one, each speaks for itself */
	ring_gate_init(&gate);
	assert_int_equal(asked(&gate, 0), 0);
	assert_int_equal(asked(&gate, EPERM), -EPERM);
	assert_int_equal(asked(&gate, 0), 0);
	ring_gate_done(&gate);
}

static void a_shut_gate_asks_nobody(void **state)
{
	struct ring_gate gate;

	ring_gate_init(&gate);
	ring_gate_shut(&gate, -ECANCELED);
	assert_int_equal(asked(&gate, 0), -ECANCELED);
	ring_gate_done(&gate);
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
		cmocka_unit_test(a_refusal_is_remembered),
		cmocka_unit_test(a_shut_gate_asks_nobody),
		cmocka_unit_test(refusals_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
