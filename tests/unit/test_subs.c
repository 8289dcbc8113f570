/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "rules/subs.h"

/** @want NULL: no entry applies. */
static void check(const char *text, const char *path, const char *want)
{
	_cleanup_(subs_done) struct subs s = {0};
	_cleanup_(buf_done) struct buf b = {0};
	bool applied;

	assert_int_equal(subs_parse(&s, text, strlen(text)), 0);
	applied = subs_apply(&s, path, strlen(path), &b);
	assert_int_equal(applied, want != NULL);
	assert_string_equal(buf_str(&b), want ? want : "");
}

static void entries_apply_at_component_borders(void **state)
{
	check("/l /x\n", "/l/q", "/x/q");
	check("/l /x\n", "/l", "/x");
	check("/l /x\n", "/lq", NULL);
	check("/l /x\n", "/", NULL);
	check("/l /\n", "/l/q", "/q");
	check("/l /\n", "/l", "/");
	check("/l/ /x\n", "/l/q", NULL);
	check("/ /x\n", "/", "/x");
	check("/ /x\n", "/q", NULL);
	check("/l /x/\n", "/l/q", "/x//q");
	check("/x /x/y\n", "/x/y", "/x/y/y");
	check("l x\n", "l/q", "x/q");
}

static void the_newest_entry_wins(void **state)
{
	check("/l/m /x\n/l /z\n", "/l/m/q", "/z/m/q");
	check("/l /z\n/l/m /x\n", "/l/m/q", "/x/q");
	check("/l /old\n/l /new\n", "/l", "/new");
}

static void lines_of_every_shape(void **state)
{
	check("# /l /x\n", "/l", NULL);
	check("  \t#/l /x\n", "/l", NULL);
	check("/l\n", "/l", NULL);
	check("\n\n \t/l \t /x  third fourth\r\n", "/l", "/x");
	check("/l /x", "/l", "/x");
	check("/l\r/x\r\n", "/l", "/x");
	check("/l # /x\n", "/l", "#");
	check("", "/l", NULL);
}

static void a_nul_byte_ends_its_line_only(void **state)
{
	static const char text[] = "/l /x\0y\n/m\0 /x\n/n /z\n";
	_cleanup_(subs_done) struct subs s = {0};
	_cleanup_(buf_done) struct buf b = {0};

	assert_int_equal(subs_parse(&s, text, sizeof(text) - 1), 0);
	assert_int_equal(s.n, 2);
	assert_true(subs_apply(&s, "/l", 2, &b));
	assert_true(subs_apply(&s, "/n/q", 4, &b));
	assert_string_equal(buf_str(&b), "/x/z/q");
}

static void the_trie_knows_every_alias(void **state)
{
	static const char text[] = "/ab /x\n/ac /y\n/ab/d /z\n";
	_cleanup_(subs_done) struct subs s = {0};
	_cleanup_(buf_done) struct buf b = {0};
	uint32_t node = SUBS_ROOT;

	assert_int_equal(subs_parse(&s, text, sizeof(text) - 1), 0);
	assert_false(s.high);
	for (const char *p = "/ab/d"; *p; p++) {
		node = subs_child(&s, node, (unsigned char)*p);
		assert_int_not_equal(node, 0);
	}
	subs_prefix(&s, node, &b);
	assert_string_equal(buf_str(&b), "/ab/d");
	assert_int_equal(subs_child(&s, node, '/'), 0);
	assert_int_equal(subs_child(&s, SUBS_ROOT, 'a'), 0);
	assert_int_equal(subs_parse(&s, "/\xc3\xa9 /x", 6), 0);
	assert_true(s.high);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_apply_at_component_borders),
		cmocka_unit_test(the_newest_entry_wins),
		cmocka_unit_test(lines_of_every_shape),
		cmocka_unit_test(a_nul_byte_ends_its_line_only),
		cmocka_unit_test(the_trie_knows_every_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
