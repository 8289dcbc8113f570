/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/positions.h"

#include <string.h>

#define STEPS_MAX  (4u * POSITIONS_SPEC_MAX) /* nodes visited while counted repeats unfold */
#define SHORT_LIST 1024

/** One item of a first or last list. */
struct cell {
	uint32_t pos; /* from 0 within the spec */
	uint32_t next;
};

/** A list in the cells; 0 is no cell.  Concatenation takes both lists for good. */
struct list {
	uint32_t head, tail;
};

struct edge {
	uint32_t from, to;
};

/** What an expression looks like from outside. */
struct fragment {
	struct list first, last;
	bool nullable;
};

struct glushkov {
	const struct regex *re;
	uint32_t *sets; /* by position within the spec */
	size_t n, sets_cap;
	struct cell *cells;
	size_t n_cells, cells_cap;
	struct edge *edges;
	size_t n_edges, edges_cap;
	unsigned steps;
};

/* ---- lists and edges ------------------------------------------------------------------------ */

static int list_of(struct glushkov *g, uint32_t pos, struct list *ret)
{
	int r = array_reserve(&g->cells, &g->cells_cap, g->n_cells + 1, sizeof(*g->cells));

	if (r < 0)
		return r;
	g->cells[g->n_cells] = (struct cell){.pos = pos};
	ret->head = ret->tail = (uint32_t)g->n_cells++;
	return 0;
}

static struct list list_cat(struct glushkov *g, struct list a, struct list b)
{
	if (!a.head)
		return b;
	if (!b.head)
		return a;
	g->cells[a.tail].next = b.head;
	return (struct list){a.head, b.tail};
}

static int connect(struct glushkov *g, struct list from, struct list to)
{
	for (uint32_t i = from.head; i; i = i == from.tail ? 0 : g->cells[i].next) {
		for (uint32_t j = to.head; j; j = j == to.tail ? 0 : g->cells[j].next) {
			int r;

			if (g->n_edges >= POSITIONS_EDGES_MAX)
				return -E2BIG;
			r = array_reserve(&g->edges, &g->edges_cap, g->n_edges + 1,
					  sizeof(*g->edges));
			if (r < 0)
				return r;
			g->edges[g->n_edges++] = (struct edge){g->cells[i].pos, g->cells[j].pos};
		}
	}
	return 0;
}

/* ---- construction --------------------------------------------------------------------------- */

static int build(struct glushkov *g, uint32_t node, struct fragment *ret);

static int build_set(struct glushkov *g, const struct regex_node *node, struct fragment *f)
{
	int r = array_reserve(&g->sets, &g->sets_cap, g->n + 1, sizeof(*g->sets));

	if (g->n >= POSITIONS_SPEC_MAX)
		return -E2BIG;
	if (r >= 0)
		r = list_of(g, (uint32_t)g->n, &f->first);
	if (r >= 0)
		r = list_of(g, (uint32_t)g->n, &f->last);
	if (r < 0)
		return r;
	g->sets[g->n++] = node->set;
	f->nullable = false;
	return 0;
}

/** @f becomes @f followed by @next. */
static int then(struct glushkov *g, struct fragment *f, const struct fragment *next)
{
	int r = connect(g, f->last, next->first);

	if (r < 0)
		return r;
	if (f->nullable)
		f->first = list_cat(g, f->first, next->first);
	f->last = next->nullable ? list_cat(g, f->last, next->last) : next->last;
	f->nullable = f->nullable && next->nullable;
	return 0;
}

static int build_cat(struct glushkov *g, const struct regex_node *node, struct fragment *f)
{
	*f = (struct fragment){.nullable = true};
	for (uint32_t c = node->first; c; c = g->re->nodes[c].next) {
		struct fragment part;
		int r = build(g, c, &part);

		if (r >= 0)
			r = then(g, f, &part);
		if (r < 0)
			return r;
	}
	return 0;
}

static int build_alt(struct glushkov *g, const struct regex_node *node, struct fragment *f)
{
	*f = (struct fragment){.nullable = false};
	for (uint32_t c = node->first; c; c = g->re->nodes[c].next) {
		struct fragment part;
		int r = build(g, c, &part);

		if (r < 0)
			return r;
		f->first = list_cat(g, f->first, part.first);
		f->last = list_cat(g, f->last, part.last);
		f->nullable = f->nullable || part.nullable;
	}
	return 0;
}

/*
 * x{n,m} is x n times, then up to m - n more.  The optional copies hang on the one before, as in
 * x(x(x)?)?, so that edges grow with the number of copies, not with its square; `tail` is the
 * part of the last list that the next copy follows.
 */
