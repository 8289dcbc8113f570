/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * contest: which of two ways to write labels is the cheaper one here, found out by using both.
 *
 * The hands of a run share one.  Each asks contest_ring() before it writes, and says how many it
 * has written; now and then the other way is tried for a moment, on the files that are to be
 * labelled anyway.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "lbl.h"

#include "base/common.h"

enum { CONTEST_PAIRS = 4 };

struct contest {
	_Atomic bool ring;	/* the way in force */
	_Atomic uint64_t sets;	/* made so far */
	_Atomic uint64_t look;	/* at so many, see what is to be done */
	pthread_mutex_t lock;	/* of what follows */
	bool trying, measuring; /* in a trial; and past the beginning of its window */
	unsigned window;	/* even: plain, odd: ring */
	double cost[2 * CONTEST_PAIRS];
	uint64_t rest; /* sets until the next trial */
	struct {
		uint64_t sets, wall, cpu;
	} start; /* of the window, or of the time between trials */
};

void contest_init(struct contest *c, enum lbl_io io);
void contest_done(struct contest *c);

static inline bool contest_ring(const struct contest *c)
{
	return atomic_load_explicit(&c->ring, memory_order_relaxed);
}

/** @n more labels were written.  Thread-safe. */
void contest_count(struct contest *c, uint64_t n);

/** The same with the clocks given (ns), for one thread. */
void contest_look(struct contest *c, uint64_t wall, uint64_t cpu);
