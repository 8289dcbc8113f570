/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filesystems: the mounts whose files are labelled when no path is named.
 *
 * With SELinux on these are all that can hold labels; with SELinux off, where the kernel does not
 * say so, those of types known to keep them.  What another mount shows as well, snapshots, and what
 * is on a network or served by a program, are left out, as by restorecon.
 */
#pragma once

#include <stdbool.h>

#include "paths.h"
#include "setfiles/run.h"

struct filesystems {
	struct paths writable, read_only; /* mount points, sorted */
};

/**
 * Zero-initialise @ret_fs first; @root: the top of another system, without links (NULL: this one's
 * file systems); @flags: LBL_REMOTE.  @lasting: not those that the kernel makes
 * anew at each boot, as /sys.  Return 0 or -errno.
 */
int filesystems_find(struct filesystems *ret_fs, const struct run_parts *parts, const char *root,
		     unsigned flags, bool lasting);
void filesystems_done(struct filesystems *fs);
