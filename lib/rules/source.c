/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* ---- opening -------------------------------------------------------------------------------- */

static int complain_of_file(const struct source *s, const char *name, int error)
{
	diag_say(&s->diag, LBL_ERROR, name, 0, "%s:  %s", name, strerror(-error));
	return error;
}

static int add_spec(struct source *s, const struct spec *spec, unsigned file, unsigned line)
{
	struct source_spec *out;
	int r;

	if (s->n >= SOURCE_SPECS_MAX)
		return -E2BIG;
	r = array_reserve(&s->specs, &s->cap, s->n + 1, sizeof(*s->specs));
	if (r < 0)
		return r;
	out = &s->specs[s->n++];
	out->regex = spec->regex;
	out->context = (uint32_t)(spec->context - spec->regex);
	out->line = line;
	out->regex_len = (uint16_t)spec->regex_len;
	out->context_len = (uint16_t)spec->context_len;
	out->cursor = 0;
	out->kind = (uint8_t)spec->kind;
	out->file = file & 3;
	out->split = spec->bar && spec_is_split(spec->regex, spec->regex_len);
	s->high |= spec->high;
	return 0;
}

static int scan_file(struct source *s, unsigned file)
{
	const struct source_file *f = &s->files[file];
	const char *p = f->map.data, *end = f->map.len ? p + f->map.len : p;
	unsigned line = 0, errors = 0;
	struct spec spec;
	int r;

	while (p < end) {
		enum spec_result what = spec_scan(&p, end, &spec);

		line++;
		if (what == SPEC_BLANK)
			continue;
		if (what == SPEC_OK) {
			r = add_spec(s, &spec, file, line);
			if (r == -E2BIG)
				diag_say(&s->diag, LBL_ERROR, f->name, line,
					 "%s:  line %u error due to: more than %u specs", f->name,
					 line, SOURCE_SPECS_MAX);
			if (r < 0)
				return r;
		} else if (errors++ < SOURCE_ERRORS_MAX) {
			spec_complain(&s->diag, f->name, line, what, &spec);
		} else {
			diag_say(&s->diag, LBL_ERROR, f->name, line,
				 "%s:  line %u error due to: too many errors, the rest is not read",
				 f->name, line);
			break;
		}
	}
	return errors ? -EINVAL : 0;
}

/*
 * A large file comes mapped, and whoever can write it could then change or cut the text while we
 * use it, long after it was checked.  So it is copied.
 */
static int own_text(struct map *map)
{
	struct map own = *map;
	char *copy;

	if (!map->mapped)
		return 0;
	copy = malloc(map->len);
	if (!copy)
		return -ENOMEM;
	own.data = memcpy(copy, map->data, map->len);
	own.mapped = false;
	map_done(map);
	*map = own;
	return 0;
}

/** Return 0 (loaded, or absent and optional), -EINVAL for malformed text, -errno. */
static int load_file(struct source *s, unsigned file, const char *base, const char *suffix)
{
	struct source_file *f = &s->files[file];
	bool optional = *suffix;
	size_t expect;
	int r;

	if (asprintf(&f->name, "%s%s", base, suffix) < 0) {
		f->name = NULL;
		return -ENOMEM;
	}
	r = map_open(&f->map, AT_FDCWD, f->name, SOURCE_FILE_MAX);
	if (r == -ENOENT && optional)
		return 0;
	if (r < 0)
		return optional ? complain_of_file(s, f->name, r) : r;
	r = own_text(&f->map);
	if (r < 0)
		return r;
	expect = f->map.len / 48; /* bytes of a typical line */
	r = array_reserve(&s->specs, &s->cap, s->n + MIN(expect, SOURCE_SPECS_MAX),
			  sizeof(*s->specs));
	return r < 0 ? r : scan_file(s, file);
}

