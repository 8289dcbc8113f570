/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk_way: is the way down to a directory a real one?
 */
#include "tree/walk_impl.h"

enum { CYCLE_NEAR = 128 }; /* a power of two */

/*
 * Is this directory one of its own parents?  On one mount only a broken file system can say so,
 * and a loop shows up in the nearest parents; a bind mount of a parent may be any of them.
 */
static bool is_cycle(const struct dir *parent, const struct statx *stx)
{
	const struct walk_dir *d = &parent->d;
	size_t near = d->mnt_id == queue_mount_id(stx) ? CYCLE_NEAR : SIZE_MAX;

	for (; d && near > 0; d = d->parent, near--)
		if (d->ino == stx->stx_ino && d->dev == queue_dev(stx))
			return true;
	return false;
}

/*
 * Does the way up from the directory behind @fd lead through the parents we came by?
 *
 * Whoever keeps moving the part of the tree above us below us could lead us on for ever, in
 * directories that are new each time.  So at depths that are powers of two the way is climbed, only
 * to compare; a walk gets at most twice as deep as the tree really was, and each level pays for
 * climbing one, on average.
 */
static bool way_is_real(struct worker *wk, const struct dir *parent, int fd)
{
	struct statx stx;
	int at = fd, up;
	bool same = true;

	if (parent->depth < CYCLE_NEAR || (parent->depth & (parent->depth - 1)) != 0)
		return true;
	for (const struct walk_dir *d = &parent->d; d && same; d = d->parent) {
		struct queue_req req = {
			.op = QUEUE_OPENAT, .fd = at, .name = "..", .flags = O_PATH | O_DIRECTORY};

		up = (int)queue_call(&wk->w.queue, &req);
		if (at != fd)
			walk_close(wk, at);
		at = up;
		/* what cannot be looked at is not known to be wrong */
		if (up < 0 || queue_identify(&wk->w.queue, up, "", QUEUE_IDENTITY, &stx) < 0)
			break;
		same = stx.stx_ino == d->ino && queue_dev(&stx) == d->dev;
	}
	if (at >= 0 && at != fd)
		walk_close(wk, at);
	return same;
}

bool walk_comes_round(struct worker *wk, const struct dir *parent, int fd, const struct statx *stx)
{
	return is_cycle(parent, stx) || !way_is_real(wk, parent, fd);
}
