/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "restored/batch.h"

static struct batch *make(struct batch_limits limits)
{
	struct batch *b;

	assert_int_equal(batch_new(&b, &limits), 0);
	return b;
}

/* What comes next at @now: "DIR/NAME", with a star for a scan, "" for nothing yet. */
static const char *next(struct batch *b, uint64_t now)
{
	static char text[300];
	const char *name;
	uint32_t dir;

	if (batch_next(b, now, &dir, &name) == 0)
		return "";
	snprintf(text, sizeof(text), "%u/%s", dir, name ? name : "*");
	return text;
}

static size_t drain(struct batch *b, uint64_t now)
{
	size_t n = 0;

	while (*next(b, now))
		n++;
	return n;
}

static struct batch_stats stats(struct batch *b)
{
	struct batch_stats s;

	batch_stats(b, &s);
	return s;
}

static void a_name_waits_once(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100});

	assert_int_equal(batch_wait_ms(b, 0), -1);
	assert_int_equal(batch_add(b, 3, "a", 0, 0), 0);
	assert_int_equal(batch_add(b, 3, "a", 0, 1), 0);
	assert_int_equal(batch_add(b, 4, "a", 0, 1), 0);
	assert_int_equal(batch_add(b, 3, "b", 0, 1), 0);
	assert_int_equal(stats(b).waiting, 3);
	assert_int_equal(stats(b).coalesced, 1);
	assert_int_equal(batch_wait_ms(b, 1), 0);
	assert_string_equal(next(b, 1), "3/a");
	assert_string_equal(next(b, 1), "3/b");
	assert_string_equal(next(b, 1), "4/a");
	assert_string_equal(next(b, 1), "");
	assert_int_equal(batch_wait_ms(b, 1), -1);
	/* handed out is done with: it may come again */
	assert_int_equal(batch_add(b, 3, "a", 0, 2), 0);
	assert_string_equal(next(b, 2), "3/a");
	assert_int_equal(batch_add(b, 3, "a", 0, 2), 0);
	assert_string_equal(next(b, 2), "3/a");
	batch_free(b);
}

static void each_name_has_its_own_maker(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100});

	assert_int_equal(batch_pid(b), 0);
	assert_int_equal(batch_add(b, 3, "a", 11, 0), 0);
	assert_int_equal(batch_add(b, 3, "b", 12, 0), 0);
	assert_int_equal(batch_add(b, 3, "c", 0, 0), 0);
	assert_int_equal(batch_add(b, 3, "b", 13, 0), 0);
	assert_int_equal(batch_scan(b, 4, false, 0), 0);
	assert_string_equal(next(b, 0), "3/a");
	assert_int_equal(batch_pid(b), 11);
	assert_string_equal(next(b, 0), "3/b");
	assert_int_equal(batch_pid(b), 13);
	assert_string_equal(next(b, 0), "3/c");
	assert_int_equal(batch_pid(b), 0);
	assert_string_equal(next(b, 0), "4/*");
	assert_int_equal(batch_pid(b), 0);
	batch_free(b);
}

static void too_many_become_a_scan(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 40});
	char name[16];

	assert_int_equal(batch_add(b, 9, "mine", 0, 0), 0);
	for (int i = 0, r = 0; r == 0; i++) {
		assert_true(i < 12); /* no directory has more than about a quarter */
		snprintf(name, sizeof(name), "n%d", i);
		r = batch_add(b, 1, name, 0, 0);
	}
	assert_int_equal(stats(b).waiting, 1); /* those of 1 are done with */
	assert_int_equal(stats(b).overflowed, 1);
	assert_int_equal(batch_add(b, 1, "more", 0, 0), 0);
	assert_int_equal(stats(b).waiting, 1);
	assert_string_equal(next(b, 0), "9/mine");
	assert_string_equal(next(b, 0), "1/*");
	/* what comes while that scan goes on is looked at again */
	assert_int_equal(batch_add(b, 1, "late", 0, 0), 0);
	assert_string_equal(next(b, 0), "1/late");
	assert_string_equal(next(b, 0), "");
	batch_free(b);
}

