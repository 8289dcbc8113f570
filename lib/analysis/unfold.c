/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/automaton.h"
#include "analysis/unfold.h"

#include <string.h>

/** The rules without what the db's own automaton noted at the specs; nothing is told to diag. */
static int copy_source(struct db *db, struct source *ret_source)
{
	struct automaton *a = db_automaton(db);
	struct source_spec *specs = calloc(a->source->n + 1, sizeof(*specs));

	if (!specs)
		return -ENOMEM;
	pthread_mutex_lock(&a->lock);
	if (a->source->n)
		memcpy(specs, a->source->specs, a->source->n * sizeof(*specs));
	*ret_source = *a->source;
	pthread_mutex_unlock(&a->lock);
	for (size_t i = 0; i < ret_source->n; i++)
		specs[i].cursor = 0;
	ret_source->specs = specs;
	ret_source->diag = (struct diag){0};
	return 0;
}

/** Nodes are numbered as they are made, so those further on always come later. */
static int expand_all(struct unfold *u)
{
	size_t parent_cap = 0, depth_cap = 0;

	for (uint32_t node = TRIE_ROOT; node < u->trie.n; node++) {
		int r = trie_expand(&u->trie, node);

		if (r >= 0)
			r = array_reserve(&u->parent, &parent_cap, u->trie.n, sizeof(*u->parent));
		if (r >= 0)
			r = array_reserve(&u->depth, &depth_cap, u->trie.n, sizeof(*u->depth));
		if (r < 0)
			return r;
		if (node == TRIE_ROOT)
			u->parent[node] = u->depth[node] = 0;
		for (uint32_t c = u->trie.nodes[node].child; c; c = u->trie.nodes[c].sibling) {
			u->parent[c] = node;
			u->depth[c] = u->depth[node] + 1;
		}
	}
	return 0;
}

static int find_homes(struct unfold *u)
{
	u->home = calloc(u->source.n + 1, sizeof(*u->home));
	u->node = calloc(u->source.n + 1, sizeof(*u->node));
	u->top = calloc(u->trie.n, sizeof(*u->top));
	if (!u->home || !u->node || !u->top)
		return -ENOMEM;
	for (size_t n = u->trie.n; n-- > TRIE_ROOT;) {
		const struct trie_attached *at;
		uint32_t parent = u->parent[n];

		for (uint32_t i = u->trie.nodes[n].attached; i; i = at->next) {
			at = &u->trie.attached[i];
			u->home[at->spec] = i;
			u->node[at->spec] = (uint32_t)n;
			u->top[n] = MAX(u->top[n], trie_rank(at));
			u->sides |= at->asks;
		}
		u->top[parent] = MAX(u->top[parent], u->top[n]);
	}
	return 0;
}

int unfold_init(struct unfold *u, struct db *db)
{
	int r;

	*u = (struct unfold){.sides = false};
	r = copy_source(db, &u->source);
	if (r < 0)
		return r;
	r = trie_init(&u->trie, &u->source);
	if (r >= 0)
		r = expand_all(u);
	if (r >= 0)
		r = find_homes(u);
	if (r < 0)
		unfold_done(u);
	return r;
}

void unfold_done(struct unfold *u)
{
	trie_done(&u->trie);
	free(u->source.specs);
	free(u->home);
	free(u->node);
	free(u->parent);
	free(u->depth);
	free(u->top);
	*u = (struct unfold){.sides = false};
}

int unfold_prefix(const struct unfold *u, uint32_t spec, struct buf *ret_prefix)
{
	uint32_t node = u->node[spec];

	buf_reset(ret_prefix);
	for (uint32_t i = u->depth[node]; i > 0; i--)
		buf_addc(ret_prefix, '/');
	if (buf_error(ret_prefix) < 0)
		return buf_error(ret_prefix);
	for (uint32_t i = u->depth[node]; i > 0; i--, node = u->parent[node])
		ret_prefix->data[i - 1] = (char)u->trie.nodes[node].byte;
	return 0;
}
