/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subs: path equivalences, one "ALIAS TARGET" a line: names below ALIAS are labelled as if they
 * were below TARGET.
 *
 *	struct subs s = { 0 };
 *	subs_parse(&s, text, len);
 *	if (subs_apply(&s, "/lib64/x", 8, &b))		// b: "/usr/lib/x"
 *		...
 *
 * The newest entry wins, not the longest; it applies once, at the border of a path component.
 */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"

#define SUBS_ROOT 1u /* node of the empty prefix; 0 is no node */

struct subs_entry {
	const char *from, *to;
	size_t from_len, to_len;
	unsigned line; /* subs_parse() sets it */
};

/** One byte of the trie of all aliases. */
struct subs_node {
	uint32_t parent, child, sibling;
	unsigned char byte;
};

/** Zero-initialised is valid: no entries.  Immutable, and so thread-safe, once parsed. */
struct subs {
	struct subs_entry *entries; /* in file order */
	size_t n, cap;
	struct subs_node *nodes;
	size_t n_nodes, nodes_cap;
	struct arena arena;
	bool high; /* an alias holds bytes >= 0x80 */
};

enum subs_line {
	SUBS_BLANK, /* nothing there, or a comment */
	SUBS_ENTRY,
	SUBS_INCOMPLETE, /* one word alone */
};

/**
 * Take the line at @pos, before @end, apart and move @pos behind its newline.  The words of
 * @ret_entry are views into the text.
 */
enum subs_line subs_scan(const char **pos, const char *end, struct subs_entry *ret_entry);

/**
 * Add the entries of @text.  Lines of fewer than two words are ignored, as upstream does; so is
 * what follows the second word or a NUL byte.  Return 0 or -ENOMEM, -EOVERFLOW.
 */
int subs_parse(struct subs *s, const char *text, size_t len);
void subs_done(struct subs *s);

/** The entry that applies to @path, or NULL. */
const struct subs_entry *subs_find(const struct subs *s, const char *path, size_t len);
/** Append to @b what stands for @path, if an entry applies; return whether one did. */
bool subs_apply(const struct subs *s, const char *path, size_t len, struct buf *b);

/** The node that continues @node by @byte, or 0. */
uint32_t subs_child(const struct subs *s, uint32_t node, unsigned char byte);
/** Append the prefix @node stands for. */
void subs_prefix(const struct subs *s, uint32_t node, struct buf *b);
