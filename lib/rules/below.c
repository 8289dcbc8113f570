/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/below.h"

#include <sha1.h>
#include <string.h>

#include "rules/automaton.h"
#include "rules/trace.h"

static void add_text(SHA1_CTX *sha, const char *text)
{
	SHA1Update(sha, (const uint8_t *)text, strlen(text) + 1);
}

static void add_subs(SHA1_CTX *sha, const struct subs *subs)
{
	for (size_t i = 0; i < subs->n; i++) {
		add_text(sha, subs->entries[i].from);
		add_text(sha, subs->entries[i].to);
	}
	add_text(sha, "");
}

/* Does @subs replace something at or below @path? */
static bool applies_below(const struct subs *subs, const char *path)
{
	size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path);

	for (size_t i = 0; i < subs->n; i++) {
		const struct subs_entry *e = &subs->entries[i];

		if (e->from_len >= len && memcmp(e->from, path, len) == 0 &&
		    (e->from[len] == '/' || e->from[len] == '\0'))
			return true;
	}
	return false;
}

/* The same for both kinds, of which the second sees what the first one made. */
static int replaced_below(const struct source *s, const char *path)
{
	_cleanup_(buf_done) struct buf made = {0};

	if (applies_below(&s->subs, path) || applies_below(&s->subs_dist, path))
		return 1;
	if (!subs_apply(&s->subs, path, strlen(path), &made))
		return 0;
	return buf_error(&made) < 0 ? buf_error(&made)
				    : applies_below(&s->subs_dist, buf_str(&made));
}

static int add_specs(SHA1_CTX *sha, struct automaton *a, const struct trace_list *list)
{
	int r = 0;

	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; r == 0 && i < list->n; i++) {
		const struct db_spec *spec = source_spec(a->source, list->v[i]);
		uint8_t kind = spec ? (uint8_t)spec->kind : 0;

		if (!spec) {
			r = -ENOMEM;
			break;
		}
		add_text(sha, spec->regex);
		SHA1Update(sha, &kind, 1);
		add_text(sha, spec->context ? spec->context : "<<none>>");
	}
	pthread_mutex_unlock(&a->lock);
	return r;
}

int below_digest(struct db *db, const char *path, unsigned char ret_digest[LBL_SHA1_SIZE])
{
	_cleanup_(trace_done) struct trace t = {0};
	_cleanup_(buf_done) struct buf key = {0};
	struct automaton *a = db_automaton(db);
	SHA1_CTX sha;
	int r = replaced_below(a->source, path);

	if (r >= 0)
		r = trace_asked(&t, db, r ? "/" : path, TRACE_ALIVE, &key);
	if (r < 0)
		return r;
	if (t.unknown.n)
		return 0;
	SHA1Init(&sha);
	add_text(&sha, path);
	add_subs(&sha, &a->source->subs);
	add_subs(&sha, &a->source->subs_dist);
	r = add_specs(&sha, a, &t.alive);
	if (r < 0)
		return r;
	SHA1Final(ret_digest, &sha);
	return 1;
}
