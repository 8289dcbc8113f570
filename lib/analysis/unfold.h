/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unfold: a rule set's automaton of its own, with every spec in it, for questions about all paths
 * at once.
 *
 * Lookups unfold the trie where paths have been, under a lock.  This one is complete from the
 * start and never changes, so it needs none.
 */
#pragma once

#include "rules/db.h"
#include "rules/trie.h"

struct unfold {
	struct source source; /* shares the db's text; its specs' places are our own */
	struct trie trie;
	uint32_t *home;	  /* by spec: index in trie.attached; 0: no valid regex */
	uint32_t *node;	  /* by spec: where that is attached */
	uint32_t *parent; /* by node */
	uint32_t *depth;  /* by node: bytes read */
	uint32_t *top;	  /* by node: the highest rank there or further on */
	bool sides;	  /* some spec is PCRE2's */
};

/** The db must outlive it.  Return 0 or -ENOMEM. */
int unfold_init(struct unfold *u, struct db *db);
void unfold_done(struct unfold *u);

/** What @spec contributes; NULL when it can match nothing. */
static inline const struct trie_attached *unfold_home(const struct unfold *u, uint32_t spec)
{
	return u->home[spec] ? &u->trie.attached[u->home[spec]] : NULL;
}

static inline uint32_t unfold_rank(const struct unfold *u, uint32_t spec)
{
	const struct trie_attached *home = unfold_home(u, spec);

	return home ? trie_rank(home) : 0;
}

/** Bits by kind of spec: which kinds of spec answer for @kind. */
static inline unsigned unfold_kinds(enum lbl_kind kind)
{
	return kind == LBL_ANY ? 0xffu : 1u << LBL_ANY | 1u << kind;
}

/** Does @spec answer for @kind? */
static inline bool unfold_fits(const struct unfold *u, uint32_t spec, enum lbl_kind kind)
{
	return unfold_kinds(kind) >> u->source.specs[spec].kind & 1;
}

/** The plain bytes that every match of @spec begins with.  Return 0 or -ENOMEM. */
int unfold_prefix(const struct unfold *u, uint32_t spec, struct buf *ret_prefix);
