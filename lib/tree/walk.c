/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/walk_impl.h"

#include <dirent.h>
#include <string.h>

#include "base/log.h"

/* ---- system calls --------------------------------------------------------------------------- */

void walk_close(struct worker *wk, int fd)
{
	struct queue_req req = {.op = QUEUE_CLOSE, .fd = fd};

	(void)queue_call(&wk->w.queue, &req); /* a directory: nothing is lost */
}

/* First what the visitor can end: a directory that is closed would have to be opened again. */
static bool spare(struct worker *wk)
{
	return wk->walk->v->spare && wk->walk->v->spare(wk->walk->o->user, &wk->w);
}

int walk_open_dir(struct worker *wk, int fd, const char *name)
{
	int r;

	do
		r = queue_open_dir(&wk->w.queue, fd, name);
	while ((r == -EMFILE || r == -ENFILE) && (spare(wk) || fds_evict(wk)));
	return r;
}

/* ---- telling the visitor -------------------------------------------------------------------- */

static void tell_failed(struct worker *wk, const struct dir *dir, const char *name,
			const char *what, int error)
{
	if (wk->walk->v->failed)
		wk->walk->v->failed(wk->walk->o->user, &wk->w, dir ? &dir->d : NULL, name, what,
				    error);
}

void walk_between(struct worker *wk, bool idle)
{
	if (wk->walk->v->between)
		wk->walk->v->between(wk->walk->o->user, &wk->w, idle);
}

static void tell_entry(struct worker *wk, const struct walk_entry *e)
{
	if (wk->walk->v->entry)
		wk->walk->v->entry(wk->walk->o->user, &wk->w, e);
}

/* One thing less to be done for @dir; the last one ends it, which is one thing less above it. */
static void dir_put(struct worker *wk, struct dir *dir)
{
	struct walk *walk = wk->walk;

	while (atomic_fetch_sub(&dir->pending, 1) == 1) {
		struct dir *parent = (struct dir *)dir->d.parent;

		if (walk->v->done)
			walk->v->done(walk->o->user, &wk->w, &dir->d);
		free(dir);
		if (!parent) {
			pool_finish(walk);
			return;
		}
		dir = parent;
	}
}

void walk_hold(struct walk_dir *dir)
{
	atomic_fetch_add(&((struct dir *)dir)->pending, 1);
}

void walk_let_go(struct walk_worker *w, struct walk_dir *dir)
{
	dir_put((struct worker *)w, (struct dir *)dir);
}

void walk_path(const struct walk_dir *dir, const char *name, struct buf *b)
{
	static const char filler[64];
	size_t start = b->len, end, len = name ? strlen(name) : 0;

	if (!dir) {
		buf_add(b, name, len);
		return;
	}
	/* sizes first, then the names from the last to the first; "/" needs no second slash */
	end = len + (name != NULL);
	for (const struct walk_dir *d = dir; d; d = d->parent)
		end += d->name_len + (d->parent != NULL);
	if (walk_top(dir)->name_len > 0 &&
	    walk_top(dir)->name[walk_top(dir)->name_len - 1] == '/' && (name || dir->parent))
		end--;
	for (size_t n = end; n > 0; n -= MIN(n, sizeof(filler)))
		buf_add(b, filler, MIN(n, sizeof(filler)));
	if (buf_error(b))
		return;
	end += start;
	if (name) {
		end -= len;
		memcpy(b->data + end, name, len);
		b->data[--end] = '/';
	}
	for (const struct walk_dir *d = dir; d->parent; d = d->parent) {
		end -= d->name_len;
		memcpy(b->data + end, d->name, d->name_len);
		b->data[--end] = '/';
	}
	memcpy(b->data + start, walk_top(dir)->name, walk_top(dir)->name_len);
}

/* ---- opening a directory -------------------------------------------------------------------- */

static struct dir *dir_new(struct worker *wk, struct dir *parent, const struct task *t, int fd,
			   const struct statx *stx)
{
	const struct walk_options *o = wk->walk->o;
	struct dir *dir = calloc(1, sizeof(*dir) + (parent ? t->len : 0));

	if (!dir)
		return NULL;
	if (parent) {
		memcpy(dir->name, t->data, t->len);
		dir->d.name = dir->name;
		dir->d.name_len = t->len - 1;
		dir->d.parent = &parent->d;
		dir->d.scope = t->scope;
		dir->depth = parent->depth + 1;
	} else {
		dir->d.name = o->path;
		dir->d.name_len = strlen(o->path);
		dir->d.scope = o->scope;
	}
	dir->d.fd = fd;
	dir->d.id = atomic_fetch_add(&wk->walk->next_id, 1) + 1;
	dir->d.dev = queue_dev(stx);
	dir->d.ino = stx->stx_ino;
	dir->d.mnt_id = queue_mount_id(stx);
	dir->d.uid = stx->stx_uid;
	dir->d.gid = stx->stx_gid;
	dir->d.mode = stx->stx_mode;
	dir->users = 1;
	atomic_init(&dir->pending, 1);
	return dir;
}

