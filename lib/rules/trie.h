/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trie: the plain bytes that specs begin with, unfolded only where a path has been.
 *
 * A node holds the specs that came this far and wait.  Expanding it moves each of them on by one
 * plain byte; where the next atom is not a plain byte the rest becomes positions attached to the
 * node, and where the text is over the spec is attached as complete.
 */
#pragma once

#include "rules/positions.h"
#include "rules/side.h"
#include "rules/source.h"

#define TRIE_ROOT 1u /* 0 is no node */

struct trie_node {
	uint32_t child, sibling;
	uint32_t pending; /* index + 1 of a spec, linked by source_spec.link */
	uint32_t attached;
	unsigned char byte;
};

/**
 * A node of a trie that is complete, as it stands in a compiled form.  Nodes are in preorder, so
 * that the first child of a node is the next one.
 */
struct trie_packed {
	uint32_t byte : 7;
	uint32_t leaf : 1;   /* has no child */
	uint32_t extra : 24; /* index, or 0: no sibling, and nothing attached */
};

struct trie_extra {
	uint32_t sibling;
	uint32_t attached;
};

/**
 * What a spec that ends or turns into positions here contributes to a state that comes here.  This
 * is also how it stands in a compiled form.
 */
struct trie_attached {
	uint32_t spec : 22;
	uint32_t literal : 1;
	uint32_t accepts : 1;	 /* the spec matches when the path ends here */
	uint32_t asks : 1;	 /* PCRE2 must be asked from here on */
	uint32_t first, n_first; /* positions, in positions.follow */
	uint32_t next;
};

struct trie {
	struct source *source;
	struct positions positions;
	struct regex regex;
	struct trie_node *nodes;
	size_t n, cap;
	struct trie_attached *attached;
	size_t n_attached, attached_cap;
	struct side **sides; /* source_spec.link of a side spec is its index here */
	size_t n_sides, sides_cap;
	size_t parsed; /* specs whose regex was looked at */

	/* complete, from a compiled form, instead of nodes; attached then belongs to that as well
	 */
	const struct trie_packed *packed; /* n of them */
	const struct trie_extra *extras;
	size_t n_extras;
};

int trie_init(struct trie *t, struct source *source);
void trie_done(struct trie *t);

/**
 * Let nothing wait at @node.  An invalid regex met here is told to the source's diag; the spec is
 * then dropped.  Return 0 or -ENOMEM; may be repeated after a failure.
 */
int trie_expand(struct trie *t, uint32_t node);
/** Let nothing wait anywhere: all specs are parsed.  Return 0 or -ENOMEM. */
int trie_expand_all(struct trie *t);
/**
 * The compiled form of a side spec; NULL: out of memory.  What PCRE2 refuses now, though it did not
 * when the rules were compiled, is told to the source's diag, once, and matches nothing.
 */
const struct side *trie_side(struct trie *t, uint32_t spec);
/** The child of an expanded node, or 0. */
uint32_t trie_child(const struct trie *t, uint32_t node, unsigned char byte);

/*
 * A compiled form is used as it lies in its file.  What was never checked is checked here: an index
 * that is out of bounds names nothing, lists lead forwards only, and siblings are in order of
 * their bytes.
 */

static inline const struct trie_extra *trie_extra(const struct trie *t, uint32_t node)
{
	uint32_t extra = t->packed[node].extra;

	return &t->extras[extra < t->n_extras ? extra : 0];
}

/** Does any byte lead on from an expanded node? */
static inline bool trie_leads_on(const struct trie *t, uint32_t node)
{
	if (t->packed)
		return !t->packed[node].leaf && node + 1 < t->n;
	return t->nodes[node].child != 0;
}

/** The first child of an expanded node, or 0. */
static inline uint32_t trie_eldest(const struct trie *t, uint32_t node)
{
	return !trie_leads_on(t, node) ? 0 : t->packed ? node + 1 : t->nodes[node].child;
}

/** The next child of the same parent, or 0. */
static inline uint32_t trie_sibling(const struct trie *t, uint32_t node)
{
	uint32_t next;

	if (!t->packed)
		return t->nodes[node].sibling;
	next = trie_extra(t, node)->sibling;
	return next > node && next < t->n && t->packed[next].byte > t->packed[node].byte ? next : 0;
}

static inline unsigned char trie_byte(const struct trie *t, uint32_t node)
{
	return t->packed ? t->packed[node].byte : t->nodes[node].byte;
}

/** What is attached to an expanded node: the first, or NULL. */
static inline const struct trie_attached *trie_first(const struct trie *t, uint32_t node)
{
	uint32_t at = t->packed ? trie_extra(t, node)->attached : t->nodes[node].attached;

	return at && at < t->n_attached ? &t->attached[at] : NULL;
}

static inline const struct trie_attached *trie_next(const struct trie *t,
						    const struct trie_attached *at)
{
	if (at->next >= t->n_attached || (t->packed && &t->attached[at->next] <= at))
		return NULL;
	return at->next ? &t->attached[at->next] : NULL;
}

/** As source_rank(). */
static inline uint32_t trie_rank(const struct trie_attached *at)
{
	return (at->spec + 1) | (at->literal ? SOURCE_RANK_LITERAL : 0);
}
