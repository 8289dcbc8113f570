/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/twins.h"

#include <string.h>

#include "base/buf.h"

struct twin_mount {
	uint64_t dev;
	size_t order; /* of telling; parents come first */
	int id, parent;
	const char *path, *root;
};

int twins_add(struct twins *t, int id, int parent, uint64_t dev, const char *path, const char *root)
{
	int r;

	/* a namespace, or such; or what has no path any more: no directory */
	if (!root || root[0] != '/' || strstr(root, "//"))
		return 0;
	path = arena_strndup(&t->arena, path, strlen(path));
	root = arena_strndup(&t->arena, root, strlen(root));
	if (!path || !root)
		return -ENOMEM;
	r = array_reserve(&t->v, &t->cap, t->n + 1, sizeof(*t->v));
	if (r == 0) {
		t->v[t->n] = (struct twin_mount){dev, t->n, id, parent, path, root};
		t->n++;
	}
	return r;
}

void twins_done(struct twins *t)
{
	free(t->v);
	arena_done(&t->arena);
	*t = (struct twins){0};
}

static int by_dev(const void *a, const void *b)
{
	const struct twin_mount *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Does @x hang on @on, with none or other mounts between? */
static bool hangs_on(const struct twins *t, const struct twin_mount *x, const struct twin_mount *on)
{
	int parent = x->parent;

	for (size_t steps = 0; steps < t->n; steps++) {
		size_t i = 0;

		if (parent == on->id)
			return true;
		while (i < t->n && t->v[i].id != parent)
			i++;
		if (i == t->n || t->v[i].parent == parent)
			return false;
		parent = t->v[i].parent;
	}
	return false;
}

/* Is what @m shows at @path to be seen, no other mount lying over it? */
static bool is_seen(const struct scope *scope, const struct twin_mount *m, const char *path)
{
	const char *rest = scope_below(path, m->path);
	const struct scope_node *node = scope_find(scope, m->path);

	while (node && *rest) {
		size_t len = strcspn(++rest, "/");

		node = scope_child(node, rest, len);
		if (node && node->mount)
			return false;
		rest += len;
	}
	return true;
}

/* One of the two ways to a directory. */
struct look {
	const char *path;
	const struct twin_mount *on;
	bool top; /* of the mount */
	struct place place;
};

/* Leave @other for @best, if that can be said so that nobody can turn it round. */
static int leave(struct scope *scope, const struct look *best, const struct look *other)
{
	struct scope_shown shown = {
		.dev = best->place.dev,
		.ino = best->place.ino,
		.mnt_id = (uint64_t)other->on->id,
		.other = best->path,
		.top = other->top,
	};

	if (other->place.firm)
		return scope_twin(scope, other->path, best->path);
	/* what is seen there must be what the table has there */
	if (!best->place.known || best->place.mnt_id != (uint64_t)best->on->id)
		return 0;
	return scope_show(scope, &shown);
}

/* @part shows a part of what @whole does, or, being the later one, the same. */
static int note(const struct twins *t, struct scope *scope, place_fn look,
		const struct twin_mount *whole, const struct twin_mount *part)
{
	_cleanup_(buf_done) struct buf inside = {0};
	struct look in = {.on = whole}, at = {.on = part, .path = part->path, .top = true};
	bool same = strcmp(whole->root, part->root) == 0;

	buf_adds(&inside, strcmp(whole->path, "/") == 0 ? "" : whole->path);
	buf_adds(&inside, scope_below(part->root, whole->root));
	if (inside.len == 0)
		buf_addc(&inside, '/');
	if (buf_error(&inside) < 0)
		return buf_error(&inside);
	if (strcmp(inside.data, part->path) == 0 || !is_seen(scope, whole, inside.data))
		return 0;
	in.path = inside.data;
	in.top = same;
	if (look(scope, in.path, &in.place) < 0)
		in.place = (struct place){0};
	if (look(scope, at.path, &at.place) < 0)
		at.place = (struct place){0};
	if (in.place.firm && (same || hangs_on(t, part, whole) || !at.place.firm))
		return leave(scope, &in, &at);
	return at.place.firm ? leave(scope, &at, &in) : 0;
}

int twins_note(struct twins *t, struct scope *scope, place_fn look)
{
	int r = 0;

	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), by_dev);
	for (size_t i = 0; i < t->n; i++) {
		const struct twin_mount *x = &t->v[i];

		for (size_t k = i + 1; k < t->n && t->v[k].dev == x->dev && r == 0; k++) {
			const struct twin_mount *y = &t->v[k];

			if (scope_below(y->root, x->root))
				r = note(t, scope, look, x, y);
			else if (scope_below(x->root, y->root))
				r = note(t, scope, look, y, x);
		}
	}
	return r;
}
