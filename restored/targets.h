/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * targets: the entries of a config with users' homes put in, each a path of components.
 *
 * Where a directory stands in a target is a want: (target, depth), "the directory matches the first
 * DEPTH components".  A directory's wants follow from its parent's and its name; with DEPTH at the
 * end its names are what the target is about.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct config_entry;
struct users;

struct component {
	char *text;
	bool pattern;
};

struct target {
	const struct config_entry *entry; /* belongs to the config */
	struct component *components;
	uint32_t n;
	char *pattern; /* of names; NULL: a tree */
	bool literal;  /* the pattern matches itself alone */
	bool exclude;
	uint64_t relabelled;
};

struct targets {
	struct target *v;
	size_t n, cap;
};

/**
 * @users: for entries below homes; may be NULL.  The config must outlive the targets.  0 or
 * -ENOMEM.
 */
int targets_make(struct targets *t, const struct config *config, const struct users *users);
void targets_done(struct targets *t);
/** Do they want the same? */
bool target_same(const struct target *a, const struct target *b);

struct want {
	uint32_t target, depth;
};

struct wants {
	struct want *v;
	uint32_t n;
};

static inline bool want_is_final(const struct targets *t, const struct want *w)
{
	return w->depth == t->v[w->target].n;
}

/** Whether names are directories' components or a target's last words: fnmatch, no byte special. */
bool target_match(const char *pattern, const char *name);

/**
 * The wants of the directory @name in one with @wants: into @out, which has room for as many.
 * Return how many; 0 when nothing below it can be wanted (no entry, or an exclusion).
 */
uint32_t wants_advance(const struct targets *t, const struct wants *wants, const char *name,
		       struct want *out);
/** The target for which @name in a directory with @wants is to be labelled, or NULL. */
struct target *wants_name(const struct targets *t, const struct wants *wants, const char *name);

/** What a directory with @wants is to be asked. */
enum {
	WANTS_TREE = 1 << 0,	 /* all below it */
	WANTS_NAMES = 1 << 1,	 /* names in it */
	WANTS_PATTERN = 1 << 2,	 /* names or directories in it that only a listing shows */
	WANTS_SUBDIRS = 1 << 3,	 /* it leads to directories in it, by pattern or as a tree */
	WANTS_EXCLUDED = 1 << 4, /* nothing, not even that */
};
unsigned wants_kind(const struct targets *t, const struct wants *wants);
