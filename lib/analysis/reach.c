/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/bag.h"
#include "analysis/reach.h"

#include <string.h>

struct walk {
	const struct unfold *set;
	const uint32_t *matters;
	struct bag now, next; /* positions, each once */
	uint32_t *mark;	      /* bits by position: is it in next? */
	uint32_t node;
};

static bool bit_get(const uint32_t *bits, uint32_t i)
{
	return bits[i / 32] >> (i % 32) & 1;
}

static void bit_set(uint32_t *bits, uint32_t i)
{
	bits[i / 32] |= UINT32_C(1) << (i % 32);
}

void reach_mark(struct reach *reach, uint32_t spec)
{
	bit_set(reach->matters, spec);
}

/** Number the nodes in the order of a walk through the trie, from parent to child to sibling. */
static void number_nodes(struct reach *reach)
{
	const struct unfold *set = reach->set;
	const struct trie_node *nodes = set->trie.nodes;
	uint32_t count = 0, node = TRIE_ROOT;

	for (;;) {
		reach->enter[node] = ++count;
		if (nodes[node].child) {
			node = nodes[node].child;
			continue;
		}
		reach->leave[node] = count;
		while (node != TRIE_ROOT && !nodes[node].sibling) {
			node = set->parent[node];
			reach->leave[node] = count;
		}
		if (node == TRIE_ROOT)
			return;
		node = nodes[node].sibling;
	}
}

int reach_init(struct reach *reach, const struct unfold *set)
{
	const struct positions *ps = &set->trie.positions;

	*reach = (struct reach){.set = set};
	reach->enter = calloc(set->trie.n, sizeof(*reach->enter));
	reach->leave = calloc(set->trie.n, sizeof(*reach->leave));
	reach->matters = calloc(set->source.n / 32 + 1, sizeof(*reach->matters));
	if (!reach->enter || !reach->leave || !reach->matters)
		return -ENOMEM;
	number_nodes(reach);
	for (size_t i = 0; i < ps->n; i++)
		if (ps->v[i].flags & POSITION_UNIVERSAL)
			reach_mark(reach, ps->v[i].spec);
	return 0;
}

void reach_done(struct reach *reach)
{
	free(reach->enter);
	free(reach->leave);
	free(reach->matters);
	*reach = (struct reach){.set = NULL};
}

static int crowd_add(struct walk *w, uint32_t first, uint32_t n)
{
	const uint32_t *p = w->set->trie.positions.follow + first;
	int r = array_reserve(&w->next.v, &w->next.cap, w->next.n + n, sizeof(*w->next.v));

	for (uint32_t i = 0; i < n && r >= 0; i++) {
		if (bit_get(w->mark, p[i]))
			continue;
		bit_set(w->mark, p[i]);
		w->next.v[w->next.n++] = p[i];
	}
	return r;
}

/** Add what waits at the node; note in @ends what matches here. */
static int enter_node(struct walk *w, uint32_t *ends)
{
	const struct trie_attached *at;
	int r = 0;

	for (uint32_t i = w->set->trie.nodes[w->node].attached; i && r >= 0; i = at->next) {
		at = &w->set->trie.attached[i];
		if (!bit_get(w->matters, at->spec))
			continue;
		r = crowd_add(w, at->first, at->n_first);
		if (at->accepts || at->asks)
			bit_set(ends, at->spec);
	}
	return r;
}

static void advance(struct walk *w)
{
	bag_move(&w->now, &w->next);
	for (size_t i = 0; i < w->now.n; i++)
		w->mark[w->now.v[i] / 32] = 0;
}

static int take(struct walk *w, unsigned char byte, uint32_t *ends)
{
	const struct positions *ps = &w->set->trie.positions;
	int r = 0;

	for (size_t i = 0; i < w->now.n && r >= 0; i++) {
		const struct position *p = &ps->v[w->now.v[i]];

		if (!regex_set_has(&ps->sets[p->set], byte))
			continue;
		r = crowd_add(w, p->follow, p->n_follow);
		if (p->flags & (POSITION_LAST | POSITION_ASK))
			bit_set(ends, p->spec);
	}
	w->node = w->node ? trie_child(&w->set->trie, w->node, byte) : 0;
	if (r >= 0 && w->node)
		r = enter_node(w, ends);
	advance(w);
	return r;
}

/** Read @path from the start; @ends is what matches all of it. */
static int read_path(struct walk *w, const char *path, uint32_t *ends, size_t words)
{
	int r;

	w->node = TRIE_ROOT;
	w->now.n = 0;
	r = enter_node(w, ends);
	advance(w);
	for (; *path && r >= 0; path++) {
		memset(ends, 0, words * sizeof(*ends));
		r = take(w, (unsigned char)*path, ends);
	}
	return r;
}

/** Specs at the positions we are at, unless they are covered. */
static void collect(const struct walk *w, struct reach_state *state)
{
	const struct positions *ps = &w->set->trie.positions;

	for (size_t i = 0; i < w->now.n; i++) {
		const struct position *p = &ps->v[w->now.v[i]];

		for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
			if (p->flags & POSITION_UNIVERSAL && unfold_kinds(k) >> p->kind & 1)
				state->cover[k] =
					MAX(state->cover[k], unfold_rank(w->set, p->spec));
	}
	for (size_t i = 0; i < w->now.n; i++) {
		const struct position *p = &ps->v[w->now.v[i]];

		for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
			if (unfold_kinds(k) >> p->kind & 1 &&
			    unfold_rank(w->set, p->spec) >= state->cover[k])
				bit_set(state->specs, p->spec);
	}
	state->node = w->node;
}

int reach_below(const struct reach *reach, const char *alone, const char *name,
		struct reach_state *ret_state)
{
	const struct unfold *set = reach->set;
	size_t words = set->source.n / 32 + 1;
	_cleanup_free_ uint32_t *below = calloc(words, sizeof(*below));
	struct walk w = {.set = set, .matters = reach->matters};
	struct reach_state state = {.specs = calloc(words, sizeof(*state.specs))};
	int r = 0;

	w.mark = calloc(set->trie.positions.n / 32 + 1, sizeof(*w.mark));
	if (!below || !w.mark || !state.specs)
		r = -ENOMEM;
	if (r >= 0)
		r = read_path(&w, alone, state.specs, words);
	if (r >= 0 && strcmp(alone, name) != 0)
		r = read_path(&w, name, below, words);
	if (r >= 0)
		r = take(&w, '/', below);
	if (r >= 0)
		collect(&w, &state);
	free(w.now.v);
	free(w.next.v);
	free(w.mark);
	if (r < 0)
		reach_state_done(&state);
	else
		*ret_state = state;
	return r;
}

bool reach_has(const struct reach *reach, const struct reach_state *state, uint32_t spec)
{
	const struct unfold *set = reach->set;
	uint32_t enter = reach->enter[set->node[spec]];

	if (bit_get(state->specs, spec))
		return true;
	if (!state->node || !set->home[spec] || enter < reach->enter[state->node] ||
	    enter > reach->leave[state->node])
		return false;
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
		if (unfold_fits(set, spec, k) && unfold_rank(set, spec) >= state->cover[k])
			return true;
	return false;
}

void reach_state_done(struct reach_state *state)
{
	free(state->specs);
	*state = (struct reach_state){0};
}
