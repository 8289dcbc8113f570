/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * since: files that were made or changed after a moment.
 *
 * What counts is the change of the inode: a file that was copied, unpacked or renamed keeps the
 * time of its content, and its label may be wrong all the same.  Nobody can set that time back.
 */
#pragma once

#include <time.h>

#include "lbl.h"
#include "setfiles/ui.h"

struct since {
	struct timespec moment;
};

/** @text as date(1) understands it.  Return 0; -EINVAL: it does not; -errno. */
int since_parse(struct since *ret_since, const char *text);
/** When the system was started. */
void since_boot(struct since *ret_since);
/** An lbl_select_fn, @user being a since. */
bool since_select(void *user, const char *path, enum lbl_kind kind, int fd);
