/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * witness: is there a path that matches these specs and none of those?  Exactly, on the position
 * automata, with such a path when there is one.
 *
 * Paths are what a file can be called: absolute, no empty, "." or ".." component, no NUL.
 */
#pragma once

#include "base/buf.h"
#include "rules/db.h"

struct witness;

enum { WITNESS_NO_SPEC = UINT32_MAX };

/** A question about one rule set.  Specs are indices in rule order (struct source). */
struct witness_query {
	uint32_t match; /* must match */
	uint32_t also;	/* must match as well, or WITNESS_NO_SPEC */
	/* specs that must not match, for the kind asked about */
	bool (*kills)(void *user, uint32_t spec);
	void *user;
	enum lbl_kind kind;    /* specs for other kinds do not kill */
	bool as_written;       /* substitutions are left out of account */
	const char *not_below; /* no path strictly below this one, or NULL */
};

/**
 * Search in the rules of @db, which must outlive it.  Not thread-safe.  What all searches of one
 * object may take is limited as well, to some twenty seconds; those of a shipped policy, for each
 * of its specs, take a tenth of one.
 */
int witness_new(struct witness **ret_witness, struct db *db);
struct witness *witness_free(struct witness *witness);

/**
 * Return 1 with a path (before substitution) in @ret_path (its former contents are lost); 0 when
 * there certainly is none; -EAGAIN when that could not be decided: PCRE2 must judge
 * specs and turned down what was tried, or the search grew beyond its limit; -ENOMEM.
 */
int witness_find(struct witness *witness, const struct witness_query *query, struct buf *ret_path);

/** Can @spec win for @kind (one it is for) at any path?  Return as witness_find(). */
int witness_wins(struct witness *witness, uint32_t spec, enum lbl_kind kind, struct buf *ret_path);
