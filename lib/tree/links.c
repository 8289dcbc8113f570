/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/links.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"

/*
 * links_maybe() is asked for every entry of the second pass, so it takes no lock: two bits per
 * inode number in a bitmap that only grows.  Full, it merely says "maybe" more often.
 */
#define SHARDS	    64
#define FILTER_BITS (1u << 22)
#define KEPT_MAX    (4u << 20)

struct shard {
	pthread_mutex_t lock;
	struct arena arena;
	struct links_entry **slots; /* open addressing, a power of two */
	size_t n, n_slots;
};

struct links {
	struct shard shards[SHARDS];
	_Atomic uint64_t *filter;
	_Atomic size_t count;
	_Atomic size_t kept;	     /* bytes of names */
	struct links_entry **sorted; /* while links_next() runs */
	size_t n_sorted;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15u;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	return x ^ x >> 32;
}

static uint64_t hash(uint64_t dev, uint64_t ino)
{
	return mix(ino + mix(dev));
}

static struct shard *shard_of(struct links *links, uint64_t h)
{
	return &links->shards[h >> 58];
}

int links_new(struct links **ret_links)
{
	struct links *links = calloc(1, sizeof(*links));

	if (!links)
		return -ENOMEM;
	links->filter = calloc(FILTER_BITS / 64, sizeof(*links->filter));
	if (!links->filter) {
		free(links);
		return -ENOMEM;
	}
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&links->shards[i].lock, NULL);
	*ret_links = links;
	return 0;
}

struct links *links_free(struct links *links)
{
	if (!links)
		return NULL;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *s = &links->shards[i];

		for (size_t k = 0; k < s->n_slots; k++) {
			if (!s->slots[k])
				continue;
			free(s->slots[k]->name);
			free(s->slots[k]->other);
		}
		free(s->slots);
		arena_done(&s->arena);
		pthread_mutex_destroy(&s->lock);
	}
	free(links->filter);
	free(links->sorted);
	free(links);
	return NULL;
}

/* The slot of an inode, or the empty one where it belongs.  There is always an empty one. */
static struct links_entry **slot_of(struct links_entry **slots, size_t n, uint64_t dev,
				    uint64_t ino)
{
	for (size_t i = hash(dev, ino) & (n - 1);; i = (i + 1) & (n - 1))
		if (!slots[i] || (slots[i]->ino == ino && slots[i]->dev == dev))
			return &slots[i];
}

static int shard_grow(struct shard *s)
{
	size_t n = s->n_slots ? s->n_slots * 2 : 16;
	struct links_entry **slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i])
			*slot_of(slots, n, s->slots[i]->dev, s->slots[i]->ino) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->n_slots = n;
	return 0;
}

static int shard_add(struct shard *s, uint64_t dev, uint64_t ino, uint32_t nlink)
{
	struct links_entry **slot, *e;

	if (s->n * 4 >= s->n_slots * 3 && shard_grow(s) < 0)
		return -ENOMEM;
	slot = slot_of(s->slots, s->n_slots, dev, ino);
	if (*slot)
		return 0;
	e = arena_zalloc(&s->arena, sizeof(*e));
	if (!e)
		return -ENOMEM;
	*e = (struct links_entry){.dev = dev, .ino = ino, .nlink = nlink};
	*slot = e;
	s->n++;
	return 1;
}

static void filter_bits(uint64_t ino, uint64_t ret_bits[2])
{
	uint64_t h = mix(ino);

	ret_bits[0] = h % FILTER_BITS;
	ret_bits[1] = (h >> 32) % FILTER_BITS;
}

int links_add(struct links *links, uint64_t dev, uint64_t ino, uint32_t nlink)
{
	struct shard *s = shard_of(links, hash(dev, ino));
	uint64_t bits[2];
	int r;

	pthread_mutex_lock(&s->lock);
	r = shard_add(s, dev, ino, nlink);
	pthread_mutex_unlock(&s->lock);
	if (r <= 0)
		return r;
	filter_bits(ino, bits);
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		atomic_fetch_or(&links->filter[bits[i] / 64], UINT64_C(1) << bits[i] % 64);
	atomic_fetch_add(&links->count, 1);
	return 1;
}

bool links_maybe(const struct links *links, uint64_t ino)
{
	uint64_t bits[2];

	filter_bits(ino, bits);
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		uint64_t word =
			atomic_load_explicit(&links->filter[bits[i] / 64], memory_order_relaxed);

		if (!(word >> bits[i] % 64 & 1))
			return false;
	}
	return true;
}

struct links_entry *links_get(struct links *links, uint64_t dev, uint64_t ino)
{
	struct shard *s = shard_of(links, hash(dev, ino));
	struct links_entry *e;

	pthread_mutex_lock(&s->lock);
	e = s->n_slots ? *slot_of(s->slots, s->n_slots, dev, ino) : NULL;
	if (!e)
		pthread_mutex_unlock(&s->lock);
	return e;
}

void links_put(struct links *links, struct links_entry *entry)
{
	if (entry)
		pthread_mutex_unlock(&shard_of(links, hash(entry->dev, entry->ino))->lock);
}

void links_keep(struct links *links, char **slot, const char *path)
{
	size_t len = strlen(path) + 1, old = *slot ? strlen(*slot) + 1 : 0;
	char *copy = NULL;

	/* counted before it is taken, so that many threads together keep to it, too */
	if (atomic_fetch_add(&links->kept, len) + len <= KEPT_MAX)
		copy = strdup(path);
	atomic_fetch_sub(&links->kept, copy ? old : len);
	if (!copy)
		return;
	free(*slot);
	*slot = copy;
}

size_t links_count(const struct links *links)
{
	return atomic_load(&links->count);
}

static int entry_compare(const void *a, const void *b)
{
	const struct links_entry *x = *(struct links_entry *const *)a;
	const struct links_entry *y = *(struct links_entry *const *)b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static int sort_all(struct links *links)
{
	struct links_entry **v = calloc(links_count(links) + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < SHARDS; i++)
		for (size_t k = 0; k < links->shards[i].n_slots; k++)
			if (links->shards[i].slots[k])
				v[n++] = links->shards[i].slots[k];
	qsort(v, n, sizeof(*v), entry_compare);
	free(links->sorted);
	links->sorted = v;
	links->n_sorted = n;
	return 0;
}

int links_next(struct links *links, size_t *pos, struct links_entry **ret_entry)
{
	if (*pos == 0) {
		int r = sort_all(links);

		if (r < 0)
			return r;
	}
	if (*pos >= links->n_sorted)
		return 0;
	*ret_entry = links->sorted[(*pos)++];
	return 1;
}
