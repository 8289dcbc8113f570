/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache: one generation of deterministic states.
 *
 * States are made one by one and never change, so whoever has reached one may read it without a
 * lock; making them is the automaton's business, under its mutex.  When a generation is full the
 * automaton begins another, and the old one lives as long as a reader holds it.
 *
 *	row:    cells, one for each byte (class); a cell names the next state or is 0, unknown
 *	cell:   row number << shift | CELL_GO, or | CELL_STAY where no byte leads away any more
 */
#pragma once

#include "base/alloc.h"
#include "rules/db.h"

#define CELL_GO	   1u /* an ordinary state */
#define CELL_STAY  2u /* every byte leads back to this state */
#define CELL_FLAGS 7u
#define CACHE_MIN  16u /* states a generation holds at least, whatever its limit */

/** A set of positions, sorted.  Interned. */
struct cache_set {
	struct cache_set *next;
	uint32_t hash, n;
	uint32_t v[];
};

/** The answers at a state.  Interned. */
struct cache_accept {
	const struct db_spec *best[8]; /* by kind asked for */
	uint8_t ask;		       /* bit per kind: a side spec may outrank best */
	bool nothing;		       /* for every kind no spec, or <<none>>; and nothing to ask */
	uint32_t hash, n_side;
	struct cache_accept *next;
	uint32_t side[]; /* specs, highest rank first */
};

/** What the automaton needs to go on from a state. */
struct cache_state {
	uint32_t trie;	/* node, 0: no plain bytes lead on */
	uint32_t alias; /* node of a substitution trie, see automaton.c; then nothing else counts */
	uint32_t hash, next;
	const struct cache_set *set;
	uint32_t cell;
	bool universal; /* one byte, whichever, leads to a CELL_STAY state */
};

struct cache {
	uint32_t *rows;
	const struct cache_accept **accepts; /* by row number */
	struct cache_state *states;
	size_t n, max; /* row numbers in use; 0 is none */
	unsigned shift;
	uint32_t gen;
	unsigned refs; /* under the automaton's mutex */
	uint32_t start[3];
	struct cache *retired;
	size_t limit, mapped;
	uint32_t *state_heads;
	struct cache_set **set_heads;
	struct cache_accept **accept_heads;
	size_t state_mask; /* of state_heads */
	struct arena arena;
};

/** @shift is 7 (bytes >= 0x80 are one class) or 8. */
struct cache *cache_new(uint32_t gen, unsigned shift, size_t limit);
struct cache *cache_free(struct cache *c);
/** Bytes in use. */
size_t cache_size(const struct cache *c);
/** Is there room for one more state? */
bool cache_has_room(const struct cache *c);

/** Interned copies; NULL: out of memory. */
const struct cache_set *cache_intern_set(struct cache *c, const uint32_t *v, size_t n);
const struct cache_accept *cache_intern_accept(struct cache *c, const struct cache_accept *accept,
					       const uint32_t *side);

/** Cell of the state with this key, or 0. */
uint32_t cache_find(const struct cache *c, const struct cache_state *key,
		    const struct cache_accept *accept);
/** Add it; there must be room.  @stay: it is its own successor for every byte. */
uint32_t cache_add(struct cache *c, const struct cache_state *key,
		   const struct cache_accept *accept, bool stay);

static inline uint32_t cache_row(const struct cache *c, uint32_t cell)
{
	return cell >> c->shift;
}

static inline unsigned cache_class(const struct cache *c, unsigned char byte)
{
	return byte & 0x80 && c->shift == 7 ? 0 : byte;
}

static inline uint32_t cache_load(const struct cache *c, uint32_t cell, unsigned char byte)
{
	const uint32_t *row = c->rows + (cell & ~CELL_FLAGS);

	return __atomic_load_n(row + cache_class(c, byte), __ATOMIC_ACQUIRE);
}

static inline void cache_store(struct cache *c, uint32_t cell, unsigned char byte, uint32_t next)
{
	uint32_t *row = c->rows + (cell & ~CELL_FLAGS);

	__atomic_store_n(row + cache_class(c, byte), next, __ATOMIC_RELEASE);
}
