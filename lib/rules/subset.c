/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pruning.  A universal position (`.*` at the end of a spec) matches whatever follows.  Every
 * position of a spec of lower rank whose kinds it covers can only lose from here on, so it is
 * dropped.  That halves the sets, and it makes it visible when all below a directory has one
 * answer: no trie node and universal positions only.  Literals are in the trie, not in the set,
 * so their precedence over every regex is not touched by this.  A side spec (one PCRE2 must
 * judge) may be dropped, but never drops others: it only might match.
 */
#include "rules/subset.h"

#include <string.h>

#define KINDS_ALL 0xffu

void subset_done(struct subset *s)
{
	free(s->list);
	free(s->listed);
	free(s->sides);
	free(s->universal);
	*s = (struct subset){0};
}

int subset_begin(struct subset *s)
{
	size_t n = s->trie->positions.n + 1, words = n / 64 + 1;
	int r = array_reserve(&s->listed, &s->listed_cap, words, sizeof(*s->listed));

	if (r >= 0)
		r = array_reserve(&s->list, &s->list_cap, n, sizeof(*s->list));
	if (r < 0)
		return r;
	memset(s->listed, 0, words * sizeof(*s->listed));
	memset(s->best, 0, sizeof(s->best));
	s->n_list = s->n_sides = 0;
	s->budget = s->trie->positions.n_follow;
	return 0;
}

/*
 * Indices may come from a damaged compiled form: one that is out of bounds names nothing.  Lists
 * are disjoint, and one state looks at each once at most; where they are not, what is beyond the
 * length of all together is left out, or a small file could keep us busy for days.
 */
static void list_positions(struct subset *s, uint32_t first, uint32_t n)
{
	const struct positions *ps = &s->trie->positions;
	const uint32_t *p;

	if (n == 0 || first > ps->n_follow || n > ps->n_follow - first || n > s->budget)
		return;
	s->budget -= n;
	p = ps->follow + first;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t bit = UINT64_C(1) << p[i] % 64;

		if (p[i] >= ps->n || s->listed[p[i] / 64] & bit)
			continue;
		s->listed[p[i] / 64] |= bit;
		s->list[s->n_list++] = p[i];
	}
}

/** Kinds of queries a spec of @kind answers. */
static unsigned kinds_of(unsigned kind)
{
	return kind == LBL_ANY ? KINDS_ALL : 1u << kind | 1u << LBL_ANY;
}

static void accept(struct subset *s, unsigned kind, uint32_t rank)
{
	if (kind == LBL_ANY) {
		for (unsigned k = 0; k < 8; k++)
			s->best[k] = MAX(s->best[k], rank);
	} else {
		s->best[kind] = MAX(s->best[kind], rank);
		s->best[LBL_ANY] = MAX(s->best[LBL_ANY], rank);
	}
}

static int ask(struct subset *s, uint32_t spec)
{
	int r;

	if (s->trie->n_sides == 0)
		return 0; /* says a damaged compiled form */
	r = array_reserve(&s->sides, &s->sides_cap, s->n_sides + 1, sizeof(*s->sides));

	if (r >= 0)
		s->sides[s->n_sides++] = spec;
	return r;
}

/** Come to @node of the trie (0: nowhere), already expanded. */
int subset_enter(struct subset *s, uint32_t node)
{
	const struct trie *t = s->trie;
	int r = 0;

	for (const struct trie_attached *at = trie_first(t, node); at && r >= 0;
	     at = trie_next(t, at)) {
		if (at->spec >= t->source->n)
			continue;
		list_positions(s, at->first, at->n_first);
		if (at->accepts)
			accept(s, t->source->specs[at->spec].kind, trie_rank(at));
		if (at->asks)
			r = ask(s, at->spec);
	}
	return r;
}

