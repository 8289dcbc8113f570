/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tree/scope.h"

static void nothing_is_known_at_first(void **state)
{
	struct scope s = {0};

	assert_null(scope_find(&s, "/"));
	assert_null(scope_find(&s, "/a"));
	assert_null(scope_excluded(&s, "/a"));
	scope_done(&s);
}

static void exclusion_covers_what_is_below_and_nothing_beside(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(scope_exclude(&s, "/d1/x", "why"), 0);
	assert_string_equal(scope_excluded(&s, "/d1/x"), "why");
	assert_string_equal(scope_excluded(&s, "/d1/x/y/z"), "why");
	assert_null(scope_excluded(&s, "/d1"));
	assert_null(scope_excluded(&s, "/d1/xx"));
	assert_null(scope_excluded(&s, "/d1/"));
	assert_null(scope_excluded(&s, "/d"));
	assert_null(scope_excluded(&s, "/"));
	assert_int_equal(scope_exclude(&s, "relative", "why"), -EINVAL);
	assert_int_equal(scope_exclude(&s, "", "why"), -EINVAL);
}

static void nodes_lead_down(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};
	const struct scope_node *n;

	assert_int_equal(scope_exclude(&s, "/a/b/c", "why"), 0);
	assert_int_equal(scope_mount(&s, "/a/m", NULL, 0), 0);
	n = scope_find(&s, "/");
	assert_non_null(n);
	n = scope_child(n, "a-not-all-of-this", 1);
	assert_ptr_equal(n, scope_find(&s, "/a"));
	assert_null(n->skip);
	assert_true(scope_child(n, "m", 1)->mount);
	n = scope_child(scope_child(n, "b", 1), "c", 1);
	assert_string_equal(n->skip, "why");
	assert_null(scope_child(n, "d", 1));
	assert_null(scope_find(&s, "/a/b/c/d"));
	assert_null(scope_find(&s, "/z"));
}

static void later_mounts_override_but_not_the_user(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(scope_mount(&s, "/m", "first", 0), 0);
	assert_string_equal(scope_excluded(&s, "/m/x"), "first");
	assert_int_equal(scope_mount(&s, "/m", NULL, 0), 0);
	assert_null(scope_excluded(&s, "/m"));
	assert_true(scope_find(&s, "/m")->mount);
	assert_int_equal(scope_exclude(&s, "/m", "user"), 0);
	assert_int_equal(scope_mount(&s, "/m", NULL, 0), 0);
	assert_string_equal(scope_excluded(&s, "/m"), "user");
}

static void the_root_can_be_left_out(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(scope_mount(&s, "/", "no labels", 0), 0);
	assert_string_equal(scope_excluded(&s, "/"), "no labels");
	assert_string_equal(scope_excluded(&s, "/usr/bin"), "no labels");
	assert_non_null(scope_find(&s, "/"));
}

static void who_is_there_asks_his_own_mount_only(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_null(scope_excluded_here(&s, "/home/ann/www"));
	assert_int_equal(scope_mount(&s, "/home", "automount point", 0), 0);
	assert_int_equal(scope_mount(&s, "/home/ann", NULL, 0), 0);
	assert_int_equal(scope_exclude(&s, "/home/ann/tmp", "by the user"), 0);
	assert_non_null(scope_excluded(&s, "/home/ann/www"));
	assert_null(scope_excluded_here(&s, "/home/ann"));
	assert_null(scope_excluded_here(&s, "/home/ann/www"));
	assert_string_equal(scope_excluded_here(&s, "/home/bob"), "automount point");
	assert_string_equal(scope_excluded_here(&s, "/home/ann/tmp/x"), "by the user");
	assert_int_equal(scope_exclude(&s, "/home", "by the user"), 0);
	assert_non_null(scope_excluded_here(&s, "/home/ann"));
}

static void many_siblings(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};
	char path[32];

	for (unsigned i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "/m/%u/x", i);
		assert_int_equal(scope_mount(&s, path, i % 2 ? "odd" : NULL, 0), 0);
	}
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "/m/%u/x/y", i);
		assert_int_equal(scope_excluded(&s, path) != NULL, i % 2);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(exclusion_covers_what_is_below_and_nothing_beside),
		cmocka_unit_test(nodes_lead_down),
		cmocka_unit_test(later_mounts_override_but_not_the_user),
		cmocka_unit_test(the_root_can_be_left_out),
		cmocka_unit_test(who_is_there_asks_his_own_mount_only),
		cmocka_unit_test(many_siblings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
