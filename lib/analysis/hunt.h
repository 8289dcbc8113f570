/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hunt: the shortest path that some specs match and others do not, in one rule set or in two at
 * once.
 *
 * In the second case both sides read the same bytes, but each may have read others before: that
 * is how a path looks that is substituted differently.
 */
#pragma once

#include "analysis/fence.h"
#include "analysis/unfold.h"

/** One rule set's part in a question: which of its specs must not match. */
struct hunt_side {
	const char *start; /* what it has read before; the search is for the rest */
	size_t start_len;
	uint32_t above; /* specs must not match that are of higher rank than this, */
	unsigned kinds; /* and of these kinds of spec (bits), */
	bool (*kills)(void *user, uint32_t spec); /* and of which this says so; may be NULL */
	void *user;
};

/** A spec that must match. */
struct hunt_target {
	unsigned side;
	uint32_t spec;
};

/*
 * What PCRE2 must judge is left to @confirm: such a target is taken to match all that begins as it
 * does, and such a spec is not held against a path.
 */
struct hunt_query {
	struct hunt_side side[2];
	struct hunt_target target[2];
	unsigned n_targets;
	const struct fence *fence; /* for the rest; may be NULL */
	bool top;		   /* the rest is a path, "/" is one; else it follows a name */
	bool empty, only_empty;	   /* the rest may be empty; must be */
	/* is this rest what we want?  1, 0 (go on), -errno; may be NULL */
	int (*confirm)(void *user, const char *rest, size_t len);
	void *user;
};

struct hunt;

/** To search in @set, or in that and @other.  They must outlive it.  Return 0 or -ENOMEM. */
int hunt_new(struct hunt **ret_hunt, const struct unfold *set, const struct unfold *other);
struct hunt *hunt_free(struct hunt *hunt);

/**
 * The rest makes, behind a clean path, a clean path: "" or "/name/name", no empty, "." or ".."
 * name, no NUL.
 *
 * Return 1 with it in @ret_rest; 0 when there certainly is none; -EAGAIN when limits were
 * reached, or confirm turned down what was found; -ENOMEM; what confirm returned.
 */
int hunt_run(struct hunt *hunt, const struct hunt_query *query, struct buf *ret_rest);

/** How much work the last search was, in steps of some nanoseconds. */
uint64_t hunt_work(const struct hunt *hunt);
