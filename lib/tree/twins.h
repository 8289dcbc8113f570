/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * twins: directories that the mount table shows at two paths.
 *
 * A file has one label, so it should be met at one path.  Bind mounts and btrfs subvolumes show a
 * part of what another mount shows more of.  The path of a mount made for that part is preferred,
 * unless the mount hangs on the other one: then it is a second look at what was there before.  Of
 * two mounts that show the same the first is preferred.
 *
 * The table says what was where when it was read.  Who may rename a directory on one of the ways
 * could choose by that which label all below gets.  So a path is preferred only if root alone can
 * change what it leads to (place.h); if that is true of none the directory is taken for two.  And
 * the other path is taken at its word only under the same condition: else the directory is known by
 * its device and inode number and the mount it is seen on, wherever it has been moved to.
 *
 *	  / of sda1, and /home bound to /srv/home	-> at /srv/home is what is at /home
 *	  / of subvolume @, all of it at /mnt/top	-> at /mnt/top/@ is what is at /
 */
#pragma once

#include "tree/place.h"

struct twin_mount;

struct twins {
	struct twin_mount *v;
	size_t n, cap;
	struct arena arena;
};

/** Note a mount that can be reached, its parent before it.  Return 0 or -ENOMEM. */
int twins_add(struct twins *t, int id, int parent, uint64_t dev, const char *path,
	      const char *root);
/**
 * Note in @scope, which has all mounts, what is to be left for which other path.  @look says what
 * is at a path.  Return 0 or -ENOMEM.
 */
int twins_note(struct twins *t, struct scope *scope, place_fn look);
void twins_done(struct twins *t);
