/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bag: a growable list of numbers.
 */
#pragma once

#include "base/alloc.h"

/** Zero-initialised is valid; free v. */
struct bag {
	uint32_t *v;
	size_t n, cap;
};

static inline int bag_add(struct bag *b, uint32_t x)
{
	int r = array_reserve(&b->v, &b->cap, b->n + 1, sizeof(*b->v));

	if (r >= 0)
		b->v[b->n++] = x;
	return r;
}

/** Empty @from into @to, which loses what it had. */
static inline void bag_move(struct bag *to, struct bag *from)
{
	struct bag was = *to;

	*to = *from;
	*from = was;
	from->n = 0;
}
