/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * meet: which specs of one rule set match something that a spec of another matches, too.
 *
 * Nothing else is looked at: not what outranks them, nor whether a file can be called so.
 */
#pragma once

#include "analysis/bag.h"
#include "analysis/unfold.h"

#define MEET_ALL UINT32_MAX

struct meet_pair {
	uint32_t a, b;
};

/** Pairs, each once, in the order they came. */
struct meet_set {
	struct meet_pair *v;
	size_t n, cap;
	uint32_t *buckets; /* 0 is empty, else index + 1 */
	size_t n_buckets;
};

/** Zero-initialised is valid; memory is kept from one question to the next. */
struct meet {
	struct meet_set specs;	/* the answer */
	struct meet_set places; /* come to: a position or trie node of each side */
	struct bag to[2];	/* where a step leads */
	struct bag ends[2];	/* specs that match after it */
	struct bag start[2];	/* places after what was read before */
	struct buf prefix;	/* of the only spec of side a */
};

/**
 * Find all pairs of specs that match the same bytes, one or more, where side a has read @start_a
 * before and side b @start_b.  A spec that PCRE2 must judge counts wherever its plain beginning
 * is.
 *
 * @only  the only spec of side a that counts, or MEET_ALL
 * Return 0, -EAGAIN (too many), -ENOMEM.
 */
int meet_find(struct meet *m, const struct unfold *a, const char *start_a, uint32_t only,
	      const struct unfold *b, const char *start_b);
void meet_done(struct meet *m);
