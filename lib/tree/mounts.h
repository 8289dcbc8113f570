/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts: the mount table, turned into a scope: what is entered, what is left out and why.
 */
#pragma once

#include "tree/scope.h"

enum {
	MOUNTS_NEED_SECLABEL =
		1 << 0, /* leave out mounts that cannot hold labels (SELinux is on) */
};

/**
 * Note every mount of the calling process's namespace in @scope.
 *
 * @mountinfo  NULL for /proc/self/mountinfo, else a file of that format (tests)
 * Left out: autofs (it would be triggered); with MOUNTS_NEED_SECLABEL also whatever lacks the
 * `seclabel` option.  Return 0 or -errno.  Blocks on nothing: no mount point is touched.
 */
int mounts_load(struct scope *scope, const char *mountinfo, unsigned flags);

/** Estimate of inodes in use on labelled mounts (statvfs of each), for progress; 0: unknown. */
uint64_t mounts_inodes(const char *mountinfo);
