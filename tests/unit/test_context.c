/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "rules/context.h"

static void check_part(const char *part, size_t len, const char *want)
{
	if (!want) {
		assert_null(part);
		return;
	}
	assert_int_equal(len, strlen(want));
	assert_memory_equal(part, want, len);
}

static void contexts_come_apart(void **state)
{
	static const struct {
		const char *text, *user, *role, *type, *range;
	} rows[] = {
		{"u:r:t", "u", "r", "t", NULL},
		{"u:r:t:s0", "u", "r", "t", "s0"},
		{"u:r:t:s0:c1", "u", "r", "t", "s0:c1"},
		{"u:r:t:s0:c1-s1:c2", "u", "r", "t", "s0:c1-s1:c2"},
		{"u:r:t:s0 - s1", "u", "r", "t", "s0 - s1"},
		{"::", "", "", "", NULL},
		{":::", "", "", "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(buf_done) struct buf b = {0};
		struct context c;

		assert_int_equal(context_parse(&c, rows[i].text), 0);
		check_part(c.user, c.user_len, rows[i].user);
		check_part(c.role, c.role_len, rows[i].role);
		check_part(c.type, c.type_len, rows[i].type);
		check_part(c.range, c.range_len, rows[i].range);
		context_format(&b, &c);
		assert_string_equal(buf_str(&b), rows[i].text);
	}
}

static void malformed_contexts_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	   "u",		 "u:r",	      "u:r:t:s0:c1-s1:c2:c3",
		"u:r:t\n", "u:r:t:s0\t", "u\r:r:t",   "u :r:t",
		"u:r :t",  "u:r:t ",	 "u: r:t:s0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct context c = {.user = "untouched"};

		assert_int_equal(context_parse(&c, bad[i]), -EINVAL);
		assert_string_equal(c.user, "untouched");
	}
}

static void joined(const char *base, const char *from, unsigned parts, const char *want)
{
	_cleanup_(buf_done) struct buf b = {0};
	struct context x, y;

	assert_int_equal(context_parse(&x, base), 0);
	assert_int_equal(context_parse(&y, from), 0);
	context_join(&b, &x, &y, parts);
	assert_int_equal(buf_error(&b), 0);
	assert_string_equal(buf_str(&b), want);
}

static void contexts_join_by_parts(void **state)
{
	joined("u:r:t:s0", "v:s:w:s1", 0, "u:r:t:s0");
	joined("u:r:t:s0", "v:s:w:s1", CONTEXT_TYPE, "u:r:w:s0");
	joined("u:r:t:s0", "v:s:w:s1", CONTEXT_USER | CONTEXT_ROLE | CONTEXT_TYPE, "v:s:w:s0");
	joined("u:r:t:s0", "v:s:w:s1", CONTEXT_ALL, "v:s:w:s1");
	joined("u:r:t:s0:c1", "v:s:w", CONTEXT_RANGE, "u:r:t");
	joined("u:r:t", "v:s:w:s1", CONTEXT_RANGE | CONTEXT_ROLE, "u:s:t:s1");
}

static void contexts_compare_by_parts(void **state)
{
	struct context a, b, c;

	assert_int_equal(context_parse(&a, "u:r:t:s0"), 0);
	assert_int_equal(context_parse(&b, "u:r:tt:s0"), 0);
	assert_int_equal(context_parse(&c, "u:r:t"), 0);
	assert_true(context_equal(&a, &a, CONTEXT_ALL));
	assert_false(context_equal(&a, &b, CONTEXT_TYPE));
	assert_true(context_equal(&a, &b, CONTEXT_ALL & ~CONTEXT_TYPE));
	assert_false(context_equal(&a, &c, CONTEXT_RANGE));
	assert_true(context_equal(&c, &c, CONTEXT_RANGE));
	assert_true(context_equal(&a, &c, CONTEXT_USER | CONTEXT_ROLE | CONTEXT_TYPE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contexts_come_apart),
		cmocka_unit_test(malformed_contexts_are_refused),
		cmocka_unit_test(contexts_join_by_parts),
		cmocka_unit_test(contexts_compare_by_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
