/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check: is a path expression valid, and who will judge it: our automaton or PCRE2?
 *
 *	struct check c = { 0 };
 *	r = check_regex(&c, text, len, &error);
 *	...
 *	check_done(&c);
 */
#pragma once

#include "base/buf.h"
#include "rules/positions.h"

/** Zero-initialised is valid; memory is kept from one check to the next.  Not thread-safe. */
struct check {
	struct regex regex; /* of the latest expression that is ours */
	struct positions positions;
	bool ready;
};

enum check_judge {
	CHECK_PCRE = 0, /* no regular expression, or too large a one */
	CHECK_OURS = 1,
};

/**
 * Return CHECK_OURS (then @c->regex is its syntax tree), CHECK_PCRE; -EINVAL when it is no valid
 * expression, with upstream's error text ("REGEX back-end error: ...") appended to @error (may be
 * NULL); -ENOMEM.
 */
int check_regex(struct check *c, const char *regex, size_t len, struct buf *error);
void check_done(struct check *c);
