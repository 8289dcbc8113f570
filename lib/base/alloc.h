/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alloc: growable arrays with checked sizes, and an arena for objects that die together.
 *
 *	struct arena a = { 0 };
 *	char *s = arena_strndup(&a, name, len);
 *	...
 *	arena_done(&a);
 */
#pragma once

#include "base/common.h"

/**
 * Make room for @need items in a malloc'ed array; grows by half, so pushes cost O(1) amortised.
 *
 * @p     address of the array pointer (may hold NULL)
 * @cap   its capacity in items, updated
 * Return 0, -ENOMEM or -EOVERFLOW; the array is untouched on failure.
 */
int array_reserve(void *p, size_t *cap, size_t need, size_t item_size);

struct arena_block;

/** Zero-initialised is valid.  Not thread-safe.  Allocations are aligned to 16 bytes. */
struct arena {
	struct arena_block *blocks;
	size_t used;  /* in the newest block */
	size_t total; /* bytes taken from malloc so far */
};

/** Return memory that lives until arena_done(), or NULL (out of memory or @size absurd). */
void *arena_alloc(struct arena *a, size_t size);
/** Same, zeroed. */
void *arena_zalloc(struct arena *a, size_t size);
/** Copy @len bytes and add a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t len);
void arena_done(struct arena *a);
