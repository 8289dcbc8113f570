/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tmp.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/common.h"
#include "lbl.h"
#include "relabel/safe.h"

/*
 * Names are taken a buffer at a time, and removed before the next is read, so memory is one buffer
 * for each level, however many names there are.  A file system that loses its place when names go
 * is read again from the start; who adds names as fast as they are removed comes to an end of it.
 *
 * A descriptor for each level, of which there may be any number: what is deeper than this is moved
 * into a directory of ours at the top, the pit, where it gets a number and its turn in a later
 * round.  Only root can put anything there.  Who makes them deeper all the time ends it.
 */
#define DEPTH_MAX  64
#define BUFFER	   32768
#define NAMES_MAX  (1u << 26) /* in all */
#define TIMES_MAX  3
#define ROUNDS_MAX 20000

struct emptying {
	const struct ui *ui;
	int top, pit;
	char pit_name[48];
	uint64_t moved; /* so many: their names are the numbers from 0 on */
	uint64_t names; /* met so far */
	uint64_t left;	/* of them stay, and were told */
	bool endless;	/* there would always be more */
	bool failed;	/* one of them should not */
};

static void fail(struct emptying *e, const char *dir, const char *name, int error)
{
	ui_error(e->ui, "cannot remove %s%s%s: %s", dir, name ? "/" : "", name ? name : "",
		 strerror(-error));
	e->left++;
	e->failed = true;
}

/* The mount of @fd; -ENOSYS: the kernel does not say. */
static int mount_id(int fd, uint64_t *ret_id)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return -errno;
	*ret_id = stx.stx_mnt_id;
	return stx.stx_mask & STATX_MNT_ID ? 0 : -ENOSYS;
}