static bool one_mount(const struct worker *wk)
{
	return wk->walk->o->flags & WALK_ONE_MOUNT;
}

/* Is @name on the top's mount?  1 yes, 0 no (told), -errno (told).  Opens and triggers nothing. */
static int same_mount(struct worker *wk, struct dir *dir, const char *name)
{
	struct statx stx;
	int r = queue_identify(&wk->w.queue, dir->d.fd, name, STATX_MNT_ID | STATX_TYPE, &stx);

	if (r < 0) {
		tell_failed(wk, dir, name, "stat", r);
		return r;
	}
	if (queue_mount_id(&stx) == wk->walk->top_mnt_id)
		return 1;
	if (wk->walk->v->crossed)
		wk->walk->v->crossed(wk->walk->o->user, &wk->w, &dir->d, name);
	return 0;
}

/* It could not be opened: it may still want a label. */
static void visit_unopened(struct worker *wk, const struct task *t, int error)
{
	struct walk_entry e = {
		.dir = &t->dir->d,
		.name = t->data,
		.name_len = t->len - 1,
		.kind = LBL_DIR,
		.ino = t->ino,
		.scope = t->scope,
	};
	bool gone = error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -ESTALE;

	if (!gone && one_mount(wk) && same_mount(wk, t->dir, t->data) <= 0)
		return;
	tell_failed(wk, t->dir, t->data, "open", error);
	if (!gone)
		tell_entry(wk, &e);
}

/* What the opened directory is; NULL: it is not to be visited (told). */
static struct dir *examine(struct worker *wk, const struct task *t, int fd)
{
	struct walk *walk = wk->walk;
	struct dir *parent = t->dir, *dir;
	const char *name = parent ? t->data : walk->o->path;
	struct statx stx;
	int r = queue_identify(&wk->w.queue, fd, "", QUEUE_IDENTITY, &stx);

	if (r < 0) {
		tell_failed(wk, parent, name, "stat", r);
		goto refused;
	}
	if (!parent) {
		walk->top_mnt_id = queue_mount_id(&stx);
	} else if (one_mount(wk) && queue_mount_id(&stx) != walk->top_mnt_id) {
		if (walk->v->crossed)
			walk->v->crossed(walk->o->user, &wk->w, &parent->d, name);
		return NULL;
	} else if (walk_comes_round(wk, parent, fd, &stx)) {
		tell_failed(wk, parent, name, "cycle", -ELOOP);
		return NULL;
	}
	dir = dir_new(wk, parent, t, fd, &stx);
	if (dir)
		return dir;
	r = -ENOMEM;
	tell_failed(wk, parent, name, "open", r);
refused:
	if (!parent)
		walk->top_error = r;
	return NULL;
}

/* Open the directory of a TASK_TOP or TASK_SUBDIR.  NULL: not to be visited (told). */
static struct dir *open_dir(struct worker *wk, const struct task *t)
{
	struct walk *walk = wk->walk;
	struct dir *parent = t->dir, *dir;
	int fd;

	if (parent && one_mount(wk) && t->scope && t->scope->mount &&
	    same_mount(wk, parent, t->data) <= 0)
		return NULL;
	fds_reserve(wk);
	fd = walk_open_dir(wk, parent ? parent->d.fd : walk->o->dirfd,
			   parent ? t->data : walk->o->name);
	if (fd < 0) {
		fds_unreserve(wk);
		if (parent) {
			visit_unopened(wk, t, fd);
		} else {
			walk->top_error = fd;
			tell_failed(wk, NULL, walk->o->path, "open", fd);
		}
		return NULL;
	}
	dir = examine(wk, t, fd);
	if (!dir) {
		walk_close(wk, fd);
		fds_unreserve(wk);
	}
	return dir;
}

/* ---- reading a directory -------------------------------------------------------------------- */

static const struct dirent64 *record_at(const char *buf, const struct record *record)
{
	return (const struct dirent64 *)(buf + record->offset);
}

static int record_compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* List the records of a buffer, "." and ".." left out, in the order of visit. */
static size_t index_records(struct worker *wk, const char *buf, size_t len)
{
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		const struct dirent64 *de = (const struct dirent64 *)(buf + at);
		const char *s = de->d_name;

		if (s[0] != '.' || (s[1] && (s[1] != '.' || s[2])))
			wk->index[n++] = (struct record){de->d_ino, (uint32_t)at};
		at += de->d_reclen;
	}
	if (wk->walk->o->flags & WALK_SORT)
		qsort(wk->index, n, sizeof(*wk->index), record_compare);
	return n;
}