static void room_is_bounded_over_all_directories(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 64});

	for (uint32_t dir = 0; dir < 1000; dir++)
		assert_int_equal(batch_add(b, dir, "x", 0, 0), dir < 64 ? 0 : 1);
	assert_int_equal(stats(b).peak, 64);
	assert_int_equal(stats(b).dirs, 1000);
	assert_int_equal(drain(b, 0), 1000); /* and no directory is forgotten */
	batch_free(b);
}

static void directories_take_turns(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 10000});
	unsigned before = 0;
	char name[16];

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(batch_add(b, 1, name, 0, 0), 0);
	}
	assert_int_equal(batch_add(b, 2, "quiet", 0, 0), 0);
	while (strcmp(next(b, 0), "2/quiet") != 0)
		before++;
	assert_in_range(before, 1, 100);
	assert_int_equal(drain(b, 0), 2000 - before);
	batch_free(b);
}

static void rates_hold(void **state)
{
	struct batch *b =
		make((struct batch_limits){.names = 100000, .dir_rate = 100, .dir_burst = 10});
	size_t n = 0;
	char name[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(batch_add(b, 1, name, 0, 5000), 0);
	}
	assert_int_equal(drain(b, 5000), 10);
	assert_int_equal(stats(b).throttled, 1);
	assert_int_equal(batch_wait_ms(b, 5000), 10);
	/* nobody else has to wait for it */
	assert_int_equal(batch_add(b, 2, "other", 0, 5000), 0);
	assert_int_equal(batch_wait_ms(b, 5000), 0);
	assert_string_equal(next(b, 5000), "2/other");
	for (uint64_t now = 5001; now <= 7000; now++)
		n += drain(b, now);
	assert_in_range(n, 199, 201);
	batch_free(b);
}

static void a_rate_for_all(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100000, .rate = 1000, .burst = 50});
	size_t n = 0;

	for (uint32_t dir = 0; dir < 5000; dir++)
		assert_int_equal(batch_add(b, dir, "x", 0, 100), 0);
	assert_int_equal(drain(b, 100), 50);
	for (uint64_t now = 101; now <= 1100; now++)
		n += drain(b, now);
	assert_in_range(n, 999, 1001);
	/* what nobody outside asked for does not wait */
	assert_int_equal(batch_scan(b, 7000, true, 1100), 0);
	assert_int_equal(batch_scan(b, 7000, false, 1100), 0);
	assert_int_equal(stats(b).at_once, 1);
	assert_int_equal(batch_wait_ms(b, 1100), 0);
	assert_string_equal(next(b, 1100), "7000/*");
	assert_int_equal(stats(b).at_once, 0);
	batch_free(b);
}

static void a_scan_is_paid_for(void **state)
{
	struct batch *b =
		make((struct batch_limits){.names = 100, .dir_rate = 100, .dir_burst = 10});

	assert_int_equal(batch_scan(b, 1, false, 0), 0);
	assert_string_equal(next(b, 0), "1/*");
	batch_charge(b, 1, 1009, 0); /* all its tokens, and 1,000 it does not have */
	assert_int_equal(batch_add(b, 1, "x", 0, 0), 0);
	assert_int_equal(batch_add(b, 2, "x", 0, 0), 0);
	assert_string_equal(next(b, 0), "2/x");
	assert_string_equal(next(b, 9900), "");
	assert_string_equal(next(b, 10100), "1/x");
	batch_free(b);
}

/* @dir belongs to somebody who shares nothing with the owner of @other by chance. */
static void give_to_another(struct batch *b, uint32_t dir, uint32_t other)
{
	for (uid_t uid = 2000; uid < 2100; uid++) {
		assert_int_equal(batch_know(b, dir, uid, 1), 0);
		if (batch_owner(b, dir) != batch_owner(b, other))
			return;
	}
	fail();
}

