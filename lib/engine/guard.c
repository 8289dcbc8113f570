/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/guard.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>

#define CONFIG_MAX 4096

static const char why_store[] = "an object store, whose files are those of other paths, too "
				"(--stores enters it)";

static bool is_name(const char *name, const char *what)
{
	return name[0] == what[0] && strcmp(name, what) == 0;
}

static bool is_read_only(int fd)
{
	uint64_t flags = 0;

	return ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) == 0 && flags & BTRFS_SUBVOL_RDONLY;
}

static const char *why_snapshot(const struct walk_dir *dir, const char *name)
{
	struct statfs st;

	/* the top of a subvolume that is no mount */
	if (likely(dir->ino != BTRFS_FIRST_FREE_OBJECTID) || !dir->parent ||
	    dir->dev == dir->parent->dev || dir->mnt_id != dir->parent->mnt_id)
		return NULL;
	if (fstatfs(dir->fd, &st) < 0 || st.f_type != BTRFS_SUPER_MAGIC)
		return NULL;
	if (dir->uid == 0 && is_name(name, ".snapshots"))
		return "snapshots (--snapshots enters them)";
	return is_read_only(dir->fd) ? "read-only subvolume (--snapshots enters it)" : NULL;
}

/*
 * Does OSTree's mark stand in the configuration beside objects?  That may be exchanged at any
 * moment; it is read, and nothing else depends on it.
 */
static bool is_ostree(int fd)
{
	char text[CONFIG_MAX + 1];
	struct stat st;
	_cleanup_close_ int config =
		openat(fd, "../config", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (config < 0 || fstat(config, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0)
		return false;
	n = read(config, text, CONFIG_MAX);
	text[MAX(n, 0)] = '\0';
	return strstr(text, "repo_version=") != NULL;
}

/* Where Nix and Guix keep one name of each file that several packages have. */
static bool has_farm(int fd)
{
	struct stat st;

	return fstatat(fd, ".links", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == 0;
}

static bool is_store(int fd, uint32_t uid, const char *name)
{
	if (uid != 0)
		return false;
	return (is_name(name, "objects") && is_ostree(fd)) ||
	       (is_name(name, "store") && has_farm(fd));
}

const char *guard_why(const struct walk_dir *dir, const char *name, unsigned what, bool *ret_tell)
{
	const char *why = what & GUARD_SNAPSHOTS ? why_snapshot(dir, name) : NULL;

	/* its owner can make it read-only and writable again as he likes: not without a word */
	*ret_tell = why && dir->uid != 0;
	if (why || !(what & GUARD_STORES) || !is_store(dir->fd, dir->uid, name))
		return why;
	*ret_tell = true;
	return why_store;
}

bool guard_may_stop(const char *name)
{
	return is_name(name, "objects") || is_name(name, "store");
}

const char *guard_path(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	for (char *at = copy, *end; at && *at; at = end) {
		_cleanup_close_ int fd = -1;
		struct stat st;
		char kept;

		at += strspn(at, "/");
		end = at + strcspn(at, "/");
		kept = *end;
		*end = '\0';
		if (guard_may_stop(at))
			fd = open(copy, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, &st) == 0 && is_store(fd, st.st_uid, at))
			return why_store;
		*end = kept;
	}
	return NULL;
}
