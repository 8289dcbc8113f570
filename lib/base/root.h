/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root: files of another system, whose top is a directory of this one: an image, a sysroot.
 *
 * They are named as they are seen here, the top in front; but links lead where they would in that
 * system: an absolute target begins at the top, and ".." ends there.  So nothing leads out,
 * whoever owns the tree, and whatever he exchanges meanwhile: no step follows a link, each opens
 * one name in a directory that is open already.  (openat2's RESOLVE_IN_ROOT does that as well, but
 * does not tell the name it came to, which is what rules are asked about.)
 *
 * @root  any path, links in it are followed: it is the caller's word.  NULL, "" or "/": none, and
 *	  what is named is what open(2) says
 * @path  at or below @root by its text, else -EXDEV
 * Thread-safe.
 */
#pragma once

#include <sys/stat.h>

#include "base/buf.h"
#include "base/map.h"

/**
 * As open(2), O_CLOEXEC and O_NOCTTY being added.  Below a root only regular files and directories
 * are opened, without O_PATH: -EINVAL for what is something else, or becomes something else
 * meanwhile; and O_CREAT where nothing was has O_EXCL with it.  Return a descriptor or -errno.
 */
int root_open(const char *root, const char *path, int flags, mode_t mode);

/** As stat(2).  Return 0 or -errno. */
int root_stat(const char *root, const char *path, struct stat *ret_st);

/** map_open(). */
int root_map(struct map *m, const char *root, const char *path, size_t max);

enum {
	ROOT_KEEP_LAST = 1 << 0, /* the last component is what it is: a link, or not there */
	ROOT_MISSING = 1 << 1,	 /* what is not there is kept by its text */
};

/**
 * The name without links of @path: @root, which must be one, made clean by its text, and what is
 * below it.  Return 0 or -errno.
 */
int root_resolve(const char *root, const char *path, unsigned flags, struct buf *ret_path);

/** Is @path (clean, no links) one that is not to be touched? */
typedef bool (*root_avoid_fn)(void *user, const char *path);

/**
 * The same, with what is there; and at or below a path that @avoid names nothing is touched: what
 * of @path comes after that is taken by its text.  @root may be "/", and is touched.
 *
 * @ret_mode  st_mode of what is there; 0: nothing is, or it was not looked at
 * Return 0; -ENOENT: nothing is there, and @flags are without ROOT_MISSING; another -errno.
 */
int root_look(const char *root, const char *path, unsigned flags, root_avoid_fn avoid, void *user,
	      struct buf *ret_path, mode_t *ret_mode);
