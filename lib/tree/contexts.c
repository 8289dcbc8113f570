/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/contexts.h"

#include <string.h>

#include "base/hash.h"

enum {
	/*
	 * A table that is half full has no chains of such a length by chance.  Labels of a hostile
	 * image may have been chosen to make one, and each of its inodes would go along it.
	 */
	STEPS_MAX = 256,
};

void contexts_init(struct contexts *c)
{
	*c = (struct contexts){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void contexts_done(struct contexts *c)
{
	pthread_mutex_destroy(&c->lock);
	arena_done(&c->arena);
	free(c->v);
	free(c->slots);
}

static bool same(const struct context *c, uint64_t hash, const char *label, size_t len)
{
	return c->hash == hash && c->len == len && memcmp(c->s, label, len) == 0;
}

static void put_slot(struct contexts *c, size_t id)
{
	size_t i = c->v[id].hash & (c->n_slots - 1);

	while (c->slots[i])
		i = (i + 1) & (c->n_slots - 1);
	c->slots[i] = (uint16_t)(id + 1);
}

static int grow(struct contexts *c)
{
	size_t n = c->n_slots ? c->n_slots * 2 : 512;
	uint16_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(c->slots);
	c->slots = slots;
	c->n_slots = n;
	for (size_t id = 0; id < c->n; id++)
		put_slot(c, id);
	return 0;
}

static int add(struct contexts *c, uint64_t hash, const char *label, size_t len)
{
	int r = 0;

	if (c->n == CONTEXTS_MAX)
		return -E2BIG;
	if (c->n * 2 >= c->n_slots)
		r = grow(c);
	if (r == 0)
		r = array_reserve(&c->v, &c->cap, c->n + 1, sizeof(*c->v));
	if (r < 0)
		return r;
	c->v[c->n] = (struct context){
		.s = arena_strndup(&c->arena, label, len), .len = len, .hash = hash};
	if (!c->v[c->n].s)
		return -ENOMEM;
	put_slot(c, c->n);
	return (int)c->n++;
}

static int find_or_add(struct contexts *c, uint64_t hash, const char *label, size_t len)
{
	for (size_t i = 0; c->n_slots > 0; i++) {
		uint16_t slot = c->slots[(hash + i) & (c->n_slots - 1)];

		if (!slot)
			break;
		if (same(&c->v[slot - 1], hash, label, len))
			return slot - 1;
		if (i == STEPS_MAX)
			return -E2BIG;
	}
	return add(c, hash, label, len);
}

int contexts_id(struct contexts *c, struct contexts_view *view, const char *label, size_t len)
{
	uint64_t hash = hash64(label, len);
	__auto_type seen = &view->slots[hash % CONTEXTS_VIEW];
	int id;

	if (likely(seen->context.s && same(&seen->context, hash, label, len)))
		return seen->id;
	pthread_mutex_lock(&c->lock);
	id = find_or_add(c, hash, label, len);
	if (id >= 0) {
		seen->context = c->v[id];
		seen->id = (uint16_t)id;
	}
	pthread_mutex_unlock(&c->lock);
	return id;
}
