/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"

#include <string.h>

#define ARENA_BLOCK (64u * 1024u)
#define ARENA_ALIGN 16u

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(ARENA_ALIGN) char data[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	size_t rounded, bytes;
	void *mem;

	if (__builtin_add_overflow(size, ARENA_ALIGN - 1, &rounded))
		return NULL;
	rounded &= ~(size_t)(ARENA_ALIGN - 1);

	if (!b || b->size - a->used < rounded) {
		size_t room = MAX(rounded, (size_t)ARENA_BLOCK);

		if (__builtin_add_overflow(room, sizeof(*b), &bytes))
			return NULL;
		b = malloc(bytes);
		if (!b)
			return NULL;
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
		a->used = 0;
		a->total += bytes;
	}
	mem = b->data + a->used;
	a->used += rounded;
	return mem;
}

void *arena_zalloc(struct arena *a, size_t size)
{
	void *mem = arena_alloc(a, size);

	if (mem)
		memset(mem, 0, size);
	return mem;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy;
	size_t bytes;

	if (__builtin_add_overflow(len, (size_t)1, &bytes))
		return NULL;
	copy = arena_alloc(a, bytes);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

void arena_done(struct arena *a)
{
	struct arena_block *b = a->blocks;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	*a = (struct arena){0};
}
