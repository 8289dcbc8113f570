/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * side: the specs our own parser refuses, in the hands of PCRE2.
 */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"

struct side;

/**
 * Compile `^text$`.
 *
 * Return 0; -EINVAL when it is no valid expression, with upstream's error text ("REGEX back-end
 * error: ...") appended to @error (may be NULL); -ENOMEM.
 */
int side_compile(struct side **ret_side, const char *text, size_t len, struct buf *error);
struct side *side_free(struct side *side);

/** What one thread needs to match; NULL: out of memory. */
struct side_match;
struct side_match *side_match_new(void);
struct side_match *side_match_free(struct side_match *match);

enum side_verdict {
	SIDE_MATCHES = 1,
	SIDE_BEGINS = 2,
};

/**
 * Does @path match?  Thread-safe with a @match of one's own.
 *
 * Return SIDE_MATCHES, 0, -EOVERFLOW (the expression ran into its limit of steps: the answer is
 * unknown, not "no"), -ENOMEM.
 */
int side_matches(const struct side *side, struct side_match *match, const char *path, size_t len);

/**
 * Does @path match, or could it, with more bytes behind it?
 *
 * Return SIDE_MATCHES, SIDE_BEGINS (a partial match), 0, and as above.
 */
int side_begins(const struct side *side, struct side_match *match, const char *path, size_t len);
