/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan: which mounts a run would enter, and why not.
 */
#pragma once

#include "lbl.h"

/** @skip: why it is left out; NULL: it is entered.  Return 0 to go on. */
typedef int (*plan_fn)(void *user, const struct lbl_mount *mount, const char *skip);

/**
 * Tell of the mount @top (clean, resolved) lies on, then, with LBL_RECURSE, of those below it.
 * Return 0; what @fn returned; -errno.  Touches no mount point.
 */
int plan_each(struct lbl_relabel *rl, const char *top, plan_fn fn, void *user);

/** Inodes in use on all of @mount; 0: not known.  Asks the file system, but none that is remote. */
uint64_t plan_inodes(const struct lbl_mount *mount);
