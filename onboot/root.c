/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/common.h"

/*
 * /proc is full of links that are no text: /proc/1/root leads out of any root.  So what is there is
 * not the whole of it, but this process, whose own links lead to what it has open anyway, and the
 * few files we read.  On ramfs, which has no labels that last.
 */
static const char *const proc_files[] = {"cmdline", "filesystems", "loadavg"};

/* Mount on the directory or file @name of @dirfd, never through a link. */
static int cover(int dirfd, const char *name, const char *from, const char *type)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[32];

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return mount(from, path, type, type ? MS_NOSUID | MS_NODEV | MS_NOEXEC : MS_BIND,
		     type ? "mode=755" : NULL) < 0
		       ? -errno
		       : 0;
}

static int bring_file(int procfd, const char *name)
{
	_cleanup_close_ int fd =
		openat(procfd, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	char from[32];

	if (fd < 0)
		return -errno;
	snprintf(from, sizeof(from), "/proc/%s", name);
	return cover(procfd, name, from, NULL);
}

/* Whatever is there: the image's own would say what it likes. */
static int bring_proc(int rootfd)
{
	_cleanup_close_ int fd = -1;
	struct stat top, it;
	char pid[16];
	int r = cover(rootfd, "proc", "none", "ramfs");

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	fd = openat(rootfd, "proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &it) < 0 || fstat(rootfd, &top) < 0)
		return -errno;
	if (it.st_dev == top.st_dev) /* exchanged meanwhile */
		return -EBUSY;
	snprintf(pid, sizeof(pid), "%d", (int)getpid()); /* sanitizers go by that */
	if (mkdirat(fd, pid, 0555) < 0 || symlinkat(pid, fd, "self") < 0)
		return -errno;
	r = cover(fd, pid, "/proc/self", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(proc_files) && r == 0; i++)
		r = bring_file(fd, proc_files[i]);
	return r;
}

/* What is mounted below /sys stays outside: it is the running system's. */
static int bring_sys(int rootfd)
{
	int r = cover(rootfd, "sys", "/sys", NULL);

	return r == -ENOENT ? 0 : r;
}

/* Who can put names there could put another /proc there, and what is labelled is found by that. */
static bool is_roots(int rootfd)
{
	struct stat st;

	return fstat(rootfd, &st) == 0 && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* What is gone through is what is mounted, so a directory that is no mount becomes one. */
static int make_mount(int *rootfd)
{
	_cleanup_close_ int tree = -1;
	struct statx st;

	if (statx(*rootfd, "", AT_EMPTY_PATH, 0, &st) < 0)
		return -errno;
	if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return 0;
	tree = open_tree(*rootfd, "",
			 AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0 || move_mount(tree, "", *rootfd, "",
				   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	close(*rootfd);
	*rootfd = TAKE_FD(tree);
	return 0;
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
	if (!is_roots(rootfd))
		return -EXDEV;
	r = make_mount(&rootfd);
	if (r == 0)
		r = bring_proc(rootfd);
	if (r == 0)
		r = bring_sys(rootfd);
	if (r < 0)
		return r;
	return fchdir(rootfd) < 0 || chroot(".") < 0 || chdir("/") < 0 ? -errno : 0;
}
