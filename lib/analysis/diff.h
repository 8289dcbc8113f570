/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff: which winners of one rule set meet which of another at some path.
 *
 * The public side is in lbl-rules.h; here is what its parts share.
 */
#pragma once

#include "lbl-rules.h"
#include "analysis/align.h"
#include "analysis/meet.h"
#include "analysis/pieces.h"
#include "analysis/reach.h"

#define DIFF_NONE UINT32_MAX /* no spec wins */

/** One of the two rule sets. */
struct diff_side {
	struct db *db;
	struct db_reader *reader;
	const struct source *source;
	const char **label; /* by spec: its context, NULL for <<none>> */
	uint32_t *partner;  /* by spec: the same spec of the other set, in the same order */
	struct unfold set;
};

/** A winner of each set, and the kinds for which they meet at some path of a piece. */
struct diff_pair {
	uint32_t spec[2]; /* or DIFF_NONE */
	uint32_t piece;	  /* 0: all that are the same in both sets */
	uint32_t next;	  /* in its bucket */
	uint8_t found, unknown;
	const char *witness[8]; /* by kind */
};

struct lbl_diff {
	struct diff_side side[2];
	struct pieces pieces;
	struct hunt *hunt; /* NULL: no need to search, there is nothing unfolded */
	struct meet meet;
	struct diff_pair *pairs;
	size_t n_pairs, pairs_cap;
	uint32_t *buckets; /* of pairs; 0 is empty, else index + 1 */
	size_t n_buckets;
	uint64_t work; /* of all searches */
	struct arena arena;
	struct lbl_diff_item *items;
	size_t n_items, items_cap;
	struct reach reach[2];
};

/** Do these answers (specs or DIFF_NONE) differ? */
bool diff_differs(const struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec);
/** The kinds (bits) of files that both specs are for; DIFF_NONE is for every kind. */
unsigned diff_fits(const struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec);
/** The pair, if there is one: made if @make.  NULL: there is none, or no memory. */
struct diff_pair *diff_pair(struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec,
			    uint32_t piece, bool make);
/** Ask both sets about @path and note what differs.  Return 0 or -ENOMEM. */
int diff_look(struct lbl_diff *d, const char *path, size_t len);

/** Find all pairs of which one is no literal.  Return 0 or -ENOMEM. */
int diff_search(struct lbl_diff *d);
