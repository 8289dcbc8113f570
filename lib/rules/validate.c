/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/validate.h"

#include <string.h>

#include "rules/check.h"
#include "rules/context.h"

/* ---- regexes -------------------------------------------------------------------------------- */

static int validate_regex(struct source *s, struct check *c, const struct source_spec *spec)
{
	_cleanup_(buf_done) struct buf error = {0};
	int r;

	if (source_is_literal(s, spec))
		return 0;
	r = check_regex(c, source_regex(s, spec), spec->regex_len, &error);
	if (r == -EINVAL)
		source_bad_regex(s, spec, buf_str(&error));
	return r;
}

/* ---- contexts ------------------------------------------------------------------------------- */

/* What no kernel would take is wrong even where there is none to ask. */
static bool is_context(const char *text)
{
	struct context parts;

	return context_parse(&parts, text) == 0;
}

int validate_context(struct source *s, const struct source_spec *spec, lbl_check_fn check,
		     void *user)
{
	struct source_context *c = source_context(s, spec);

	if (!c)
		return -ENOMEM;
	if (!c->text)
		return 1;
	if (!c->checked) {
		_cleanup_free_ char *canonical = NULL;

		c->valid = is_context(c->text) && (!check || check(user, c->text, &canonical) != 0);
		c->checked = true;
		if (c->valid && canonical) {
			c->len = strlen(canonical);
			c->text = arena_strndup(&s->arena, canonical, c->len);
			if (!c->text)
				return -ENOMEM;
		}
	}
	return c->valid;
}

static int complain_of_context(struct source *s, const struct source_spec *spec)
{
	const struct source_context *c = source_context(s, spec);

	if (!c)
		return -ENOMEM;
	spec_bad_context(&s->diag, source_file_name(s, spec), spec->line, c->text);
	return -EINVAL;
}

/* ---- duplicates ----------------------------------------------------------------------------- */

/** The specs of one file with one text: index + 1 of the first of each kind. */
struct twins {
	uint32_t hash;
	uint32_t first[8];
};

struct twin_table {
	struct twins *v;
	size_t mask;
	unsigned file;
};

/** What is compared: the path of a literal, the text of a regex. */
struct text {
	char bytes[SPEC_REGEX_MAX + 1];
	size_t len;
	bool literal;
};

static void text_of(const struct source *s, const struct source_spec *spec, struct text *t)
{
	const char *regex = source_regex(s, spec);

	t->literal = spec_is_literal(regex, spec->regex_len);
	if (t->literal) {
		t->len = spec_unescape(regex, spec->regex_len, t->bytes);
	} else {
		t->len = spec->regex_len;
		memcpy(t->bytes, regex, t->len);
	}
	t->bytes[t->len] = '\0';
}

static uint32_t hash_text(const struct text *t)
{
	uint32_t h = t->literal ? 1 : 2;

	for (size_t i = 0; i < t->len; i++)
		h = (h ^ (unsigned char)t->bytes[i]) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t any_of(const struct twins *t)
{
	for (unsigned k = 0; k < 8; k++)
		if (t->first[k])
			return t->first[k] - 1;
	return UINT32_MAX;
}

/** The entry for @t, possibly a fresh one. */
static struct twins *find_twins(const struct source *s, const struct twin_table *table,
				const struct text *t)
{
	uint32_t hash = hash_text(t);
	struct text other;

	for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
		struct twins *twins = &table->v[at];
		uint32_t one = any_of(twins);

		if (one == UINT32_MAX) {
			twins->hash = hash;
			return twins;
		}
		if (twins->hash != hash)
			continue;
		text_of(s, &s->specs[one], &other);
		if (other.literal == t->literal && other.len == t->len &&
		    memcmp(other.bytes, t->bytes, t->len) == 0)
			return twins;
	}
}

/** The first spec among @t that clashes with one of @kind, as index + 1, or 0. */
static uint32_t clash(const struct twins *t, unsigned kind)
{
	uint32_t found = 0;

	for (unsigned k = 0; k < 8; k++)
		if (t->first[k] && (kind == LBL_ANY || k == LBL_ANY || k == kind))
			if (!found || t->first[k] < found)
				found = t->first[k];
	return found;
}

static int report_clash(struct source *s, const struct text *t, const struct source_spec *old,
			const struct source_spec *new)
{
	const struct source_context *a = source_context(s, old), *b = source_context(s, new);
	const char *file = source_file_name(s, new), *kind = spec_kind_name(old->kind);

	if (!a || !b)
		return -ENOMEM;
	if (a == b)
		diag_say(&s->diag, LBL_ERROR, file, new->line,
			 "%s: Multiple same specifications for %s %s.", file, kind, t->bytes);
	else
		diag_say(&s->diag, LBL_ERROR, file, new->line,
			 "%s: Multiple different specifications for %s %s  (%.*s and %.*s).", file,
			 kind, t->bytes, (int)a->key_len, a->key, (int)b->key_len, b->key);
	return -EINVAL;
}

static int check_twin(struct source *s, struct twin_table *table, uint32_t index)
{
	const struct source_spec *spec = &s->specs[index];
	struct twins *twins;
	struct text t;
	uint32_t old;

	if (table->file != spec->file) { /* a file is compared with itself only */
		memset(table->v, 0, (table->mask + 1) * sizeof(*table->v));
		table->file = spec->file;
	}
	text_of(s, spec, &t);
	twins = find_twins(s, table, &t);
	old = clash(twins, spec->kind);
	if (!twins->first[spec->kind])
		twins->first[spec->kind] = index + 1;
	return old ? report_clash(s, &t, &s->specs[old - 1], spec) : 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

int validate_specs(struct source *s, lbl_check_fn check, void *user, bool contexts)
{
	_cleanup_(check_done) struct check regexes = {0};
	int bad = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		int r = validate_regex(s, &regexes, &s->specs[i]), c = 1;

		if (r != -ENOMEM && contexts)
			c = validate_context(s, &s->specs[i], check, user);
		if (c == 0)
			c = complain_of_context(s, &s->specs[i]);
		if (r == -ENOMEM || c == -ENOMEM)
			return -ENOMEM;
		if (r < 0 || c < 0)
			bad = -EINVAL;
	}
	return bad;
}

static int check_twins(struct source *s)
{
	struct twin_table table = {.mask = 63};
	int bad = 0;

	while (table.mask + 1 < 2 * s->n)
		table.mask = table.mask * 2 + 1;
	table.v = calloc(table.mask + 1, sizeof(*table.v));
	if (!table.v)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n && bad != -ENOMEM; i++) {
		int r = check_twin(s, &table, i);

		bad = r < 0 ? r : bad;
	}
	free(table.v);
	return bad;
}

int validate_source(struct source *s, lbl_check_fn check, void *user)
{
	int specs = validate_specs(s, check, user, true), twins;

	if (specs == -ENOMEM)
		return specs;
	twins = check_twins(s);
	return twins < 0 ? twins : specs;
}
