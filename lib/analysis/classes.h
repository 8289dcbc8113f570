/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * classes: bytes that nothing at hand can tell apart, and one of each to try.
 *
 *	classes_begin(&c, &wanted);
 *	classes_split(&c, &set);		// for each set that matters
 *	n = classes_bytes(&c, bytes);
 */
#pragma once

#include "rules/regex.h"

struct classes {
	struct regex_set v[256]; /* none is empty, no two overlap */
	unsigned n;
};

/** One class of all bytes in @set. */
void classes_begin(struct classes *c, const struct regex_set *set);
/** Tell the bytes in @set from the others. */
void classes_split(struct classes *c, const struct regex_set *set);
void classes_split_byte(struct classes *c, unsigned char byte);

/** The most readable byte of each class, letters first.  Return how many. */
unsigned classes_bytes(const struct classes *c, unsigned char ret_bytes[256]);

static inline struct regex_set regex_set_of(unsigned char byte)
{
	struct regex_set out = {{0}};

	out.w[byte >> 6] |= UINT64_C(1) << (byte & 63);
	return out;
}

static inline struct regex_set regex_set_and(const struct regex_set *a, const struct regex_set *b)
{
	return (struct regex_set){
		{a->w[0] & b->w[0], a->w[1] & b->w[1], a->w[2] & b->w[2], a->w[3] & b->w[3]}};
}

static inline bool regex_set_empty(const struct regex_set *s)
{
	return !(s->w[0] | s->w[1] | s->w[2] | s->w[3]);
}
