/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tree/walk_adapt.h"

enum { CPUS = 4, MOST = 64 };

/* A machine that is told what to be; each tick is as long as it should be. */
struct machine {
	struct adapt adapt;
	struct adapt_sample sample;
	bool free;
	unsigned asked; /* for a free CPU */
};

static bool cpu_free(void *user)
{
	struct machine *m = user;

	m->asked++;
	return m->free;
}

static void begin(struct machine *m)
{
	*m = (struct machine){.sample = {.wall = 1000, .cpu = 500, .queued = 100}};
	m->adapt.cpu_free = cpu_free;
	m->adapt.user = m;
	adapt_init(&m->adapt, CPUS, MOST, &m->sample);
	assert_int_equal(m->adapt.n, CPUS);
}

/* One tick: so much of the CPUs was used (percent), so often a thread blocked, so much was read. */
static unsigned tick(struct machine *m, unsigned cpu, long blocked, long read)
{
	m->sample.wall += ADAPT_TICK_NS;
	m->sample.cpu += (uint64_t)ADAPT_TICK_NS * CPUS * cpu / 100;
	m->sample.blocked += blocked + 1;
	m->sample.own++;
	m->sample.read += read;
	return adapt_tick(&m->adapt, &m->sample);
}

static unsigned ticks(struct machine *m, unsigned n, unsigned cpu, long blocked, long read)
{
	while (n-- > 0)
		tick(m, cpu, blocked, read);
	return m->adapt.n;
}

/* A slow disk: each thread blocks, and blocks are read. */
static unsigned disk(struct machine *m, unsigned n)
{
	return ticks(m, n, 10, 100, 8);
}

static void all_cached_needs_no_more(void **state)
{
	struct machine m;

	begin(&m);
	m.free = true;
	assert_int_equal(ticks(&m, 1000, 100, 100, 0), CPUS);
	assert_int_equal(ticks(&m, 1000, 75, 100, 9), CPUS); /* nearly all CPUs in use */
	assert_int_equal(m.asked, 0);
}

static void a_slow_disk_gets_more(void **state)
{
	struct machine m;

	begin(&m);
	assert_int_equal(disk(&m, 1), CPUS);
	assert_int_equal(disk(&m, 1), 2 * CPUS);
	assert_int_equal(disk(&m, 2), 4 * CPUS);
	assert_int_equal(disk(&m, 2), 8 * CPUS);
	assert_int_equal(disk(&m, 1000), MOST);
}

static void a_network_counts_no_blocks(void **state)
{
	struct machine m;

	begin(&m);
	m.free = true;
	assert_int_equal(ticks(&m, 3, 10, 100, 0), CPUS);
	assert_int_equal(ticks(&m, 1, 10, 100, 0), 2 * CPUS);
	/* on a machine with other work there is less to be sure of */
	begin(&m);
	assert_int_equal(ticks(&m, 15, 10, 100, 0), CPUS);
	assert_int_equal(ticks(&m, 1, 10, 100, 0), 2 * CPUS);
}

static void only_what_lasts_counts(void **state)
{
	struct machine m;

	begin(&m);
	for (unsigned i = 0; i < 1000; i++) {
		disk(&m, 1);
		ticks(&m, 1, 100, 100, 0);
	}
	assert_int_equal(m.adapt.n, CPUS);
}

static void a_busy_neighbour_is_no_slow_disk(void **state)
{
	struct machine m;

	begin(&m);
	assert_int_equal(ticks(&m, 1000, 30, 0, 0), CPUS);
	assert_int_equal(m.asked, 0);
}

static void who_has_no_work_needs_no_company(void **state)
{
	struct machine m;

	begin(&m);
	m.sample.idle = 1;
	assert_int_equal(disk(&m, 100), CPUS);
	m.sample.idle = 0;
	m.sample.queued = 0;
	assert_int_equal(disk(&m, 100), CPUS);
	m.sample.queued = 1;
	assert_true(disk(&m, 2) > CPUS);
}

static void fewer_when_the_disk_is_no_longer_waited_for(void **state)
{
	struct machine m;

	begin(&m);
	disk(&m, 100);
	assert_int_equal(ticks(&m, 9, 100, 100, 0), MOST);
	assert_int_equal(ticks(&m, 1, 100, 100, 0), MOST / 2);
	assert_int_equal(ticks(&m, 10, 100, 100, 0), MOST / 4);
	assert_int_equal(ticks(&m, 1000, 100, 100, 0), CPUS);
}

static void fewer_when_they_have_nothing_to_do(void **state)
{
	struct machine m;

	begin(&m);
	disk(&m, 100);
	m.sample.idle = MOST / 4 - 1;
	assert_int_equal(disk(&m, 100), MOST);
	m.sample.idle = MOST / 4;
	assert_int_equal(disk(&m, 10), MOST / 2);
	m.sample.idle = 0;
	/* long waits are few, and leave a CPU free */
	m.free = true;
	assert_int_equal(ticks(&m, 1000, 10, 1, 1), MOST / 2);
	m.free = false;
	/* but these do not block: a neighbour has the CPUs */
	assert_int_equal(ticks(&m, 1000, 30, 0, 0), CPUS);
}

static void between_more_and_fewer_nothing_changes(void **state)
{
	struct machine m;

	begin(&m);
	disk(&m, 4);
	assert_int_equal(m.adapt.n, 4 * CPUS);
	assert_int_equal(ticks(&m, 1000, 80, 100, 9), 4 * CPUS); /* of the CPUs used */
	assert_int_equal(ticks(&m, 1000, 10, 3, 9), 4 * CPUS);	 /* of 16 threads blocked */
}

/* A disk that is right for more threads than it allows: it comes to rest. */
static void going_to_and_fro_ends(void **state)
{
	struct machine m;
	unsigned changes = 0, was = CPUS;

	begin(&m);
	for (unsigned i = 0; i < 10000; i++) {
		unsigned n = m.adapt.n <= CPUS ? disk(&m, 1) : ticks(&m, 1, 100, 100, 0);

		changes += n != was;
		was = n;
	}
	/* 50 seconds; unchecked it would be some 1,600 */
	assert_in_range(changes, 2, 80);
}

static void what_cannot_be_had_is_no_bound_to_reach(void **state)
{
	struct machine m;

	begin(&m);
	disk(&m, 4);
	adapt_bound(&m.adapt, 10);
	assert_int_equal(m.adapt.n, 10);
	assert_int_equal(disk(&m, 100), 10);
	assert_int_equal(ticks(&m, 100, 100, 100, 0), CPUS);
	assert_int_equal(disk(&m, 100), 10);
	/* a limit below the number of CPUs */
	adapt_init(&m.adapt, CPUS, 2, &m.sample);
	assert_int_equal(m.adapt.n, 2);
	assert_int_equal(disk(&m, 100), 2);
	assert_int_equal(ticks(&m, 100, 100, 100, 0), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cached_needs_no_more),
		cmocka_unit_test(a_slow_disk_gets_more),
		cmocka_unit_test(a_network_counts_no_blocks),
		cmocka_unit_test(only_what_lasts_counts),
		cmocka_unit_test(a_busy_neighbour_is_no_slow_disk),
		cmocka_unit_test(who_has_no_work_needs_no_company),
		cmocka_unit_test(fewer_when_the_disk_is_no_longer_waited_for),
		cmocka_unit_test(fewer_when_they_have_nothing_to_do),
		cmocka_unit_test(between_more_and_fewer_nothing_changes),
		cmocka_unit_test(going_to_and_fro_ends),
		cmocka_unit_test(what_cannot_be_had_is_no_bound_to_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
