/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * front: the states a hunt has come to, but for those that others beat.
 *
 * A state is a place and a set.  Of two states at one place, one whose set is within the other's
 * beats it: whatever the other leads to, it leads to as well.
 */
#pragma once

#include "base/alloc.h"

struct front_place {
	uint32_t at[2]; /* guessed positions */
	uint32_t node[2];
	uint32_t fence;
	uint32_t shape;
};

struct front_state {
	struct front_place place;
	uint32_t set, n_set; /* in the pool, sorted */
	uint64_t sketch;     /* of the set: a subset has no other bits */
	uint32_t parent;     /* 0: none */
	uint32_t next, hash; /* in its bucket */
	unsigned char byte;  /* that led here */
	bool beaten;
};

/** Zero-initialised is valid. */
struct front {
	struct front_state *v; /* from 1 on, in the order they came */
	size_t n, cap;
	uint32_t *pool;
	size_t n_pool, pool_cap;
	uint32_t *buckets;
	size_t n_buckets;
	uint64_t work; /* members of sets looked at; callers add theirs */
};

/** Forget all states, keep the memory.  Return 0 or -ENOMEM. */
int front_begin(struct front *f);
void front_done(struct front *f);

/**
 * Add @s (its place, parent and byte) with the sorted @set, unless it is beaten by a state at its
 * place or at @best, a place that is better in any case.
 *
 * Return 0 (added or not), -EAGAIN when there are too many, or the work is too much; -ENOMEM.
 */
int front_add(struct front *f, const struct front_state *s, const struct front_place *best,
	      const uint32_t *set, size_t n);
