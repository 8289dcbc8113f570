/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Both automata are left as they are, not deterministic: what is explored is pairs of places, one
 * of each, that some bytes lead to.  All specs that still wait at a trie node are one place.
 */
#include "analysis/classes.h"
#include "analysis/meet.h"

#include <string.h>

#define NODE	   (UINT32_C(1) << 31) /* a place that is a trie node; else a position */
#define PLACES_MAX (1u << 22)
#define PAIRS_MAX  (1u << 18)
#define CLEAR_MAX  (1u << 12) /* buckets: beyond, the memory is not kept */

/** One side of a question. */
struct side {
	const struct unfold *set;
	uint32_t only;
	const struct buf *prefix; /* of that spec */
	struct bag *to, *ends;
};

/* ---- sets --------------------------------------------------------------------------- */

static uint32_t hash_pair(struct meet_pair p)
{
	uint64_t x = ((uint64_t)p.a << 32 | p.b) * 0x9e3779b97f4a7c15u;

	return (uint32_t)((x ^ x >> 29) * 0xbf58476d1ce4e5b9u >> 32);
}

static void set_clear(struct meet_set *s)
{
	s->n = 0;
	if (s->n_buckets > CLEAR_MAX) {
		free(s->buckets);
		s->buckets = NULL;
		s->n_buckets = 0;
	}
	if (s->n_buckets)
		memset(s->buckets, 0, s->n_buckets * sizeof(*s->buckets));
}

static int set_grow(struct meet_set *s)
{
	size_t n = s->n_buckets ? s->n_buckets * 4 : 256;
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		size_t at = hash_pair(s->v[i]) & (n - 1);

		while (fresh[at])
			at = (at + 1) & (n - 1);
		fresh[at] = (uint32_t)i + 1;
	}
	free(s->buckets);
	s->buckets = fresh;
	s->n_buckets = n;
	return 0;
}

static int set_add(struct meet_set *s, uint32_t a, uint32_t b, size_t max)
{
	struct meet_pair p = {a, b};
	size_t at;
	int r = 0;

	if (2 * s->n >= s->n_buckets)
		r = set_grow(s);
	if (r >= 0)
		r = array_reserve(&s->v, &s->cap, s->n + 1, sizeof(*s->v));
	if (r < 0)
		return r;
	for (at = hash_pair(p) & (s->n_buckets - 1); s->buckets[at];
	     at = (at + 1) & (s->n_buckets - 1)) {
		const struct meet_pair *o = &s->v[s->buckets[at] - 1];

		if (o->a == a && o->b == b)
			return 0;
	}
	if (s->n >= max)
		return -EAGAIN;
	s->v[s->n++] = p;
	s->buckets[at] = (uint32_t)s->n;
	return 0;
}

static void set_done(struct meet_set *s)
{
	free(s->buckets);
	free(s->v);
	*s = (struct meet_set){0};
}

/* ---- steps ----------------------------------------------------------------------------------- */

static int add_follow(struct side *s, uint32_t first, uint32_t n)
{
	const struct positions *ps = &s->set->trie.positions;
	int r = 0;

	for (uint32_t i = 0; i < n && r >= 0; i++)
		r = bag_add(s->to, ps->follow[first + i]);
	return r;
}

/** All that comes of arriving at @node. */
static int arrive(struct side *s, uint32_t node)
{
	const struct trie *trie = &s->set->trie;
	const struct trie_attached *at;
	int r = 0;

	if (s->only == MEET_ALL || s->set->node[s->only] != node)
		r = bag_add(s->to, node | NODE);
	for (uint32_t i = trie->nodes[node].attached; i && r >= 0; i = at->next) {
		at = &trie->attached[i];
		if (s->only != MEET_ALL && s->only != at->spec)
			continue;
		r = add_follow(s, at->first, at->n_first);
		if (r >= 0 && (at->accepts || at->asks))
			r = bag_add(s->ends, at->spec);
	}
	return r;
}

/** Does the only spec that counts wait at @child, or further on? */
static bool is_on_way(const struct side *s, uint32_t child)
{
	uint32_t depth = s->set->depth[child];

	return s->only == MEET_ALL ||
	       (depth <= s->prefix->len &&
		(unsigned char)s->prefix->data[depth - 1] == s->set->trie.nodes[child].byte);
}

static int leave_node(struct side *s, uint32_t node, unsigned char byte)
{
	uint32_t child = trie_child(&s->set->trie, node, byte);

	return child && is_on_way(s, child) ? arrive(s, child) : 0;
}

static int leave_position(struct side *s, uint32_t at)
{
	const struct position *p = &s->set->trie.positions.v[at];
	int r = add_follow(s, p->follow, p->n_follow);

	if (r >= 0 && p->flags & (POSITION_LAST | POSITION_ASK))
		r = bag_add(s->ends, p->spec);
	return r;
}

