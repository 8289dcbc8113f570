/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/walk_adapt.h"

/*
 * As many threads as CPUs are right while everything is cached.  While the disk is waited for, more
 * directories must be read at the same time.  That is so if CPUs are left unused, and the threads
 * block (without that a busy neighbour would look like a slow disk), and none lacks work.  A mutex
 * makes a thread block as well, when its holder has lost the CPU, so this must hold for some ticks
 * in a row: few with blocks read from a device in each of them; more with a free CPU in each, since
 * a network or FUSE counts no blocks; many with neither.  Then the threads are doubled.
 *
 * They are halved when for some time they have clearly had no use: the CPUs are all in use, or a
 * quarter of them has nothing to do, or they do not block, and not because each waits for long: no
 * CPU is free that they could run on.  Each bound lies beyond the one for
 * more of them, so that there is room between in which nothing changes.  Where more were wanted
 * soon after fewer, the next time is waited for twice as long.
 */
enum {
	TICKS_READ = 2,
	TICKS_FREE = 4,
	TICKS_WAIT = 16,
	TICKS_SLACK = 10,
	TICKS_SLACK_MAX = 320,
};

void adapt_init(struct adapt *a, unsigned least, unsigned most, const struct adapt_sample *first)
{
	a->most = most;
	a->least = MIN(least, most);
	a->n = a->least;
	a->last = *first;
	a->reads = a->frees = a->waits = a->slack = 0;
	a->patience = TICKS_SLACK;
	a->fewer = false;
}

void adapt_bound(struct adapt *a, unsigned most)
{
	a->most = most;
	a->least = MIN(a->least, most);
	a->n = MIN(a->n, most);
}

struct since {
	uint64_t cpu, cpu_most; /* used, and what all threads could have used */
	long blocked;
};

static struct since since(const struct adapt *a, const struct adapt_sample *now)
{
	const struct adapt_sample *last = &a->last;

	return (struct since){
		.cpu = now->cpu - last->cpu,
		.cpu_most = (now->wall - last->wall) * MIN(a->n, a->least),
		.blocked = now->blocked - last->blocked - (now->own - last->own),
	};
}

/* Would more of them find something to do? */
static bool wait(const struct adapt *a, const struct since *d, const struct adapt_sample *now)
{
	return now->idle == 0 && now->queued > 0 && d->cpu * 10 < d->cpu_most * 7 &&
	       d->blocked * 4 >= (long)a->n;
}

/* Are some of them good for nothing? */
static bool slack(const struct adapt *a, const struct since *d, const struct adapt_sample *now)
{
	return now->idle * 4 >= a->n || d->cpu * 10 > d->cpu_most * 9 ||
	       (d->blocked * 8 < (long)a->n && !a->cpu_free(a->user));
}

static void change(struct adapt *a, unsigned n)
{
	bool fewer = n < a->n;

	if (a->fewer && !fewer)
		a->patience = MIN(a->patience * 2, (unsigned)TICKS_SLACK_MAX);
	a->fewer = fewer;
	a->n = n;
	a->reads = a->frees = a->waits = a->slack = 0;
}

unsigned adapt_tick(struct adapt *a, const struct adapt_sample *now)
{
	struct since d = since(a, now);
	bool read = now->read > a->last.read;

	if (a->n < a->most && wait(a, &d, now)) {
		a->waits++;
		a->reads = read ? a->reads + 1 : 0;
		a->frees = a->cpu_free(a->user) ? a->frees + 1 : 0;
	} else {
		a->reads = a->frees = a->waits = 0;
	}
	a->slack = a->n > a->least && slack(a, &d, now) ? a->slack + 1 : 0;
	a->last = *now;
	if (a->reads >= TICKS_READ || a->frees >= TICKS_FREE || a->waits >= TICKS_WAIT)
		change(a, MIN(a->n * 2, a->most));
	else if (a->slack >= a->patience)
		change(a, MAX(a->n / 2, a->least));
	return a->n;
}
