/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/reopen.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/common.h"

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int reopen(int pin, int dirfd, const char *name, int flags)
{
	char link[sizeof("/proc/self/fd/") + 12];
	_cleanup_close_ int fd = -1;
	struct stat held, now;

	if (fstat(pin, &held) < 0)
		return -errno;
	if (!S_ISREG(held.st_mode) && !S_ISDIR(held.st_mode))
		return -EINVAL;
	flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", pin);
	fd = open(link, flags & ~O_NOFOLLOW);
	if (fd < 0)
		fd = openat(dirfd, name, flags);
	if (fd < 0 || fstat(fd, &now) < 0)
		return -errno;
	return is_same(&held, &now) ? TAKE_FD(fd) : -EINVAL;
}
