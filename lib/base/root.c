/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/root.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/path.h"
#include "base/reopen.h"

#define LINKS_MAX 40 /* as the kernel's */
/* A target can go down and up a thousand times, and each time up is the way from the top. */
#define STEPS_MAX (1u << 16)
#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A way through the tree: what was gone, and what is still to go. */
struct way {
	int top, dir;	 /* dir: where `done` is, never -1 */
	struct buf done; /* from the top, clean, no links; "" for the top */
	struct buf todo;
	size_t at; /* in todo */
	unsigned links, steps;
	root_avoid_fn avoid; /* NULL: nothing is avoided */
	void *user;
	const char *root; /* of the paths it is asked about: clean, "" for "/" */
	/* the end: */
	bool avoided; /* nothing was looked at */
	int fd;	      /* O_PATH of what is there; -1: nothing is */
	struct stat st;
	char name[NAME_MAX + 1]; /* of it in `dir`; "" for `dir` itself */
};

#define NO_WAY ((struct way){.top = -1, .dir = -1, .fd = -1})

static void way_done(struct way *w)
{
	close_fd(w->top);
	close_fd(w->dir);
	close_fd(w->fd);
	buf_done(&w->done);
	buf_done(&w->todo);
}

/* Be at @done, which has no links, unless somebody has just put one there. */
static int go_to(struct way *w)
{
	_cleanup_close_ int fd = openat(w->top, ".", DIR_FLAGS);

	for (const char *at = buf_str(&w->done); fd >= 0 && *at;) {
		char name[NAME_MAX + 1];
		size_t n = strcspn(++at, "/");
		int next;

		if (++w->steps > STEPS_MAX)
			return -ELOOP;
		memcpy(name, at, n); /* it was in `name` once */
		name[n] = '\0';
		at += n;
		next = openat(fd, name, DIR_FLAGS);
		close_fd(fd);
		fd = next;
	}
	if (fd < 0)
		return -errno;
	close_fd(w->dir);
	w->dir = TAKE_FD(fd);
	return 0;
}

static int go_up(struct way *w)
{
	const char *slash = w->done.len ? strrchr(w->done.data, '/') : NULL;

	if (!slash)
		return 0;
	buf_cut(&w->done, (size_t)(slash - w->done.data));
	return go_to(w);
}

/* The target of the link @fd comes next, then what is still to go. */
static int take_link(struct way *w, int fd)
{
	_cleanup_(buf_done) struct buf todo = {0};
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	if (n < 0)
		return -errno;
	if (n == 0)
		return -ENOENT;
	if (n == sizeof(target))
		return -ENAMETOOLONG;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	buf_add(&todo, target, (size_t)n);
	buf_adds(&todo, w->todo.data + w->at);
	if (buf_error(&todo) < 0)
		return buf_error(&todo);
	buf_done(&w->todo);
	w->todo = todo;
	w->at = 0;
	todo = (struct buf){0};
	w->name[0] = '\0';
	if (target[0] != '/')
		return 0;
	buf_reset(&w->done);
	return go_to(w);
}

static int enter(struct way *w, int *fd)
{
	if (!S_ISDIR(w->st.st_mode))
		return -ENOTDIR;
	buf_addc(&w->done, '/');
	buf_adds(&w->done, w->name);
	close_fd(w->dir);
	w->dir = TAKE_FD(*fd);
	w->name[0] = '\0';
	return buf_error(&w->done);
}

/* Is w->name not to be touched?  Return 1, 0 or -errno. */
static int is_avoided(const struct way *w)
{
	_cleanup_(buf_done) struct buf path = {0};

	if (!w->avoid)
		return 0;
	buf_adds(&path, w->root);
	buf_adds(&path, buf_str(&w->done));
	buf_addc(&path, '/');
	buf_adds(&path, w->name);
	return buf_error(&path) < 0 ? buf_error(&path) : w->avoid(w->user, path.data);
}