static const struct regex_set *set_at(const struct side *s, uint32_t place)
{
	const struct positions *ps = &s->set->trie.positions;

	return &ps->sets[ps->v[place].set];
}

/** Let @place take @byte. */
static int leave(struct side *s, uint32_t place, unsigned char byte)
{
	if (place & NODE)
		return leave_node(s, place & ~NODE, byte);
	return regex_set_has(set_at(s, place), byte) ? leave_position(s, place) : 0;
}

static int combine(struct meet *m)
{
	int r = 0;

	for (size_t i = 0; i < m->to[0].n; i++)
		for (size_t k = 0; k < m->to[1].n && r >= 0; k++)
			r = set_add(&m->places, m->to[0].v[i], m->to[1].v[k], PLACES_MAX);
	for (size_t i = 0; i < m->ends[0].n; i++)
		for (size_t k = 0; k < m->ends[1].n && r >= 0; k++)
			r = set_add(&m->specs, m->ends[0].v[i], m->ends[1].v[k], PAIRS_MAX);
	return r;
}

static void forget_step(struct meet *m)
{
	for (unsigned i = 0; i < 2; i++)
		m->to[i].n = m->ends[i].n = 0;
}

static int step_byte(struct meet *m, struct side sides[2], struct meet_pair from,
		     unsigned char byte)
{
	int r;

	forget_step(m);
	r = leave(&sides[0], from.a, byte);
	if (r >= 0)
		r = leave(&sides[1], from.b, byte);
	return r < 0 ? r : combine(m);
}

/** All steps from a pair of places of which @node is one. */
static int step_children(struct meet *m, struct side sides[2], struct meet_pair from,
			 const struct side *side, uint32_t node)
{
	const struct trie *trie = &side->set->trie;
	int r = 0;

	for (uint32_t c = trie->nodes[node].child; c && r >= 0; c = trie->nodes[c].sibling)
		r = step_byte(m, sides, from, trie->nodes[c].byte);
	return r;
}

static int step(struct meet *m, struct side sides[2], struct meet_pair from)
{
	struct regex_set both;
	int r;

	if (from.a & NODE)
		return step_children(m, sides, from, &sides[0], from.a & ~NODE);
	if (from.b & NODE)
		return step_children(m, sides, from, &sides[1], from.b & ~NODE);
	both = regex_set_and(set_at(&sides[0], from.a), set_at(&sides[1], from.b));
	both.w[0] &= ~UINT64_C(1);
	if (regex_set_empty(&both))
		return 0;
	forget_step(m);
	r = leave_position(&sides[0], from.a);
	if (r >= 0)
		r = leave_position(&sides[1], from.b);
	return r < 0 ? r : combine(m);
}

/* ---- the question ---------------------------------------------------------------------------- */

/** The places of @side after @start, in @ret. */
static int read_start(struct meet *m, struct side *side, const char *start, struct bag *ret)
{
	int r;

	forget_step(m);
	r = arrive(side, TRIE_ROOT);
	for (; *start && r >= 0; start++) {
		set_clear(&m->places); /* each of them once */
		for (size_t i = 0; i < side->to->n && r >= 0; i++)
			r = set_add(&m->places, side->to->v[i], 0, PLACES_MAX);
		forget_step(m);
		for (size_t i = 0; i < m->places.n && r >= 0; i++)
			r = leave(side, m->places.v[i].a, (unsigned char)*start);
	}
	bag_move(ret, side->to);
	return r;
}

int meet_find(struct meet *m, const struct unfold *a, const char *start_a, uint32_t only,
	      const struct unfold *b, const char *start_b)
{
	struct side sides[2] = {
		{a, only, &m->prefix, &m->to[0], &m->ends[0]},
		{b, MEET_ALL, NULL, &m->to[1], &m->ends[1]},
	};
	int r = 0;

	set_clear(&m->specs);
	if (only != MEET_ALL) {
		if (!unfold_home(a, only))
			return 0;
		r = unfold_prefix(a, only, &m->prefix);
	}
	if (r >= 0)
		r = read_start(m, &sides[0], start_a, &m->start[0]);
	if (r >= 0)
		r = read_start(m, &sides[1], start_b, &m->start[1]);
	set_clear(&m->places);
	for (size_t i = 0; r >= 0 && i < m->start[0].n; i++)
		for (size_t k = 0; k < m->start[1].n && r >= 0; k++)
			r = set_add(&m->places, m->start[0].v[i], m->start[1].v[k], PLACES_MAX);
	for (size_t i = 0; i < m->places.n && r >= 0; i++)
		r = step(m, sides, m->places.v[i]);
	return r;
}

void meet_done(struct meet *m)
{
	set_done(&m->specs);
	set_done(&m->places);
	for (unsigned i = 0; i < 2; i++) {
		free(m->to[i].v);
		free(m->ends[i].v);
		free(m->start[i].v);
	}
	buf_done(&m->prefix);
	*m = (struct meet){.specs = {0}};
}
