/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hands: what lends callers' own threads a hand, that is, a queue and a view of the automaton.
 *
 * A directory that is held open needs none while nothing is asked of it, so thousands of them share
 * as many hands as there are threads asking.
 *
 *	r = hands_take(job, &h);
 *	if (r == 0) {
 *		job_name(h, dir, name);
 *		r = hands_give(h);
 *	}
 */
#pragma once

#include <pthread.h>

struct job;
struct hand;
struct spare;

struct hands {
	pthread_mutex_t lock;
	struct spare *idle;
};

void hands_init(struct hands *hands);
/** All must have been given back. */
void hands_done(struct hands *hands);

/** A hand for @job.  Return 0 or -errno.  Thread-safe; the hand is for one thread. */
int hands_take(struct job *job, struct hand **ret_hand);
/** Give it back, its counters poured; @hand is no longer to be used.  Return its outcome. */
int hands_give(struct hand *hand);
