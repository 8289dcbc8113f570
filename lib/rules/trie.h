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

/** What a spec that ends or turns into positions here contributes to a state that comes here. */
struct trie_attached {
	uint32_t spec;
	uint32_t rank;
	uint32_t first, n_first; /* positions, in positions.follow */
	uint32_t next;
	bool accepts; /* the spec matches when the path ends here */
	bool asks;    /* PCRE2 must be asked from here on */
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
};

int trie_init(struct trie *t, struct source *source);
void trie_done(struct trie *t);

/**
 * Let nothing wait at @node.  An invalid regex met here is told to the source's diag; the spec is
 * then dropped.  Return 0 or -ENOMEM; may be repeated after a failure.
 */
int trie_expand(struct trie *t, uint32_t node);
/** The child of an expanded node, or 0. */
uint32_t trie_child(const struct trie *t, uint32_t node, unsigned char byte);
