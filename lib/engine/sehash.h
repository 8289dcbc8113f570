/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sehash: directories below which nothing is to be done, as far as the rules go.
 *
 * Two attributes of a directory say so.  security.sehash is upstream's: the digest (3.11) of the
 * specs that can apply at or below it.  That is not enough to rely on, so a second one, our own,
 * stands beside it, and a directory is left out only if both are what they should be:
 *
 *	security.sehash_relabel
 *	  1 byte    version of this form
 *	  1 byte    how it was labelled: SEHASH_FORCE, SEHASH_USER_ROLE
 *	  2 bytes   0
 *	  4 bytes   its mtime, nanoseconds
 *	  8 bytes   its mtime, seconds
 *	  8 bytes   its inode
 *	  8 bytes   hash of the customizable types; 0 with SEHASH_FORCE
 *	 20 bytes   below_digest() of its lookup path
 *
 * all in the machine's byte order.  Both are removed before anything in the directory is touched,
 * and written when all below it is done: no failure, nothing left out, nothing vanished.  So a copy
 * of a directory, one that was moved, one whose entries were changed, one labelled without -F, or
 * one with an excluded part is looked at again.  What is not seen is what happens deeper below a
 * directory that is left out; that is what it is left out for.
 *
 * Both are read and written through a descriptor of the very directory that was walked, and only
 * root can write them; but who owns a directory decides what is put below it once they are there.
 */
#pragma once

#include "tree/walk.h"

#define SEHASH_UPSTREAM "security.sehash"
#define SEHASH_OURS	"security.sehash_relabel"

enum {
	SEHASH_FORCE = 1 << 0,
	SEHASH_USER_ROLE = 1 << 1, /* so does SEHASH_FORCE */
};

struct hand;
struct job;

/** Do directories on the file system of @fd (O_PATH will do) get digests? */
bool sehash_wanted(const struct job *job, int fd);

/**
 * A directory was opened.  Return whether it is left out, with all below it (told); else digests
 * that are there are removed, and sehash_leave() must follow.
 */
bool sehash_enter(struct hand *h, struct walk_dir *dir);
/** Something at or below @dir is not as the rules say, or not known to be. */
void sehash_spoil(struct walk_dir *dir);
/** All below @dir is done. */
void sehash_leave(struct hand *h, struct walk_dir *dir);
