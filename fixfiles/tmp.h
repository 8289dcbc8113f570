/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tmp: empty a directory that everybody may write to, while everybody does.
 *
 * Each entry is removed by its name in the directory that is held open, and each directory is
 * opened below that one: no link is followed, and no mount entered.  Memory is bounded, whatever
 * there is.  What others can do between two steps is to exchange names in directories of theirs
 * below this one, or to move such a directory away while it is emptied: what is lost is theirs, and
 * was below this one.
 */
#pragma once

#include <stdbool.h>

#include "setfiles/ui.h"

/**
 * Remove all that is below @dir, a directory of the system below @root (NULL: this one), and not
 * @dir itself; there @dir is no link.  What cannot be removed is told; mounts are
 * left alone, with a line for each.  What is made meanwhile may stay.  Return whether all went
 * well.
 */
bool tmp_empty(const char *root, const char *dir, const struct ui *ui);

/** Ask on standard output, and read from standard input, whether @dir is to be emptied. */
bool tmp_ask(const char *dir);
