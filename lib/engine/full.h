/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * full: where there is no room for another label.
 *
 * A file system without room is left alone from then on, and so are the files of one owner and
 * group where a quota is used up; all else goes on, for both can be brought about by any user.
 * EDQUOT does not say whether it is the owner's quota or the group's, so the pair of them is noted:
 * who uses up his group's must not keep others' labels, root's least of all, from being set
 * elsewhere.
 * ENOSPC alone does not say that a file system is full: ext4 says so of a file with too many
 * attributes of its own, XFS of a project's quota, and statfs(2) of a directory under such a quota
 * agrees.  So only what is no directory, and has no attributes but those of root's, can show that a
 * file system is full: one that is all but full, and a file that was prepared, must not end a run
 * that needs no more room.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "tree/pin.h"

struct full_place;

struct full {
	pthread_mutex_t lock;
	struct full_place *v;
	size_t n, cap;
	_Atomic bool any, any_device; /* so that nobody else pays */
};

int full_init(struct full *f);
void full_done(struct full *f);

/**
 * Setting a label on the pinned inode failed with @error.  Return what there is no room in, in a
 * few words, if that is new; else NULL.  Thread-safe, one fstatfs(2).
 */
const char *full_note(struct full *f, const struct pin *pin, int error);
/** Is there no room for a label of such an inode?  Thread-safe. */
bool full_for(struct full *f, const struct pin *pin);
/** Is the whole device without room?  Thread-safe. */
bool full_device(struct full *f, uint64_t dev);
