/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/scope.h"

#include <stdio.h>
#include <string.h>

/* The next component of *@path, and its length; 0 at the end. */
static size_t component(const char **path)
{
	while (**path == '/')
		(*path)++;
	return strcspn(*path, "/");
}

const struct scope_node *scope_child(const struct scope_node *node, const char *name, size_t len)
{
	const struct scope_node *c;

	for (c = node->child; c; c = c->next)
		if (c->name_len == len && memcmp(c->name, name, len) == 0)
			break;
	return c;
}

/* The node of @path, made with its parents where missing. */
static int scope_make(struct scope *s, const char *path, struct scope_node **ret_node)
{
	struct scope_node *node = &s->root;
	size_t len;

	if (*path != '/')
		return -EINVAL;
	while ((len = component(&path)) > 0) {
		struct scope_node *c = (struct scope_node *)scope_child(node, path, len);

		if (!c) {
			c = arena_zalloc(&s->arena, sizeof(*c));
			if (c)
				c->name = arena_strndup(&s->arena, path, len);
			if (!c || !c->name)
				return -ENOMEM;
			c->name_len = len;
			c->next = node->child;
			node->child = c;
		}
		node = c;
		path += len;
	}
	*ret_node = node;
	return 0;
}

int scope_exclude(struct scope *s, const char *path, const char *why)
{
	struct scope_node *node;
	int r = scope_make(s, path, &node);

	if (r < 0)
		return r;
	node->user = true;
	node->skip = why;
	node->soft = node->tell = false;
	return 0;
}

int scope_mount(struct scope *s, const char *path, const char *why, unsigned flags)
{
	struct scope_node *node;
	int r = scope_make(s, path, &node);

	if (r < 0)
		return r;
	node->mount = true;
	node->unasked = flags & SCOPE_UNASKED;
	if (!node->user) {
		node->skip = why;
		node->soft = why && flags & SCOPE_SOFT;
		node->tell = why && flags & SCOPE_TELL;
	}
	return 0;
}

int scope_twin(struct scope *s, const char *path, const char *other)
{
	struct scope_node *node;
	int r = scope_make(s, path, &node);

	if (r < 0)
		return r;
	if (node->twin)
		return 0;
	node->twin = arena_strndup(&s->arena, other, strlen(other));
	return node->twin ? 0 : -ENOMEM;
}

int scope_show(struct scope *s, const struct scope_shown *shown)
{
	static const char same[] = "the same directory as ";
	struct scope_shown *own = arena_zalloc(&s->arena, sizeof(*own));
	size_t len = sizeof(same) + strlen(shown->other);
	char *why = arena_zalloc(&s->arena, len);

	if (!own || !why)
		return -ENOMEM;
	snprintf(why, len, "%s%s", same, shown->other);
	*own = *shown;
	own->why = why;
	own->other = why + sizeof(same) - 1;
	own->next = s->shown;
	s->shown = own;
	return 0;
}

void scope_fail(struct scope *s, const char *path, const char *why, int error)
{
	struct scope_node *node = (struct scope_node *)scope_find(s, path);

	if (!node || node->user)
		return;
	node->skip = why;
	node->error = error;
}

const struct scope_node *scope_find(const struct scope *s, const char *path)
{
	const struct scope_node *node = &s->root;
	size_t len;

	while (node && (len = component(&path)) > 0) {
		node = scope_child(node, path, len);
		path += len;
	}
	if (node == &s->root && !node->child && !node->skip && !node->mount)
		return NULL;
	return node;
}

const char *scope_excluded(const struct scope *s, const char *path)
{
	const struct scope_node *node = &s->root;
	size_t len;

	while (node && (!node->skip || node->soft) && (len = component(&path)) > 0) {
		node = scope_child(node, path, len);
		path += len;
	}
	return node && !node->soft ? node->skip : NULL;
}

const char *scope_below(const char *path, const char *top)
{
	size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);

	if (strncmp(path, top, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return strcmp(path + n, "/") == 0 ? "" : path + n;
}

/*
 * Will a walk from @top come to @path?  1 yes, 0 no, -1 there are too many twins of twins to tell.
 * Each twin on the way may be left for another one, which may be left for ...
 */
static int is_met(const struct scope *s, const char *path, const char *top, unsigned depth)
{
	const struct scope_node *node = scope_find(s, top);
	const char *rest = scope_below(path, top);
	size_t len;
	int r;

	if (!rest || depth == 0)
		return rest ? -1 : 0;
	while (node && (len = component(&rest)) > 0) {
		node = scope_child(node, rest, len);
		rest += len;
		if (node && node->skip)
			return 0;
		r = node && node->twin ? is_met(s, node->twin, top, depth - 1) : 0;
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 1;
}

bool scope_met_elsewhere(const struct scope *s, const struct scope_node *node, const char *top)
{
	return node && node->twin && is_met(s, node->twin, top, 8) > 0;
}

static const char *left_for_other(const struct scope *s, const struct scope_shown *x,
				  const char *top)
{
	return is_met(s, x->other, top, 8) > 0 ? x->why : NULL;
}

const char *scope_shown_elsewhere(const struct scope *s, uint64_t dev, uint64_t ino,
				  uint64_t mnt_id, const char *top)
{
	const char *why = NULL;

	for (const struct scope_shown *x = s->shown; x && !why; x = x->next)
		if (x->ino == ino && x->mnt_id == mnt_id && x->dev == dev)
			why = left_for_other(s, x, top);
	return why;
}

const char *scope_mount_elsewhere(const struct scope *s, uint64_t mnt_id, const char *top)
{
	const char *why = NULL;

	for (const struct scope_shown *x = s->shown; x && !why; x = x->next)
		if (x->top && x->mnt_id == mnt_id)
			why = left_for_other(s, x, top);
	return why;
}

const char *scope_excluded_here(const struct scope *s, const char *path)
{
	const struct scope_node *node = &s->root;
	const char *why = NULL;
	size_t len;

	for (;;) {
		if (node->user && node->skip)
			return node->skip;
		if (node->mount)
			why = node->soft ? NULL : node->skip;
		len = component(&path);
		node = len > 0 ? scope_child(node, path, len) : NULL;
		if (!node)
			return why;
		path += len;
	}
}

void scope_done(struct scope *s)
{
	arena_done(&s->arena);
	*s = (struct scope){0};
}
