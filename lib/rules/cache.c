/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/cache.h"

#include <string.h>
#include <sys/mman.h>

#define ROWS_MAX (1u << 22)
#define STATE_HEADS_FIRST                                                                  \
	512u		 /* doubles as states come: a large table costs a short run a page \
			    fault for each state it makes */
#define POOL_HEADS 1024u /* sets and answers are a few thousand at most in real rules */

static size_t row_bytes(const struct cache *c)
{
	return sizeof(*c->rows) << c->shift;
}

static size_t state_bytes(const struct cache *c)
{
	return row_bytes(c) + sizeof(*c->accepts) + sizeof(*c->states);
}

/* The address space is reserved at once, so that nothing ever moves; memory comes as it is used. */
static int map_rows(struct cache *c)
{
	char *p;

	c->mapped = c->max * state_bytes(c);
	p = mmap(NULL, c->mapped, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		c->mapped = 0;
		return -ENOMEM;
	}
	c->rows = (uint32_t *)p;
	p += c->max * row_bytes(c);
	c->accepts = (const struct cache_accept **)p;
	p += c->max * sizeof(*c->accepts);
	c->states = (struct cache_state *)p;
	return 0;
}

struct cache *cache_new(uint32_t gen, unsigned shift, size_t limit)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->gen = gen;
	c->shift = shift;
	c->limit = limit;
	c->refs = 1;
	c->n = 1;
	c->max = MIN(MAX(limit / state_bytes(c), (size_t)CACHE_MIN), (size_t)ROWS_MAX) + 1;
	c->state_mask = STATE_HEADS_FIRST - 1;
	c->state_heads = calloc(STATE_HEADS_FIRST, sizeof(*c->state_heads));
	c->set_heads = calloc(POOL_HEADS, sizeof(*c->set_heads));
	c->accept_heads = calloc(POOL_HEADS, sizeof(*c->accept_heads));
	if (!c->state_heads || !c->set_heads || !c->accept_heads)
		return cache_free(c);
	return map_rows(c) < 0 ? cache_free(c) : c;
}

struct cache *cache_free(struct cache *c)
{
	if (c) {
		if (c->mapped)
			munmap(c->rows, c->mapped);
		free(c->state_heads);
		free(c->set_heads);
		free(c->accept_heads);
		arena_done(&c->arena);
		free(c);
	}
	return NULL;
}

size_t cache_size(const struct cache *c)
{
	return c->n * state_bytes(c) + c->arena.total;
}

bool cache_has_room(const struct cache *c)
{
	return c->n < c->max && (c->n <= CACHE_MIN || cache_size(c) < c->limit);
}

static uint32_t mix(uint32_t h, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ v[i]) * 0x9e3779b1u;
	return h ^ h >> 15;
}

const struct cache_set *cache_intern_set(struct cache *c, const uint32_t *v, size_t n)
{
	uint32_t hash = mix((uint32_t)n, v, n);
	struct cache_set **head = &c->set_heads[hash & (POOL_HEADS - 1)], *s;

	for (s = *head; s; s = s->next)
		if (s->hash == hash && s->n == n && memcmp(s->v, v, n * sizeof(*v)) == 0)
			return s;
	s = arena_alloc(&c->arena, sizeof(*s) + n * sizeof(*v));
	if (!s)
		return NULL;
	s->hash = hash;
	s->n = (uint32_t)n;
	if (n)
		memcpy(s->v, v, n * sizeof(*v));
	s->next = *head;
	*head = s;
	return s;
}

const struct cache_accept *cache_intern_accept(struct cache *c, const struct cache_accept *accept,
					       const uint32_t *side)
{
	uint32_t ranks[8], hash;
	struct cache_accept **head, *a;

	for (unsigned k = 0; k < 8; k++)
		ranks[k] = accept->best[k] ? accept->best[k]->rank : 0;
	hash = mix(mix(accept->ask, ranks, 8), side, accept->n_side);
	head = &c->accept_heads[hash & (POOL_HEADS - 1)];
	for (a = *head; a; a = a->next)
		if (a->hash == hash && a->n_side == accept->n_side && a->ask == accept->ask &&
		    memcmp(a->best, accept->best, sizeof(a->best)) == 0 &&
		    memcmp(a->side, side, a->n_side * sizeof(*side)) == 0)
			return a;
	a = arena_alloc(&c->arena, sizeof(*a) + accept->n_side * sizeof(*side));
	if (!a)
		return NULL;
	*a = *accept;
	a->hash = hash;
	if (a->n_side)
		memcpy(a->side, side, a->n_side * sizeof(*side));
	a->nothing = a->ask == 0;
	for (unsigned k = 0; k < 8; k++)
		if (a->best[k] && a->best[k]->context)
			a->nothing = false;
	a->next = *head;
	*head = a;
	return a;
}

static uint32_t hash_key(const struct cache_state *key, const struct cache_accept *accept)
{
	uint32_t v[4] = {key->trie, key->alias, key->alias ? 0 : key->set->hash,
			 key->alias ? 0 : accept->hash};

	return mix(0, v, 4);
}

uint32_t cache_find(const struct cache *c, const struct cache_state *key,
		    const struct cache_accept *accept)
{
	uint32_t hash = hash_key(key, accept), i;

	for (i = c->state_heads[hash & c->state_mask]; i; i = c->states[i].next) {
		const struct cache_state *s = &c->states[i];

		if (s->hash != hash || s->alias != key->alias)
			continue;
		if (key->alias ||
		    (s->trie == key->trie && s->set == key->set && c->accepts[i] == accept))
			return s->cell;
	}
	return 0;
}

/** Without memory for more heads the lists just grow longer. */
static void grow_heads(struct cache *c)
{
	size_t mask = c->state_mask * 2 + 1;
	uint32_t *heads = calloc(mask + 1, sizeof(*heads));

	if (!heads)
		return;
	for (uint32_t row = 1; row < c->n; row++) {
		struct cache_state *s = &c->states[row];

		s->next = heads[s->hash & mask];
		heads[s->hash & mask] = row;
	}
	free(c->state_heads);
	c->state_heads = heads;
	c->state_mask = mask;
}

uint32_t cache_add(struct cache *c, const struct cache_state *key,
		   const struct cache_accept *accept, bool stay)
{
	uint32_t row = (uint32_t)c->n, *head;
	struct cache_state *s = &c->states[row];

	if (c->n > c->state_mask)
		grow_heads(c);
	c->n++;
	*s = *key;
	s->hash = hash_key(key, accept);
	s->cell = row << c->shift | (stay ? CELL_STAY : CELL_GO);
	c->accepts[row] = accept;
	head = &c->state_heads[s->hash & c->state_mask];
	s->next = *head;
	*head = row;
	return s->cell;
}
