/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "summary.h"

#include <string.h>

#include "base/common.h"
#include "relabel/safe.h"
#include "relabel/types.h"
#include "ui.h"

#define PATH_LONGEST 4096 /* longer ones are no samples */

/* What is looked for; the type is a part of the context. */
struct key {
	const char *from, *to, *file;
	size_t from_len, to_len;
	unsigned line;
};

int summary_new(struct summary **ret)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return 0;
}

struct summary *summary_free(struct summary *s)
{
	for (size_t i = 0; s && i < s->n; i++) {
		free(s->v[i].from);
		free(s->v[i].to);
		for (size_t k = 0; k < SUMMARY_PATHS; k++)
			free(s->v[i].paths[k]);
	}
	if (s)
		pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

static uint32_t hash_bytes(uint32_t h, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

static uint32_t hash_key(const struct key *k)
{
	uint32_t h = hash_bytes(2166136261u, (const char *)&k->line, sizeof(k->line));

	h = hash_bytes(h, k->from ? k->from : "", k->from_len);
	return hash_bytes(h, k->to, k->to_len);
}

static bool same_text(const char *have, const char *s, size_t len)
{
	if (!have || !s)
		return !have && !s;
	return strncmp(have, s, len) == 0 && have[len] == '\0';
}

static bool is_of(const struct summary_group *g, const struct key *k)
{
	return g->line == k->line && g->file == k->file &&
	       same_text(g->from, k->from, k->from_len) && same_text(g->to, k->to, k->to_len);
}

static struct summary_group *add(struct summary *s, const struct key *k, const char *regex)
{
	struct summary_group g = {.regex = regex, .file = k->file, .line = k->line};

	if (s->n == SUMMARY_GROUPS)
		return NULL;
	g.from = k->from ? strndup(k->from, k->from_len) : NULL;
	g.to = strndup(k->to, k->to_len);
	if (!g.to || (k->from && !g.from)) {
		free(g.from);
		free(g.to);
		return NULL;
	}
	s->v[s->n] = g;
	return &s->v[s->n++];
}

static struct summary_group *group_of(struct summary *s, const struct key *k, const char *regex)
{
	size_t i = hash_key(k) % ARRAY_SIZE(s->slots);
	struct summary_group *g;

	for (; s->slots[i]; i = (i + 1) % ARRAY_SIZE(s->slots))
		if (is_of(&s->v[s->slots[i] - 1], k))
			return &s->v[s->slots[i] - 1];
	g = add(s, k, regex);
	if (g)
		s->slots[i] = (uint16_t)s->n;
	return g;
}

/* Keep @path if it is among the first by name: which come first in time is up to threads. */
static void keep_path(struct summary_group *g, const char *path)
{
	size_t at = 0;
	char *copy;

	while (at < SUMMARY_PATHS && g->paths[at] && strcmp(g->paths[at], path) <= 0)
		at++;
	copy = at < SUMMARY_PATHS && strlen(path) < PATH_LONGEST ? strdup(path) : NULL;
	if (!copy)
		return;
	free(g->paths[SUMMARY_PATHS - 1]);
	memmove(&g->paths[at + 1], &g->paths[at], (SUMMARY_PATHS - 1 - at) * sizeof(char *));
	g->paths[at] = copy;
}

void summary_note(struct summary *s, const struct lbl_event *ev)
{
	struct key k = {.file = ev->spec_file, .line = ev->spec_line};
	struct summary_group *g;

	if (ev->have)
		k.from = types_of(ev->have, &k.from_len);
	k.to = types_of(ev->want, &k.to_len);
	pthread_mutex_lock(&s->lock);
	s->all++;
	g = group_of(s, &k, ev->regex);
	if (g) {
		g->n++;
		keep_path(g, ev->path);
	} else {
		s->others++;
	}
	pthread_mutex_unlock(&s->lock);
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare(const void *a, const void *b)
{
	const struct summary_group *x = a, *y = b;
	int r;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	r = compare_text(x->paths[0], y->paths[0]);
	if (r == 0)
		r = compare_text(x->from, y->from);
	return r ? r : compare_text(x->to, y->to);
}

void summary_sort(struct summary *s)
{
	qsort(s->v, s->n, sizeof(s->v[0]), compare);
}

static void put_group(FILE *f, bool on, const void *what)
{
	const struct summary_group *g = what;
	bool same = g->from && strcmp(g->from, g->to) == 0;

	fprintf(f, "%8llu  ", (unsigned long long)g->n);
	colour_put(f, on && !same, COLOUR_OLD, g->from ? g->from : "<no context>");
	fputs(" -> ", f);
	colour_put(f, on && !same, COLOUR_NEW, g->to);
	safe_printf(f, "%s  by %s:%u  %s", same ? " (user, role or range)" : "",
		    g->file ? g->file : "?", g->line, g->regex ? g->regex : "?");
}

static void show_group(const struct summary_group *g)
{
	ui_say_with(put_group, g);
	for (size_t i = 0; i < SUMMARY_PATHS && g->paths[i]; i++)
		ui_say("          %s", g->paths[i]);
}

void summary_show(struct summary *s, bool dry_run)
{
	char n[24];

	snprintf(n, sizeof(n), "%llu", (unsigned long long)s->all);
	ui_say(dry_run ? "Would relabel %s files" : "Relabeled %s files", n);
	for (size_t i = 0; i < s->n; i++)
		show_group(&s->v[i]);
	if (s->others) {
		snprintf(n, sizeof(n), "%8llu", (unsigned long long)s->others);
		ui_say("%s  of more kinds than are told apart", n);
	}
}