static enum lbl_kind kind_of_type(unsigned char type)
{
	return kind_of_mode(DTTOIF(type));
}

/* Fill in @e; false: left out by the scope (told). */
static bool entry_init(struct worker *wk, struct walk_entry *e, struct dir *dir,
		       const struct dirent64 *de)
{
	*e = (struct walk_entry){
		.dir = &dir->d,
		.name = de->d_name,
		.name_len = strlen(de->d_name),
		.kind = kind_of_type(de->d_type),
		.ino = de->d_ino,
	};
	if (likely(!dir->d.scope))
		return true;
	e->scope = scope_child(dir->d.scope, e->name, e->name_len);
	if (!e->scope || !e->scope->skip)
		return true;
	if (wk->walk->v->skipped)
		wk->walk->v->skipped(wk->walk->o->user, &wk->w, e);
	return false;
}

/* Note a subdirectory as a task, if the visitor wants it. */
static void add_subdir(struct worker *wk, struct task_list *list, const struct walk_entry *e)
{
	struct walk *walk = wk->walk;
	struct dir *dir = (struct dir *)e->dir;
	struct task *t;

	if (walk->v->want && walk->v->want(walk->o->user, &wk->w, e) == 0)
		return;
	t = task_new(dir, TASK_SUBDIR, e->name_len + 1);
	if (!t) {
		tell_failed(wk, dir, e->name, "open", -ENOMEM);
		return;
	}
	memcpy(t->data, e->name, e->name_len + 1);
	t->scope = e->scope;
	t->ino = e->ino;
	task_add(list, t);
}

static void push_subdirs(struct worker *wk, struct dir *dir, struct task_list *list)
{
	if (list->n == 0)
		return;
	atomic_fetch_add(&dir->pending, list->n);
	dir_expect(wk, dir, list->n);
	pool_push(wk, list);
}

/* The subdirectories among @n records: first, so that others have something to do. */
static size_t visit_subdirs(struct worker *wk, struct dir *dir, const char *buf, size_t n)
{
	struct task_list list = {0};
	struct walk_entry e;
	size_t found;

	for (size_t i = 0; i < n && !walk_stopped(wk->walk); i++) {
		const struct dirent64 *de = record_at(buf, &wk->index[i]);

		if (de->d_type == DT_DIR && entry_init(wk, &e, dir, de))
			add_subdir(wk, &list, &e);
	}
	found = list.n;
	push_subdirs(wk, dir, &list);
	return found;
}

/* The kind of an entry whose file system does not tell; false: unknown (told). */
static bool ask_kind(struct worker *wk, struct walk_entry *e)
{
	struct statx stx;
	int r = queue_identify(&wk->w.queue, e->dir->fd, e->name, STATX_TYPE, &stx);

	if (r < 0) {
		tell_failed(wk, (struct dir *)e->dir, e->name, "stat", r);
		return false;
	}
	e->kind = kind_of_mode(stx.stx_mode);
	return true;
}

/* All but the known subdirectories among @n records. */
static void visit_files(struct worker *wk, struct dir *dir, const char *buf, size_t n)
{
	struct task_list list = {0};
	struct walk_entry e;

	for (size_t i = 0; i < n && !walk_stopped(wk->walk); i++) {
		const struct dirent64 *de = record_at(buf, &wk->index[i]);

		if (de->d_type == DT_DIR || !entry_init(wk, &e, dir, de))
			continue;
		if (unlikely(e.kind == LBL_ANY) && !ask_kind(wk, &e))
			continue;
		if (e.kind == LBL_DIR) {
			add_subdir(wk, &list, &e);
			continue;
		}
		if (unlikely(e.scope) && e.scope->mount && one_mount(wk) &&
		    same_mount(wk, dir, e.name) <= 0)
			continue;
		tell_entry(wk, &e);
	}
	push_subdirs(wk, dir, &list);
}

/* A buffer of its own for a big directory, if there are threads to share it with. */
static struct task *batch_new(struct worker *wk, struct dir *dir)
{
	struct walk *walk = wk->walk;
	struct task *t;

	if (dir->full_reads < 2 || walk->limit < 2)
		return NULL;
	if (atomic_fetch_add(&walk->batches, 1) < BATCHES_MAX) {
		t = task_new(dir, TASK_BATCH, DENTS_SIZE);
		if (t)
			return t;
	}
	atomic_fetch_sub(&walk->batches, 1);
	return NULL;
}

static void batch_free(struct worker *wk, struct task *t)
{
	if (!t)
		return;
	free(t);
	atomic_fetch_sub(&wk->walk->batches, 1);
}