int subset_consume(struct subset *s, const uint32_t *from, size_t n, unsigned char byte)
{
	const struct positions *ps = &s->trie->positions;

	for (size_t i = 0; i < n; i++) {
		const struct position *p = &ps->v[from[i]];

		if (p->spec >= s->trie->source->n || !positions_takes(ps, p, byte))
			continue;
		list_positions(s, p->follow, p->n_follow);
		if (p->flags & POSITION_LAST)
			accept(s, p->kind, p->spec + 1);
		if (p->flags & POSITION_ASK) {
			int r = ask(s, p->spec);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int descending(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a > b ? -1 : a < b;
}

/** Highest first, each adding kinds the higher ones do not cover. */
struct cover {
	uint32_t spec[8], position[8];
	unsigned kinds[8]; /* of this one and all before it */
	unsigned n;
};

static bool is_covered(const struct cover *c, uint32_t spec, unsigned kinds)
{
	unsigned covered = 0;

	for (unsigned i = 0; i < c->n && c->spec[i] >= spec; i++)
		covered = c->kinds[i];
	return (kinds & ~covered) == 0;
}

static int find_cover(struct subset *s, struct cover *c)
{
	const struct position *v = s->trie->positions.v;
	int r;

	s->n_universal = 0;
	c->n = 0;
	for (size_t i = 0; i < s->n_list; i++) {
		if (!(v[s->list[i]].flags & POSITION_UNIVERSAL))
			continue;
		r = array_reserve(&s->universal, &s->universal_cap, s->n_universal + 1,
				  sizeof(*s->universal));
		if (r < 0)
			return r;
		s->universal[s->n_universal++] = s->list[i];
	}
	for (;;) {
		uint32_t best = 0;
		bool found = false;

		for (size_t i = 0; i < s->n_universal; i++) {
			const struct position *p = &v[s->universal[i]];

			if (is_covered(c, p->spec, kinds_of(p->kind)))
				continue;
			if (!found || p->spec > v[best].spec ||
			    (p->spec == v[best].spec && s->universal[i] < best))
				best = s->universal[i];
			found = true;
		}
		if (!found)
			return 0;
		c->position[c->n] = best;
		c->spec[c->n] = v[best].spec;
		c->kinds[c->n] = kinds_of(v[best].kind) | (c->n ? c->kinds[c->n - 1] : 0);
		c->n++;
	}
}

/** Drop what can only lose; sort the rest.  Return whether nothing but universal ones is left. */
int subset_prune(struct subset *s, bool *ret_universal)
{
	const struct position *v = s->trie->positions.v;
	struct cover c;
	size_t n = 0;
	int r = find_cover(s, &c);

	if (r < 0)
		return r;
	*ret_universal = true;
	for (size_t i = 0; i < s->n_list; i++) {
		const struct position *p = &v[s->list[i]];

		if (p->flags & POSITION_UNIVERSAL) {
			unsigned j = 0;

			while (j < c.n && c.position[j] != s->list[i])
				j++;
			if (j == c.n)
				continue;
		} else if (is_covered(&c, p->spec, kinds_of(p->kind))) {
			continue;
		} else if (!(p->flags & POSITION_ASK)) {
			*ret_universal = false;
		}
		s->list[n++] = s->list[i];
	}
	s->n_list = n;
	positions_sort(s->list, n);
	return 0;
}

/** Side specs that outrank the best answer for some kind, highest first. */
static void choose_sides(struct subset *s, struct cache_accept *out)
{
	size_t n = 0;

	if (s->n_sides == 0)
		return;
	qsort(s->sides, s->n_sides, sizeof(*s->sides), descending);
	for (size_t i = 0; i < s->n_sides; i++) {
		unsigned kinds = kinds_of(s->trie->source->specs[s->sides[i]].kind), useful = 0;

		for (unsigned k = 0; k < 8; k++)
			if (kinds >> k & 1 && s->sides[i] + 1 > s->best[k])
				useful |= 1u << k;
		if (useful && (n == 0 || s->sides[n - 1] != s->sides[i]))
			s->sides[n++] = s->sides[i];
		out->ask |= (uint8_t)useful;
	}
	out->n_side = (uint32_t)n;
}

/** The answers of the state being made, in the newest generation. */
int subset_answers(struct subset *s, struct cache *cache, const struct cache_accept **ret_answers)
{
	static const uint32_t none[1];
	struct cache_accept out = {.ask = 0};

	for (unsigned k = 0; k < 8; k++) {
		if (!s->best[k])
			continue;
		out.best[k] = source_spec(s->trie->source, (s->best[k] & ~SOURCE_RANK_LITERAL) - 1);
		if (!out.best[k])
			return -ENOMEM;
	}
	choose_sides(s, &out);
	*ret_answers = cache_intern_accept(cache, &out, out.n_side ? s->sides : none);
	return *ret_answers ? 0 : -ENOMEM;
}
