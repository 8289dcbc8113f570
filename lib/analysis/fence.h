/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fence: what a search for paths must not come to: some names, and what is below them.
 *
 *	struct fence f = { 0 };
 *	fence_add(&f, "/usr/lib", 8, FENCE_END | FENCE_DOWN);
 */
#pragma once

#include "base/alloc.h"

#define FENCE_TOP 1u /* node of the empty string; 0 is no node */

enum {
	FENCE_END = 1 << 0,  /* a path may not end here */
	FENCE_DOWN = 1 << 1, /* no slash may follow */
	FENCE_STOP = 1 << 2, /* nothing may follow */
};

struct fence_node {
	uint32_t child, sibling;
	unsigned char byte;
	uint8_t flags;
};

/** Zero-initialised is valid: nothing is fenced off. */
struct fence {
	struct fence_node *nodes;
	size_t n, cap;
};

/** Return 0 or -ENOMEM. */
int fence_add(struct fence *f, const char *path, size_t len, unsigned flags);
void fence_done(struct fence *f);

/** The node after @byte, or 0: nothing is fenced off from there on. */
static inline uint32_t fence_child(const struct fence *f, uint32_t node, unsigned char byte)
{
	uint32_t c = node < f->n ? f->nodes[node].child : 0;

	while (c && f->nodes[c].byte != byte)
		c = f->nodes[c].sibling;
	return c;
}

static inline unsigned fence_flags(const struct fence *f, uint32_t node)
{
	return node < f->n ? f->nodes[node].flags : 0;
}