/* What open_below() does, without openat2(): a seccomp filter cannot look into its argument. */
static int open_by_steps(int fd, const char *name)
{
	_cleanup_close_ int pin = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t here = 0, there = 0;
	int r = pin < 0 ? -errno : mount_id(fd, &here);

	if (r == 0)
		r = mount_id(pin, &there);
	if (r < 0)
		return r;
	if (here != there)
		return -EXDEV;
	r = openat(pin, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

/* A directory of the same mount; what is no directory any more is -ENOTDIR or -ELOOP. */
static int open_below(int fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long r = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	if (r < 0 && (errno == ENOSYS || errno == EPERM))
		return open_by_steps(fd, name);
	return r < 0 ? -errno : (int)r;
}

/* ---- too deep ------------------------------------------------------------------------------- */

static int dig_pit(struct emptying *e)
{
	uint64_t number[2];

	if (getrandom(number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(e->pit_name, sizeof(e->pit_name), "fixfiles-%016" PRIx64 "%016" PRIx64, number[0],
		 number[1]);
	if (mkdirat(e->top, e->pit_name, 0700) < 0)
		return -errno;
	e->pit = open_below(e->top, e->pit_name);
	return e->pit < 0 ? e->pit : 0;
}

static int move_up(struct emptying *e, int fd, const char *name)
{
	char number[24];
	int r = e->pit < 0 ? dig_pit(e) : 0;

	if (r < 0)
		return r;
	snprintf(number, sizeof(number), "%" PRIu64, e->moved);
	if (renameat2(fd, name, e->pit, number, RENAME_NOREPLACE) < 0)
		return -errno;
	e->moved++;
	return 0;
}

/* ---- one entry ------------------------------------------------------------------------------ */

static void empty(struct emptying *e, int fd, const char *path, unsigned depth);

static int remove_dir(struct emptying *e, int fd, const char *dir, const char *name, unsigned depth)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int sub = -1;

	if (depth == DEPTH_MAX)
		return move_up(e, fd, name);
	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	sub = open_below(fd, name);
	if (sub == -EXDEV)
		return -EBUSY;
	if (sub < 0)
		return sub;
	empty(e, sub, path, depth + 1);
	if (unlinkat(fd, name, AT_REMOVEDIR) == 0)
		return 0;
	/* what is left in it was told, is a mount, or is new */
	return errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;
}

static void remove_entry(struct emptying *e, int fd, const char *dir, const char *name,
			 unsigned depth)
{
	int r = unlinkat(fd, name, 0) < 0 ? -errno : 0;

	if (r == -EISDIR)
		r = remove_dir(e, fd, dir, name, depth);
	if (r == -ENOTDIR || r == -ELOOP) /* exchanged meanwhile */
		r = unlinkat(fd, name, 0) < 0 ? -errno : 0;
	if (r == -EBUSY) {
		ui_error(e->ui, "%s/%s: something is mounted there, left alone", dir, name);
		e->left++;
	} else if (r < 0 && r != -ENOENT) {
		fail(e, dir, name, r);
	}
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* Which of the names in a directory are meant. */
struct meant {
	const char *but;     /* not this one; NULL: all */
	bool numbered;	     /* names are numbers: */
	uint64_t from, till; /* those of them */
};

static bool is_meant(const struct meant *m, const char *name)
{
	uint64_t number;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    (m->but && strcmp(name, m->but) == 0))
		return false;
	if (!m->numbered)
		return true;
	number = strtoull(name, NULL, 10);
	return number >= m->from && number < m->till;
}

/* Once through a directory.  Return how many were meant, or -errno: it cannot be read. */
static int64_t go_through(struct emptying *e, int fd, const char *path, const struct meant *meant,
			  unsigned depth)
{
	_cleanup_free_ char *buffer = malloc(BUFFER);
	int64_t names = 0;
	ssize_t n;

	if (!buffer || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while (e->names < NAMES_MAX && (n = getdents64(fd, buffer, BUFFER)) != 0) {
		if (n < 0)
			return -errno;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buffer + at);

			at += d->d_reclen;
			if (!is_meant(meant, d->d_name))
				continue;
			names++;
			e->names++;
			remove_entry(e, fd, path, d->d_name, depth);
		}
	}
	return names;
}

/* Until nothing is found, or what is found stays anyway. */
static void take_all(struct emptying *e, int fd, const char *path, const struct meant *meant,
		     unsigned depth)
{
	uint64_t left = e->left;
	int64_t n = 1;

	for (unsigned i = 0; i < TIMES_MAX && n > 0 && e->left == left; i++)
		n = go_through(e, fd, path, meant, depth);
	if (n < 0)
		fail(e, path, NULL, (int)n);
}

static void empty(struct emptying *e, int fd, const char *path, unsigned depth)
{
	const struct meant meant = {.but = fd == e->top ? e->pit_name : NULL};

	take_all(e, fd, path, &meant, depth);
}

/* What was moved into the pit, and what is moved there meanwhile; each once. */
static void empty_pit(struct emptying *e, const char *dir)
{
	_cleanup_free_ char *path = NULL;
	uint64_t done = 0;

	if (e->pit < 0)
		return;
	if (asprintf(&path, "%s/%s", dir, e->pit_name) < 0)
		path = NULL;
	for (unsigned round = 0; round < ROUNDS_MAX && done < e->moved; round++) {
		const struct meant meant = {.numbered = true, .from = done, .till = e->moved};

		take_all(e, e->pit, path ? path : dir, &meant, 0);
		done = meant.till;
	}
	e->endless |= done < e->moved;
	(void)unlinkat(e->top, e->pit_name, AT_REMOVEDIR); /* what is left in it was told */
}

bool tmp_empty(const char *root, const char *dir, const struct ui *ui)
{
	/* a link in another system may lead to what is mounted elsewhere in it: its users' homes */
	_cleanup_close_ int fd =
		lbl_root_open(root, dir, O_RDONLY | O_DIRECTORY | (root ? O_NOFOLLOW : 0), 0);
	struct emptying e = {.ui = ui, .top = fd, .pit = -1};

	if (fd == -ENOENT) /* an image need not have one */
		return true;
	if (fd < 0) {
		ui_error(ui, "%s: %s", dir,
			 root && fd == -ENOTDIR ? "no directory (a link is not followed)"
						: strerror(-fd));
		return false;
	}
	empty(&e, fd, dir, 0);
	empty_pit(&e, dir);
	close_fd(e.pit);
	if (e.endless || e.names >= NAMES_MAX)
		ui_error(ui, "%s: directories are too deep, or names made faster than removed",
			 dir);
	return !e.failed && !e.endless && e.names < NAMES_MAX;
}

bool tmp_ask(const char *dir)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	safe_printf(stdout,
		    "What is in %s may have the wrong label afterwards.  All of it can be removed "
		    "now;\n"
		    "the system should be booted anew then.\n"
		    "Remove everything in %s? [y/N] ",
		    dir, dir);
	fflush(stdout);
	n = getline(&line, &cap, stdin);
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	return n > 0 && (strcmp(line, "y") == 0 || strcmp(line, "Y") == 0);
}
