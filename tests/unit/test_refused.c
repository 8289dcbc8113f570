/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relabel/types.h"
#include "setfiles/refused.h"

/* A policy in which no_ begins what it does not know, and odd_t is not to be had by staff_u. */
static int check(void *user, const char *context, char **ret_canonical)
{
	int *asked = user;

	++*asked;
	if (strstr(context, "nobody"))
		return -EACCES;
	return !strstr(context, "no_") &&
	       !(strstr(context, "staff_u") && strstr(context, "odd_t") && strstr(context, "s3"));
}

static bool note(struct refused *r, const char *context, const char *detail)
{
	struct lbl_event ev = {.type = LBL_EV_ERROR,
			       .klass = LBL_CLASS_INVALID,
			       .want = context,
			       .detail = detail};

	return refused_note(r, &ev);
}

static enum refused_fault fault(const char *own, const char *context)
{
	enum refused_fault found;
	struct refused r;
	int asked = 0;

	refused_init(&r);
	refused_ask(&r, check, &asked, own ? strdup(own) : NULL);
	assert_true(note(&r, context, "set context"));
	assert_int_equal(r.n, 1);
	found = r.v[0].fault;
	refused_done(&r);
	return found;
}

static void what_is_at_fault(void **state)
{
	static const char own[] = "system_u:system_r:setfiles_t:s0-s15";
	static const struct {
		const char *context;
		enum refused_fault fault;
	} t[] = {
		{"system_u:object_r:etc_t:s0", REFUSED_FOR_OTHER_REASONS},
		{"system_u:object_r:no_t:s0", REFUSED_TYPE},
		{"no_u:no_r:no_t:no_s", REFUSED_TYPE},
		{"no_u:object_r:etc_t:s0", REFUSED_USER},
		{"system_u:no_r:etc_t:s0", REFUSED_ROLE},
		{"system_u:object_r:etc_t:no_s:c1,c2", REFUSED_RANGE},
		{"staff_u:object_r:odd_t:s3", REFUSED_COMBINATION},
		{"no_ context at all", REFUSED_TYPE},
		{"nobody_u:object_r:no_t", REFUSED_FOR_OTHER_REASONS},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(fault(own, t[i].context), t[i].fault);
	/* without MLS */
	assert_int_equal(fault("a:b:c", "no_u:object_r:etc_t"), REFUSED_USER);
	/* where nothing is known to be right, the type is what mostly is wrong */
	assert_int_equal(fault(NULL, "no_u:object_r:etc_t:s0"), REFUSED_TYPE);
	assert_int_equal(fault("kernel", "no_u:object_r:etc_t:s0"), REFUSED_TYPE);
	assert_int_equal(fault("no_u:b:c", "no_u:object_r:etc_t:s0"), REFUSED_TYPE);
}

static void the_first_of_each_is_told(void **state)
{
	struct types types = {0};
	struct refused r;
	uint64_t files;
	int asked = 0, before;
	char *text;

	refused_init(&r);
	assert_true(note(&r, "u:r:no_t:s0", "set context")); /* nobody can be asked */
	assert_true(note(&r, "u:r:no_t:s0", "set context"));
	refused_ask(&r, check, &asked, strdup("u:r:t:s0"));
	assert_true(note(&r, "u:r:no_b:s0", "set context"));
	assert_false(note(&r, "u:r:no_b:s0", "set context"));
	assert_true(note(&r, "u:r:no_b:s1", "set context"));
	assert_true(note(&r, "u:r:no_a:s0", "set context"));
	before = asked;
	for (int i = 0; i < 100; i++)
		assert_false(note(&r, "u:r:no_a:s0", "set context"));
	assert_int_equal(asked, before); /* asked once */

	/* what has another reason is told, each time */
	assert_true(note(&r, "u:r:known:s0", "set context"));
	assert_true(note(&r, "u:r:known:s0", "set context"));
	assert_true(note(&r, "u:r:no_a:s0", "read context"));
	assert_true(note(&r, NULL, "set context"));

	assert_int_equal(r.files, 104);
	assert_int_equal(refused_types(&r, &types, &files), 0);
	assert_int_equal(files, 104);
	text = types_text(&types, TYPES_SHOWN, NULL);
	assert_string_equal(text, "no_a, no_b");
	free(text);
	types_done(&types);
	refused_done(&r);
}

enum { THREADS = 4, ROUNDS = 2000, CONTEXTS = 50 };

struct shared {
	struct refused r;
	_Atomic unsigned told;
};

static void *work(void *user)
{
	struct shared *s = user;
	char context[32];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(context, sizeof(context), "u:r:no_%d:s0", i * 7 % CONTEXTS);
		s->told += note(&s->r, context, "set context");
	}
	return NULL;
}

static void many_threads_tell_each_once(void **state)
{
	struct shared s = {0};
	pthread_t threads[THREADS];
	int asked = 0;

	refused_init(&s.r);
	refused_ask(&s.r, check, &asked, NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &s), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(s.told, CONTEXTS);
	assert_int_equal(s.r.n, CONTEXTS);
	assert_int_equal(s.r.files, THREADS * ROUNDS);
	refused_done(&s.r);
}

static void some_types_in_few_words(void **state)
{
	struct types t = {0}, known = {0};
	char *text;

	text = types_text(&t, 3, NULL);
	assert_string_equal(text, "");
	free(text);
	types_note(&t, "u:r:b_t:s0:c1");
	types_note(&t, "u:r:a_t");
	types_note(&t, "u:r:b_t");
	types_note(&t, "nothing");
	types_note(&t, "u:r:htpd_log_t:s0");
	types_note(&known, "u:r:httpd_log_t:s0");
	text = types_text(&t, 2, &known);
	assert_string_equal(text, "a_t, b_t and 2 more");
	free(text);
	text = types_text(&t, 4, &known);
	assert_string_equal(text, "a_t, b_t, htpd_log_t (httpd_log_t?), nothing");
	free(text);
	types_note(&known, "u:r:a_t:s0");
	types_drop(&t, &known);
	text = types_text(&t, 3, NULL);
	assert_string_equal(text, "b_t, htpd_log_t, nothing");
	free(text);
	types_done(&t);
	types_done(&known);
}

/* More than are kept without order, in an order that puts each before the last ones. */
static void many_types_in_order_and_once(void **state)
{
	enum { MANY = 5000 };
	struct types t = {0};
	char context[32], type[16];

	for (int round = 0; round < 3; round++) {
		for (int i = MANY - 1; i >= 0; i--) {
			snprintf(context, sizeof(context), "u:r:t%05d:s%d", i, round);
			assert_int_equal(types_note(&t, context), 0);
			assert_true(t.n <= 2 * MANY + 1); /* however often they come */
		}
	}
	assert_int_equal(types_count(&t), MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(type, sizeof(type), "t%05d", i);
		assert_string_equal(t.v[i], type);
	}
	types_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_at_fault),
		cmocka_unit_test(the_first_of_each_is_told),
		cmocka_unit_test(many_threads_tell_each_once),
		cmocka_unit_test(some_types_in_few_words),
		cmocka_unit_test(many_types_in_order_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
