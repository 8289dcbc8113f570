/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/scope.h"

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
	return 0;
}

int scope_mount(struct scope *s, const char *path, const char *why)
{
	struct scope_node *node;
	int r = scope_make(s, path, &node);

	if (r < 0)
		return r;
	node->mount = true;
	if (!node->user)
		node->skip = why;
	return 0;
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

	while (node && !node->skip && (len = component(&path)) > 0) {
		node = scope_child(node, path, len);
		path += len;
	}
	return node ? node->skip : NULL;
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
			why = node->skip;
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
