/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dir: a directory held open, its entries labelled one by one.
 *
 * To the rest of the engine it is an operand whose walk never begins: a job, and a directory
 * without parent that carries the automaton's state.  So entries go the way of a walk's (entry.c),
 * but for their kinds, which nobody has told: they are asked for only where the answer depends on
 * them.
 *
 * What is held is the directory, for months perhaps, while its path is a text: the way to it may
 * become another one.  Whoever can do that could have made the same entries where the path leads.
 */
#include "engine/job.h"

#include <string.h>

struct lbl_dir {
	struct job job;
	struct operand op;   /* its paths; nothing of it is open */
	struct walk_dir dir; /* `fd` is what is held */
};

static void identify(struct lbl_dir *d, const struct pin *pin)
{
	struct walk_dir *dir = &d->dir;

	dir->id = atomic_fetch_add_explicit(&d->job.rl->next_dir, 1, memory_order_relaxed) + 1;
	dir->name = d->op.path.data;
	dir->name_len = d->op.path.len;
	dir->scope = scope_find(&d->job.rl->scope, d->op.real.data);
	dir->dev = pin->dev;
	dir->ino = pin->ino;
	dir->mnt_id = pin->mnt_id;
	dir->uid = pin->uid;
	dir->gid = pin->gid;
	dir->mode = pin->mode;
	/*
	 * Trust grows old: it is needed where inodes with several names may be labelled, and
	 * without it each count of one name is checked.
	 */
	if (!(d->job.rl->flags & LBL_SKIP_MULTILINK))
		job_trust(&d->job, dir);
}

/* Hold what @pin is of. */
static int hold_pin(struct lbl_dir *d, struct queue *q, const struct pin *pin)
{
	int r;

	if (pin->kind != LBL_DIR)
		return pin->kind == LBL_LNK ? -ELOOP : -ENOTDIR;
	r = queue_open_dir(q, pin->fd, ".");
	if (r < 0)
		return r;
	d->dir.fd = r;
	identify(d, pin);
	return 0;
}

/* Open the entry that the operand names. */
static int hold_name(struct lbl_dir *d, struct queue *q)
{
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r = pin_open(&pin, q, d->op.dirfd, d->op.name.data);

	return r < 0 ? r : hold_pin(d, q, &pin);
}

static int hold_fd(struct lbl_dir *d, struct queue *q, int fd)
{
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r = pin_dir(&pin, q, fd);

	return r < 0 ? r : hold_pin(d, q, &pin);
}

static int open_path(struct lbl_dir *d, const char *path)
{
	struct lbl_relabel *rl = d->job.rl;
	struct hand *h;
	int r = operand_open(&d->op, path, &rl->alt_root, false);

	if (r < 0)
		return r;
	if (scope_excluded(&rl->scope, d->op.real.data))
		return -EXDEV;
	r = hands_take(&d->job, &h);
	if (r < 0)
		return r;
	r = hold_name(d, &h->worker->queue);
	hands_give(h);
	/* thousands may be held: keep no more than is needed */
	d->op.dirfd = close_fd(d->op.dirfd);
	buf_done(&d->op.name);
	buf_done(&d->op.real);
	return r;
}

static int take_fd(struct lbl_dir *d, const char *path, int fd)
{
	struct lbl_relabel *rl = d->job.rl;
	struct hand *h;
	int r = operand_of_words(&d->op, path, &rl->alt_root);

	if (r < 0)
		return r;
	if (scope_excluded_here(&rl->scope, d->op.real.data))
		return -EXDEV;
	r = hands_take(&d->job, &h);
	if (r < 0)
		return r;
	r = hold_fd(d, &h->worker->queue, fd);
	hands_give(h);
	buf_done(&d->op.real);
	return r;
}

/* @fd < 0: by its path. */
static int dir_new(struct lbl_dir **ret_dir, struct lbl_relabel *relabel, const char *path, int fd)
{
	struct lbl_dir *d;
	int r;

	if (path[0] != '/')
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->op = OPERAND_NONE;
	d->dir.fd = -1;
	d->job = (struct job){.rl = relabel, .op = &d->op, .typed = "", .one_mount = true};
	r = fd < 0 ? open_path(d, path) : take_fd(d, path, fd);
	if (r < 0) {
		lbl_dir_free(d);
		return r;
	}
	*ret_dir = d;
	return 0;
}

int lbl_dir_open(struct lbl_dir **ret_dir, struct lbl_relabel *relabel, const char *path)
{
	return dir_new(ret_dir, relabel, path, -1);
}

int lbl_dir_open_fd(struct lbl_dir **ret_dir, struct lbl_relabel *relabel, const char *path, int fd)
{
	if (fd < 0)
		return -EBADF;
	/* the way is the caller's: nothing is known of who could exchange names on it */
	if (!(relabel->flags & LBL_SKIP_MULTILINK))
		return -EINVAL;
	return dir_new(ret_dir, relabel, path, fd);
}

struct lbl_dir *lbl_dir_free(struct lbl_dir *dir)
{
	if (dir) {
		close_fd(dir->dir.fd);
		operand_done(&dir->op);
		free(dir);
	}
	return NULL;
}

int lbl_dir_fd(const struct lbl_dir *dir)
{
	return dir->dir.fd;
}

static bool is_name(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}

int lbl_dir_entry(struct lbl_dir *dir, const char *name)
{
	struct hand *h;
	int r = is_name(name) ? hands_take(&dir->job, &h) : -EINVAL;

	if (r < 0)
		return r;
	job_name(h, &dir->dir, name);
	return hands_give(h);
}

int lbl_dir_self(struct lbl_dir *dir)
{
	struct hand *h;
	int r = hands_take(&dir->job, &h);

	if (r < 0)
		return r;
	job_dir(h, &dir->dir);
	return hands_give(h);
}
