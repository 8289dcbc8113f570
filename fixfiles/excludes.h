/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excludes: the directories an administrator wants left alone, one a line.  Empty lines, lines that
 * begin with '#' or are no absolute path, and what is no directory do not count; blanks around a
 * name neither, those in it do.  Where links are on the way, the directory they lead to is meant.
 * What lies on a mount that may never answer is taken as it is written, unseen.
 */
#pragma once

#include "paths.h"

#define EXCLUDES_FILE "/etc/selinux/fixfiles_exclude_dirs"

/**
 * Read the file of the system below @root (NULL: this one), where one that is not there is empty.
 *
 * @dirs  as they are written, with @root in front
 * @real  where those are that links lead to
 * Both are zero-initialised by the caller, who frees them.  Return 0 or -errno.
 */
int excludes_read(const char *root, struct paths *dirs, struct paths *real);
