/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "restored/rescan.h"

static void one_at_a_time(void **state)
{
	struct rescan r = {.wanted = true};

	assert_true(rescan_turn(&r, true, 1000));
	assert_false(r.wanted);
	r.wanted = true;
	/* however long it takes */
	for (uint64_t now = 1000; now < 1000000; now += 1000)
		assert_false(rescan_turn(&r, false, now));
	assert_int_equal(rescan_wait_ms(&r, 1000000), -1);
	assert_true(r.wanted);
}

static void others_have_most_of_the_time(void **state)
{
	struct rescan r = {.wanted = true};

	assert_true(rescan_turn(&r, true, 0));
	r.wanted = true;
	assert_false(rescan_turn(&r, true, 10000));
	assert_int_equal(rescan_wait_ms(&r, 10000), 90000);
	assert_false(rescan_turn(&r, true, 99999));
	assert_true(rescan_turn(&r, true, 100000));
	/* a short one, too, is not followed at once */
	r.wanted = true;
	assert_false(rescan_turn(&r, true, 100001));
	assert_int_equal(rescan_wait_ms(&r, 100001), 2000);
}

static void nobody_waits_for_ever(void **state)
{
	struct rescan r = {.wanted = true};

	assert_false(rescan_is_overdue(&r, 1000000));
	assert_true(rescan_turn(&r, true, 0));
	assert_false(rescan_is_overdue(&r, 59999));
	assert_true(rescan_is_overdue(&r, 60000));
	assert_false(rescan_turn(&r, true, 60001));
	assert_false(rescan_is_overdue(&r, 60001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time),
		cmocka_unit_test(others_have_most_of_the_time),
		cmocka_unit_test(nobody_waits_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
