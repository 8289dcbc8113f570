/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mountmap: what is mounted where, and how to get to a directory without touching what must not be
 * touched: a network that does not answer, an automount point that nobody asked for.
 *
 *	/ (ext4)            one openat2() per mount on the way, each told not to leave it;
 *	└── srv (xfs)       the step from one to the next is by the name of a mount point that
 *	    └── net (nfs)   the map has, and the mount that is found there must be the map's
 *
 * So what was mounted after the map was made is refused, not entered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mountpoint {
	char *path;
	int id;
	bool remote, by_user, autofs; /* see struct lbl_mount */
};

struct mountmap {
	struct mountpoint *v; /* by path, the topmost of each */
	size_t n, cap;
	size_t deepest;	  /* components of the longest path */
	const char *file; /* NULL: /proc/self/mountinfo */
	int fd;		  /* tells of changes; -1: there is no /proc */
};

/** 0 or -errno; without /proc it is an empty map.  @file: another one, for tests. */
int mountmap_open(struct mountmap *m, const char *file);
void mountmap_close(struct mountmap *m);

/** Where something was mounted, unmounted, or both. */
typedef void (*mountmap_changed_fn)(void *user, const char *path);
/**
 * Read it again; @ret_old is what it was, for mountmap_compare().  0 or -errno: it is the old one
 * still.  Any other table of mounts that is to agree with the map must be read after it: of what is
 * mounted between the two the map will tell the next time, the other table never would.
 */
int mountmap_renew(struct mountmap *m, struct mountmap *ret_old);
/** Tell of what has changed since @old, which is freed: of a path before those below it. */
void mountmap_compare(const struct mountmap *m, struct mountmap *old, mountmap_changed_fn changed,
		      void *user);

/** The mount at @path itself, or NULL. */
const struct mountpoint *mountmap_at(const struct mountmap *m, const char *path);
/** The first mount below the directory @path, the others following it in m->v; NULL: none. */
const struct mountpoint *mountmap_below(const struct mountmap *m, const char *path);
bool mountpoint_is_below(const struct mountpoint *at, const char *path);

/**
 * Open the directory @path, no link followed; with @lead if need be as O_PATH, enough to lead
 * through.  A descriptor; -EXDEV: it is an automount point, which is left alone; -ESTALE: the map
 * is not true any more; -errno.
 */
int mountmap_open_dir(const struct mountmap *m, const char *path, bool lead);