static int build_repeat(struct glushkov *g, const struct regex_node *node, struct fragment *f)
{
	uint32_t copies = node->max == REGEX_INFINITE ? MAX(node->min, 1u) : node->max;
	struct list tail = {0};

	*f = (struct fragment){.nullable = true};
	for (uint32_t i = 1; i <= copies; i++) {
		struct fragment part;
		size_t before = g->n;
		int r = build(g, node->first, &part);

		if (r < 0)
			return r;
		if (g->n == before) /* only the empty string: how often does not matter */
			return 0;
		if (node->max == REGEX_INFINITE && i == copies)
			r = connect(g, part.last, part.first);
		if (i > node->min)
			part.nullable = true;
		if (r >= 0 && i > node->min + 1) {
			r = connect(g, tail, part.first);
			f->last = list_cat(g, f->last, part.last);
		} else if (r >= 0) {
			r = then(g, f, &part);
		}
		if (r < 0)
			return r;
		tail = part.last;
	}
	return 0;
}

static int build(struct glushkov *g, uint32_t node, struct fragment *ret)
{
	const struct regex_node *n = &g->re->nodes[node];

	*ret = (struct fragment){.nullable = true};
	if (++g->steps > STEPS_MAX)
		return -E2BIG;
	switch (n->op) {
	case REGEX_EMPTY: return 0;
	case REGEX_SET: return build_set(g, n, ret);
	case REGEX_CAT: return build_cat(g, n, ret);
	case REGEX_ALT: return build_alt(g, n, ret);
	case REGEX_REPEAT: return build_repeat(g, n, ret);
	}
	return -EINVAL;
}

/* ---- the pool ------------------------------------------------------------------------------- */

static uint32_t hash_set(const struct regex_set *s)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < 4; i++)
		h = (h ^ s->w[i]) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static int grow_buckets(struct positions *ps)
{
	size_t n = ps->n_buckets ? ps->n_buckets * 2 : 256;
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; i < ps->n_sets; i++) {
		size_t at = hash_set(&ps->sets[i]) & (n - 1);

		while (fresh[at])
			at = (at + 1) & (n - 1);
		fresh[at] = (uint32_t)i + 1;
	}
	free(ps->buckets);
	ps->buckets = fresh;
	ps->n_buckets = n;
	return 0;
}

static int intern_set(struct positions *ps, const struct regex_set *set, uint32_t *ret)
{
	size_t at;
	int r = 0;

	if (ps->n_sets * 2 >= ps->n_buckets)
		r = grow_buckets(ps);
	if (r >= 0)
		r = array_reserve(&ps->sets, &ps->sets_cap, ps->n_sets + 1, sizeof(*ps->sets));
	if (r < 0)
		return r;
	for (at = hash_set(set) & (ps->n_buckets - 1); ps->buckets[at];
	     at = (at + 1) & (ps->n_buckets - 1)) {
		*ret = ps->buckets[at] - 1;
		if (memcmp(&ps->sets[*ret], set, sizeof(*set)) == 0)
			return 0;
	}
	if (ps->n_sets >= POSITIONS_SETS_MAX)
		return -E2BIG;
	*ret = (uint32_t)ps->n_sets;
	ps->sets[ps->n_sets++] = *set;
	ps->buckets[at] = *ret + 1;
	return 0;
}

static const struct regex_set any = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

int positions_init(struct positions *ps)
{
	uint32_t set;
	int r;

	*ps = (struct positions){0};
	ps->scratch = calloc(1, sizeof(*ps->scratch));
	r = ps->scratch ? intern_set(ps, &any, &set) : -ENOMEM;
	if (r < 0)
		positions_done(ps);
	return r;
}

void positions_done(struct positions *ps)
{
	if (ps->scratch) {
		free(ps->scratch->sets);
		free(ps->scratch->cells);
		free(ps->scratch->edges);
		free(ps->scratch);
	}
	if (!ps->borrowed) {
		free(ps->v);
		free(ps->follow);
		free(ps->sets);
	}
	free(ps->buckets);
	*ps = (struct positions){0};
}

