/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lint_subs: substitutions that upstream passes over without a word, or that do nothing. */
#include "analysis/lint.h"

#include <string.h>

#define WORD_SHOWN 120 /* bytes of a path shown in texts */

/** The entries of one file, by number, and the newest one of each alias. */
struct aliases {
	uint32_t file;
	const struct subs *subs;
	uint32_t *newest; /* by trie node: entry + 1 */
};

static int shown(size_t len)
{
	return (int)MIN(len, (size_t)WORD_SHOWN);
}

/** Why no path ever looks like @s; NULL when some do. */
static const char *why_no_path(const char *s, size_t len)
{
	if (s[0] != '/')
		return "does not begin with a slash";
	if (len > 1 && s[len - 1] == '/')
		return "ends with a slash";
	if (memmem(s, len, "//", 2))
		return "has a double slash";
	return NULL;
}

static void lint_entry(struct lint *l, struct lint_place at, const struct subs_entry *e)
{
	struct lint_about about = {.at = at, .other = {LINT_NO_FILE, 0}};
	const char *from = why_no_path(e->from, e->from_len), *to = why_no_path(e->to, e->to_len);

	if (from)
		lint_add(l, LINT_SUBS_ALIAS, &about, "alias %.*s %s, so it applies to nothing",
			 shown(e->from_len), e->from, from);
	else if (e->from_len == 1)
		lint_add(l, LINT_SUBS_ALIAS, &about,
			 "alias / applies to the root directory alone, not to what is below it");
	if (to)
		lint_add(l, LINT_SUBS_TARGET, &about,
			 "target %.*s %s, so it gives paths no spec is made for", shown(e->to_len),
			 e->to, to);
}

/** The newest entry whose alias begins that of @entry, at the border of a component. */
static uint32_t find_hiding(const struct aliases *a, uint32_t entry)
{
	const struct subs_entry *e = &a->subs->entries[entry];
	uint32_t node = SUBS_ROOT, found = entry;

	for (size_t i = 0; i < e->from_len; i++) {
		node = subs_child(a->subs, node, (unsigned char)e->from[i]);
		if (i + 1 < e->from_len && e->from[i + 1] != '/')
			continue;
		if (a->newest[node] && a->newest[node] - 1 > found)
			found = a->newest[node] - 1;
	}
	return found;
}

static void note_entry(const struct aliases *a, uint32_t entry)
{
	const struct subs_entry *e = &a->subs->entries[entry];
	uint32_t node = SUBS_ROOT;

	for (size_t i = 0; i < e->from_len; i++)
		node = subs_child(a->subs, node, (unsigned char)e->from[i]);
	a->newest[node] = entry + 1;
}

static void lint_hidden(struct lint *l, const struct aliases *a)
{
	for (uint32_t i = 0; i < a->subs->n; i++)
		note_entry(a, i);
	for (uint32_t i = 0; i < a->subs->n && l->error >= 0; i++) {
		const struct subs_entry *e = &a->subs->entries[i];
		uint32_t by = find_hiding(a, i);
		struct lint_about about = {.at = {a->file, e->line},
					   .other = {a->file, a->subs->entries[by].line}};

		if (by != i)
			lint_add(l, LINT_SUBS_HIDDEN, &about,
				 "alias %.*s is never reached: %s, which is newer, takes its paths",
				 shown(e->from_len), e->from, lint_where(l, about.other, a->file));
	}
}

/** Each line by itself. */
static void lint_subs_lines(struct lint *l, uint32_t file)
{
	const struct source_file *f = &l->source->files[file];
	const char *p = f->map.data, *end = f->map.len ? p + f->map.len : p;
	struct lint_place at = {.file = file};
	struct subs_entry e;

	while (p < end && l->error >= 0) {
		enum subs_line what = subs_scan(&p, end, &e);

		at.line++;
		if (what == SUBS_ENTRY)
			lint_entry(l, at, &e);
		else if (what == SUBS_INCOMPLETE)
			lint_add(l, LINT_SUBS_MALFORMED,
				 &(struct lint_about){.at = at, .other = {LINT_NO_FILE, 0}},
				 "%.*s has no target; the line is ignored", shown(e.from_len),
				 e.from);
	}
}

static void lint_subs_file(struct lint *l, uint32_t file, const struct subs *subs)
{
	struct aliases a = {.file = file, .subs = subs};

	lint_subs_lines(l, file);
	a.newest = calloc(subs->n_nodes + 1, sizeof(*a.newest));
	if (a.newest)
		lint_hidden(l, &a);
	else
		l->error = -ENOMEM;
	free(a.newest);
}

void lint_subs(struct lint *l)
{
	for (uint32_t i = 0; i < l->source->n_files; i++) {
		if (l->source->files[i].role == LBL_FILE_SUBS_DIST)
			lint_subs_file(l, i, &l->source->subs_dist);
		else if (l->source->files[i].role == LBL_FILE_SUBS)
			lint_subs_file(l, i, &l->source->subs);
	}
}
