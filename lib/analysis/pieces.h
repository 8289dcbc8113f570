/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pieces: paths as users see them, when specs are compared with something else.
 *
 * Substitutions cut the space of all paths into pieces.  A piece belongs to a cut: "", or an alias
 * (or what becomes an alias through the other list).  Its paths are the cut with "" or "/..."
 * behind it, unless a longer cut begins them too.  Within a piece substituting is nothing but
 * putting another text in the place of the cut, since exactly the same entries apply.
 */
#pragma once

#include "analysis/hunt.h"

struct piece {
	const char *cut;
	const char *alone[2]; /* by side: what stands for the cut itself, */
	const char *name[2];  /* and in its place when something follows */
	bool same;	      /* for both sides */
	bool odd;	      /* what stands there is no clean path */
};

struct pieces {
	const struct db *db[2];
	unsigned n_sides;
	struct piece *v; /* the first is "" */
	size_t n, cap;
	struct arena arena;
};

/** For one rule set, or two (@other not NULL).  Return 0, -E2BIG (too many), -ENOMEM. */
int pieces_init(struct pieces *ps, const struct db *db, const struct db *other);
void pieces_done(struct pieces *ps);

/**
 * A path that specs of all sides see as @seen (which, for each, is what stands for it).  Return 1,
 * 0 (there is none), -ENOMEM.
 */
int pieces_path_of(const struct pieces *ps, const char *seen, struct buf *ret_path);
/** The piece that the clean @path is in. */
size_t pieces_at(const struct pieces *ps, const char *path);

struct pieces_query {
	struct hunt *hunt;
	struct hunt_query query; /* what must match and what must not: the rest is set here */
	const char *not_below;	 /* no path strictly below this clean one, or NULL */
	bool as_written;	 /* leave substitutions out of account */
	/* is this path what we want?  1, 0 (go on), -errno */
	int (*confirm)(void *user, const char *path, size_t len);
	void *user;
};

/**
 * Search all pieces that are the same for both sides (of one rule set: all).
 *
 * Return 1 with a path as users see it, otherwise as hunt_run().
 */
int pieces_find(const struct pieces *ps, const struct pieces_query *query, struct buf *ret_path);
/** Search one piece. */
int pieces_find_in(const struct pieces *ps, const struct pieces_query *query, size_t piece,
		   struct buf *ret_path);
