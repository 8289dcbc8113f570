/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trust: who could have made the names on the way to an entry.
 *
 * An inode with several names gets its label by one of them.  That name must not be one another
 * user put there: not by linking the file into a directory he can write to, and not by moving a
 * directory that holds it, or a parent of that, under a name of his choice.  So trust is a matter
 * of the whole way from the root: each directory on it belongs to root or to one and the same
 * user, and nobody else may write to it.  A sticky directory may be on the way (only the owner of
 * a name, the owner of the directory and root can take the name away), but not hold the link; nor
 * another sticky one, which everybody who can write to it could have moved there.
 *
 *	t = trust_enter(trust_start(), dir->uid, dir->mode);	// for each directory, in order
 *	if (trust_link(t, inode_uid)) ...
 */
#pragma once

#include <sys/stat.h>

#include "base/common.h"

/** What is known of the way up to a directory; a plain value, 0 is no trust. */
typedef uintptr_t trust;

enum {
	TRUST_WAY = 1,	      /* nobody but root and the user can change the way so far */
	TRUST_NAMES = 2,      /* nor make names in this directory */
	TRUST_SHIFT = 2,      /* above: 0 only root so far, else the user's id + 1 */
	TRUST_NOBODY = 65534, /* whom ids without a mapping look like: not one user */
};

/** Above everything. */
static inline trust trust_start(void)
{
	return TRUST_WAY | TRUST_NAMES;
}

/** One directory further down.  Group bits count for everybody: they are the mask of an ACL. */
static inline trust trust_enter(trust above, uint32_t uid, uint32_t mode)
{
	trust user = above >> TRUST_SHIFT;

	if (!(above & TRUST_WAY) || uid == TRUST_NOBODY)
		return 0;
	if (uid != 0 && user && user != (trust)uid + 1)
		return 0;
	if (uid != 0)
		user = (trust)uid + 1;
	if (!(mode & (S_IWGRP | S_IWOTH)))
		return user << TRUST_SHIFT | TRUST_WAY | TRUST_NAMES;
	return (mode & S_ISVTX) && (above & TRUST_NAMES) ? user << TRUST_SHIFT | TRUST_WAY : 0;
}

/** May a name in this directory decide about an inode of @uid with several names? */
static inline bool trust_link(trust dir, uint32_t uid)
{
	trust user = dir >> TRUST_SHIFT;

	return (dir & TRUST_NAMES) && (user == 0 || user == (trust)uid + 1);
}
