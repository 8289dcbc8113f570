/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subset: one deterministic state in the making: which positions may take the next byte, and who
 * wins if the path ends here.
 *
 *	subset_begin(s);
 *	subset_consume(s, from, n, byte);	// positions of the state before
 *	subset_enter(s, node);			// what the trie has at the node come to
 *	subset_prune(s, &universal);		// s->list is the set now
 *	subset_answers(s, cache, &answers);
 */
#pragma once

#include "rules/cache.h"
#include "rules/trie.h"

/** Zero-initialised but for the trie.  Memory is kept from one state to the next. */
struct subset {
	struct trie *trie;
	uint32_t *list; /* positions, each once */
	size_t n_list, list_cap;
	uint64_t *listed; /* a bit for each position */
	size_t listed_cap;
	uint32_t best[8]; /* rank of the best spec so far, by kind asked for; 0: none */
	uint32_t *sides;  /* specs PCRE2 must be asked about */
	size_t n_sides, sides_cap;
	size_t budget;	     /* entries of follow lists that one state may still look at */
	uint32_t *universal; /* the universal positions of the list */
	size_t n_universal, universal_cap;
};

/** Start with nothing.  All trie nodes that will be entered must be expanded.  0 or -ENOMEM. */
int subset_begin(struct subset *s);
void subset_done(struct subset *s);
/** Let @n positions of the state before take @byte. */
int subset_consume(struct subset *s, const uint32_t *from, size_t n, unsigned char byte);
/** Add what is attached to @node of the trie. */
int subset_enter(struct subset *s, uint32_t node);
/**
 * Drop positions that can only lose; sort the rest.
 *
 * @ret_universal  only positions are left that take everything for ever
 */
int subset_prune(struct subset *s, bool *ret_universal);
/** Who wins here, interned in @cache. */
int subset_answers(struct subset *s, struct cache *cache, const struct cache_accept **ret_answers);
