/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/common.h"

/*
 * @name of @rootfd, a directory that should be there, never through a link.  What is mounted below
 * @from stays outside: it is the running system's.
 */
static int bring(int rootfd, const char *name, const char *from)
{
	_cleanup_close_ int fd =
		openat(rootfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[32];
	struct stat top, it;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(rootfd, &top) < 0 || fstat(fd, &it) < 0)
		return -errno;
	if (top.st_dev != it.st_dev) /* mounted already */
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return mount(from, path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

int root_enter(const char *dir)
{
	_cleanup_close_ int rootfd = -1;
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	rootfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC); /* one of the new namespace */
	if (rootfd < 0)
		return -errno;
	r = bring(rootfd, "proc", "/proc");
	if (r == 0)
		r = bring(rootfd, "sys", "/sys");
	if (r < 0)
		return r;
	return fchdir(rootfd) < 0 || chroot(".") < 0 || chdir("/") < 0 ? -errno : 0;
}