/* However many directories he makes, and however soon they are forgotten again. */
static void many_directories_are_no_larger_allowance(void **state)
{
	struct batch *b =
		make((struct batch_limits){.names = 100000, .dir_rate = 100, .dir_burst = 10});
	size_t n = 0;

	for (uint32_t dir = 0; dir < 1000; dir++) {
		assert_int_equal(batch_know(b, dir, 1000, 1), 0);
		assert_int_equal(batch_add(b, dir, "x", 0, 0), 0);
		n += drain(b, 0);
		if (dir < 900)
			batch_drop(b, dir);
	}
	assert_int_equal(n, 20);
	assert_false(batch_take(b, 999, 1, 0));
	assert_in_range(batch_ready(b, 999, 0), 1, 10);
	/* he pays for what he has, too */
	for (uint64_t now = 1; now <= 200; now++)
		n += drain(b, now);
	assert_in_range(n, 59, 61);
	/* another one does not */
	give_to_another(b, 2000, 999);
	assert_int_equal(batch_add(b, 2000, "x", 0, 200), 0);
	assert_string_equal(next(b, 200), "2000/x");
	batch_free(b);
}

static void owners_take_turns(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100000});
	unsigned before = 0;

	for (uint32_t dir = 0; dir < 5000; dir++) {
		assert_int_equal(batch_know(b, dir, 1000, 1), 0);
		assert_int_equal(batch_add(b, dir, "x", 0, 0), 0);
	}
	give_to_another(b, 5000, 0);
	assert_int_equal(batch_add(b, 5000, "quiet", 0, 0), 0);
	while (strcmp(next(b, 0), "5000/quiet") != 0)
		before++;
	assert_in_range(before, 1, 100);
	assert_int_equal(drain(b, 0), 5000 - before);
	batch_free(b);
}

static void deep_directories_cost_more(void **state)
{
	struct batch *b =
		make((struct batch_limits){.names = 100, .dir_rate = 100, .dir_burst = 10});
	char name[2] = "a";

	assert_int_equal(batch_know(b, 1, 1000, 5), 0);
	for (; *name < 'k'; ++*name)
		assert_int_equal(batch_add(b, 1, name, 0, 0), 0);
	assert_int_equal(drain(b, 0), 2);
	assert_int_equal(drain(b, 50), 1);
	batch_free(b);
}

static void leave_room(bool at_once)
{
	struct batch *b = make((struct batch_limits){.names = 100, .scans = 8});
	unsigned owner;

	for (uint32_t dir = 0; dir < 5; dir++) {
		assert_int_equal(batch_know(b, dir, 1000, 1), 0);
		assert_int_equal(batch_scan(b, dir, at_once, 0), 0);
	}
	assert_string_equal(next(b, 0), at_once ? "4/*" : "0/*");
	owner = batch_owner(b, at_once ? 4 : 0);
	batch_drop(b, at_once ? 4 : 0); /* it still goes on */
	assert_int_equal(drain(b, 0), 1);
	assert_string_equal(next(b, 0), "");
	assert_int_equal(batch_wait_ms(b, 0), -1);
	/* names are done, and scans of others */
	assert_int_equal(batch_know(b, 10, 1000, 1), 0);
	assert_int_equal(batch_add(b, 10, "name", 0, 0), 0);
	assert_string_equal(next(b, 0), "10/name");
	for (uint32_t dir = 20; dir < 40; dir++) {
		assert_int_equal(batch_know(b, dir, dir, 1), 0);
		assert_int_equal(batch_scan(b, dir, dir < 30, 0), 0);
	}
	assert_int_equal(drain(b, 0), 6);
	assert_int_equal(batch_add(b, 10, "name", 0, 0), 0);
	assert_string_equal(next(b, 0), "10/name");
	assert_string_equal(next(b, 0), "");
	batch_scan_ends(b, owner);
	assert_int_equal(batch_wait_ms(b, 0), 0);
	assert_int_equal(drain(b, 0), 1);
	batch_free(b);
}

static void scans_leave_room_for_others(void **state)
{
	leave_room(false);
	leave_room(true);
}

