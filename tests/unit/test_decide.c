/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/decide.h"

#define WANT "u:r:t:l"

static const char *const custom_types[] = {"custom_t"};
static const struct customizable custom = {.types = (const char **)custom_types, .count = 1};

enum mode { PLAIN, USER_ROLE, FORCE };

/* What is set; "=" for keep, "custom" for customizable. */
static void check_len(enum mode mode, const char *have, size_t len, const char *expect)
{
	struct decide_rules rules = {
		.force = mode == FORCE, .user_role = mode == USER_ROLE, .customizable = &custom};
	_cleanup_(buf_done) struct buf set = {0};
	int r = decide(&rules, have, len, WANT, strlen(WANT), &set);
	const char *got = r == DECIDE_SET ? set.data : r == DECIDE_KEEP ? "=" : "custom";

	assert_true(r >= 0);
	assert_string_equal(got, expect);
}

static void check(enum mode mode, const char *have, const char *expect)
{
	check_len(mode, have, have ? strlen(have) : 0, expect);
}

static void the_table(void **state)
{
	static const struct {
		const char *have, *plain, *user_role, *force;
	} rows[] = {
		{"U:R:T:L", "U:R:t:L", "u:r:t:L", WANT},
		{"U:R:t:l", "=", "u:r:t:l", WANT},
		{"u:R:t:l", "=", WANT, WANT},
		{"u:r:t:L", "=", "=", WANT},
		{"U:R:custom_t:L", "custom", "custom", WANT},
		{"u:r:custom_t:l", "custom", "custom", WANT},
		{WANT, "=", "=", "="},
		{"U:R:T", "U:R:t", "u:r:t", WANT},
		{"U:R:T:s0-s0:c0.c1023", "U:R:t:s0-s0:c0.c1023", "u:r:t:s0-s0:c0.c1023", WANT},
		{"U:R:custom_t2:L", "U:R:t:L", "u:r:t:L", WANT},
		{NULL, WANT, WANT, WANT},
		{"", WANT, WANT, WANT},
		{"garbage", WANT, WANT, WANT},
		{"a:b", WANT, WANT, WANT},
		{"a:b:c\n:d", WANT, WANT, WANT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check(PLAIN, rows[i].have, rows[i].plain);
		check(USER_ROLE, rows[i].have, rows[i].user_role);
		check(FORCE, rows[i].have, rows[i].force);
	}
}

static void bytes_after_a_nul_are_no_context(void **state)
{
	check_len(PLAIN, WANT "\0junk", strlen(WANT) + 5, WANT);
	check_len(PLAIN, "U:R:T:L\0junk", 12, WANT);
}

static void a_spec_without_a_context_is_refused(void **state)
{
	struct decide_rules rules = {0};
	_cleanup_(buf_done) struct buf set = {0};

	assert_int_equal(decide(&rules, "U:R:T:L", 7, "nonsense", 8, &set), -EINVAL);
	/* nothing of the old label is needed: the kernel will judge */
	assert_int_equal(decide(&rules, NULL, 0, "nonsense", 8, &set), DECIDE_SET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(bytes_after_a_nul_are_no_context),
		cmocka_unit_test(a_spec_without_a_context_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
