/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/contest.h"

#include <time.h>

#include "base/log.h"

/*
 * What a label costs is the time it takes plus the CPU time it takes, of all threads, those of the
 * kernel included that work for a ring: they belong to the process, not to the thread that made
 * it, so that a thread's own clock would call the ring cheap for nothing.  Time alone would let it
 * win by taking CPUs from others; CPU alone would never see that a slow disk is waited for in
 * parallel.
 *
 * A trial is pairs of windows, plain and ring in turns.  The ring wins if the dearest of its
 * windows is clearly cheaper than the cheapest plain one; that chance alone makes it so is less
 * likely than 1 in 70.  As soon as that cannot be any more, the trial is over, mostly after one
 * window.  A lost trial makes the next one four times as far away: all trials that are lost cost
 * less than noise.
 */
enum {
	FIRST_SETS = 16384, /* a run that writes less is over before a trial pays */
	WON_SETS = 65536,   /* the next trial after one that was won */
	REST_MAX = 4194304,
	SLOW_SETS = 512, /* or so many in a second */
	WINDOW_SETS = 512,
	SETTLE_SETS = 128, /* of a window, not measured: what the last one left in flight */
};
#define WINDOW_NS UINT64_C(32000000)
#define SLOW_NS	  UINT64_C(1000000000)
#define CLEARLY	  0.9

void contest_init(struct contest *c, enum lbl_io io)
{
	*c = (struct contest){.rest = FIRST_SETS};
	atomic_init(&c->ring, io == LBL_IO_URING);
	atomic_init(&c->look, io == LBL_IO_AUTO ? 0 : UINT64_MAX);
	pthread_mutex_init(&c->lock, NULL);
}

void contest_done(struct contest *c)
{
	pthread_mutex_destroy(&c->lock);
}

static void start_at(struct contest *c, uint64_t sets, uint64_t wall, uint64_t cpu)
{
	c->start.sets = sets;
	c->start.wall = wall;
	c->start.cpu = cpu;
}

static void use(struct contest *c, bool ring)
{
	atomic_store_explicit(&c->ring, ring, memory_order_relaxed);
}

/* Could the ring still win, or has it? */
static bool ring_leads(const struct contest *c)
{
	for (unsigned i = 0; i < c->window; i++)
		for (unsigned j = 0; j < c->window; j++)
			if (i % 2 == 0 && j % 2 == 1 && c->cost[j] >= CLEARLY * c->cost[i])
				return false;
	return true;
}

static void end_trial(struct contest *c, bool won)
{
	log_debug(LOG_ENGINE, "io", "%s after %u windows: %.0f and %.0f ns a label",
		  won ? "ring" : "sync", c->window, c->cost[0], c->cost[1]);
	c->trying = false;
	c->rest = won ? (uint64_t)WON_SETS : MIN(c->rest * 4, (uint64_t)REST_MAX);
	use(c, won);
}

static void end_window(struct contest *c, uint64_t sets, uint64_t wall, uint64_t cpu)
{
	c->cost[c->window++] = (double)(wall - c->start.wall + cpu - c->start.cpu) /
			       (double)(sets - c->start.sets);
	c->measuring = false;
	if (!ring_leads(c))
		end_trial(c, false);
	else if (c->window == 2 * CONTEST_PAIRS)
		end_trial(c, true);
	else
		use(c, c->window % 2);
	start_at(c, sets, wall, cpu);
}

void contest_look(struct contest *c, uint64_t wall, uint64_t cpu)
{
	uint64_t sets = atomic_load(&c->sets), made = sets - c->start.sets;
	uint64_t took = wall - c->start.wall;

	if (c->start.wall == 0) { /* the first label of all */
		start_at(c, sets, wall, cpu);
	} else if (!c->trying) {
		if (made < c->rest && (made < SLOW_SETS || took < SLOW_NS || c->rest > FIRST_SETS))
			return;
		c->trying = true;
		c->measuring = false;
		c->window = 0;
		use(c, false);
		start_at(c, sets, wall, cpu);
	} else if (!c->measuring) {
		if (made < SETTLE_SETS)
			return;
		c->measuring = true;
		start_at(c, sets, wall, cpu);
	} else if (made >= WINDOW_SETS && took >= WINDOW_NS) {
		end_window(c, sets, wall, cpu);
	}
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void contest_count(struct contest *c, uint64_t n)
{
	uint64_t sets = atomic_fetch_add(&c->sets, n) + n;

	if (sets < atomic_load_explicit(&c->look, memory_order_relaxed) ||
	    pthread_mutex_trylock(&c->lock) != 0)
		return;
	contest_look(c, now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID));
	atomic_store_explicit(&c->look, sets + SETTLE_SETS, memory_order_relaxed);
	pthread_mutex_unlock(&c->lock);
}
