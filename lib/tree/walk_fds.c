/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/walk_impl.h"

#include <sys/resource.h>

/*
 * A directory's descriptor is wanted while it is read, while one of its tasks works with it, and
 * until its last waiting subdirectory was opened.  Going down depth-first, the last kind piles up:
 * one per level.  Within the budget nothing is done about that.  Beyond it, the descriptors that
 * are only waited for are closed, oldest first: those are nearest the root and wanted last.
 *
 * When the turn of a waiting subdirectory comes and its parent is closed, the parent is opened
 * again from the nearest directory above that is open, name by name, never through a link, and
 * each step is compared with what was seen there before.  The last few levels on that way down
 * stay open, as the walk will want them next, coming up, and some on the way, evenly spaced, so
 * that the way is shorter next time.
 */

int walk_raise_fd_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return -errno;
	l.rlim_cur = l.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &l) < 0 ? -errno : 0;
}

int fds_init(struct walk *walk, unsigned max)
{
	struct rlimit l;

	if (max == 0) {
		if (getrlimit(RLIMIT_NOFILE, &l) < 0)
			return -errno;
		max = (unsigned)MIN(l.rlim_cur / 2, (rlim_t)FDS_MAX);
	}
	walk->fds.max = MAX(max, (unsigned)FDS_PER_THREAD);
	pthread_mutex_init(&walk->fds.lock, NULL);
	return 0;
}

void fds_done(struct walk *walk)
{
	pthread_mutex_destroy(&walk->fds.lock);
}

static void list_remove(struct fds *f, struct dir *dir)
{
	if (!dir->listed)
		return;
	*(dir->lru_prev ? &dir->lru_prev->lru_next : &f->oldest) = dir->lru_next;
	*(dir->lru_next ? &dir->lru_next->lru_prev : &f->newest) = dir->lru_prev;
	dir->listed = false;
}

static void list_append(struct fds *f, struct dir *dir)
{
	dir->lru_prev = f->newest;
	dir->lru_next = NULL;
	*(f->newest ? &f->newest->lru_next : &f->oldest) = dir;
	f->newest = dir;
	dir->listed = true;
}

void fds_unreserve(struct worker *wk)
{
	atomic_fetch_sub(&wk->walk->fds.open, 1);
}

bool fds_evict(struct worker *wk)
{
	struct fds *f = &wk->walk->fds;
	struct dir *dir;
	int fd = -1;

	pthread_mutex_lock(&f->lock);
	dir = f->oldest;
	if (dir) {
		list_remove(f, dir);
		fd = TAKE_FD(dir->d.fd);
	}
	pthread_mutex_unlock(&f->lock);
	if (!dir)
		return false;
	walk_close(wk, fd);
	fds_unreserve(wk);
	return true;
}

static void note_peak(struct fds *f, size_t n)
{
	size_t peak = atomic_load_explicit(&f->peak, memory_order_relaxed);

	while (n > peak && !atomic_compare_exchange_weak(&f->peak, &peak, n))
		;
}

void fds_reserve(struct worker *wk)
{
	struct fds *f = &wk->walk->fds;
	size_t n = atomic_fetch_add(&f->open, 1) + 1;

	while (n > f->max && fds_evict(wk))
		n = atomic_load(&f->open);
	note_peak(f, n);
}

bool walk_spare_fd(struct walk_worker *w)
{
	struct fds *f = &((struct worker *)w)->walk->fds;
	size_t n = atomic_fetch_add(&f->open, 1) + 1;

	if (n > f->max / 2) {
		atomic_fetch_sub(&f->open, 1);
		return false;
	}
	note_peak(f, n);
	return true;
}

void walk_return_fd(struct walk_worker *w)
{
	fds_unreserve((struct worker *)w);
}

void dir_expect(struct worker *wk, struct dir *dir, size_t n)
{
	struct fds *f = &wk->walk->fds;

	pthread_mutex_lock(&f->lock);
	dir->waiting += n;
	pthread_mutex_unlock(&f->lock);
}

void dir_use(struct worker *wk, struct dir *dir)
{
	struct fds *f = &wk->walk->fds;

	pthread_mutex_lock(&f->lock);
	dir->users++;
	pthread_mutex_unlock(&f->lock);
}

void dir_claim(struct worker *wk, struct dir *dir)
{
	struct fds *f = &wk->walk->fds;
	struct task_list list = {0};
	struct task *read = NULL;

	pthread_mutex_lock(&f->lock);
	list_remove(f, dir);
	dir->users++;
	dir->waiting--;
	if (dir->parked && dir->waiting <= PARK_LOW) {
		read = TAKE_PTR(dir->parked);
		f->parked--;
	}
	pthread_mutex_unlock(&f->lock);
	if (read) {
		task_add(&list, read);
		pool_push(wk, &list);
	}
}

