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
	const char *twin; /* another path of the same directory, to be preferred; NULL: none */
	int error;	  /* with skip: why it failed, negative; 0: it did not */
	bool user;	  /* the user said so (a mount entry never removes that) */
	bool mount;	  /* something is mounted here */
	bool soft;	  /* skip is for walks that come here, not for who names it */
	bool tell;	  /* nobody might expect that it is left out */
	bool unasked;	  /* what is mounted here may wait for somebody else before it answers */
};

/** A directory that is left for another path of it, known by what it is, whatever its name. */
struct scope_shown {
	struct scope_shown *next;
	uint64_t dev, ino; /* as in a walk_dir */
	uint64_t mnt_id;   /* where it is seen on this mount, */
	const char *other; /* it is seen at this path, too, and that one is preferred */
	const char *why;   /* in words */
	bool top;	   /* it is the top of that mount */
};

enum {
	SCOPE_SOFT = 1 << 0,	/* for walks only: an operand in it was asked for */
	SCOPE_TELL = 1 << 1,	/* to be told when a walk leaves it out */
	SCOPE_UNASKED = 1 << 2, /* nothing on it is to be asked before the walk comes there */
};

/** Zero-initialised is valid: nothing is left out.  Immutable while a walk uses it. */
struct scope {
	struct scope_node root; /* "/" */
	struct scope_shown *shown;
	struct arena arena;
};

/** Leave out @path (absolute, normalised) and all below; @why is not copied. */
int scope_exclude(struct scope *s, const char *path, const char *why);
/**
 * Note a mount point; @why NULL: to be entered, else left out.  Later mounts there override.
 * @flags are SCOPE_*.
 */
int scope_mount(struct scope *s, const char *path, const char *why, unsigned flags);
/** Note that the directory at @path is the same as the one at @other (copied); the first counts. */
int scope_twin(struct scope *s, const char *path, const char *other);
/** Note a directory that is to be left for another path of it; @shown's `other` is copied. */
int scope_show(struct scope *s, const struct scope_shown *shown);
/** Leave out the mount at @path, which must be one: it fails with @error. */
void scope_fail(struct scope *s, const char *path, const char *why, int error);
/** Node of an absolute, normalised path; NULL if nothing is known at or below it. */
const struct scope_node *scope_find(const struct scope *s, const char *path);
/**
 * Why @path is left out, by itself or a parent; NULL if it is not.  What is left out of walks only
 * (SCOPE_SOFT) does not count.
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
/**
 * Is what is at @node met at its twin's path in a walk from @top (absolute, normalised), so that it
 * can be left out here?  False in doubt.
 */
bool scope_met_elsewhere(const struct scope *s, const struct scope_node *node, const char *top);
/**
 * Is the directory, seen on mount @mnt_id, met at another path in a walk from @top, so that it can
 * be left out here?  Then why, in words; NULL: no, or in doubt.
 */
const char *scope_shown_elsewhere(const struct scope *s, uint64_t dev, uint64_t ino,
				  uint64_t mnt_id, const char *top);
/** The same of all that is on mount @mnt_id. */
const char *scope_mount_elsewhere(const struct scope *s, uint64_t mnt_id, const char *top);
/** The part of @path below @top ("" for @top itself, else with its slash); NULL: it is not below.
 */
const char *scope_below(const char *path, const char *top);
const struct scope_node *scope_child(const struct scope_node *node, const char *name, size_t len);
void scope_done(struct scope *s);
