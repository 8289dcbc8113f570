/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alloc: an arena for objects that die together; growable arrays (base/array.h).
 *
 *	struct arena a = { 0 };
 *	char *s = arena_strndup(&a, name, len);
 *	...
 *	arena_done(&a);
 */
#pragma once

#include "base/array.h"

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
