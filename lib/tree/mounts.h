/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts: the mount table, turned into a scope: what is entered, what is left out and why.
 */
#pragma once

#include "lbl.h"
#include "tree/place.h"

enum {
	MOUNTS_NEED_SECLABEL =
		1 << 0,		   /* leave out mounts that cannot hold labels (SELinux is on) */
	MOUNTS_REMOTE = 1 << 1,	   /* enter what may wait for a server or a program, too */
	MOUNTS_SNAPSHOTS = 1 << 2, /* enter snapper's mounts, too */
	MOUNTS_NOT_THE_KERNELS = 1 << 3, /* leave out what the kernel makes up, as proc (SELinux is
					    off, or not this system's rules) */
};

/**
 * Note every mount of the calling process's namespace in @scope.
 *
 * @mountinfo  NULL for /proc/self/mountinfo, else a file of that format (tests)
 * Only mounts that can be reached count: one hidden below a later mount is no longer there.  Left
 * out: autofs (it would be triggered), unless something is mounted on it already; what is remote
 * (network, FUSE), snapshots and, with MOUNTS_NOT_THE_KERNELS, proc and its kin, if walks come upon
 * them; with MOUNTS_NEED_SECLABEL also whatever
 * lacks the `seclabel` option.  Directories that several mounts show are noted as twins; the ways
 * to these are looked at (@look; NULL for place_look()), and no others.
 *
 * Return 0 or -errno (-EINVAL: malformed).  Blocks on nothing: what may wait for a server or a
 * program is not touched.
 */
int mounts_load(struct scope *scope, const char *mountinfo, unsigned flags, place_fn look);

/**
 * Tell of each mount that can be reached, a mount after the one it is on; of several at one path
 * the topmost comes last.  @fn returns 0 to go on; else that is returned.  @mountinfo, return
 * values and blocking as mounts_load().
 */
int mounts_each(const char *mountinfo, lbl_mount_fn fn, void *user);

/**
 * Estimate of inodes in use on labelled mounts, for progress; 0: unknown.  Each file system counts
 * once.  Where no mount has `seclabel` (SELinux is off) all on real devices count.  Network and
 * FUSE mounts are not asked, for they might not answer; else one statvfs each.
 */
uint64_t mounts_inodes(const char *mountinfo);

/** What the mount table says of one mount. */
struct mount_facts {
	char *type;	   /* "ext4" */
	char *source;	   /* "/dev/sda1"; "" where it has none */
	bool seclabel;	   /* SELinux is on, and labels are those of the file system */
	bool fixed_labels; /* what files have there is not what is on disk (context= and its kin) */
};

/**
 * The mount of number @mnt_id (STATX_MNT_ID) in the calling process's namespace.
 *
 * @mountinfo  as for mounts_load()
 * Return 0; -ENOENT: there is none; another -errno.  Touches no mount point.
 */
int mounts_describe(uint64_t mnt_id, const char *mountinfo, struct mount_facts *ret_facts);
void mount_facts_done(struct mount_facts *facts);
