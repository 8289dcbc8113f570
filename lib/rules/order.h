/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * order: which of two specs is the more general one.
 *
 *	regexes before literals
 *	the shorter stem first: characters before the first one that is special
 *	the shorter text first
 *	kind	CIL: any -- -d -c -b -s -p -l	classic: any, then the others
 *	text	CIL: byte by byte		classic: as they came
 *
 * A backslash and what follows it are one character.  Only .^$?*+|[({ are special here: what is a
 * literal for this order (as for the tools that write policies) may be a regex for lookups.
 */
#pragma once

#include "lbl-rules.h"

#include "base/common.h"

struct order_key {
	const char *text; /* borrowed from the spec */
	uint32_t text_len, stem, length;
	unsigned char kind;
	bool literal;
};

struct order_key order_key(const char *regex, size_t len, enum lbl_kind kind, enum lbl_order order);
/** As strcmp(): below 0 when @a is the more general one; 0: they have no order. */
int order_compare(const struct order_key *a, const struct order_key *b);
