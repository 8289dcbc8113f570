/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/known.h"

#include "base/hash.h"

#define SLOTS_MIN 64

int known_init(struct known *k)
{
	*k = (struct known){0};
	return -pthread_mutex_init(&k->lock, NULL);
}

void known_done(struct known *k)
{
	pthread_mutex_destroy(&k->lock);
	free(k->slots);
}

/* Where @key is, or a free slot for it: at most half of them are taken. */
static uint64_t *find(const struct known *k, uint64_t key)
{
	size_t i = key & (k->n_slots - 1);

	while (k->slots[i] && k->slots[i] != key)
		i = (i + 1) & (k->n_slots - 1);
	return &k->slots[i];
}

static bool make_room(struct known *k)
{
	struct known larger = *k;

	if (k->n * 2 < k->n_slots)
		return true;
	larger.n_slots = MAX(k->n_slots * 2, (size_t)SLOTS_MIN);
	larger.slots = k->n < KNOWN_MAX ? calloc(larger.n_slots, sizeof(*larger.slots)) : NULL;
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < k->n_slots; i++)
		if (k->slots[i])
			*find(&larger, k->slots[i]) = k->slots[i];
	free(k->slots);
	k->slots = larger.slots;
	k->n_slots = larger.n_slots;
	return true;
}

/* Under the lock. */
static bool note(struct known *k, uint64_t key)
{
	uint64_t *slot;

	if (k->n_slots > 0 && *find(k, key))
		return true;
	if (!make_room(k))
		return false;
	slot = find(k, key);
	*slot = key;
	k->n++;
	return false;
}

bool known_note(struct known *k, const char *path, size_t len, unsigned klass)
{
	uint64_t key = hash64(path, len) + klass;
	bool known;

	pthread_mutex_lock(&k->lock);
	known = note(k, key ? key : 1);
	pthread_mutex_unlock(&k->lock);
	return known;
}
