/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "targets.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "config.h"
#include "users.h"
#include "util.h"

#define SPECIAL "*?[\\"

/* ---- making them ------------------------------------------------------------------------------
 */

static void target_done(struct target *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		free(t->components[i].text);
	free(t->components);
	free(t->pattern);
}

static int add_components(struct target *t, size_t *cap, const char *path, bool patterns)
{
	while (*path) {
		size_t len = strcspn(path, "/");
		struct component c = {.text = strndup(path, len)};

		if (len == 0) {
			free(c.text);
			path++;
			continue;
		}
		if (!c.text || array_reserve(&t->components, cap, t->n + 1, sizeof(c)) < 0) {
			free(c.text);
			return -ENOMEM;
		}
		c.pattern = patterns && strpbrk(c.text, SPECIAL);
		t->components[t->n++] = c;
		path += len;
	}
	return 0;
}

static int add_target(struct targets *ts, const struct config_entry *e, const char *home)
{
	struct target t = {.entry = e, .exclude = e->exclude};
	size_t cap = 0;
	int r = 0;

	if (home)
		r = add_components(&t, &cap, home, false);
	if (r == 0)
		r = add_components(&t, &cap, e->dir, true);
	if (r == 0 && e->pattern) {
		t.pattern = strdup(e->pattern);
		t.literal = !strpbrk(e->pattern, SPECIAL);
		r = t.pattern ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = array_reserve(&ts->v, &ts->cap, ts->n + 1, sizeof(t));
	if (r < 0) {
		target_done(&t);
		return r;
	}
	for (size_t i = 0; i < ts->n; i++) {
		if (target_same(&ts->v[i], &t)) { /* given twice */
			target_done(&t);
			return 0;
		}
	}
	ts->v[ts->n++] = t;
	return 0;
}

int targets_make(struct targets *t, const struct config *config, const struct users *users)
{
	int r = 0;

	for (size_t i = 0; i < config->n && r == 0; i++) {
		const struct config_entry *e = &config->entries[i];

		if (!e->home)
			r = add_target(t, e, NULL);
		for (size_t u = 0; e->home && users && u < users->n && r == 0; u++)
			r = add_target(t, e, users->v[u].home);
	}
	return r;
}

void targets_done(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		target_done(&t->v[i]);
	free(t->v);
	*t = (struct targets){0};
}

bool target_same(const struct target *a, const struct target *b)
{
	if (a->n != b->n || a->exclude != b->exclude || !a->pattern != !b->pattern ||
	    (a->pattern && strcmp(a->pattern, b->pattern) != 0))
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->components[i].pattern != b->components[i].pattern ||
		    strcmp(a->components[i].text, b->components[i].text) != 0)
			return false;
	return true;
}

/* ---- wants ------------------------------------------------------------------------------------
 */

bool target_match(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, 0) == 0;
}

static bool component_match(const struct component *c, const char *name)
{
	return c->pattern ? target_match(c->text, name) : strcmp(c->text, name) == 0;
}

uint32_t wants_advance(const struct targets *t, const struct wants *wants, const char *name,
		       struct want *out)
{
	bool any = false;
	uint32_t n = 0;

	for (uint32_t i = 0; i < wants->n; i++) {
		struct want w = wants->v[i];
		const struct target *g = &t->v[w.target];

		if (w.depth < g->n) {
			if (!component_match(&g->components[w.depth], name))
				continue;
			w.depth++;
			if (g->exclude && !g->pattern && w.depth == g->n)
				return 0;
		} else if (g->exclude && (!g->pattern || target_match(g->pattern, name))) {
			return 0;
		} else if (g->pattern) {
			continue;
		}
		any |= !g->exclude;
		out[n++] = w;
	}
	return any ? n : 0;
}

struct target *wants_name(const struct targets *t, const struct wants *wants, const char *name)
{
	struct target *found = NULL;

	for (uint32_t i = 0; i < wants->n; i++) {
		struct target *g = &t->v[wants->v[i].target];

		if (!want_is_final(t, &wants->v[i]) || (found && !g->exclude) ||
		    (g->pattern && !target_match(g->pattern, name)))
			continue;
		if (g->exclude)
			return NULL;
		found = g;
	}
	return found;
}

unsigned wants_kind(const struct targets *t, const struct wants *wants)
{
	unsigned kind = 0;

	for (uint32_t i = 0; i < wants->n; i++) {
		const struct want *w = &wants->v[i];
		const struct target *g = &t->v[w->target];

		if (g->exclude) {
			if (want_is_final(t, w) && !g->pattern)
				kind |= WANTS_EXCLUDED;
		} else if (!want_is_final(t, w)) {
			if (g->components[w->depth].pattern)
				kind |= WANTS_PATTERN | WANTS_SUBDIRS;
		} else {
			kind |= WANTS_NAMES;
			if (!g->pattern)
				kind |= WANTS_TREE | WANTS_SUBDIRS;
			if (!g->literal)
				kind |= WANTS_PATTERN;
		}
	}
	return kind;
}
