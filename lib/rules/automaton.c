/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hard ideas, in the order in which they matter:
 *
 * A state is (trie node, set of positions, answers).  The positions are those that may take the
 * next byte, not those that took the last one, since many different pasts have the same future;
 * what the past decided, the answers at this very path, is therefore part of the state.  subset.c
 * makes one and says what can be left out of it.
 *
 * Substitutions.  For a path K that is on the trie of all aliases, everything is a function of K,
 * so each node of that trie is one state of its own: its answers are those of subs(K), looked up
 * from the start, and the byte b leads to the child, if there is one.  If there is none, no alias
 * can complete any more behind K+b except those that already have, and subs(K+b) says which; so
 * the state after b is simply the state of subs(K+b) in the layer below, and every further byte
 * can be fed to that.  This is right when a source completes (K = "/lib", b = "/"), when it turns
 * out to be another name (b = "x"), and when a longer, newer one takes over.  Two lists make two
 * layers above the specs:
 *
 *	layer 0  .subs       nodes of its alias trie
 *	layer 1  .subs_dist  nodes of its alias trie
 *	layer 2  the specs
 */
#include "base/log.h"
#include "rules/automaton.h"

#include <string.h>

enum { LAYER_SPECS = 2 };

#define ALIAS_LAYER_BIT 31

static int run(struct automaton *a, unsigned layer, const char *path, size_t len, uint32_t *ret);

int automaton_init(struct automaton *a, struct source *source, const struct image *image,
		   size_t cache_max)
{
	int r;

	*a = (struct automaton){.source = source, .cache_max = cache_max};
	r = pthread_mutex_init(&a->lock, NULL);
	if (r)
		return -r;
	a->subset.trie = &a->trie;
	r = image ? trie_from_image(&a->trie, source, image) : trie_init(&a->trie, source);
	if (r < 0) {
		pthread_mutex_destroy(&a->lock);
		a->source = NULL;
	}
	return r;
}

void automaton_done(struct automaton *a)
{
	if (!a->source)
		return;
	cache_free(a->cache);
	trie_done(&a->trie);
	subset_done(&a->subset);
	pthread_mutex_destroy(&a->lock);
	a->source = NULL;
}

/* ---- generations ---------------------------------------------------------------------------- */

static void unref(struct cache *c)
{
	if (c && --c->refs == 0)
		cache_free(c);
}

static int begin_generation(struct automaton *a)
{
	uint32_t gen = a->cache ? a->cache->gen + 1 : 1;
	struct cache *c = cache_new(gen ? gen : 1, a->source->high ? 8 : 7, a->cache_max);

	if (!c)
		return -ENOMEM;
	if (a->cache) {
		a->cache->retired = a->retired;
		a->retired = a->cache;
		a->flushes++;
		log_debug(LOG_RULES, "automaton", "generation %u is full: %zu states, %zu bytes",
			  a->cache->gen, a->cache->n - 1, cache_size(a->cache));
	}
	a->cache = c;
	atomic_store(&a->gen, c->gen);
	return 0;
}

/** Give up what was retired during this call; hand the newest generation to the caller. */
static void settle(struct automaton *a, struct cache **cache)
{
	while (a->retired) {
		struct cache *old = a->retired;

		a->retired = old->retired;
		unref(old);
	}
	if (*cache != a->cache && a->cache) {
		a->cache->refs++;
		unref(*cache);
		*cache = a->cache;
	}
}

int automaton_renew(struct automaton *a, struct cache **cache)
{
	int r;

	pthread_mutex_lock(&a->lock);
	r = a->cache ? 0 : begin_generation(a);
	settle(a, cache);
	pthread_mutex_unlock(&a->lock);
	return r;
}

void automaton_release(struct automaton *a, struct cache *cache)
{
	pthread_mutex_lock(&a->lock);
	unref(cache);
	pthread_mutex_unlock(&a->lock);
}

const struct side *automaton_side(struct automaton *a, uint32_t spec)
{
	const struct side *side;

	pthread_mutex_lock(&a->lock);
	side = trie_side(&a->trie, spec);
	pthread_mutex_unlock(&a->lock);
	return side;
}

