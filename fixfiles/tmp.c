/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tmp.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "base/common.h"
#include "paths.h"

/*
 * A descriptor for each level, of which there may be any number: what is deeper than this is moved
 * up to the top, and its turn comes in the next pass, which looks at nothing else.  Who makes them
 * deeper all the time ends it.
 */
#define DEPTH_MAX  64
#define PASSES_MAX 20000

struct emptying {
	const struct ui *ui;
	int top;
	struct paths moved; /* up */
	bool failed;	    /* told */
};

static void fail(struct emptying *e, const char *path, int error)
{
	ui_error(e->ui, "cannot remove %s: %s", path, strerror(-error));
	e->failed = true;
}

/* A directory of the same mount; what is no directory any more is -ENOTDIR or -ELOOP. */
static int open_below(int fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long r = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	return r < 0 ? -errno : (int)r;
}

/* All at once: who adds names as fast as they are removed must not keep us here. */
static int read_names(int fd, struct paths *ret_names)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	int r = 0;

	if (!dir) {
		r = -errno;
		close_fd(copy);
		return r;
	}
	errno = 0;
	while (r == 0 && (d = readdir(dir))) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = paths_add(ret_names, d->d_name);
		errno = 0;
	}
	if (r == 0)
		r = -errno;
	closedir(dir);
	return r;
}

/* Too deep: to the top, under a name nobody has. */
static int move_up(struct emptying *e, int fd, const char *name)
{
	char fresh[48];
	uint64_t number[2];
	int r;

	if (getrandom(number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(fresh, sizeof(fresh), "fixfiles-%016" PRIx64 "%016" PRIx64, number[0], number[1]);
	r = paths_add(&e->moved, fresh);
	if (r < 0)
		return r;
	/* one that was not moved is not found there */
	return renameat2(fd, name, e->top, fresh, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

static void empty(struct emptying *e, int fd, const char *path, unsigned depth);

static int remove_dir(struct emptying *e, int fd, const char *name, const char *path,
		      unsigned depth)
{
	_cleanup_close_ int sub = -1;

	if (depth == DEPTH_MAX)
		return move_up(e, fd, name);
	sub = open_below(fd, name);
	if (sub == -EXDEV) {
		ui_error(e->ui, "%s: something is mounted there, left alone", path);
		return 0;
	}
	if (sub < 0)
		return sub;
	empty(e, sub, path, depth + 1);
	if (unlinkat(fd, name, AT_REMOVEDIR) == 0)
		return 0;
	/* what is left in it was told, is a mount, or is new */
	return errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;
}

static void remove_entry(struct emptying *e, int fd, const char *name, const char *path,
			 unsigned depth)
{
	int r = unlinkat(fd, name, 0) < 0 ? -errno : 0;

	if (r == -EISDIR)
		r = remove_dir(e, fd, name, path, depth);
	if (r == -ENOTDIR || r == -ELOOP) /* exchanged meanwhile */
		r = unlinkat(fd, name, 0) < 0 ? -errno : 0;
	if (r < 0 && r != -ENOENT)
		fail(e, path, r);
}

static void remove_all(struct emptying *e, int fd, const struct paths *names, const char *path,
		       unsigned depth)
{
	for (size_t i = 0; i < names->n; i++) {
		_cleanup_free_ char *full = NULL;

		if (asprintf(&full, "%s/%s", path, names->v[i]) < 0)
			full = NULL;
		remove_entry(e, fd, names->v[i], full ? full : names->v[i], depth);
	}
}

static void empty(struct emptying *e, int fd, const char *path, unsigned depth)
{
	_cleanup_(paths_done) struct paths names = {0};
	int r = read_names(fd, &names);

	if (r < 0)
		fail(e, path, r);
	remove_all(e, fd, &names, path, depth);
}

/* What was moved up to the top, and what is moved there meanwhile. */
static void remove_moved(struct emptying *e, const char *dir)
{
	for (unsigned pass = 0; pass < PASSES_MAX && e->moved.n; pass++) {
		_cleanup_(paths_done) struct paths now = e->moved;

		e->moved = (struct paths){0};
		remove_all(e, e->top, &now, dir, 0);
	}
	if (e->moved.n) {
		ui_error(e->ui, "%s: directories are too deep, or made faster than removed", dir);
		e->failed = true;
	}
}

bool tmp_empty(const char *dir, const struct ui *ui)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct emptying e = {.ui = ui, .top = fd};

	if (fd < 0) {
		ui_error(ui, "%s: %s", dir, strerror(errno));
		return false;
	}
	empty(&e, fd, dir, 0);
	remove_moved(&e, dir);
	paths_done(&e.moved);
	return !e.failed;
}

bool tmp_ask(void)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	printf("What is in /tmp may have the wrong label afterwards.  All of it can be removed "
	       "now;\n"
	       "the system should be booted anew then.\n"
	       "Remove everything in /tmp? [y/N] ");
	fflush(stdout);
	n = getline(&line, &cap, stdin);
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	return n > 0 && (strcmp(line, "y") == 0 || strcmp(line, "Y") == 0);
}
