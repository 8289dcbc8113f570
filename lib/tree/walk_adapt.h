/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk_adapt: how many threads a walk should have, by what was measured since the last look.
 *
 *	adapt_init(&a, cpus, limit);
 *	while (...)				// every ADAPT_TICK_NS
 *		n = adapt_tick(&a, &sample);
 *
 * It knows no clock and no thread.
 */
#pragma once

#include "base/common.h"

#define ADAPT_TICK_NS 5000000

/** What was seen at one moment; times and counts since some beginning. */
struct adapt_sample {
	uint64_t wall, cpu; /* ns; of the whole process */
	long blocked;	    /* voluntary context switches, */
	long own;	    /* and those of them that are the looker's own sleep */
	long read;	    /* blocks from a device */
	unsigned idle;	    /* threads without work, of those that should have some */
	size_t queued;	    /* pieces of work that wait for a thread */
};

struct adapt {
	unsigned least, most; /* bounds: as many as there are CPUs; the limit */
	unsigned n;	      /* wanted now */
	/** Does the machine have a CPU that nobody runs on?  Asked only when that decides. */
	bool (*cpu_free)(void *user);
	void *user;
	struct adapt_sample last;
	unsigned reads, frees, waits, slack; /* ticks in a row */
	unsigned patience;		     /* ticks of slack that make the threads fewer */
	bool fewer;			     /* so did the last change */
};

/** @first: of the moment in which the @least threads began. */
void adapt_init(struct adapt *a, unsigned least, unsigned most, const struct adapt_sample *first);
/** The number of threads from now on, between least and most. */
unsigned adapt_tick(struct adapt *a, const struct adapt_sample *now);
/** No more than @most can be had. */
void adapt_bound(struct adapt *a, unsigned most);
