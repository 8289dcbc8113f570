/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place_watch: which back end watches a place, and for what; and the directories held open.
 *
 * A directory that is held open is not told to be deleted (the kernel waits until the last
 * descriptor is closed), so none is for longer than it takes to do what waits.
 */
#include "places.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "labeller.h"
#include "log.h"
#include "util.h"

#define IDLE_MS 100 /* an open directory may be of no use for so long */
/* With a mark; an event of a directory not yet known is compared with all of them. */
#define TREES_MAX 1024

int place_open_path(const struct places *p, const char *path)
{
	return mountmap_open_dir(&p->mounts, path, true);
}

/* ---- back ends --------------------------------------------------------------------------------
 */

static const struct place *tree_above(const struct places *p, const struct place *c)
{
	const struct place *up = c->parent;

	return up && !c->mount_point && up->dev == c->dev &&
			       wants_kind(&p->targets, &up->wants) & WANTS_TREE
		       ? up
		       : NULL;
}

static bool fan_add(struct places *p, struct place *c, int fd, const char *path, unsigned flags)
{
	int r = watch_fanotify.add(p->fanotify, c->number, fd, path,
				   flags | (p->options.attrib ? WATCH_ADD_ATTRIB : 0));

	if (r == 0) {
		p->n_marked += !c->fan_tree && !c->fan_dir;
		c->fan_tree = flags & WATCH_ADD_TREE;
		p->n_trees += c->fan_tree;
		c->fan_dir = !c->fan_tree;
		return true;
	}
	log_say(p->told_fanotify ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		"\"%s\" cannot be watched by fanotify (%s): by inotify, then", path, strerror(-r));
	p->told_fanotify = true;
	return false;
}

static void fan_start(struct places *p, struct place *c, int fd, const char *path, unsigned kind)
{
	/* by a pattern there may be as many as somebody makes: the others are inotify's */
	if (!p->fanotify || c->fan_tree || c->fan_dir || p->n_marked >= p->options.max_dirs)
		return;
	if (kind & WANTS_TREE && p->n_trees < TREES_MAX && !tree_above(p, c))
		(void)fan_add(p, c, fd, path, WATCH_ADD_TREE);
	else if (kind & WANTS_NAMES && p->options.back_end == PLACES_FANOTIFY)
		(void)fan_add(p, c, fd, path, WATCH_ADD_NAMES);
}

static bool needs_names(const struct place *c, unsigned kind)
{
	if (c->fan_tree || c->fan_dir)
		return false;
	return kind & (WANTS_NAMES | WANTS_PATTERN | WANTS_SUBDIRS) || c->missing;
}

static void explain_limit(struct places *p, const char *path)
{
	if (p->told_limit)
		return;
	p->told_limit = true;
	if (p->n_watched >= p->options.max_dirs)
		log_say(LOG_LEVEL_WARNING,
			"%zu directories are watched, which is the limit (--max-dirs): \"%s\" and "
			"whatever follows by fanotify, or looked at from time to time",
			p->n_watched, path);
	else
		log_say(LOG_LEVEL_WARNING,
			"no more inotify watches for this user after %zu of ours "
			"(/proc/sys/fs/inotify/max_user_watches): \"%s\" and whatever follows by "
			"fanotify, or looked at from time to time",
			p->n_watched, path);
}

/*
 * It is one of however many directories that somebody makes: what is remembered is that there are
 * such in its parent, which has a watch.
 */
static void poll_from_above(struct places *p, struct place *c)
{
	struct place *up = c->parent;

	if (up && !up->lazy && !up->fan_tree && !c->mount_point) {
		p->n_lazy += !c->lazy;
		c->lazy = true;
		c = up;
	}
	p->n_polled += !c->polled;
	c->polled = true;
}

static int inotify_start(struct places *p, struct place *c, int fd, const char *path, unsigned kind)
{
	bool names = needs_names(c, kind), fan = c->fan_tree || c->fan_dir;
	unsigned flags = names ? WATCH_ADD_NAMES : 0;
	int r = -ENOSPC;

	if (c->watched && c->names == names)
		return 0;
	if (p->options.attrib && kind & WANTS_NAMES && !fan)
		flags |= WATCH_ADD_ATTRIB;
	if (c->watched || p->n_watched < p->options.max_dirs)
		r = watch_inotify.add(p->inotify, c->number, fd, path, flags);
	if (r == 0) {
		p->n_watched += !c->watched;
		c->watched = true;
		c->names = names;
		return 0;
	}
	if (fan || (r == -EACCES && !(kind & WANTS_NAMES)))
		return 0;
	if (r != -ENOSPC)
		return r;
	explain_limit(p, path);
	if (!p->fanotify || p->n_marked >= p->options.max_dirs ||
	    !fan_add(p, c, fd, path, WATCH_ADD_NAMES))
		poll_from_above(p, c);
	return 0;
}

static int watch_at(struct places *p, struct place *c, int fd, const char *path)
{
	unsigned kind = wants_kind(&p->targets, &c->wants);

	fan_start(p, c, fd, path, kind);
	return inotify_start(p, c, fd, path, kind);
}

static bool is_at(const struct places *p, const struct place *c, const char *path)
{
	_cleanup_close_ int fd = place_open_path(p, path);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == c->dev && st.st_ino == c->ino;
}

