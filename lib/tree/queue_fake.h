/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue_fake: the plain back end with faults, delays and races written into a script.
 *
 *	struct fake_rule rules[] = {
 *		{ .op = QUEUE_OPENAT, .name = "secret*", .error = -EACCES },
 *		{ .op = QUEUE_GETDENTS, .nth = 3, .error = -EIO },
 *	};
 *	struct fake_script script = { .rules = rules, .n_rules = 2 };
 *	queue_open(&q, &queue_fake, &script, QUEUE_FORM_AUTO, false);
 *
 * One script may serve the queues of many threads; calls are counted over all of them.  Where only
 * a queue_ops can be handed over and no argument, wrap it: an ops table whose open() calls
 * queue_fake.open(q, &script) and that has the other functions of queue_fake.
 */
#pragma once

#include <stdatomic.h>

#include "tree/queue.h"

struct fake_rule {
	enum queue_op op; /* QUEUE_OPS: any */
	/*
	 * fnmatch pattern of the name, or NULL; a call without one (getdents, statx of the fd) is
	 * matched by the last component of the descriptor's path.
	 */
	const char *name;
	unsigned nth;	   /* only the nth match, from 1; 0: every one */
	int error;	   /* negative: fail with it instead of making the call */
	unsigned delay_us; /* sleep first */
	bool no_types;	   /* QUEUE_GETDENTS: as a file system that does not tell d_type */
	/** Called before the call is made (or failed). */
	void (*before)(void *user, struct queue_req *req);
	void *user;
	_Atomic unsigned seen; /* matches of op and name */
	_Atomic unsigned hits; /* of these, those that nth chose */
};

/** The rules are tried in order; the first with an error ends the search. */
struct fake_script {
	struct fake_rule *rules;
	size_t n_rules;
	bool newest_first; /* reap finished requests in reverse order */
	bool late;	   /* and only when they are waited for */
};