static int load_subs(struct source *s, struct subs *subs, const char *base, const char *suffix)
{
	_cleanup_(map_done) struct map map = {0};
	_cleanup_free_ char *name = NULL;
	int r;

	if (asprintf(&name, "%s%s", base, suffix) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	r = map_open(&map, AT_FDCWD, name, SOURCE_SUBS_MAX);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return complain_of_file(s, name, r);
	r = subs_parse(subs, map.data, map.len);
	s->high |= subs->high;
	return r;
}

int source_open(struct source *s, const struct lbl_rules_options *options)
{
	static const char *const suffix[SOURCE_FILES] = {"", ".homedirs", ".local"};
	unsigned n = options->flags & LBL_RULES_BASE_ONLY ? 1 : SOURCE_FILES;
	int r, first;

	*s = (struct source){.diag = {options->diag, options->user}};
	first = load_subs(s, &s->subs_dist, options->path, ".subs_dist");
	r = load_subs(s, &s->subs, options->path, ".subs");
	first = first < 0 ? first : r;
	for (unsigned i = 0; i < n; i++) {
		r = load_file(s, i, options->path, suffix[i]);
		first = first < 0 ? first : r;
	}
	s->made = calloc(s->n + 1, sizeof(*s->made));
	if (first >= 0 && !s->made)
		first = -ENOMEM;
	return first;
}

void source_done(struct source *s)
{
	for (unsigned i = 0; i < SOURCE_FILES; i++) {
		free(s->files[i].name);
		map_done(&s->files[i].map);
	}
	free(s->specs);
	free(s->made);
	free(s->contexts);
	subs_done(&s->subs);
	subs_done(&s->subs_dist);
	arena_done(&s->arena);
	*s = (struct source){0};
}

/* ---- specs as callers see them -------------------------------------------------------------- */

const char *source_file_name(const struct source *s, const struct source_spec *spec)
{
	return s->files[spec->file].name;
}

void source_bad_regex(const struct source *s, const struct source_spec *spec, const char *why)
{
	const char *file = source_file_name(s, spec);

	diag_say(&s->diag, LBL_ERROR, file, spec->line, "%s:  line %u has invalid regex %.*s:  %s",
		 file, spec->line, spec->regex_len, spec->regex, why);
}

uint32_t source_rank(const struct source *s, uint32_t index)
{
	const struct source_spec *spec = &s->specs[index];
	bool literal = spec_is_literal(spec->regex, spec->regex_len);

	return (index + 1) | (literal ? SOURCE_RANK_LITERAL : 0);
}

static uint32_t hash_text(const char *p, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h ^ h >> 15;
}

static int grow_contexts(struct source *s)
{
	size_t cap = s->contexts_cap ? s->contexts_cap * 2 : 256;
	struct source_context **fresh = calloc(cap, sizeof(struct source_context *));

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; i < s->contexts_cap; i++) {
		struct source_context *c, *next;

		for (c = s->contexts[i]; c; c = next) {
			size_t at = hash_text(c->key, c->key_len) & (cap - 1);

			next = c->next;
			c->next = fresh[at];
			fresh[at] = c;
		}
	}
	free(s->contexts);
	s->contexts = fresh;
	s->contexts_cap = cap;
	return 0;
}

struct source_context *source_context(struct source *s, const struct source_spec *spec)
{
	static const char none[] = "<<none>>";
	const char *key = spec->regex + spec->context;
	size_t len = spec->context_len, at;
	struct source_context *c;

	if (s->n_contexts >= s->contexts_cap && grow_contexts(s) < 0)
		return NULL;
	at = hash_text(key, len) & (s->contexts_cap - 1);
	for (c = s->contexts[at]; c; c = c->next)
		if (c->key_len == len && memcmp(c->key, key, len) == 0)
			return c;
	c = arena_zalloc(&s->arena, sizeof(*c));
	if (!c)
		return NULL;
	c->key = key;
	c->key_len = len;
	if (len != sizeof(none) - 1 || memcmp(key, none, len) != 0) {
		c->text = arena_strndup(&s->arena, key, len);
		if (!c->text)
			return NULL;
		c->len = len;
	}
	c->next = s->contexts[at];
	s->contexts[at] = c;
	s->n_contexts++;
	return c;
}

const struct db_spec *source_spec(struct source *s, uint32_t index)
{
	const struct source_spec *spec = &s->specs[index];
	struct db_spec *out = &s->made[index];
	struct source_context *context;
	char *regex;

	if (out->regex)
		return out;
	context = source_context(s, spec);
	regex = arena_strndup(&s->arena, spec->regex, spec->regex_len);
	if (!context || !regex)
		return NULL;
	*out = (struct db_spec){
		.regex = regex,
		.context = context->text,
		.context_len = context->len,
		.file = source_file_name(s, spec),
		.line = spec->line,
		.rank = source_rank(s, index),
		.kind = spec->kind,
	};
	return out;
}
