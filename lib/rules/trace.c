/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/automaton.h"
#include "rules/trace.h"

#include <string.h>

static int list_add(struct trace_list *l, uint32_t spec)
{
	int r = array_reserve(&l->v, &l->cap, l->n + 1, sizeof(*l->v));

	if (r >= 0)
		l->v[l->n++] = spec;
	return r;
}

static int descending(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a > b ? -1 : a < b;
}

/** Highest rank first, each once; what a damaged compiled form made up goes. */
static void list_order(struct trace_list *l, const struct source *source)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] < source->n)
			l->v[n++] = source_rank(source, l->v[i]);
	l->n = n;
	n = 0;
	if (l->n == 0)
		return;
	qsort(l->v, l->n, sizeof(*l->v), descending);
	for (size_t i = 0; i < l->n; i++) {
		uint32_t spec = (l->v[i] & ~SOURCE_RANK_LITERAL) - 1;

		if (n == 0 || l->v[n - 1] != spec)
			l->v[n++] = spec;
	}
	l->n = n;
}

void trace_done(struct trace *t)
{
	free(t->matches.v);
	free(t->alive.v);
	free(t->unknown.v);
	free(t->set);
	free(t->nodes);
	*t = (struct trace){0};
}

/* ---- along the path ------------------------------------------------------------------------- */

/** Where the path is: a node of the trie (0: none), and the positions in t->set. */
struct place {
	uint32_t node;
	size_t n;
};

/** The subset in the making becomes the set of positions at @node. */
static int settle(struct trace *t, struct automaton *a, uint32_t node, struct place *ret_place)
{
	int r = node ? subset_enter(&a->subset, node) : 0;

	if (r >= 0)
		r = array_reserve(&t->set, &t->set_cap, a->subset.n_list + 1, sizeof(*t->set));
	if (r < 0)
		return r;
	if (a->subset.n_list)
		memcpy(t->set, a->subset.list, a->subset.n_list * sizeof(*t->set));
	*ret_place = (struct place){node, a->subset.n_list};
	return 0;
}

static int begin(struct trace *t, struct automaton *a, struct place *ret_place)
{
	int r = trie_expand(&a->trie, TRIE_ROOT);

	if (r >= 0)
		r = subset_begin(&a->subset);
	return r < 0 ? r : settle(t, a, TRIE_ROOT, ret_place);
}

static int advance(struct trace *t, struct automaton *a, struct place *p, unsigned char byte)
{
	uint32_t node = p->node ? trie_child(&a->trie, p->node, byte) : 0;
	int r = node ? trie_expand(&a->trie, node) : 0;

	if (r >= 0)
		r = subset_begin(&a->subset);
	if (r >= 0)
		r = subset_consume(&a->subset, t->set, p->n, byte);
	return r < 0 ? r : settle(t, a, node, p);
}

/** Specs that end with @byte, the path's last. */
static int add_ends(struct trace *t, const struct automaton *a, const struct place *p,
		    unsigned char byte)
{
	const struct positions *ps = &a->trie.positions;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n; i++) {
		const struct position *v = &ps->v[t->set[i]];

		if (v->flags & POSITION_LAST && positions_takes(ps, v, byte))
			r = list_add(&t->matches, v->spec);
	}
	return r;
}

/* ---- at its end ----------------------------------------------------------------------------- */

static int add_complete(struct trace *t, const struct automaton *a, uint32_t node)
{
	const struct trie *trie = &a->trie;
	int r = 0;

	for (const struct trie_attached *at = trie_first(trie, node); at && r >= 0;
	     at = trie_next(trie, at))
		if (at->accepts)
			r = list_add(&t->matches, at->spec);
	return r;
}

static int push_children(struct trace *t, const struct trie *trie, uint32_t node, size_t *n)
{
	for (uint32_t c = trie_eldest(trie, node); c; c = trie_sibling(trie, c)) {
		int r = array_reserve(&t->nodes, &t->nodes_cap, *n + 1, sizeof(*t->nodes));

		if (r < 0)
			return r;
		t->nodes[(*n)++] = c;
	}
	return 0;
}

/**
 * Everything attached below @node; all of that is unfolded.  A tree has each node once and what is
 * attached at one node only; a damaged compiled form may not be one, but gets no more than that.
 */
