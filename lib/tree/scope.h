/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scope: which paths are left out, and where mounts are, as a trie of path components.
 *
 * A walk carries the node of its directory; almost always that is NULL and costs one test.
 *
 *	node = scope_find(&scope, "/srv");		// of the operand
 *	node = scope_child(node, name, len);		// per entry, only while node != NULL
 *	if (node && node->skip) ...
 */
#pragma once

#include "base/alloc.h"

struct scope_node {
	struct scope_node *next;  /* sibling */
	struct scope_node *child; /* first */
	char *name;
	size_t name_len;
	const char *skip; /* why this path and all below it is left out; NULL: it is not */
	bool user;	  /* the user said so (a mount entry never removes that) */
	bool mount;	  /* something is mounted here */
};

/** Zero-initialised is valid: nothing is left out.  Immutable while a walk uses it. */
struct scope {
	struct scope_node root; /* "/" */
	struct arena arena;
};

/** Leave out @path (absolute, normalised) and all below; @why is not copied. */
int scope_exclude(struct scope *s, const char *path, const char *why);
/** Note a mount point; @why NULL: to be entered, else left out.  Later mounts there override. */
int scope_mount(struct scope *s, const char *path, const char *why);
/** Node of an absolute, normalised path; NULL if nothing is known at or below it. */
const struct scope_node *scope_find(const struct scope *s, const char *path);
/**
 * Why @path is left out, by itself or a parent; NULL if it is not.
 *
 * A left-out path covers all below it, mounts that could hold labels included: a walk that does
 * not descend cannot come to them.  Given as operands of their own they are walked, for a walk
 * asks its top nothing; whether to honour this function there is the caller's choice.
 */
const char *scope_excluded(const struct scope *s, const char *path);
/**
 * The same for a directory that somebody got to: what counts is the mount that @path is in, not
 * those on the way there; exclusions by the user cover all below them as ever.
 */
const char *scope_excluded_here(const struct scope *s, const char *path);
const struct scope_node *scope_child(const struct scope_node *node, const char *name, size_t len);
void scope_done(struct scope *s);