static void scans_may_be_made_to_wait_their_turn(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100, .dir_rate = 10, .dir_burst = 1});

	assert_int_equal(batch_scan(b, 1, false, 0), 0);
	assert_string_equal(next(b, 0), "1/*");
	assert_int_equal(batch_scan(b, 1, true, 0), 0);
	batch_scans_wait_their_turn(b);
	assert_int_equal(stats(b).at_once, 0);
	assert_string_equal(next(b, 0), "");
	assert_string_equal(next(b, 100), "1/*");
	batch_free(b);
}

static void many_that_must_wait_make_no_question_dear(void **state)
{
	struct batch *b = make((struct batch_limits){
		.names = 10000, .dir_rate = 10, .dir_burst = 1, .delay_ms = 10});

	for (uint32_t dir = 0; dir < 5000; dir++) {
		batch_charge(b, dir, 1000, 0); /* before it is anybody's: he has all his tokens */
		assert_int_equal(batch_know(b, dir, 1000, 1), 0);
		assert_int_equal(batch_add(b, dir, "name", 0, 0), 0);
	}
	assert_int_equal(batch_know(b, 0, 1000, 1), 0); /* ask anew */
	assert_string_equal(next(b, 10), "");
	assert_in_range(stats(b).throttled, 1, 512);
	assert_in_range(batch_wait_ms(b, 10), 1, 100); /* and go on soon */
	for (uint64_t now = 20; now < 200; now += 10)
		assert_string_equal(next(b, now), "");
	assert_int_equal(stats(b).throttled, 5000);
	assert_int_equal(drain(b, 200000), 2); /* what he may have at once */
	batch_free(b);
}

static void what_cannot_wait_is_paid_for_or_left(void **state)
{
	struct batch *b =
		make((struct batch_limits){.names = 100, .dir_rate = 100, .dir_burst = 10});
	int n = 0;

	while (batch_take(b, 1, 3, 0))
		assert_true(n++ < 10);
	assert_int_equal(n, 4);
	assert_true(batch_take(b, 2, 3, 0));
	assert_false(batch_take(b, 1, 3, 20)); /* two are owed still */
	assert_true(batch_take(b, 1, 3, 30));
	batch_free(b);
}

static void names_wait_as_long_as_wanted(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100, .delay_ms = 30});

	assert_int_equal(batch_add(b, 1, "x", 0, 1000), 0);
	assert_int_equal(batch_add(b, 1, "x", 0, 1020), 0); /* does not start anew */
	assert_string_equal(next(b, 1020), "");
	assert_int_equal(batch_wait_ms(b, 1020), 10);
	assert_string_equal(next(b, 1030), "1/x");
	batch_free(b);
}

static void what_is_dropped_is_gone(void **state)
{
	struct batch *b = make((struct batch_limits){.names = 100});

	for (uint32_t dir = 0; dir < 200; dir++)
		(void)batch_add(b, dir, "x", 0, 0);
	assert_true(batch_waits(b, 5));
	batch_drop(b, 5);
	batch_drop(b, 100000);
	assert_false(batch_waits(b, 5));
	assert_int_equal(stats(b).dirs, 199);
	assert_int_equal(drain(b, 0), 199);
	/* in the middle of its turn, with a name of it in hand */
	assert_int_equal(batch_add(b, 6, "in hand", 0, 0), 0);
	assert_int_equal(batch_add(b, 6, "not yet", 0, 0), 0);
	assert_string_equal(next(b, 0), "6/in hand");
	batch_drop(b, 6);
	assert_string_equal(next(b, 0), "");
	assert_int_equal(stats(b).waiting, 0);
	assert_int_equal(batch_scan(b, 6, true, 0), 0);
	batch_drop(b, 6);
	assert_int_equal(stats(b).at_once, 0);
	batch_free(b);
}

struct model {
	struct batch *b;
	bool waits[20][10];
	unsigned going_on[4], n; /* the owners of scans */
};

