/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/front.h"

#include <string.h>

#define STATES_MAX 200000u
#define POOL_MAX   (1u << 24)
#define WORK_MAX   (1u << 27) /* half a second or so */
#define BUCKETS	   64u	      /* to begin with */

static uint32_t hash_place(const struct front_place *p)
{
	uint32_t words[] = {p->at[0], p->at[1], p->node[0], p->node[1], p->fence, p->shape};
	uint64_t x = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		x = (x ^ words[i]) * 0x9e3779b97f4a7c15u ^ x >> 29;
	return (uint32_t)(x >> 32);
}

static uint64_t sketch_of(const uint32_t *set, size_t n)
{
	uint64_t s = 0;

	for (size_t i = 0; i < n; i++)
		s |= UINT64_C(1) << (set[i] * 2654435761u >> 26);
	return s;
}

/** Is the sorted @a within the sorted @b? */
static bool is_subset(struct front *f, const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
	size_t j = 0;
	bool is = n_a <= n_b;

	for (size_t i = 0; is && i < n_a; i++, j++) {
		while (j < n_b && b[j] < a[i])
			j++;
		is = j < n_b && b[j] == a[i];
	}
	f->work += j + 1;
	return is;
}

static bool same_place(const struct front_place *a, const struct front_place *b)
{
	return a->at[0] == b->at[0] && a->at[1] == b->at[1] && a->node[0] == b->node[0] &&
	       a->node[1] == b->node[1] && a->fence == b->fence && a->shape == b->shape;
}

static int rehash(struct front *f, size_t n)
{
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (uint32_t i = 1; i < f->n; i++) {
		struct front_state *s = &f->v[i];

		if (s->beaten)
			continue;
		s->next = fresh[s->hash & (n - 1)];
		fresh[s->hash & (n - 1)] = i;
	}
	free(f->buckets);
	f->buckets = fresh;
	f->n_buckets = n;
	return 0;
}

int front_begin(struct front *f)
{
	int r = array_reserve(&f->v, &f->cap, 1, sizeof(*f->v));

	/* even of no set it is an array: C adds nothing to a null pointer, not even 0 */
	if (r >= 0)
		r = array_reserve(&f->pool, &f->pool_cap, 1, sizeof(*f->pool));
	f->n = 1;
	f->n_pool = 0;
	f->work = 0;
	/* clearing many buckets would be work for nothing in most searches */
	if (r >= 0 && (!f->n_buckets || f->n_buckets > 16 * BUCKETS))
		r = rehash(f, BUCKETS);
	else if (r >= 0)
		memset(f->buckets, 0, f->n_buckets * sizeof(*f->buckets));
	return r;
}

void front_done(struct front *f)
{
	free(f->v);
	free(f->pool);
	free(f->buckets);
	*f = (struct front){0};
}

/** Is there a state at @place whose set is within @s's? */
static bool is_beaten(struct front *f, const struct front_place *place, const struct front_state *s,
		      const uint32_t *set)
{
	uint32_t hash = hash_place(place);

	for (uint32_t i = f->buckets[hash & (f->n_buckets - 1)]; i; i = f->v[i].next) {
		const struct front_state *o = &f->v[i];

		if (o->hash != hash || o->sketch & ~s->sketch || !same_place(&o->place, place))
			continue;
		if (is_subset(f, f->pool + o->set, o->n_set, set, s->n_set))
			return true;
	}
	return false;
}

/** Take out of its bucket what @s beats. */
static void beat_others(struct front *f, const struct front_state *s, const uint32_t *set)
{
	uint32_t *link = &f->buckets[s->hash & (f->n_buckets - 1)];

	while (*link) {
		struct front_state *o = &f->v[*link];

		if (o->hash == s->hash && !(s->sketch & ~o->sketch) &&
		    same_place(&o->place, &s->place) &&
		    is_subset(f, set, s->n_set, f->pool + o->set, o->n_set)) {
			o->beaten = true;
			*link = o->next;
		} else {
			link = &o->next;
		}
	}
}

static int store(struct front *f, const struct front_state *s, const uint32_t *set)
{
	uint32_t *bucket;
	int r = 0;

	if (f->n >= STATES_MAX || f->n_pool + s->n_set > POOL_MAX || f->work > WORK_MAX)
		return -EAGAIN;
	if (f->n >= f->n_buckets)
		r = rehash(f, f->n_buckets * 4);
	if (r >= 0)
		r = array_reserve(&f->v, &f->cap, f->n + 1, sizeof(*f->v));
	if (r >= 0)
		r = array_reserve(&f->pool, &f->pool_cap, f->n_pool + s->n_set, sizeof(*f->pool));
	if (r < 0)
		return r;
	beat_others(f, s, set);
	if (s->n_set)
		memcpy(f->pool + f->n_pool, set, s->n_set * sizeof(*f->pool));
	bucket = &f->buckets[s->hash & (f->n_buckets - 1)];
	f->v[f->n] = *s;
	f->v[f->n].set = (uint32_t)f->n_pool;
	f->v[f->n].next = *bucket;
	*bucket = (uint32_t)f->n++;
	f->n_pool += s->n_set;
	return 0;
}

int front_add(struct front *f, const struct front_state *s, const struct front_place *best,
	      const uint32_t *set, size_t n)
{
	struct front_state new = *s;

	new.n_set = (uint32_t)n;
	new.sketch = sketch_of(set, n);
	new.hash = hash_place(&s->place);
	new.beaten = false;
	if (is_beaten(f, &s->place, &new, set))
		return 0;
	if (!same_place(&s->place, best) && is_beaten(f, best, &new, set))
		return 0;
	return store(f, &new, set);
}