static int add_below(struct trace *t, struct trie *trie, uint32_t node)
{
	size_t n = 0, seen = 0, added = 0;
	int r = push_children(t, trie, node, &n);

	while (r >= 0 && n && seen++ < trie->n) {
		node = t->nodes[--n];
		r = trie_expand(trie, node);
		for (const struct trie_attached *at = trie_first(trie, node);
		     at && r >= 0 && added++ < trie->n_attached; at = trie_next(trie, at))
			r = list_add(&t->alive, at->spec);
		if (r >= 0)
			r = push_children(t, trie, node, &n);
	}
	return r;
}

static int add_alive(struct trace *t, struct automaton *a, const struct place *p)
{
	const struct position *v = a->trie.positions.v;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < t->matches.n; i++)
		r = list_add(&t->alive, t->matches.v[i]);
	for (size_t i = 0; r >= 0 && i < p->n; i++)
		if (!(v[t->set[i]].flags & POSITION_ASK))
			r = list_add(&t->alive, v[t->set[i]].spec);
	return r < 0 || !p->node ? r : add_below(t, &a->trie, p->node);
}

/** Those PCRE2 must judge wait in @ret_asked. */
static int follow(struct trace *t, struct automaton *a, const char *path, size_t len,
		  unsigned flags, struct trace_list *ret_asked)
{
	struct place p;
	int r = begin(t, a, &p);

	for (size_t i = 0; r >= 0 && i < len; i++) {
		if (i == len - 1)
			r = add_ends(t, a, &p, (unsigned char)path[i]);
		if (r >= 0)
			r = advance(t, a, &p, (unsigned char)path[i]);
	}
	if (r >= 0 && p.node)
		r = add_complete(t, a, p.node);
	for (size_t i = 0; r >= 0 && i < a->subset.n_sides; i++)
		r = list_add(ret_asked, a->subset.sides[i]);
	return r >= 0 && flags & TRACE_ALIVE ? add_alive(t, a, &p) : r;
}

/* ---- side specs ------------------------------------------------------------------------------ */

static int judge(struct trace *t, struct automaton *a, uint32_t spec, struct side_match *match,
		 const char *path, size_t len, unsigned flags)
{
	const struct side *side = automaton_side(a, spec);
	int r = -ENOMEM;

	if (side)
		r = flags & TRACE_ALIVE ? side_begins(side, match, path, len)
					: side_matches(side, match, path, len);
	if (r == -EOVERFLOW)
		return list_add(&t->unknown, spec);
	if (r == SIDE_MATCHES)
		r = list_add(&t->matches, spec) < 0 ? -ENOMEM : r;
	return r > 0 && flags & TRACE_ALIVE ? list_add(&t->alive, spec) : MIN(r, 0);
}

static int judge_all(struct trace *t, struct automaton *a, const struct trace_list *asked,
		     const char *path, size_t len, unsigned flags)
{
	struct side_match *match;
	int r = 0;

	if (asked->n == 0)
		return 0;
	match = side_match_new();
	if (!match)
		return -ENOMEM;
	for (size_t i = 0; r >= 0 && i < asked->n; i++)
		r = judge(t, a, asked->v[i], match, path, len, flags);
	side_match_free(match);
	return r;
}

int trace_path(struct trace *t, struct db *db, const char *path, size_t len, unsigned flags)
{
	struct automaton *a = db_automaton(db);
	struct trace_list asked = {0};
	int r;

	t->matches.n = t->alive.n = t->unknown.n = 0;
	pthread_mutex_lock(&a->lock);
	r = follow(t, a, path, len, flags, &asked);
	pthread_mutex_unlock(&a->lock);
	list_order(&asked, a->source); /* one may wait at several places */
	if (r >= 0)
		r = judge_all(t, a, &asked, path, len, flags);
	free(asked.v);
	list_order(&t->matches, a->source);
	list_order(&t->alive, a->source);
	list_order(&t->unknown, a->source);
	return r;
}

int trace_asked(struct trace *t, struct db *db, const char *path, unsigned flags,
		struct buf *ret_key)
{
	_cleanup_free_ char *clean = malloc(strlen(path) + 1);
	int r;

	if (*path == '\0')
		return -EINVAL;
	if (!clean)
		return -ENOMEM;
	r = db_substitute(db, clean, db_normalise(path, clean), ret_key);
	return r < 0 ? r : trace_path(t, db, buf_str(ret_key), ret_key->len, flags);
}