/* One component, w->name.  Return 1 to go on, 0 at the end, -errno. */
static int step(struct way *w, unsigned flags)
{
	_cleanup_close_ int fd = -1;
	bool last = !w->todo.data[w->at];
	int r = is_avoided(w);

	if (r != 0) {
		w->avoided = r > 0;
		return MIN(r, 0);
	}
	fd = openat(w->dir, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && (last || flags & ROOT_MISSING) ? 0 : -errno;
	if (fstat(fd, &w->st) < 0)
		return -errno;
	if (S_ISLNK(w->st.st_mode) && !(last && flags & ROOT_KEEP_LAST)) {
		r = take_link(w, fd);
		return r < 0 ? r : 1;
	}
	if (last) {
		w->fd = TAKE_FD(fd);
		return 0;
	}
	r = enter(w, &fd);
	return r < 0 ? r : 1;
}

/* Take the next component of todo: "" at its end. */
static int next_name(struct way *w)
{
	const char *at = w->todo.data + w->at;
	size_t skip = strspn(at, "/"), n = strcspn(at + skip, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(w->name, at + skip, n);
	w->name[n] = '\0';
	w->at += skip + n;
	return 0;
}

static int go(struct way *w, unsigned flags)
{
	int r = 1;

	while (r > 0) {
		r = next_name(w);
		if (r < 0 || !w->name[0])
			return r;
		if (strcmp(w->name, ".") == 0) {
			r = 0;
		} else if (strcmp(w->name, "..") == 0) {
			r = go_up(w);
		} else {
			r = step(w, flags);
			continue;
		}
		w->name[0] = '\0';
		r = r < 0 ? r : 1;
	}
	return r;
}

/* Go from @root to @path, which is below it.  @w is NO_WAY; way_done() is due in any case. */
static int way_to(struct way *w, const char *root, const char *path, unsigned flags)
{
	_cleanup_(buf_done) struct buf top = {0}, clean = {0};
	const char *below;
	int r = path_clean(root, &top);

	if (r == 0)
		r = path_clean(path, &clean);
	if (r < 0)
		return r;
	below = path_below(clean.data, top.data);
	if (!below)
		return -EXDEV;
	buf_addc(&w->todo, '/');
	buf_adds(&w->todo, below);
	if (buf_error(&w->todo) < 0)
		return buf_error(&w->todo);
	w->top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->top < 0)
		return -errno;
	r = go_to(w);
	return r < 0 ? r : go(w, flags);
}

static bool is_root(const char *root)
{
	return root && !path_is_top(root);
}

/* Nothing was there: who makes it meanwhile does not have it opened. */
static int open_new(const struct way *w, int flags, mode_t mode)
{
	int fd;

	if (!(flags & O_CREAT))
		return -ENOENT;
	fd = openat(w->dir, w->name, flags | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
	return fd < 0 ? -errno : fd;
}

/* Open the end of the way: what it was found to be, whatever has its name by now. */
static int open_end(struct way *w, int flags, mode_t mode)
{
	bool in_dir = w->name[0];
	int *pin = in_dir ? &w->fd : &w->dir;

	if (*pin < 0)
		return open_new(w, flags, mode);
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (in_dir && flags & O_DIRECTORY && !S_ISDIR(w->st.st_mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return TAKE_FD(*pin);
	if (in_dir && S_ISLNK(w->st.st_mode))
		return -ELOOP;
	return reopen(*pin, w->dir, in_dir ? w->name : ".", (flags & ~O_CREAT) | O_NOFOLLOW);
}

int root_open(const char *root, const char *path, int flags, mode_t mode)
{
	_cleanup_(way_done) struct way w = NO_WAY;
	int r, fd;

	if (!is_root(root)) {
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
		return fd < 0 ? -errno : fd;
	}
	r = way_to(&w, root, path, flags & O_NOFOLLOW ? ROOT_KEEP_LAST : 0);
	return r < 0 ? r : open_end(&w, flags, mode);
}

int root_stat(const char *root, const char *path, struct stat *ret_st)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!is_root(root))
		return stat(path, ret_st) < 0 ? -errno : 0;
	fd = root_open(root, path, O_PATH, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_st = st;
	return 0;
}

int root_map(struct map *m, const char *root, const char *path, size_t max)
{
	_cleanup_close_ int fd = -1;

	if (!is_root(root))
		return map_open(m, AT_FDCWD, path, max);
	fd = root_open(root, path, O_RDONLY | O_NONBLOCK, 0);
	return fd < 0 ? fd : map_read(m, fd, max);
}

/* ---- names ---------------------------------------------------------------------------------- */

/* Where @w has come to, and what is still to go, with @root in front. */
static int tell_path(const struct way *w, const char *root, struct buf *ret_path)
{
	_cleanup_(buf_done) struct buf inside = {0}, clean = {0}, out = {0};
	int r;

	buf_adds(&inside, buf_str(&w->done));
	buf_addc(&inside, '/');
	buf_adds(&inside, w->name);
	buf_adds(&inside, w->todo.data + w->at); /* what is missing may go up, but not out */
	r = buf_error(&inside);
	if (r == 0)
		r = path_clean(inside.data, &clean);
	if (r == 0 && is_root(root))
		r = path_clean(root, &out);
	if (r < 0)
		return r;
	if (!path_is_top(clean.data) || !out.len)
		buf_adds(&out, clean.data);
	if (buf_error(&out) < 0)
		return buf_error(&out);
	*ret_path = out;
	out = (struct buf){0};
	return 0;
}

int root_resolve(const char *root, const char *path, unsigned flags, struct buf *ret_path)
{
	_cleanup_(way_done) struct way w = NO_WAY;
	int r = way_to(&w, root, path, flags);

	if (r < 0)
		return r;
	if (w.fd < 0 && w.name[0] && !(flags & (ROOT_MISSING | ROOT_KEEP_LAST)))
		return -ENOENT;
	return tell_path(&w, root, ret_path);
}

int root_look(const char *root, const char *path, unsigned flags, root_avoid_fn avoid, void *user,
	      struct buf *ret_path, mode_t *ret_mode)
{
	_cleanup_(buf_done) struct buf top = {0};
	_cleanup_(way_done) struct way w = NO_WAY;
	bool missing;
	int r = path_clean(root, &top);

	if (r < 0)
		return r;
	w.avoid = avoid;
	w.user = user;
	w.root = is_root(root) ? top.data : "";
	r = way_to(&w, root, path, flags);
	if (r < 0)
		return r;
	missing = w.avoided || (w.fd < 0 && w.name[0]);
	if (missing && !w.avoided && !(flags & ROOT_MISSING))
		return -ENOENT;
	if (!missing && fstatat(w.fd < 0 ? w.dir : w.fd, "", &w.st, AT_EMPTY_PATH) < 0)
		return -errno;
	r = tell_path(&w, root, ret_path);
	if (r == 0)
		*ret_mode = missing ? 0 : w.st.st_mode;
	return r;
}
