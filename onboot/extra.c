/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "extra.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "fixfiles/paths.h"
#include "setfiles/exit.h"

#define SUFFIX	 ".relabel"
#define FILE_MAX (1 << 20)

struct extra {
	const struct options *o;
	const struct ui *ui;
	const char *dir; /* as it is told: with a slash before it */
	int fd;
	bool failed, stopped;
};

/* ---- names -------------------------------------------------------------------------------------
 */

/* How often the file @name was tried, and the length of its name without that; -1: none of ours. */
static int attempts_of(const char *name, size_t *ret_len)
{
	size_t len = strlen(name), suffix = sizeof(SUFFIX) - 1;
	int made = 0;

	if (len > 2 && name[len - 2] == '.' && name[len - 1] >= '1' &&
	    name[len - 1] < '0' + EXTRA_ATTEMPTS) {
		made = name[len - 1] - '0';
		len -= 2;
	}
	if (name[0] == '.' || len <= suffix || memcmp(name + len - suffix, SUFFIX, suffix) != 0)
		return -1;
	*ret_len = len;
	return made;
}

/* By name; of two requests of one name the one that was tried before, which makes way. */
static int by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t xlen = 0, ylen = 0;
	int xmade = attempts_of(x, &xlen), ymade = attempts_of(y, &ylen);
	int r = memcmp(x, y, MIN(xlen, ylen));

	if (r == 0)
		r = (xlen > ylen) - (xlen < ylen);
	return r ? r : ymade - xmade;
}

static int find(struct extra *x, struct paths *ret_names)
{
	int fd = openat(x->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t len;

	if (!dir) {
		r = -errno;
		(void)close_fd(fd);
		return r;
	}
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL)
		if (attempts_of(e->d_name, &len) >= 0)
			r = paths_add(ret_names, e->d_name);
	if (r == 0 && errno)
		r = -errno;
	closedir(dir);
	if (ret_names->n)
		qsort(ret_names->v, ret_names->n, sizeof(*ret_names->v), by_name);
	return r;
}

/* ---- one file ----------------------------------------------------------------------------------
 */

