/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reopen: look first, then open what was looked at and nothing else.  A device acts on being
 * opened, a pipe waits, and whoever owns a directory can put either in the place of a name.
 */
#pragma once

/**
 * Open the inode that @pin (O_PATH) holds, a regular file or a directory: through its link in
 * /proc/self/fd, or without /proc by the name it had.  O_CLOEXEC, O_NOCTTY and O_NONBLOCK are
 * added.
 *
 * @dirfd, @name  where it was found
 * Return a descriptor; -EINVAL: it is another kind of file, or something else has that name by now;
 * -errno.  Thread-safe.
 */
int reopen(int pin, int dirfd, const char *name, int flags);
