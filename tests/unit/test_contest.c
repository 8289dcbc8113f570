/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* contest: the clocks are given, so that nothing here depends on how fast this machine is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/contest.h"

/* A machine on which a label costs so many ns, of time and of CPU, by either way. */
struct machine {
	unsigned wall[2], cpu[2];
	unsigned noise; /* every so many windows, the plain way is as cheap as can be */
	uint64_t now, used, made, by_ring;
	unsigned changes, windows;
};

static void write_labels(struct contest *c, struct machine *m, uint64_t n)
{
	for (uint64_t i = 0; i < n; i += 32) {
		bool ring = contest_ring(c);
		bool lucky = m->noise && !ring && m->windows % m->noise == m->noise - 1;

		m->now += 32 * (lucky ? 1 : m->wall[ring]);
		m->used += 32 * (lucky ? 1 : m->cpu[ring]);
		m->made += 32;
		m->by_ring += ring ? 32 : 0;
		atomic_fetch_add(&c->sets, 32);
		contest_look(c, m->now, m->used);
		m->windows = c->trying ? c->window / 2 : m->windows;
		m->changes += contest_ring(c) != ring;
	}
}

static void what_is_asked_for_is_used(void **state)
{
	struct contest c;

	contest_init(&c, LBL_IO_URING);
	assert_true(contest_ring(&c));
	contest_count(&c, 1000000);
	assert_true(contest_ring(&c));
	contest_done(&c);
	contest_init(&c, LBL_IO_SYNC);
	assert_false(contest_ring(&c));
	contest_count(&c, 1000000);
	assert_false(contest_ring(&c));
	contest_done(&c);
}

static void a_short_run_tries_nothing(void **state)
{
	struct machine m = {.wall = {10000, 1}, .cpu = {10000, 1}, .now = 1};
	struct contest c;

	contest_init(&c, LBL_IO_AUTO);
	write_labels(&c, &m, 16000);
	assert_int_equal(m.by_ring, 0);
	contest_done(&c);
}

/* The dearer way is found out at once, and tried so rarely that it costs next to nothing. */
static void a_ring_that_loses_costs_little(void **state)
{
	struct machine m = {.wall = {8000, 9000}, .cpu = {9000, 12000}, .now = 1};
	struct contest c;

	contest_init(&c, LBL_IO_AUTO);
	write_labels(&c, &m, 10000000);
	assert_true(m.by_ring > 0);
	assert_true(m.by_ring < m.made / 200);
	assert_false(contest_ring(&c));
	contest_done(&c);
}

static void a_ring_that_wins_is_used(void **state)
{
	struct machine m = {.wall = {8000, 5000}, .cpu = {9000, 9500}, .now = 1};
	struct contest c;

	contest_init(&c, LBL_IO_AUTO);
	write_labels(&c, &m, 2000000);
	assert_true(m.by_ring > m.made / 10 * 8);
	/* and given up when it does not any more */
	m.wall[1] = 20000;
	write_labels(&c, &m, 2000000);
	assert_false(contest_ring(&c));
	contest_done(&c);
}

/* On a slow disk the same happens within few labels. */
static void a_slow_disk_is_seen_early(void **state)
{
	struct machine m = {.wall = {2000000, 300000}, .cpu = {9000, 12000}, .now = 1};
	struct contest c;

	contest_init(&c, LBL_IO_AUTO);
	write_labels(&c, &m, 8192);
	assert_true(contest_ring(&c));
	contest_done(&c);
}

/* A little better is not enough, nor is better most of the time. */
static void doubt_is_for_the_plain_way(void **state)
{
	struct machine even = {.wall = {8000, 7800}, .cpu = {9000, 8900}, .now = 1};
	struct machine shaky = {.wall = {8000, 5000}, .cpu = {9000, 9500}, .now = 1, .noise = 4};
	struct contest c;

	contest_init(&c, LBL_IO_AUTO);
	write_labels(&c, &even, 2000000);
	assert_false(contest_ring(&c));
	contest_done(&c);
	contest_init(&c, LBL_IO_AUTO);
	write_labels(&c, &shaky, 2000000);
	assert_false(contest_ring(&c));
	assert_true(shaky.changes > 4);
	contest_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_is_used),
		cmocka_unit_test(a_short_run_tries_nothing),
		cmocka_unit_test(a_ring_that_loses_costs_little),
		cmocka_unit_test(a_ring_that_wins_is_used),
		cmocka_unit_test(a_slow_disk_is_seen_early),
		cmocka_unit_test(doubt_is_for_the_plain_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