static bool is_roots(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static bool is_path(const char *line, size_t len)
{
	if (line[0] != '/' || strlen(line) != len)
		return false;
	for (const char *s = line; *s; s += strcspn(s, "/")) {
		s += strspn(s, "/");
		if (strncmp(s, "..", 2) == 0 && (s[2] == '/' || !s[2]))
			return false;
	}
	return true;
}

/* The trees it names.  -EBADMSG: some line is none (told); the others are there. */
static int read_lines(const struct extra *x, const char *name, FILE *f, struct paths *ret_trees)
{
	_cleanup_free_ char *line = NULL;
	int r = 0, bad = 0;
	size_t size = 0;
	ssize_t n;

	while (r == 0 && (n = getline(&line, &size, f)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		if (n == 0)
			continue;
		if (is_path(line, (size_t)n)) {
			r = paths_add(ret_trees, line);
		} else {
			ui_error(x->ui, "%s/%s: '%s' is no absolute path without '..'", x->dir,
				 name, line);
			bad = -EBADMSG;
		}
	}
	if (r == 0 && ferror(f))
		r = -EIO;
	return r < 0 ? r : bad;
}

static int read_trees(const struct extra *x, const char *name, struct paths *ret_trees)
{
	int fd = openat(x->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), r;
	struct stat st;
	FILE *f;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || !is_roots(&st))
		r = -EPERM;
	else
		r = st.st_size > FILE_MAX ? -EFBIG : 0;
	f = r == 0 ? fdopen(fd, "r") : NULL;
	if (!f) {
		r = r < 0 ? r : -errno;
		close(fd);
		return r;
	}
	r = read_lines(x, name, f, ret_trees);
	fclose(f);
	return r;
}

/* To be known before it begins, also after a loss of power.  @ret_name: malloc'ed. */
static int count_attempt(const struct extra *x, const char *name, char **ret_name)
{
	_cleanup_free_ char *next = NULL;
	size_t len = 0;
	int made = attempts_of(name, &len) + 1, r;

	if (made < EXTRA_ATTEMPTS)
		r = asprintf(&next, "%.*s.%d", (int)len, name, made);
	else
		r = asprintf(&next, "%.*s.failed", (int)len, name);
	if (r < 0) {
		next = NULL;
		return -ENOMEM;
	}
	if (renameat2(x->fd, name, x->fd, next, RENAME_NOREPLACE) < 0) {
		r = -errno;
		if (r == -EEXIST)
			ui_error(x->ui, "%s/%s is in the way: remove it", x->dir, next);
		return r;
	}
	*ret_name = TAKE_PTR(next);
	return fsync(x->fd) < 0 ? -errno : 0;
}

/* A run each: what ends one is no reason to leave out the others. */
static bool label_trees(struct extra *x, const struct paths *trees)
{
	struct options o = *x->o;
	bool well = true;

	o.verb = VERB_RESTORE;
	o.mode = MODE_TREES;
	o.hidden = false;
	o.n_paths = 1;
	for (size_t i = 0; i < trees->n && !x->stopped; i++) {
		int status;

		o.paths = &trees->v[i];
		status = restore(&o, x->ui, NULL);
		x->stopped = status >= 128 && status != EXIT_ERROR;
		well = well && status == EXIT_OK;
	}
	return well;
}

static void finish(struct extra *x, const char *name, const char *counted)
{
	if (unlinkat(x->fd, counted, 0) == 0) {
		ui_say("%s/%s: relabelled", x->dir, name);
		return;
	}
	x->failed = true;
	ui_error(x->ui, "%s/%s: relabelled, but cannot be removed: %s", x->dir, counted,
		 strerror(errno));
}

static void keep(struct extra *x, const char *name, const char *counted)
{
	size_t len;

	x->failed = true;
	if (attempts_of(counted, &len) > 0)
		ui_error(x->ui,
			 "%s/%s: not everything could be relabelled: kept as %s for another "
			 "attempt",
			 x->dir, name, counted);
	else
		ui_error(x->ui,
			 "%s/%s: not everything could be relabelled, too often: kept as %s, "
			 "not tried again under that name",
			 x->dir, name, counted);
}

static void one_file(struct extra *x, const char *name)
{
	_cleanup_(paths_done) struct paths trees = {0};
	_cleanup_free_ char *counted = NULL;
	int r = read_trees(x, name, &trees), bad = r;

	if (r == 0 || r == -EBADMSG)
		r = count_attempt(x, name, &counted);
	if (r < 0) {
		x->failed = true;
		ui_error(x->ui, "%s/%s: not followed: %s", x->dir, name,
			 r == -EPERM ? "it must be a file of root's that nobody else can write to"
				     : strerror(-r));
		return;
	}
	if (label_trees(x, &trees) && bad == 0)
		finish(x, name, counted);
	else
		keep(x, name, counted);
}

/* ---- all of them -------------------------------------------------------------------------------
 */

/* False: there is nothing to do, or it cannot be (told). */
static bool open_dir(struct extra *x, int rootfd)
{
	struct stat st;
	int r = 0;

	x->fd = openat(rootfd, x->dir + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (x->fd < 0 && errno == ENOENT)
		return false;
	if (x->fd < 0 || fstat(x->fd, &st) < 0)
		r = -errno;
	else if (!is_roots(&st))
		r = -EPERM;
	if (r < 0) {
		x->failed = true;
		ui_error(x->ui, "%s: not looked into: %s", x->dir,
			 r == -EPERM ? "others than root can write to it" : strerror(-r));
	}
	return r == 0;
}

static void one_dir(struct extra *x, int rootfd)
{
	_cleanup_(paths_done) struct paths names = {0};
	int r;

	if (open_dir(x, rootfd)) {
		r = find(x, &names);
		if (r < 0) {
			x->failed = true;
			ui_error(x->ui, "%s: %s", x->dir, strerror(-r));
		}
		for (size_t i = 0; i < names.n && r == 0 && !x->stopped; i++)
			one_file(x, names.v[i]);
	}
	x->fd = close_fd(x->fd);
}

int extra_relabel(int rootfd, const struct options *o, const struct ui *ui)
{
	static const char *const dirs[] = {"/etc/relabel-extra.d", "/run/relabel-extra.d"};
	struct extra x = {.o = o, .ui = ui, .fd = -1};

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !x.stopped; i++) {
		x.dir = dirs[i];
		one_dir(&x, rootfd);
	}
	return x.failed || x.stopped ? EXIT_ERROR : EXIT_OK;
}