static void batch_push(struct worker *wk, struct dir *dir, struct task *t, size_t len)
{
	struct task_list list = {0};

	t->len = len;
	dir_use(wk, dir);
	atomic_fetch_add(&dir->pending, 1);
	task_add(&list, t);
	pool_push(wk, &list);
}

static long read_buffer(struct worker *wk, struct dir *dir, char *buf)
{
	struct queue_req req = {
		.op = QUEUE_GETDENTS, .fd = dir->d.fd, .buf = buf, .len = DENTS_SIZE};
	long n = queue_call(&wk->w.queue, &req);

	if (n < 0)
		tell_failed(wk, dir, NULL, "read directory", (int)n);
	return n;
}

/* Visit what one read gives.  1: there may be more, 0: end, or failed. */
static int read_some(struct worker *wk, struct dir *dir)
{
	struct task *batch = batch_new(wk, dir);
	char *buf = batch ? batch->data : wk->buf;
	long len = read_buffer(wk, dir, buf);
	size_t n, subdirs;

	if (len <= 0) {
		batch_free(wk, batch);
		return 0;
	}
	n = index_records(wk, buf, (size_t)len);
	subdirs = visit_subdirs(wk, dir, buf, n);
	if (!batch)
		visit_files(wk, dir, buf, n);
	else if (n > subdirs)
		batch_push(wk, dir, batch, (size_t)len);
	else
		batch_free(wk, batch);
	if (len > DENTS_SIZE / 2)
		dir->full_reads++;
	return 1;
}

/* Read on; at the end the reader's share in @dir is given up, when parked it is kept. */
static void read_dir(struct worker *wk, struct dir *dir)
{
	while (!walk_stopped(wk->walk) && read_some(wk, dir) > 0) {
		if (dir_park(wk, dir))
			return;
		walk_between(wk, false);
	}
	dir_unuse(wk, dir);
	dir_put(wk, dir);
}

/* ---- tasks ---------------------------------------------------------------------------------- */

static void enter_dir(struct worker *wk, struct dir *dir)
{
	struct walk *walk = wk->walk;
	int r = walk->v->dir ? walk->v->dir(walk->o->user, &wk->w, &dir->d) : 1;

	if (r > 0) {
		read_dir(wk, dir);
	} else {
		dir_unuse(wk, dir);
		dir_put(wk, dir);
	}
}

static void run_subdir(struct worker *wk, struct task *t)
{
	struct dir *parent = t->dir, *dir = NULL;
	int r;

	dir_claim(wk, parent);
	if (!walk_stopped(wk->walk)) {
		r = dir_ready(wk, parent);
		if (r == 0)
			dir = open_dir(wk, t);
		else
			tell_failed(wk, parent, t->data, "reopen", r);
	}
	dir_unuse(wk, parent);
	if (dir)
		enter_dir(wk, dir); /* it holds the task's share in its parent */
	else
		dir_put(wk, parent);
}

static void run_batch(struct worker *wk, struct task *t)
{
	if (!walk_stopped(wk->walk))
		visit_files(wk, t->dir, t->data, index_records(wk, t->data, t->len));
	dir_unuse(wk, t->dir);
	dir_put(wk, t->dir);
}

void walk_task(struct worker *wk, struct task *t)
{
	struct dir *dir;

	switch (t->type) {
	case TASK_TOP:
		dir = open_dir(wk, t);
		if (dir)
			enter_dir(wk, dir);
		else
			pool_finish(wk->walk);
		break;
	case TASK_SUBDIR: run_subdir(wk, t); break;
	case TASK_READ: read_dir(wk, t->dir); break;
	case TASK_BATCH:
		run_batch(wk, t);
		batch_free(wk, t);
		return;
	}
	free(t);
}

int walk_run(const struct walk_options *options, struct walk_stats *ret_stats)
{
	struct walk walk = {.o = options, .v = options->visitor};
	int r;

	/* the working directory of a worker may be anywhere */
	if (options->dirfd < 0 && options->name[0] != '/')
		return -EINVAL;
	r = fds_init(&walk, options->max_fds);
	if (r < 0)
		return r;
	r = pool_run(&walk);
	walk.stats.peak_fds = (unsigned)atomic_load(&walk.fds.peak);
	walk.stats.reopened = atomic_load(&walk.fds.reopened);
	fds_done(&walk);
	if (walk.stats.reopened > 0)
		log_debug(LOG_TREE, "walk", "%llu directories opened again",
			  (unsigned long long)walk.stats.reopened);
	if (r < 0)
		return r;
	if (ret_stats)
		*ret_stats = walk.stats;
	if (walk.top_error < 0)
		return walk.top_error;
	return atomic_load(&walk.cancelled) ? -ECANCELED : 0;
}
