/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ours.h"

#include <string.h>

#include "base/alloc.h"

/* A walk that is told -ESTALE this often for one name would never get on. */
enum { PATIENCE = 50 };

int carry_init(struct carry *c, struct db_reader *reader)
{
	*c = (struct carry){.reader = reader};
	return db_seek(reader, "", 0, &c->top);
}

void carry_done(struct carry *c)
{
	buf_done(&c->path);
	free(c->level);
	*c = (struct carry){0};
}

/** Drop the levels that @path does not share; return where its own part begins. */
static size_t leave(struct carry *c, const char *path, size_t len)
{
	size_t same = 0, max = MIN(len, c->path.len);

	while (same < max && path[same] == c->path.data[same])
		same++;
	while (c->n_levels) {
		size_t end = c->level[c->n_levels - 1].end;

		if (end <= same && (end == len || path[end] == '/') &&
		    (end == c->path.len || c->path.data[end] == '/'))
			return end;
		c->n_levels--;
	}
	return 0;
}

/** One component, below the innermost level. */
static int enter(struct carry *c, const char *path, size_t start, size_t end, db_state *ret_state)
{
	db_state dir = c->n_levels ? c->level[c->n_levels - 1].state : c->top;
	int r = -ESTALE;

	for (int i = 0; i < PATIENCE && r == -ESTALE; i++) {
		if (i > 0) {
			c->stale++;
			r = db_seek(c->reader, path, start, &dir);
			if (r < 0)
				return r;
			if (c->n_levels)
				c->level[c->n_levels - 1].state = dir;
			else
				c->top = dir;
		}
		r = db_child(c->reader, dir, path + start + 1, end - start - 1, ret_state);
	}
	return r;
}

int carry_to(struct carry *c, const char *path, size_t len, db_state *ret_state)
{
	size_t at = leave(c, path, len);
	db_state state = c->n_levels ? c->level[c->n_levels - 1].state : c->top;
	int r;

	buf_reset(&c->path);
	buf_add(&c->path, path, len);
	if (len == 1) /* the root has no name */
		return db_seek(c->reader, path, len, ret_state);
	while (at < len) {
		const char *slash = memchr(path + at + 1, '/', len - at - 1);
		size_t end = slash ? (size_t)(slash - path) : len;

		r = enter(c, path, at, end, &state);
		if (r < 0)
			return r;
		r = array_reserve(&c->level, &c->cap_levels, c->n_levels + 1, sizeof(*c->level));
		if (r < 0)
			return r;
		c->level[c->n_levels].end = end;
		c->level[c->n_levels++].state = state;
		at = end;
	}
	*ret_state = state;
	return buf_error(&c->path);
}

int ours_answer(struct db_reader *reader, const char *path, size_t len, enum lbl_kind kind,
		db_state *state, const struct db_spec **ret_spec)
{
	int r = -ESTALE;

	for (int i = 0; i < PATIENCE && r == -ESTALE; i++) {
		r = db_answer(reader, *state, kind, ret_spec);
		if (r == -EAGAIN)
			return db_resolve(reader, path, len, kind, ret_spec);
		if (r == -ESTALE) {
			int s = db_seek(reader, path, len, state);

			if (s < 0)
				return s;
		}
	}
	return r;
}

size_t ours_normalise(const char *path, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (path[i] == '/' && n && out[n - 1] == '/')
			continue;
		out[n++] = path[i];
	}
	if (n > 1 && out[n - 1] == '/')
		n--;
	out[n] = 0;
	return n;
}

bool text_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool ours_same(const struct db_spec *a, const struct model_spec *b)
{
	if (!a || !b)
		return !a && !b;
	return a->line == b->line && a->kind == b->kind && !strcmp(a->regex, b->regex) &&
	       text_same(a->context, b->context);
}