int place_watch_start(struct places *p, struct place *c)
{
	const struct place *up = c->parent;
	const struct mountpoint *point = NULL;
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (c->depth <= p->mounts.deepest) {
		if (!place_path(c, path))
			return -ENAMETOOLONG;
		point = mountmap_at(&p->mounts, path);
	}
	c->mount_point = point;
	c->automount = point ? point->autofs : up && up->automount;
	p->n_lazy -= c->lazy;
	c->lazy = up && place_leads_to_lazy(up) && !point && !c->automount;
	p->n_lazy += c->lazy;
	if (c->lazy || c->automount)
		return 0; /* what is mounted on an automount point is told by the map */
	if (!place_path(c, path))
		return -ENAMETOOLONG;
	fd = place_open_path(p, path);
	if (fd < 0)
		return fd == -EXDEV ? -ENOENT : fd; /* it may be mounted one day */
	if (fstat(fd, &st) < 0)
		return -errno;
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	place_owner(p, c, st.st_uid);
	r = watch_at(p, c, fd, path);
	if (r < 0)
		return r;
	return is_at(p, c, path) ? 0 : -ESTALE; /* moved before it was watched */
}

void place_watch_mount(struct places *p, struct place *c)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];

	if (!c->lazy || !c->parent->dev || c->parent->dev == c->dev || c->parent->polled)
		return;
	fd = place_path(c, path) ? place_open_path(p, path) : -1;
	if (fd < 0)
		return;
	c->lazy = false;
	p->n_lazy--;
	(void)watch_at(p, c, fd, path);
}

void place_watch_stop(struct places *p, struct place *c)
{
	if (c->watched)
		watch_inotify.remove(p->inotify, c->number);
	if (c->fan_dir || c->fan_tree)
		watch_fanotify.remove(p->fanotify, c->number);
	p->n_marked -= c->fan_dir || c->fan_tree;
	p->n_trees -= c->fan_tree;
	p->n_watched -= c->watched;
	p->n_lazy -= c->lazy;
	p->n_polled -= c->polled;
	c->watched = c->names = c->fan_dir = c->fan_tree = c->lazy = c->polled = false;
}

/* All below it is to be found, and watched, again. */
static void begin_again(struct places *p, struct place *c)
{
	while (c->child)
		place_drop(p, c->child);
	place_scan(p, c, false, true);
}

void place_watch_settle(struct places *p, struct place *c)
{
	unsigned kind = wants_kind(&p->targets, &c->wants);
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];

	if (c->lazy || c->automount)
		return;
	if ((c->fan_tree && !(kind & WANTS_TREE)) || (c->fan_dir && !(kind & WANTS_NAMES))) {
		watch_fanotify.remove(p->fanotify, c->number);
		p->n_marked--;
		p->n_trees -= c->fan_tree;
		c->fan_tree = c->fan_dir = false;
		begin_again(p, c);
	}
	if (c->watched && c->names == needs_names(c, kind) &&
	    !(kind & WANTS_TREE && !c->fan_tree && p->fanotify && !tree_above(p, c)))
		return;
	if (!place_path(c, path))
		return;
	fd = place_open_path(p, path);
	if (fd < 0)
		return; /* gone; that is told */
	(void)watch_at(p, c, fd, path);
}

void place_watch_retry(struct places *p, struct place *c)
{
	p->n_polled -= c->polled;
	c->polled = false;
	place_watch_settle(p, c);
}

bool place_is_same(struct places *p, struct place *c)
{
	char path[PATH_MAX];

	return c->lazy || c->automount || (place_path(c, path) && is_at(p, c, path));
}

/* ---- directories held open ---------------------------------------------------------------------
 */

static void lru_remove(struct places *p, struct place *c)
{
	*(c->newer ? &c->newer->older : &p->newest) = c->older;
	*(c->older ? &c->older->newer : &p->oldest) = c->newer;
	c->newer = c->older = NULL;
}

static void lru_add(struct places *p, struct place *c)
{
	c->older = p->newest;
	c->newer = NULL;
	*(p->newest ? &p->newest->newer : &p->oldest) = c;
	p->newest = c;
}

void place_close(struct places *p, struct place *c)
{
	if (!c->dir)
		return;
	c->dir = lbl_dir_free(c->dir);
	lru_remove(p, c);
	p->n_open--;
}

int place_dir(struct places *p, struct place *c, struct lbl_dir **ret_dir)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct lbl_dir *dir;
	struct stat st;
	int r;

	c->used_ms = p->now;
	if (c->dir) {
		lru_remove(p, c);
		lru_add(p, c);
		*ret_dir = c->dir;
		return 0;
	}
	if (!place_path(c, path))
		return -ENAMETOOLONG;
	fd = mountmap_open_dir(&p->mounts, path, false);
	if (fd < 0)
		return fd;
	r = lbl_dir_open_fd(&dir, p->labeller->relabel, path, fd);
	if (r < 0)
		return r;
	if (fstat(lbl_dir_fd(dir), &st) < 0)
		r = -errno;
	else if (!c->lazy && (st.st_dev != c->dev || st.st_ino != c->ino))
		r = -ESTALE;
	if (r < 0) {
		lbl_dir_free(dir);
		return r;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	c->has_mounts = place_has_mounts(p, path);
	place_owner(p, c, st.st_uid);
	if (p->n_open >= p->options.max_open)
		place_close(p, p->oldest);
	*ret_dir = c->dir = dir;
	lru_add(p, c);
	p->n_open++;
	return 0;
}

int places_idle(struct places *p)
{
	while (p->oldest && p->oldest->used_ms + IDLE_MS <= p->now)
		place_close(p, p->oldest);
	return p->oldest ? (int)(p->oldest->used_ms + IDLE_MS - p->now) : -1;
}
