/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * regex: a path expression as a syntax tree, if it is a regular expression in the strict sense.
 *
 *	struct regex re = { 0 };
 *	r = regex_parse(&re, text, len, true);
 *	if (r == -EOPNOTSUPP)
 *		...					// PCRE2 must judge it
 *
 * What is accepted means exactly what PCRE2 makes of `^text$` with DOTALL and DOLLAR_ENDONLY, as
 * a match of the whole path: bytes, `.`, classes, groups, alternation, `* + ? {n,m}` and their
 * lazy forms.  Whatever is odd, new or wrong is not ours.
 */
#pragma once

#include "base/alloc.h"

#define REGEX_DEPTH_MAX	 200	/* nested groups */
#define REGEX_REPEAT_MAX 65535u /* {n}; as PCRE2 */
#define REGEX_INFINITE	 UINT32_MAX

/** A set of bytes. */
struct regex_set {
	uint64_t w[4];
};

static inline bool regex_set_has(const struct regex_set *s, unsigned char byte)
{
	return s->w[byte >> 6] >> (byte & 63) & 1;
}

enum regex_op {
	REGEX_EMPTY,
	REGEX_SET,    /* one byte of regex.sets[set] */
	REGEX_CAT,    /* the children one after the other */
	REGEX_ALT,    /* one of the children */
	REGEX_REPEAT, /* the only child, min to max times */
};

/** Nodes name each other by index; 0 is no node. */
struct regex_node {
	enum regex_op op;
	uint32_t first, last, next; /* children, sibling */
	uint32_t min, max;
	uint32_t set;
};

/** Zero-initialised is valid; memory is kept from one parse to the next. */
struct regex {
	struct regex_node *nodes;
	struct regex_set *sets;
	size_t n, cap, n_sets, sets_cap;
	uint32_t root;
};

/**
 * Parse @text.
 *
 * @whole  @text is a whole expression (`^` may lead, `|` may split it); else the rest of one
 *	   behind plain bytes
 * Return 0, -EOPNOTSUPP (not ours) or -ENOMEM.
 */
int regex_parse(struct regex *re, const char *text, size_t len, bool whole);
void regex_done(struct regex *re);

/** Is @c at the start of an atom just that byte? */
static inline bool regex_is_plain(char c)
{
	switch (c) {
	case '\0':
	case '.':
	case '^':
	case '$':
	case '?':
	case '*':
	case '+':
	case '|':
	case '[':
	case '(':
	case ')':
	case '{':
	case '\\': return false;
	default: return !(c & 0x80);
	}
}