/* Take what there is; a scan goes on for a while. */
static bool model_take(struct model *m, uint64_t now)
{
	const char *out;
	uint32_t got;

	if (batch_next(m->b, now, &got, &out) == 0)
		return false;
	if (out) {
		m->waits[got][out[0] - 'a'] = false;
		return true;
	}
	memset(m->waits[got], false, sizeof(m->waits[got]));
	assert_in_range(m->n, 0, 3);
	m->going_on[m->n++] = batch_owner(m->b, got);
	return true;
}

static void model_change(struct model *m, unsigned what, uint32_t dir, unsigned n, uint64_t now)
{
	char name[2] = {(char)('a' + n), '\0'};

	if (what < 50) {
		assert_in_range(batch_add(m->b, dir, name, 0, now), 0, 1);
		m->waits[dir][n] = true;
	} else if (what < 52) {
		assert_int_equal(batch_scan(m->b, dir, what == 50, now), 0);
		memset(m->waits[dir], true, sizeof(m->waits[dir]));
	} else if (what < 53) {
		batch_drop(m->b, dir);
		memset(m->waits[dir], false, sizeof(m->waits[dir]));
	} else if (what < 56) {
		assert_int_equal(batch_know(m->b, dir, n, n), 0);
	} else if (m->n) {
		batch_scan_ends(m->b, m->going_on[--m->n]);
	}
}

/* Against a model: any mix of calls, every name that was added comes out, or a scan after it. */
static void nothing_is_lost(void **state)
{
	struct model m = {.b = make((struct batch_limits){.names = 50,
							  .rate = 500,
							  .burst = 20,
							  .dir_rate = 300,
							  .dir_burst = 5,
							  .delay_ms = 3,
							  .scans = 4})};
	unsigned seed = 1;
	uint64_t now = 0;
	size_t left = 0;

	for (int step = 0; step < 200000; step++) {
		unsigned what = (unsigned)rand_r(&seed) % 100, dir = (unsigned)rand_r(&seed) % 20;
		unsigned n = (unsigned)rand_r(&seed) % 10;

		if (what < 58)
			model_change(&m, what, dir, n, now);
		else if (what < 65)
			now += (unsigned)rand_r(&seed) % 20;
		else
			(void)model_take(&m, now);
		assert_in_range(stats(m.b).waiting, 0, 50);
	}
	for (int k = 0; k < 100000 && (m.n || batch_wait_ms(m.b, now) >= 0); k++) {
		while (m.n)
			batch_scan_ends(m.b, m.going_on[--m.n]);
		if (batch_wait_ms(m.b, now) > 0)
			now += (uint64_t)batch_wait_ms(m.b, now);
		while (model_take(&m, now))
			;
	}
	assert_int_equal(stats(m.b).dirs, 0);
	assert_int_equal(stats(m.b).at_once, 0);
	for (int i = 0; i < 20; i++)
		for (int k = 0; k < 10; k++)
			left += m.waits[i][k];
	assert_int_equal(left, 0);
	batch_free(m.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_waits_once),
		cmocka_unit_test(each_name_has_its_own_maker),
		cmocka_unit_test(too_many_become_a_scan),
		cmocka_unit_test(room_is_bounded_over_all_directories),
		cmocka_unit_test(directories_take_turns),
		cmocka_unit_test(rates_hold),
		cmocka_unit_test(a_rate_for_all),
		cmocka_unit_test(a_scan_is_paid_for),
		cmocka_unit_test(many_directories_are_no_larger_allowance),
		cmocka_unit_test(owners_take_turns),
		cmocka_unit_test(deep_directories_cost_more),
		cmocka_unit_test(scans_leave_room_for_others),
		cmocka_unit_test(scans_may_be_made_to_wait_their_turn),
		cmocka_unit_test(many_that_must_wait_make_no_question_dear),
		cmocka_unit_test(what_cannot_wait_is_paid_for_or_left),
		cmocka_unit_test(names_wait_as_long_as_wanted),
		cmocka_unit_test(what_is_dropped_is_gone),
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
