/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sealed.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/common.h"
#include "lbl.h"

/* The kernel's, which libraries older than it do not have. */
#define CLONE_TREE	1 /* OPEN_TREE_CLONE */
#define FROM_DESCRIPTOR 4 /* MOVE_MOUNT_F_EMPTY_PATH */
#define RDONLY		0x1
#define NOSUID		0x2
#define NODEV		0x4
#define NOEXEC		0x8
#define NOSYMFOLLOW	0x200000

struct mount_attributes {
	uint64_t set, clear, propagation, userns_fd;
};

int sealed_all(void)
{
	struct mount_attributes a = {.set = RDONLY};

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &a, sizeof(a)) < 0 ? -errno
											  : 0;
}

int sealed_put(int tree, const char *path)
{
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, path, FROM_DESCRIPTOR) < 0 ? -errno : 0;
}

int sealed_open(const char *root, const char *dir)
{
	struct mount_attributes a = {.set = RDONLY | NOSUID | NODEV | NOEXEC | NOSYMFOLLOW};
	_cleanup_close_ int fd = lbl_root_open(root, dir, O_PATH | O_DIRECTORY, 0), tree = -1;

	if (fd < 0)
		return fd;
	tree = (int)syscall(SYS_open_tree, fd, "", CLONE_TREE | O_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &a, sizeof(a)) < 0)
		return -errno;
	return TAKE_FD(tree);
}