static int by_from_then_to(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static bool takes_all(const struct regex_set *s)
{
	return (s->w[0] & s->w[1] & s->w[2] & s->w[3]) == UINT64_MAX;
}

static int reserve_pool(struct positions *ps, size_t n, size_t n_follow)
{
	int r = array_reserve(&ps->v, &ps->cap, ps->n + n, sizeof(*ps->v));
	if (r < 0)
		return r;
	return array_reserve(&ps->follow, &ps->follow_cap, ps->n_follow + n_follow,
			     sizeof(*ps->follow));
}

/** Edges, in order, become follow lists behind ps->v[base]; doubles go. */
static void store_edges(struct positions *ps, const struct glushkov *g, uint32_t base)
{
	for (size_t i = 0; i < g->n_edges; i++) {
		const struct edge *e = &g->edges[i];
		struct position *p = &ps->v[base + e->from];

		if (i && by_from_then_to(e - 1, e) == 0)
			continue;
		if (p->n_follow == 0)
			p->follow = (uint32_t)ps->n_follow;
		ps->follow[ps->n_follow++] = base + e->to;
		p->n_follow++;
		if (e->from == e->to && p->flags & POSITION_LAST && takes_all(&ps->sets[p->set]))
			p->flags |= POSITION_UNIVERSAL;
	}
}

static int store(struct positions *ps, struct glushkov *g, const struct fragment *f, uint32_t spec,
		 enum lbl_kind kind, struct positions_start *ret)
{
	uint32_t base = (uint32_t)ps->n;
	size_t n_first = 0;
	int r;

	for (uint32_t c = f->first.head; c; c = g->cells[c].next)
		n_first++;
	if (ps->n + g->n > POSITIONS_MAX ||
	    ps->n_follow + g->n_edges + n_first > POSITIONS_FOLLOW_MAX)
		return -E2BIG;
	r = reserve_pool(ps, g->n, g->n_edges + n_first);
	for (size_t i = 0; r >= 0 && i < g->n; i++) {
		struct position p = {.spec = spec & 0x3fffff, .kind = kind & 7};
		uint32_t set = 0;

		r = intern_set(ps, &g->re->sets[g->sets[i]], &set);
		p.set = (uint16_t)set;
		ps->v[base + i] = p;
	}
	if (r < 0)
		return r;
	for (uint32_t c = f->last.head; c; c = g->cells[c].next)
		ps->v[base + g->cells[c].pos].flags |= POSITION_LAST;
	if (g->n_edges)
		qsort(g->edges, g->n_edges, sizeof(*g->edges), by_from_then_to);
	store_edges(ps, g, base);
	ret->first = (uint32_t)ps->n_follow;
	ret->n_first = (uint32_t)n_first;
	ret->nullable = f->nullable;
	for (uint32_t c = f->first.head; c; c = g->cells[c].next)
		ps->follow[ps->n_follow++] = base + g->cells[c].pos;
	ps->n += g->n;
	return 0;
}

int positions_add(struct positions *ps, const struct regex *re, uint32_t spec, enum lbl_kind kind,
		  struct positions_start *ret_start)
{
	struct glushkov *g = ps->scratch;
	struct fragment f;
	struct list none;
	int r;

	g->re = re;
	g->n = g->n_cells = g->n_edges = 0;
	g->steps = 0;
	r = list_of(g, 0, &none); /* so that cell 0 is no cell */
	if (r >= 0)
		r = build(g, re->root, &f);
	if (r < 0)
		return r;
	return store(ps, g, &f, spec, kind, ret_start);
}

int positions_add_ask(struct positions *ps, uint32_t spec, enum lbl_kind kind,
		      struct positions_start *ret_start)
{
	struct position p = {.spec = spec & 0x3fffff,
			     .kind = kind & 7,
			     .flags = POSITION_ASK,
			     .follow = (uint32_t)ps->n_follow,
			     .n_follow = 1};
	uint32_t set = 0;
	int r = reserve_pool(ps, 1, 1);

	if (r >= 0)
		r = intern_set(ps, &any, &set); /* it is there: see positions_init() */
	p.set = (uint16_t)set;
	if (r < 0)
		return r;
	*ret_start = (struct positions_start){.first = (uint32_t)ps->n_follow, .n_first = 1};
	ps->follow[ps->n_follow++] = (uint32_t)ps->n;
	ps->v[ps->n++] = p;
	return 0;
}

static int ascending(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

/* Short lists are the rule, and qsort()'s calls cost more than they do; long ones may be made to be
 * the worst this can get, which is quadratic. */
void positions_sort(uint32_t *v, size_t n)
{
	if (n > SHORT_LIST) {
		qsort(v, n, sizeof(*v), ascending);
		return;
	}
	for (size_t gap = n > 13 ? n / 3 : 1; gap; gap = gap == 1 ? 0 : gap / 3 + (gap == 2)) {
		for (size_t i = gap; i < n; i++) {
			uint32_t x = v[i];
			size_t j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
}
