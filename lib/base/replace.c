/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/replace.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>

#include "base/root.h"

#define ATTEMPTS  64
#define XATTR_MAX 4096 /* larger ones make it fail */

/** The directory part of @path, opened; @ret_name: the rest. */
static int open_parent(const char *root, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = NULL;

	*ret_name = slash ? slash + 1 : path;
	if (!**ret_name)
		return -EISDIR;
	dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	if (!dir)
		return -ENOMEM;
	return root_open(root, dir, O_RDONLY | O_DIRECTORY, 0);
}

/** A fresh file in @dir under a name nobody can foresee. */
static int open_temporary(int dir, const char *name, char **ret_name)
{
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		_cleanup_free_ char *temporary = NULL;
		uint64_t random;
		int fd;

		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -EIO;
		if (asprintf(&temporary, ".%.200s.%016llx", name, (unsigned long long)random) < 0) {
			temporary = NULL;
			return -ENOMEM;
		}
		fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd >= 0) {
			*ret_name = TAKE_PTR(temporary);
			return fd;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/** What the new file takes over. */
struct heirloom {
	mode_t mode;
	int old; /* descriptor, or -1: the mode alone */
	const char *const *xattrs;
};

static int hand_down_xattr(int old, int fd, const char *name)
{
	char value[XATTR_MAX], present[XATTR_MAX];
	ssize_t n = fgetxattr(old, name, value, sizeof(value)), m;

	if (n < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	m = fgetxattr(fd, name, present, sizeof(present));
	if (m == n && memcmp(present, value, (size_t)n) == 0)
		return 0; /* nobody need be allowed to set what is right already */
	return fsetxattr(fd, name, value, (size_t)n, 0) < 0 ? -errno : 0;
}

static int hand_down(const struct heirloom *h, int fd)
{
	struct stat before, after;

	if (h->old < 0)
		return fchmod(fd, h->mode) < 0 ? -errno : 0;
	if (fstat(h->old, &before) < 0 || fstat(fd, &after) < 0)
		return -errno;
	if ((before.st_uid != after.st_uid || before.st_gid != after.st_gid) &&
	    fchown(fd, before.st_uid, before.st_gid) < 0)
		return -errno;
	if (fchmod(fd, before.st_mode & 0777) < 0)
		return -errno;
	for (const char *const *x = h->xattrs; *x; x++) {
		int r = hand_down_xattr(h->old, fd, *x);

		if (r < 0)
			return r;
	}
	return 0;
}

static int replace_in(int dir, const char *name, const void *data, size_t len,
		      const struct heirloom *heirloom)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	fd = open_temporary(dir, name, &temporary);
	if (fd < 0)
		return fd;
	r = write_all(fd, data, len);
	if (r >= 0)
		r = hand_down(heirloom, fd);
	if (r >= 0 && fsync(fd) < 0)
		r = -errno;
	if (close(TAKE_FD(fd)) < 0 && r >= 0)
		r = -errno;
	if (r >= 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, temporary, 0); /* what failed before is what counts */
		return r;
	}
	return fsync(dir) < 0 && errno != EINVAL ? -errno : 0;
}

static int replace(const char *path, const void *data, size_t len, const struct heirloom *heirloom)
{
	const char *name;
	_cleanup_close_ int dir = open_parent(NULL, path, &name);

	return dir < 0 ? dir : replace_in(dir, name, data, len, heirloom);
}

int replace_file(const char *path, const void *data, size_t len, mode_t mode)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return replace(path, data, len, &(struct heirloom){.mode = mode, .old = -1});
}

int replace_file_below(const char *root, const char *path, const void *data, size_t len,
		       mode_t mode)
{
	const char *name;
	_cleanup_close_ int dir = open_parent(root, path, &name);
	struct stat st;

	if (dir < 0)
		return dir;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return replace_in(dir, name, data, len, &(struct heirloom){.mode = mode, .old = -1});
}

int replace_file_again(const char *path, const void *data, size_t len, const char *const *xattrs)
{
	_cleanup_close_ int old = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (old < 0)
		return errno == ELOOP || errno == ENXIO ? -EINVAL : -errno;
	if (fstat(old, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return replace(path, data, len, &(struct heirloom){.old = old, .xattrs = xattrs});
}
