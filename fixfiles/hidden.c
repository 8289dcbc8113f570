/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hidden.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/common.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE	  1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

static int hold(const char *mount)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long r = syscall(SYS_openat2, AT_FDCWD, mount, &how, sizeof(how));

	return r < 0 ? -errno : (int)r;
}

int hidden_label(const struct run_parts *parts, const char *mount)
{
	_cleanup_close_ int fd = hold(mount), clone = -1;

	if (fd == -ENOTDIR)
		return lbl_relabel_path(parts->relabel, mount);
	if (fd < 0)
		return fd;
	clone = (int)syscall(SYS_open_tree, fd, "",
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (clone < 0)
		return -errno;
	return lbl_relabel_tree(parts->relabel, mount, clone);
}