static int make_room(struct automaton *a)
{
	return cache_has_room(a->cache) ? 0 : begin_generation(a);
}

/* ---- states ---------------------------------------------------------------------------------- */

/** Does a state of universal positions give the answers it has after one more byte as well? */
static int answers_stay(struct automaton *a, const struct cache_set *set,
			const struct cache_accept *now, bool *ret_stay)
{
	const struct cache_accept *later;
	int r;

	r = subset_begin(&a->subset);
	if (r >= 0)
		r = subset_consume(&a->subset, set->v, set->n, 'x');
	if (r >= 0)
		r = subset_answers(&a->subset, a->cache, &later);
	if (r >= 0)
		*ret_stay = later == now;
	return r;
}

/** Turn the state being made into one of the newest generation. */
static int finish_state(struct automaton *a, uint32_t node, uint32_t *ret_cell)
{
	struct cache_state key = {.trie = 0};
	const struct cache_accept *answers;
	bool stay = false;
	int r;

	if (node && trie_leads_on(&a->trie, node))
		key.trie = node;
	r = subset_prune(&a->subset, &key.universal);
	if (r >= 0)
		r = make_room(a);
	if (r < 0)
		return r;
	key.set = cache_intern_set(a->cache, a->subset.list, a->subset.n_list);
	if (!key.set)
		return -ENOMEM;
	r = subset_answers(&a->subset, a->cache, &answers);
	if (r < 0)
		return r;
	*ret_cell = cache_find(a->cache, &key, answers);
	if (*ret_cell)
		return 0;
	key.universal = key.universal && !key.trie;
	if (key.universal)
		r = answers_stay(a, key.set, answers, &stay);
	if (r >= 0)
		*ret_cell = cache_add(a->cache, &key, answers, stay);
	return r;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static int spec_start(struct automaton *a, uint32_t *ret_cell)
{
	int r = trie_expand(&a->trie, TRIE_ROOT);

	if (r >= 0)
		r = subset_begin(&a->subset);
	if (r >= 0)
		r = subset_enter(&a->subset, TRIE_ROOT);
	return r < 0 ? r : finish_state(a, TRIE_ROOT, ret_cell);
}

static int spec_step(struct automaton *a, const struct cache_state *from, unsigned char byte,
		     uint32_t *ret_cell)
{
	uint32_t node = from->trie ? trie_child(&a->trie, from->trie, byte) : 0;
	int r = node ? trie_expand(&a->trie, node) : 0;

	if (r >= 0)
		r = subset_begin(&a->subset);
	if (r >= 0)
		r = subset_consume(&a->subset, from->set->v, from->set->n, byte);
	if (r >= 0 && node)
		r = subset_enter(&a->subset, node);
	return r < 0 ? r : finish_state(a, node, ret_cell);
}

static const struct subs *layer_subs(const struct automaton *a, unsigned layer)
{
	return layer == 0 ? &a->source->subs : &a->source->subs_dist;
}

/** Feed @path, behind the substitutions of @layer if one applies, to the layer below. */
static int run_below(struct automaton *a, unsigned layer, const struct buf *path, uint32_t *ret)
{
	_cleanup_(buf_done) struct buf other = {0};

	if (buf_error(path) < 0)
		return buf_error(path);
	if (!subs_apply(layer_subs(a, layer), buf_str(path), path->len, &other))
		return run(a, layer + 1, buf_str(path), path->len, ret);
	return buf_error(&other) < 0 ? buf_error(&other)
				     : run(a, layer + 1, buf_str(&other), other.len, ret);
}

/** The state of @node of a substitution trie. */
static int alias_state(struct automaton *a, unsigned layer, uint32_t node, uint32_t *ret_cell)
{
	_cleanup_(buf_done) struct buf path = {0};
	struct cache_state key = {.alias = node | (uint32_t)layer << ALIAS_LAYER_BIT};
	const struct cache_accept *answers;
	uint32_t below;
	int r;

	*ret_cell = cache_find(a->cache, &key, NULL);
	if (*ret_cell)
		return 0;
	subs_prefix(layer_subs(a, layer), node, &path);
	r = run_below(a, layer, &path, &below);
	if (r < 0)
		return r;
	answers = a->cache->accepts[cache_row(a->cache, below)];
	if (!cache_has_room(a->cache)) {
		r = begin_generation(a); /* the old one is retired, not yet gone */
		if (r < 0)
			return r;
		answers = cache_intern_accept(a->cache, answers, answers->side);
		if (!answers)
			return -ENOMEM;
	}
	*ret_cell = cache_add(a->cache, &key, answers, false);
	return 0;
}

static int alias_step(struct automaton *a, uint32_t alias, unsigned char byte, uint32_t *ret_cell)
{
	_cleanup_(buf_done) struct buf path = {0};
	unsigned layer = alias >> ALIAS_LAYER_BIT;
	uint32_t node = alias & ~(UINT32_C(1) << ALIAS_LAYER_BIT);
	const struct subs *subs = layer_subs(a, layer);
	uint32_t child = subs_child(subs, node, byte);

	if (child)
		return alias_state(a, layer, child, ret_cell);
	subs_prefix(subs, node, &path);
	buf_addc(&path, (char)byte);
	return run_below(a, layer, &path, ret_cell);
}

/** As automaton_step(), with @c alive (held by somebody or retired) and the mutex held. */
static int step(struct automaton *a, struct cache *c, uint32_t cell, unsigned char byte,
		uint32_t *ret_cell)
{
	const struct cache_state *from = &c->states[cache_row(c, cell)];
	uint32_t next = cache_load(c, cell, byte);
	int r;

	if (next && c == a->cache) { /* another thread was here before */
		*ret_cell = next;
		return 0;
	}
	if (from->alias)
		r = alias_step(a, from->alias, byte, ret_cell);
	else
		r = spec_step(a, from, byte, ret_cell);
	if (r < 0 || c != a->cache)
		return r;
	if (from->universal && !from->alias)
		for (unsigned b = 0; b < 256; b++)
			cache_store(c, cell, (unsigned char)b, *ret_cell);
	else
		cache_store(c, cell, byte, *ret_cell);
	return 0;
}

static int start(struct automaton *a, unsigned layer, uint32_t *ret_cell)
{
	int r;

	if (!a->cache) {
		r = begin_generation(a);
		if (r < 0)
			return r;
	}
	while (layer < LAYER_SPECS && layer_subs(a, layer)->n == 0)
		layer++;
	*ret_cell = a->cache->start[layer];
	if (*ret_cell)
		return 0;
	if (layer < LAYER_SPECS)
		r = alias_state(a, layer, SUBS_ROOT, ret_cell);
	else
		r = spec_start(a, ret_cell);
	if (r >= 0)
		a->cache->start[layer] = *ret_cell;
	return r;
}

/** Read @path from the start of @layer; the answer is a cell of the newest generation. */
static int run(struct automaton *a, unsigned layer, const char *path, size_t len, uint32_t *ret)
{
	uint32_t cell;
	int r = start(a, layer, &cell);

	for (size_t i = 0; r >= 0 && i < len && !(cell & CELL_STAY); i++) {
		uint32_t next = cache_load(a->cache, cell, (unsigned char)path[i]);

		if (next)
			cell = next;
		else
			r = step(a, a->cache, cell, (unsigned char)path[i], &cell);
	}
	if (r >= 0)
		*ret = cell;
	return r;
}

int automaton_start(struct automaton *a, struct cache **cache, uint32_t *ret_cell)
{
	int r;

	pthread_mutex_lock(&a->lock);
	r = start(a, 0, ret_cell);
	settle(a, cache);
	pthread_mutex_unlock(&a->lock);
	return r;
}

int automaton_step(struct automaton *a, struct cache **cache, uint32_t cell, unsigned char byte,
		   uint32_t *ret_cell)
{
	int r;

	pthread_mutex_lock(&a->lock);
	r = step(a, *cache, cell, byte, ret_cell);
	settle(a, cache);
	pthread_mutex_unlock(&a->lock);
	return r;
}
