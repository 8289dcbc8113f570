/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard: directories in which a run has no business unless it is told to.
 *
 *   snapshots    of btrfs: subvolumes that are read-only, and root's .snapshots
 *   stores       of objects: the repositories of OSTree, the store of Nix and Guix.  Their files
 * have further names in the trees that are made of them, or are read under other paths, so a label
 * set here is set there, too.
 *
 * They are known by what stands in them, not by where they are; what others than root own is never
 * taken for one, but for read-only subvolumes, where nothing could be set anyway; of those of
 * others that is told.
 */
#pragma once

#include "tree/walk.h"

enum {
	GUARD_SNAPSHOTS = 1 << 0,
	GUARD_STORES = 1 << 1,
};

/**
 * Why an opened directory and what is below it is to be left alone; NULL: there is no reason.
 *
 * @what      GUARD_*
 * @name      its last name
 * @ret_tell  somebody might not expect that
 */
const char *guard_why(const struct walk_dir *dir, const char *name, unsigned what, bool *ret_tell);

/** The same for a path (absolute, clean) that lies in a store, or is one; only GUARD_STORES. */
const char *guard_path(const char *path);

/** May guard_why() have something against a directory of that name?  Subvolumes aside. */
bool guard_may_stop(const char *name);
