/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * positions: syntax trees as position (Glushkov) automata, all in one pool.
 *
 * A position is one place in one spec that takes one byte: it has the set of bytes it takes and
 * the positions that may come next.  A spec's first positions are where it begins.
 */
#pragma once

#include "lbl.h"
#include "rules/regex.h"

#define POSITIONS_SPEC_MAX   8192u	/* of one spec */
#define POSITIONS_EDGES_MAX  65536u	/* of one spec: follow lists are quadratic at worst */
#define POSITIONS_MAX	     (1u << 22) /* of all specs */
#define POSITIONS_FOLLOW_MAX (1u << 25) /* edges of all specs */
#define POSITIONS_SETS_MAX   (1u << 16) /* different sets of bytes */

enum {
	POSITION_LAST = 1 << 0,	     /* the spec may end here */
	POSITION_UNIVERSAL = 1 << 1, /* takes every byte, for ever, and may always end */
	POSITION_ASK = 1 << 2,	     /* stands for a spec PCRE2 must judge */
};

/* This is also how it stands in a compiled form: see image.h. */
struct position {
	uint32_t spec : 22;
	uint32_t kind : 3; /* of the spec */
	uint32_t flags : 7;
	uint32_t follow; /* in positions.follow */
	uint16_t n_follow;
	uint16_t set;
};

struct positions {
	struct position *v;
	size_t n, cap;
	uint32_t *follow;
	size_t n_follow, follow_cap;
	struct regex_set *sets; /* each once */
	size_t n_sets, sets_cap;
	uint32_t *buckets; /* of sets, by hash; 0 is empty, else index + 1 */
	size_t n_buckets;
	struct glushkov *scratch;
	bool borrowed; /* v, follow and sets belong to a compiled form, and nothing can be added */
};

/** Where a spec begins. */
struct positions_start {
	uint32_t first, n_first; /* in positions.follow */
	bool nullable;		 /* the empty string matches */
};

int positions_init(struct positions *ps);
void positions_done(struct positions *ps);

/**
 * Add the positions of @re for @spec.
 *
 * Return 0; -E2BIG when it would take too many (the pool is as it was); -ENOMEM.
 */
int positions_add(struct positions *ps, const struct regex *re, uint32_t spec, enum lbl_kind kind,
		  struct positions_start *ret_start);

/**
 * Add one position that takes everything and says POSITION_ASK for @spec.  There is always room:
 * a spec has at most one.  Return 0 or -ENOMEM.
 */
int positions_add_ask(struct positions *ps, uint32_t spec, enum lbl_kind kind,
		      struct positions_start *ret_start);

/** Does @p take @byte?  Of a damaged compiled form: a set that is not there takes nothing. */
static inline bool positions_takes(const struct positions *ps, const struct position *p,
				   unsigned char byte)
{
	return p->set < ps->n_sets && regex_set_has(&ps->sets[p->set], byte);
}

/** Into ascending order. */
void positions_sort(uint32_t *v, size_t n);
