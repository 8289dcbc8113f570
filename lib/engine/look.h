/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * look: what is at a path that somebody wrote down some time ago, without waiting for anybody: what
 * lies on a mount that may never answer is taken as it is written.
 */
#pragma once

#include <sys/types.h>

#include "engine/operand.h"

/**
 * Links on the way to @path are followed, and the last one unless @flags have ROOT_KEEP_LAST; below
 * @root they lead where they would in that system.
 *
 * Outputs and errors are those of root_look(); -EXDEV: not below @root.  Reads the mount table.
 */
int look(const char *path, const struct operand_root *root, unsigned flags, struct buf *ret_path,
	 mode_t *ret_mode);
