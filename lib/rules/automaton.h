/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * automaton: all specs and substitutions as one machine that reads paths byte by byte, made
 * deterministic where paths have been.
 *
 *	automaton_start(a, &cache, &cell);
 *	next = cache_load(cache, cell, byte);			// no lock
 *	if (!next)
 *		automaton_step(a, &cache, cell, byte, &next);	// makes the state, under the mutex
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "rules/image.h"
#include "rules/subset.h"

struct automaton {
	pthread_mutex_t lock; /* all below; the caches' rows may be read without */
	struct source *source;
	struct trie trie;
	struct cache *cache;   /* newest generation; NULL before the first use */
	struct cache *retired; /* given up during the call that is going on */
	_Atomic uint32_t gen;  /* of the newest generation */
	size_t cache_max;
	size_t flushes;
	struct subset subset;
};

/** @image: what the source was borrowed from, or NULL. */
int automaton_init(struct automaton *a, struct source *source, const struct image *image,
		   size_t cache_max);
void automaton_done(struct automaton *a);

/** Exchange *@cache (NULL at first) for the newest generation.  Return 0 or -ENOMEM. */
int automaton_renew(struct automaton *a, struct cache **cache);
void automaton_release(struct automaton *a, struct cache *cache);

/** The compiled form of a side spec that some state named; NULL: out of memory. */
const struct side *automaton_side(struct automaton *a, uint32_t spec);

/**
 * The state before any byte.  As in automaton_step(), *@cache is exchanged when need be.
 */
int automaton_start(struct automaton *a, struct cache **cache, uint32_t *ret_cell);

/**
 * The state after @byte at @cell of *@cache, which the caller holds.  The answer is a cell of
 * *@cache as it is afterwards: of the newest generation.  Return 0 or -ENOMEM.
 */
int automaton_step(struct automaton *a, struct cache **cache, uint32_t cell, unsigned char byte,
		   uint32_t *ret_cell);
