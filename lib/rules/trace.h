/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trace: every spec that matches a path, not the winner alone, and every spec that could still
 * match something the path is the beginning of.
 *
 * The automaton's states forget what can only lose (subset.h); here the positions of all specs
 * are followed along the path, nothing left out.  Kinds are not looked at.
 *
 *	struct trace t = { 0 };
 *	r = trace_path(&t, db, path, len, TRACE_ALIVE);
 *	for (size_t i = 0; i < t.matches.n; i++)
 *		spec = t.matches.v[i];		// index in struct source, highest rank first
 *	trace_done(&t);
 */
#pragma once

#include "base/alloc.h"
#include "rules/db.h"

/** Indices of specs, each once, highest rank first. */
struct trace_list {
	uint32_t *v;
	size_t n, cap;
};

/** Zero-initialised is valid; memory is kept from one path to the next. */
struct trace {
	struct trace_list matches; /* match the whole path */
	struct trace_list alive;   /* with TRACE_ALIVE: match it, or some longer name perhaps */
	struct trace_list unknown; /* PCRE2 ran into its limit of steps */
	uint32_t *set, *nodes;	   /* scratch: positions, trie nodes */
	size_t set_cap, nodes_cap;
};

enum {
	TRACE_ALIVE = 1 << 0, /* costs more: all that is below the path in the trie is unfolded */
};

/**
 * Follow @path, which is normalised and substituted (db_substitute()).
 *
 * "Alive" is what PCRE2 calls a partial match: a match of the path's bytes could be prolonged.
 * "/a/b" is alive at "/a" and at "/"; "/a/b.*" at "/a/bc".
 *
 * Return 0 or -ENOMEM, the lists then being of no use.  Takes the db's lock.
 */
int trace_path(struct trace *t, struct db *db, const char *path, size_t len, unsigned flags);
/**
 * The same for a path as somebody typed it; what specs are compared with is left in @ret_key,
 * which must be empty.  -EINVAL for an empty path.
 */
int trace_asked(struct trace *t, struct db *db, const char *path, unsigned flags,
		struct buf *ret_key);
void trace_done(struct trace *t);
