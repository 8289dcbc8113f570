/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pace: what others can make us do as often as they like is done soon, but not often; and what
 * fails is tried again, ever more seldom.  Pure: time is handed in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Zeroed at first.  Once it was done, it is not done again for `every` milliseconds. */
struct pace {
	uint64_t not_before;
	unsigned every;
	bool wanted;
};

/** Is it to be done now?  If so, it is no longer wanted. */
bool pace_due(struct pace *p, uint64_t now_ms);
/** Milliseconds until it may be; -1: it is not wanted. */
int pace_wait_ms(const struct pace *p, uint64_t now_ms);

#define PATIENCE_TRIES 5 /* after so many failures in a row something else is to be tried */

/** Zeroed at first. */
struct patience {
	uint64_t not_before;
	unsigned failures; /* in a row */
};

/** It failed: leave it alone for a while, longer each time.  Return how often it has failed. */
unsigned patience_failed(struct patience *p, uint64_t now_ms);
/** It went well. */
void patience_ok(struct patience *p);
/** Milliseconds for which it is to be left alone; -1: none. */
int patience_wait_ms(const struct patience *p, uint64_t now_ms);
