/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restored/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void soon_but_not_often(void **state)
{
	struct pace p = {.every = 3000};
	unsigned done = 0;

	assert_false(pace_due(&p, 1000));
	assert_int_equal(pace_wait_ms(&p, 1000), -1);
	p.wanted = true;
	assert_int_equal(pace_wait_ms(&p, 1000), 0);
	assert_true(pace_due(&p, 1000)); /* the first is acted on at once */
	assert_false(pace_due(&p, 1000));
	p.wanted = true;
	assert_int_equal(pace_wait_ms(&p, 1500), 2500);
	assert_false(pace_due(&p, 3999));
	assert_true(pace_due(&p, 4000)); /* and none is forgotten */
	assert_int_equal(pace_wait_ms(&p, 4000), -1);
	for (uint64_t now = 10000; now < 70000; now += 10) { /* a hundred a second, for a minute */
		p.wanted = true;
		done += pace_due(&p, now);
	}
	assert_int_equal(done, 20);
}

static void what_fails_is_tried_ever_more_seldom(void **state)
{
	struct patience p = {0};
	uint64_t now = 1000;
	int last = 0;

	assert_int_equal(patience_wait_ms(&p, now), -1);
	for (unsigned i = 1; i <= 40; i++) {
		int wait;

		assert_int_equal(patience_failed(&p, now), i);
		wait = patience_wait_ms(&p, now);
		assert_true(wait > 0 && wait <= 30000);
		assert_true(wait > last || wait == 30000);
		assert_int_equal(patience_wait_ms(&p, now + (uint64_t)wait), -1);
		now += (uint64_t)wait;
		last = wait;
	}
	assert_int_equal(last, 30000); /* but is tried */
	patience_ok(&p);
	assert_int_equal(patience_wait_ms(&p, now), -1);
	assert_int_equal(patience_failed(&p, now), 1);
	assert_true(patience_wait_ms(&p, now) < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soon_but_not_often),
		cmocka_unit_test(what_fails_is_tried_ever_more_seldom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
