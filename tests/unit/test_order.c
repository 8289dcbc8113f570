/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "rules/order.h"

static void tell(void *user, const struct lbl_diag *diag)
{
	struct buf *told = user;

	buf_printf(told, "%d %u %s\n", diag->severity, diag->line, diag->text);
}

/** @want and @told NULL: not looked at. */
static void check(enum lbl_order order, const char *text, int result, const char *want,
		  const char *told)
{
	_cleanup_(buf_done) struct buf b = {0};
	_cleanup_free_ char *sorted = NULL, *again = NULL;
	size_t len = 7, same;
	int r = lbl_sort_specs("fc", text, strlen(text), order, tell, &b, &sorted, &len);

	assert_int_equal(r, result);
	if (told)
		assert_string_equal(buf_str(&b), told);
	if (r < 0) {
		assert_null(sorted);
		assert_int_equal(len, 7);
		return;
	}
	assert_int_equal(strlen(sorted), len);
	if (want)
		assert_string_equal(sorted, want);
	buf_reset(&b);
	assert_int_equal(lbl_sort_specs("fc", sorted, len, order, tell, &b, &again, &same), 0);
	assert_string_equal(buf_str(&b), ""); /* in order now, and for good */
	assert_string_equal(again, sorted);
}

static void sorts(const char *text, const char *want)
{
	check(LBL_ORDER_CIL, text, 0, want, NULL);
}

static void every_rule_of_the_order_counts(void **state)
{
	/* a line is moved by the first rule that tells it from its neighbours, so each pair here
	   would stand the other way round by any later rule */
	sorts("/a u:r:t:s0\n"
	      "/zzzz.* u:r:t:s0\n"     /* regex, though longer */
	      "/zz.*...... u:r:t:s0\n" /* shorter stem, though longer */
	      "/yy.. u:r:t:s0\n"
	      "/zz.. -l u:r:t:s0\n"
	      "/zz.. -p u:r:t:s0\n"
	      "/zz.. -s u:r:t:s0\n"
	      "/zz.. -b u:r:t:s0\n"
	      "/zz.. -c u:r:t:s0\n"
	      "/zz.. -d u:r:t:s0\n"
	      "/zz.. -- u:r:t:s0\n"
	      "/zz.. u:r:t:s0\n",
	      "/yy.. u:r:t:s0\n"
	      "/zz.. u:r:t:s0\n"
	      "/zz.. -- u:r:t:s0\n"
	      "/zz.. -d u:r:t:s0\n"
	      "/zz.. -c u:r:t:s0\n"
	      "/zz.. -b u:r:t:s0\n"
	      "/zz.. -s u:r:t:s0\n"
	      "/zz.. -p u:r:t:s0\n"
	      "/zz.. -l u:r:t:s0\n"
	      "/zz.*...... u:r:t:s0\n"
	      "/zzzz.* u:r:t:s0\n"
	      "/a u:r:t:s0\n");
}

static void an_escaped_character_is_one(void **state)
{
	sorts("/ab\\.c u:r:t:s0\n/abcd u:r:t:s0\n/ab\\.. u:r:t:s0\n/abc. u:r:t:s0\n",
	      "/ab\\.. u:r:t:s0\n/abc. u:r:t:s0\n/ab\\.c u:r:t:s0\n/abcd u:r:t:s0\n");
	sorts("/ab\\ u:r:t:s0\n/ab u:r:t:s0\n", "/ab u:r:t:s0\n/ab\\ u:r:t:s0\n");
}

static void the_classic_order_leaves_more_as_it_is(void **state)
{
	check(LBL_ORDER_CLASSIC,
	      "/zz.. -l u:r:t:s0\n/zz.. -d u:r:t:s0\n/zz.. u:r:z:s0\n/yy.. u:r:t:s0\n", 0,
	      "/zz.. u:r:z:s0\n/yy.. u:r:t:s0\n/zz.. -l u:r:t:s0\n/zz.. -d u:r:t:s0\n",
	      "2 3 fc:  line 3 is out of order: it belongs before line 2\n");
}

static void equal_specs_stay_as_they_were(void **state)
{
	sorts("/b u:r:1:s0\n/a u:r:1:s0\n/b u:r:2:s0\n/a u:r:2:s0\n",
	      "/a u:r:1:s0\n/a u:r:2:s0\n/b u:r:1:s0\n/b u:r:2:s0\n");
}

static void comments_travel_with_their_spec(void **state)
{
	sorts("# head\n#   more of it\n\n# on b\n\t# and this\n/b -- u:r:t:s0\n\n# on a\n"
	      "/a -- u:r:t:s0 # trailing\n# tail",
	      "# head\n#   more of it\n\n\n# on a\n/a -- u:r:t:s0 # trailing\n"
	      "# on b\n\t# and this\n/b -- u:r:t:s0\n# tail\n");
	sorts("# on b\n/b u:r:t:s0\n/a u:r:t:s0", "/a u:r:t:s0\n# on b\n/b u:r:t:s0\n");
	sorts("# one\n\n# two\n\n/b u:r:t:s0\r\n/a u:r:t:s0\n",
	      "# one\n\n# two\n\n/a u:r:t:s0\n/b u:r:t:s0\r\n");
	sorts("# nothing\n\n# else\n", "# nothing\n\n# else\n");
	sorts("\n", "\n");
	sorts("", "");
}

static void a_malformed_line_is_told_and_nothing_is_sorted(void **state)
{
	check(LBL_ORDER_CIL, "/b u:r:t:s0\n/c\n/a -x u:r:t:s0\n/d \x01\xff\n", -EINVAL, NULL,
	      "0 2 fc:  line 2 is missing fields\n0 3 fc:  line 3 has invalid file type -x\n"
	      "0 4 fc:  line 4 error due to: Non-ASCII characters found\n");
}

static void the_first_misplaced_spec_is_told(void **state)
{
	check(LBL_ORDER_CIL, "/b u:r:t:s0\n# c\n/d u:r:t:s0\n/a u:r:t:s0\n/0 u:r:t:s0\n", 0, NULL,
	      "2 4 fc:  line 4 is out of order: it belongs before line 3\n");
	check(LBL_ORDER_CIL, "/a u:r:t:s0\n/b u:r:t:s0\n", 0, "/a u:r:t:s0\n/b u:r:t:s0\n", "");
}

static void a_nul_in_a_comment_is_kept(void **state)
{
	static const char text[] = "/b u:r:t:s0\n#\0 x\n/a u:r:t:s0\n";
	static const char want[] = "#\0 x\n/a u:r:t:s0\n/b u:r:t:s0\n";
	_cleanup_free_ char *sorted = NULL;
	size_t len;

	assert_int_equal(lbl_sort_specs("fc", text, sizeof(text) - 1, LBL_ORDER_CIL, NULL, NULL,
					&sorted, &len),
			 0);
	assert_int_equal(len, sizeof(want) - 1);
	assert_memory_equal(sorted, want, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_of_the_order_counts),
		cmocka_unit_test(an_escaped_character_is_one),
		cmocka_unit_test(the_classic_order_leaves_more_as_it_is),
		cmocka_unit_test(equal_specs_stay_as_they_were),
		cmocka_unit_test(comments_travel_with_their_spec),
		cmocka_unit_test(a_malformed_line_is_told_and_nothing_is_sorted),
		cmocka_unit_test(the_first_misplaced_spec_is_told),
		cmocka_unit_test(a_nul_in_a_comment_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