void dir_unuse(struct worker *wk, struct dir *dir)
{
	struct fds *f = &wk->walk->fds;
	int fd = -1;

	pthread_mutex_lock(&f->lock);
	if (--dir->users == 0 && dir->d.fd >= 0) {
		if (dir->waiting)
			list_append(f, dir);
		else
			fd = TAKE_FD(dir->d.fd);
	}
	pthread_mutex_unlock(&f->lock);
	if (fd >= 0) {
		walk_close(wk, fd);
		fds_unreserve(wk);
	}
}

bool dir_park(struct worker *wk, struct dir *dir)
{
	struct fds *f = &wk->walk->fds;
	struct task *read;
	bool parked;

	if (likely(atomic_load_explicit(&dir->waiting, memory_order_relaxed) <= PARK_HIGH))
		return false;
	read = task_new(dir, TASK_READ, 0);
	if (!read)
		return false;
	pthread_mutex_lock(&f->lock);
	/* a parked directory keeps its fd, for its place in it: not more than can be spared */
	parked = dir->waiting > PARK_HIGH && f->parked < f->max / 4;
	if (parked) {
		dir->parked = read;
		f->parked++;
	}
	pthread_mutex_unlock(&f->lock);
	if (!parked)
		free(read);
	return parked;
}

/* Open @dir below @at, where it was before, and nothing else. */
static int open_same(struct worker *wk, int at, const struct dir *dir)
{
	const char *name = dir->d.parent ? dir->d.name : wk->walk->o->name;
	struct statx stx;
	int fd, r;

	fds_reserve(wk);
	fd = walk_open_dir(wk, at, name);
	r = fd;
	if (fd >= 0)
		r = queue_identify(&wk->w.queue, fd, "", QUEUE_IDENTITY, &stx);
	if (r >= 0 && stx.stx_ino == dir->d.ino && queue_dev(&stx) == dir->d.dev &&
	    queue_mount_id(&stx) == dir->d.mnt_id) {
		atomic_fetch_add_explicit(&wk->walk->fds.reopened, 1, memory_order_relaxed);
		return fd;
	}
	if (fd >= 0)
		walk_close(wk, fd);
	fds_unreserve(wk);
	return r < 0 ? r : -ESTALE;
}

/* Give @dir the descriptor @fd and use it, if it can do with one.  False: it is still ours. */
static bool install(struct worker *wk, struct dir *dir, int fd)
{
	struct fds *f = &wk->walk->fds;
	bool taken;

	pthread_mutex_lock(&f->lock);
	taken = dir->d.fd < 0 && (dir->waiting || dir->users);
	if (taken) {
		dir->d.fd = fd;
		dir->users++;
	}
	pthread_mutex_unlock(&f->lock);
	return taken;
}

/* The closed directories from @dir up, and the open one above them (used), or NULL. */
static size_t closed_chain(struct worker *wk, struct dir *dir, struct dir **chain,
			   struct dir **ret_base)
{
	struct fds *f = &wk->walk->fds;
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	while (dir && dir->d.fd < 0) {
		chain[n++] = dir;
		dir = (struct dir *)dir->d.parent;
	}
	if (dir) {
		list_remove(f, dir);
		dir->users++;
	}
	pthread_mutex_unlock(&f->lock);
	*ret_base = dir;
	return n;
}

int dir_ready(struct worker *wk, struct dir *dir)
{
	size_t keep = wk->walk->fds.max / 4, n, step, since = 0;
	_cleanup_free_ struct dir **chain = NULL;
	struct dir *held; /* the directory whose fd is `at`; NULL: ours, or the caller's */
	int at, r = 0;
	bool ours = false;

	pthread_mutex_lock(&wk->walk->fds.lock);
	at = dir->d.fd; /* once open, it stays so while we are a user */
	pthread_mutex_unlock(&wk->walk->fds.lock);
	if (at >= 0)
		return 0;
	chain = malloc((dir->depth + 1) * sizeof(struct dir *));
	if (!chain)
		return -ENOMEM;
	n = closed_chain(wk, dir, chain, &held);
	step = n / keep + 1;
	at = held ? held->d.fd : wk->walk->o->dirfd;
	while (n-- > 0 && r == 0) {
		int fd = open_same(wk, at, chain[n]);

		if (held) {
			dir_unuse(wk, held);
		} else if (ours) {
			walk_close(wk, at);
			fds_unreserve(wk);
		}
		held = NULL;
		ours = fd >= 0;
		if (fd < 0) {
			r = fd;
		} else if ((++since >= step || n <= keep) && install(wk, chain[n], fd)) {
			held = chain[n];
			ours = false;
			since = 0;
		}
		at = fd;
	}
	if (ours) { /* another thread was quicker */
		walk_close(wk, at);
		fds_unreserve(wk);
	}
	if (held)
		dir_unuse(wk, held);
	return r;
}
