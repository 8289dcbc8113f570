/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lint_twins: specs given twice: the same path for literals, the same text for regexes.
 *
 * Within a file a validating open refuses them.  In a later file they are how one overrides.
 */
#include "analysis/lint.h"

#include <string.h>

#define BACK_MAX 64 /* so many older ones of the same text are looked at */

struct twin {
	const char *text; /* unescaped, for a literal */
	size_t len;
	uint32_t index;
	bool literal;
};

static int by_text(const struct twin *a, const struct twin *b)
{
	int r;

	if (a->literal != b->literal)
		return a->literal ? 1 : -1;
	r = memcmp(a->text, b->text, MIN(a->len, b->len));
	return r ? r : (a->len > b->len) - (a->len < b->len);
}

static int compare(const void *one, const void *other)
{
	const struct twin *a = one, *b = other;
	int r = by_text(a, b);

	return r ? r : a->index < b->index ? -1 : 1;
}

static bool make_twin(struct lint *l, uint32_t index, struct twin *t)
{
	const struct source_spec *spec = &l->source->specs[index];
	const char *regex = source_regex(l->source, spec);
	char *path;

	*t = (struct twin){regex, spec->regex_len, index, source_is_literal(l->source, spec)};
	if (!t->literal || !memchr(regex, '\\', spec->regex_len))
		return true;
	path = arena_alloc(&l->arena, spec->regex_len);
	if (!path)
		return false;
	t->len = spec_unescape(regex, spec->regex_len, path);
	t->text = path;
	return true;
}

static bool same_context(struct lint *l, uint32_t a, uint32_t b)
{
	const struct source_context *x = source_context(l->source, &l->source->specs[a]);
	const struct source_context *y = source_context(l->source, &l->source->specs[b]);

	if (!x || !y)
		l->error = -ENOMEM;
	return x == y;
}

/** Who wins where contexts differ? */
static const char *outcome(const struct lint *l, uint32_t newer, uint32_t older)
{
	const struct source_spec *n = &l->source->specs[newer], *o = &l->source->specs[older];

	if (l->fc)
		return "no policy can be built of both";
	if (source_is_literal(l->source, n))
		return "this line wins, but the first one with libselinux 3.11";
	return n->kind != o->kind && o->kind == LBL_ANY ? "this line wins for its kind"
							: "this line wins";
}

/** @newer and @older clash in one file. */
static void tell_duplicate(struct lint *l, uint32_t newer, uint32_t older)
{
	struct lint_about about = lint_about_spec(l, newer, older);
	const char *quote = lint_quote(l, newer), *where = lint_where_spec(l, older, newer);

	if (same_context(l, newer, older))
		lint_add(l, LINT_DUPLICATE, &about, "%s: given on %s already", quote, where);
	else
		lint_add(l, LINT_CONFLICTING_DUPLICATE, &about, "%s: %s says %s, here it is %s; %s",
			 quote, where, lint_context(l, older), lint_context(l, newer),
			 outcome(l, newer, older));
}

static void tell_override(struct lint *l, uint32_t newer, uint32_t older)
{
	struct lint_about about = lint_about_spec(l, newer, older);
	const struct source_spec *n = &l->source->specs[newer], *o = &l->source->specs[older];
	const char *where = lint_where_spec(l, older, newer);

	if (same_context(l, newer, older))
		lint_add(l, LINT_OVERRIDES, &about, "%s: says what %s says already",
			 lint_quote(l, newer), where);
	else if (n->kind != LBL_ANY && o->kind == LBL_ANY)
		lint_add(l, LINT_OVERRIDES, &about, "%s: wins for its kind over %s, which says %s",
			 lint_quote(l, newer), where, lint_context(l, older));
	else
		lint_add(l, LINT_OVERRIDES, &about, "%s: wins over %s, which says %s",
			 lint_quote(l, newer), where, lint_context(l, older));
}

/** v[0..n] have the same text; look at what the last of them means for the others. */
static void lint_newest(struct lint *l, const struct twin *v, size_t n)
{
	uint32_t newer = v[n].index;
	const struct source_spec *a = &l->source->specs[newer];
	bool told_here = false, told_elsewhere = false;

	for (size_t i = n; i-- > 0 && n - i <= BACK_MAX;) {
		uint32_t older = v[i].index;
		const struct source_spec *b = &l->source->specs[older];
		bool *told = a->file == b->file ? &told_here : &told_elsewhere;

		if (a->kind != b->kind && a->kind != LBL_ANY && b->kind != LBL_ANY)
			continue;
		if (!lint_goes_with(l, newer, older) && !lint_goes_with(l, older, newer))
			continue;
		if (!*told && a->file == b->file)
			tell_duplicate(l, newer, older);
		else if (!*told)
			tell_override(l, newer, older);
		*told = true;
		if ((a->kind == LBL_ANY || a->kind == b->kind) && lint_goes_with(l, older, newer))
			l->marks[older] |= LINT_REPEATED;
	}
}

void lint_twins(struct lint *l)
{
	_cleanup_free_ struct twin *v = calloc(l->source->n + 1, sizeof(*v));
	size_t n = l->source->n, first = 0;

	for (uint32_t i = 0; v && i < n; i++)
		if (!make_twin(l, i, &v[i]))
			l->error = -ENOMEM;
	if (!v)
		l->error = -ENOMEM;
	if (l->error < 0)
		return;
	qsort(v, n, sizeof(*v), compare);
	for (size_t i = 1; i < n && l->error >= 0; i++) {
		if (by_text(&v[i], &v[first]) == 0)
			lint_newest(l, v + first, i - first);
		else
			first = i;
	}
}
