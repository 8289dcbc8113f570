/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/operand.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/root.h"

/* search permission is all that is asked of a directory on the way */
#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void operand_done(struct operand *op)
{
	op->dirfd = close_fd(op->dirfd);
	buf_done(&op->name);
	buf_done(&op->path);
	buf_done(&op->real);
	buf_done(&op->lookup);
	buf_done(&op->blame);
}

/* Add the directory behind @fd to the way. */
static int enter(trust *way, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*way = trust_enter(*way, st.st_uid, st.st_mode);
	return 0;
}

/* O_DIRECTORY | O_NOFOLLOW says ENOTDIR for links; tell them apart. */
static int why_not(int fd, const char *name, int error)
{
	struct stat st;

	if (error == -ENOTDIR && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return -ELOOP;
	return error;
}

/*
 * Open the directory @rel (no leading slash; may be empty) below @top, one component at a time,
 * following nothing.  Return an O_PATH fd; or -errno, and then @blame is the length of the part of
 * @rel up to and including the refused component.
 */
static int descend(int top, const char *rel, trust *way, size_t *blame)
{
	_cleanup_close_ int fd = openat(top, ".", DIR_FLAGS);
	int r = fd < 0 ? -errno : enter(way, fd);

	for (const char *at = rel; r == 0 && *at;) {
		char name[NAME_MAX + 1];
		size_t n = strcspn(at, "/");
		int next;

		if (n == 0) {
			at++;
			continue;
		}
		*blame = (size_t)(at - rel) + n;
		if (n > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, at, n);
		name[n] = '\0';
		at += n;
		next = openat(fd, name, DIR_FLAGS);
		if (next < 0)
			return why_not(fd, name, -errno);
		close(fd);
		fd = next;
		r = enter(way, fd);
	}
	return r < 0 ? r : TAKE_FD(fd);
}

/* "a/b/c" -> the directory part and the last name; "." and ".." as last names belong to the path */
static bool ends_in_dots(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;

	return strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

/* restorecon: links in the directory part are followed, the last component is kept. */
static int resolve_links(const char *typed, struct buf *ret_path)
{
	_cleanup_free_ char *dir = NULL, *full = NULL;
	const char *slash;

	if (ends_in_dots(typed) || strcmp(typed, "/") == 0) {
		full = realpath(typed, NULL);
		if (!full)
			return -errno;
		buf_adds(ret_path, full);
		return buf_error(ret_path);
	}
	slash = strrchr(typed, '/');
	dir = slash ? strndup(typed, slash == typed ? 1 : (size_t)(slash - typed)) : strdup(".");
	if (!dir)
		return -ENOMEM;
	full = realpath(dir, NULL);
	if (!full)
		return -errno;
	buf_adds(ret_path, strcmp(full, "/") == 0 ? "" : full);
	buf_addc(ret_path, '/');
	buf_adds(ret_path, slash ? slash + 1 : typed);
	return buf_error(ret_path);
}

/* What the user typed, without slashes at the end. */
static int trimmed(const char *path, struct buf *ret, bool *ret_slash)
{
	size_t len = strlen(path);

	*ret_slash = len > 1 && path[len - 1] == '/';
	while (len > 1 && path[len - 1] == '/')
		len--;
	buf_add(ret, path, len);
	return buf_error(ret);
}

int operand_inside(const char *path, const struct operand_root *root, struct buf *ret_path)
{
	_cleanup_(buf_done) struct buf clean = {0};
	const char *rest;
	int r = path_clean(path, &clean);

	if (r < 0)
		return r;
	rest = path_below(clean.data, buf_str(&root->typed));
	if (!rest)
		rest = path_below(clean.data, buf_str(&root->path));
	if (!rest)
		return -EXDEV;
	buf_adds(ret_path, buf_str(&root->path));
	buf_adds(ret_path, rest);
	return buf_error(ret_path);
}

/* Below @root; -EXDEV: it is not. */
static int resolve_inside(const char *typed, const struct operand_root *root, unsigned flags,
			  struct buf *ret_path)
{
	_cleanup_(buf_done) struct buf whole = {0};
	int r = operand_inside(typed, root, &whole);

	if (r < 0)
		return r;
	if (!ends_in_dots(typed))
		flags |= ROOT_KEEP_LAST;
	return root_resolve(root->path.data, whole.data, flags, ret_path);
}

int operand_resolve(const char *path, const struct operand_root *root, struct buf *ret_path)
{
	_cleanup_(buf_done) struct buf typed = {0};
	bool slash;
	int r = trimmed(path, &typed, &slash);

	if (r < 0)
		return r;
	r = root->path.len ? resolve_inside(typed.data, root, 0, ret_path) : -EXDEV;
	return r == -EXDEV ? resolve_links(typed.data, ret_path) : r;
}

int operand_root_init(struct operand_root *root, const char *dir, bool resolve)
{
	_cleanup_free_ char *real = NULL;
	int r;

	if (path_is_top(dir))
		return 0;
	r = path_clean(dir, &root->typed);
	if (r < 0)
		return r;
	real = resolve ? realpath(dir, NULL) : NULL;
	if (resolve && !real)
		return -errno;
	/* a link to "/", say */
	if (!path_is_top(real ? real : root->typed.data))
		buf_adds(&root->path, real ? real : root->typed.data);
	return buf_error(&root->path);
}

void operand_root_done(struct operand_root *root)
{
	buf_done(&root->path);
	buf_done(&root->typed);
}

int operand_resolve_present(const char *path, const struct operand_root *root, struct buf *ret_path)
{
	_cleanup_(buf_done) struct buf real = {0}, clean = {0};
	size_t len;
	int r;

	if (root->path.len)
		return resolve_inside(path, root, ROOT_MISSING, ret_path);
	r = operand_resolve(path, root, &real);
	if (r == 0 || r == -ENOMEM)
		return r < 0 ? r : path_clean(real.data, ret_path);
	r = path_clean(path, &clean);
	if (r < 0)
		return r;
	/* the longest part of the directory's path that is there */
	for (len = clean.len; len > 0;) {
		_cleanup_free_ char *dir = NULL, *full = NULL;

		while (len > 0 && clean.data[--len] != '/')
			;
		dir = strndup(clean.data, MAX(len, (size_t)1));
		full = dir ? realpath(dir, NULL) : NULL;
		if (!full)
			continue;
		buf_adds(ret_path, strcmp(full, "/") == 0 ? "" : full);
		break;
	}
	buf_adds(ret_path, clean.data + len);
	return buf_error(ret_path);
}

/* Open the directory that holds `real`, whose part below the trusted root is @rest. */
static int open_parent(struct operand *op, const char *root, const char *rest)
{
	_cleanup_close_ int top = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *dir = NULL;
	const char *slash;
	size_t blame = 0;
	int fd;

	if (top < 0) {
		buf_adds(&op->blame, root);
		return -errno;
	}
	while (*rest == '/')
		rest++;
	slash = strrchr(rest, '/');
	dir = strndup(rest, slash ? (size_t)(slash - rest) : 0);
	if (!dir)
		return -ENOMEM;
	buf_adds(&op->name, *rest == '\0' ? "." : slash ? slash + 1 : rest);

	op->trust = trust_start();
	fd = descend(top, dir, &op->trust, &blame);
	if (fd < 0) {
		buf_adds(&op->blame, root);
		buf_addc(&op->blame, '/');
		buf_add(&op->blame, rest, blame);
		return fd;
	}
	op->dirfd = fd;
	return buf_error(&op->name);
}

/* setfiles: "dir/." is the directory itself; upstream drops it without a word. */
static int take_as_typed(struct operand *op, const char *path)
{
	struct buf *b = &op->path;
	int r = trimmed(path, b, &op->must_be_dir);

	while (r == 0 && b->len > 2 && strcmp(b->data + b->len - 2, "/.") == 0) {
		buf_cut(b, b->len - 2);
		while (b->len > 1 && b->data[b->len - 1] == '/')
			buf_cut(b, b->len - 1);
		op->must_be_dir = true;
	}
	return r;
}

/* All but what is open.  @ret_rest: the path below the alternate root; NULL: it is not. */
static int take_words(struct operand *op, const char *path, const struct operand_root *root,
		      bool resolve, const char **ret_rest)
{
	const char *rest;
	int r;

	if (!*path)
		return -ENOENT;
	if (resolve)
		r = operand_resolve(path, root, &op->path);
	else
		r = take_as_typed(op, path);
	if (r < 0)
		return r;
	r = path_clean(op->path.data, &op->real);
	if (r < 0)
		return r;
	rest = path_below(op->real.data, buf_str(&root->path));
	buf_adds(&op->lookup, rest ? (*rest ? rest : "/") : op->real.data);
	*ret_rest = rest;
	return buf_error(&op->lookup);
}

int operand_of_words(struct operand *op, const char *path, const struct operand_root *root)
{
	const char *rest;
	int r = take_words(op, path, root, false, &rest);

	return r == 0 && !rest ? -EXDEV : r;
}

int operand_open(struct operand *op, const char *path, const struct operand_root *root,
		 bool resolve)
{
	const char *rest;
	int r = take_words(op, path, root, resolve, &rest);

	if (r < 0)
		return r;
	r = open_parent(op, rest ? buf_str(&root->path) : "", rest ? rest : op->real.data);
	if (r < 0)
		return r;
	return rest ? 0 : -EXDEV;
}

int operand_of_tree(struct operand *op, const char *path, const struct operand_root *root, int fd)
{
	const char *rest;
	int r = take_words(op, path, root, false, &rest);

	if (r == 0 && !rest)
		r = -EXDEV;
	if (r < 0)
		return r;
	buf_adds(&op->name, ".");
	op->dirfd = openat(fd, ".", DIR_FLAGS);
	if (op->dirfd < 0)
		return -errno;
	op->trust = trust_start();
	r = enter(&op->trust, op->dirfd);
	return r < 0 ? r : buf_error(&op->name);
}
