/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replace: put a file in the place of another at one stroke: whoever looks sees the old one or
 * all of the new one, also after a crash.
 */
#pragma once

#include <sys/stat.h>

#include "base/common.h"

/**
 * Write @data under a temporary name beside @path, flush it to the disk, rename it to @path, flush
 * the directory.  A link in the place of @path is replaced, not followed.
 *
 * @mode  permission bits of the new file, whatever the umask
 * Return 0 or -errno; then the old file, if there was one, stays, and nothing is left behind.
 * -EINVAL: @path is, or leads to, what is no regular file (/dev/null, /dev/stdout); -EISDIR.
 */
int replace_file(const char *path, const void *data, size_t len, mode_t mode);

/** The same for a @path below @root, as base/root.h has it; but -EINVAL for a link, too. */
int replace_file_below(const char *root, const char *path, const void *data, size_t len,
		       mode_t mode);

/**
 * The same for a regular file that is there: the new one has its permissions (but never
 * set-user-ID, set-group-ID or the sticky bit), its owner and those of its extended attributes
 * that @xattrs names (NULL at the end; one the old file does not have is left out).  Return 0;
 * -ENOENT; -EINVAL: @path is something else, a link for one; -errno.
 */
int replace_file_again(const char *path, const void *data, size_t len, const char *const *xattrs);
