/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * multilink: which of an inode's names decides its label.
 *
 * The first pass meets an inode with several names only when one of them wants another label than
 * it has; that inode goes into the table and nothing is written.  The second pass reads names
 * only, and for each name of an inode in the table asks the rules.  Of the names that nobody but
 * root and the inode's owner could have made, the one whose spec has the highest rank wins (equal
 * rank: the name that sorts first), so the answer depends neither on the order of directories nor
 * on that of threads, and the next run finds nothing to do.  Then each inode is opened by that
 * name once more, verified, and labelled.
 *
 * What a hostile owner of a directory can do: take away or add names of his own files between the
 * passes, and so choose among the labels his own names would give.  A name in a directory he can
 * write to never speaks for an inode that is not his.
 */
#include "engine/job.h"

#include <stdio.h>
#include <string.h>

static bool same_context(const struct db_spec *a, const struct db_spec *b)
{
	return a->context_len == b->context_len &&
	       memcmp(a->context, b->context, a->context_len) == 0;
}

/* Replace the malloc'ed string at @slot; keeps the old one when memory is short. */
static bool keep_path(char **slot, const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return false;
	free(*slot);
	*slot = copy;
	return true;
}

/* A name below the operand, as components from the operand's directory. */
static bool beats(const struct links_entry *le, const struct db_spec *spec, const char *path)
{
	if (!le->want)
		return true;
	if (spec->rank != le->rank)
		return spec->rank > le->rank;
	return strcmp(path, le->path) < 0;
}

static void consider(struct hand *h, struct links_entry *le, const struct db_spec *spec,
		     const char *path)
{
	const struct db_spec *best = le->want;
	bool conflict = best && !same_context(best, spec);
	bool kept = true;

	if (beats(le, spec, path)) {
		if (conflict)
			kept = keep_path(&le->other, le->path);
		kept = keep_path(&le->path, path) && kept;
		if (kept) {
			le->want = spec;
			le->rank = spec->rank;
		}
	} else if (conflict && (!le->other || strcmp(path, le->other) < 0)) {
		kept = keep_path(&le->other, path);
	}
	if (!kept)
		h->count.errors[LBL_CLASS_OTHER]++;
}

static void collect_entry(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct hand *h = w->user;
	struct job *job = user;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	const struct db_spec *spec;
	struct links_entry *le;

	if (likely(e->kind == LBL_DIR || !links_maybe(job->links, e->ino)))
		return;
	if (pin_open(&pin, &w->queue, e->dir->fd, e->name) < 0 || pin.kind != e->kind)
		return; /* changed meanwhile: it speaks for nothing */
	if (job_spec(h, e->dir, e->name, e->name_len, e->kind, &spec) < 0)
		spec = NULL;
	le = links_get(job->links, pin.dev, pin.ino);
	if (!le)
		return;
	le->seen++;
	buf_reset(&h->path);
	walk_path(e->dir, e->name, &h->path);
	if (buf_error(&h->path) == 0) {
		if (job_link_trusted(e->dir, &pin)) {
			le->trusted++;
			if (spec && spec->context)
				consider(h, le, spec, h->path.data);
		} else if (!le->want && !le->path) {
			(void)keep_path(&le->path, h->path.data); /* for the message only */
		}
	}
	links_put(job->links, le);
}

static int collect_dir(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	const struct db_spec *spec;

	/* sets the cookie; a failure was told of in the first pass */
	(void)job_spec(w->user, dir, NULL, 0, LBL_DIR, &spec);
	return 1;
}

/* The directory of the name that won, opened anew below the operand's, as the walk would see it. */
static int open_dir_of(struct job *job, struct queue *q, const char *path, struct walk_dir *dir,
		       const char **ret_name)
{
	const char *rel = path + job->op->path.len;
	_cleanup_free_ char *way = NULL;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	char *slash;
	int fd, r;

	/* the operand's own name first, then what is below it */
	if (asprintf(&way, "%s/%s", job->op->name.data, rel) < 0) {
		way = NULL;
		return -ENOMEM;
	}
	slash = strrchr(way, '/');
	*slash = '\0';
	fd = operand_descend(job->op->dirfd, way, NULL);
	if (fd < 0)
		return fd;
	r = pin_open(&pin, q, fd, ".");
	if (r < 0) {
		close(fd);
		return r;
	}
	dir->fd = fd;
	dir->mnt_id = pin.mnt_id;
	dir->uid = pin.uid;
	dir->gid = pin.gid;
	dir->mode = pin.mode;
	*ret_name = strrchr(path, '/') + 1;
	return 0;
}

/* An event about an inode of the table rather than an entry of the walk. */
static void tell(struct hand *h, const struct links_entry *le, enum lbl_event_type type)
{
	const struct db_spec *spec = le->want;
	struct lbl_event ev = {.type = type, .path = le->path, .other = le->other};

	if (spec) {
		ev.want = spec->context;
		ev.regex = spec->regex;
		ev.spec_file = spec->file;
		ev.spec_line = spec->line;
	}
	report_event(&h->job->rl->report, &ev);
}

static void settle(struct hand *h, const struct links_entry *le)
{
	struct lbl_relabel *rl = h->job->rl;
	struct walk_dir dir = {.fd = -1};
	struct item it = {.dir = &dir, .path = le->path, .spec = le->want};
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	const char *name;
	int r = open_dir_of(h->job, &h->worker->queue, le->path, &dir, &name);

	if (r == 0)
		r = pin_open(&pin, &h->worker->queue, dir.fd, name);
	if (r < 0) {
		job_failed(h, &it, "open", r);
		goto out;
	}
	it.kind = pin.kind;
	if (pin.dev != le->dev || pin.ino != le->ino || pin.kind == LBL_DIR ||
	    !job_link_trusted(&dir, &pin)) {
		h->count.errors[LBL_CLASS_VANISHED]++;
		goto out;
	}
	r = pin_label_read(&pin, rl->xattr, h->label, sizeof(h->label));
	if (r >= 0) {
		it.have = h->label;
		it.have_len = (size_t)r;
	} else if (r != -ENODATA && r != -ERANGE) {
		job_failed(h, &it, "read context", r);
		goto out;
	}
	job_apply(h, &it, &pin);
out:
	close_fd(dir.fd);
}

static void settle_all(struct hand *h)
{
	struct lbl_relabel *rl = h->job->rl;
	struct links_entry *le;
	size_t pos = 0;

	while (links_next(h->job->links, &pos, &le) > 0) {
		if (atomic_load_explicit(&rl->stop, memory_order_relaxed))
			return;
		if (!le->want) {
			/* only untrusted names, or all of them gone or <<none>> */
			if (le->seen > le->trusted) {
				h->count.links_refused++;
				tell(h, le, LBL_EV_LINK_REFUSED);
			}
			continue;
		}
		if (le->other) {
			tell(h, le, LBL_EV_CONFLICT);
			if (rl->flags & LBL_CONFLICT_ERROR)
				h->count.errors[LBL_CLASS_CONFLICT]++;
		}
		settle(h, le);
	}
}

int job_multilink(struct job *job, const struct walk_options *options)
{
	static const struct walk_visitor collect = {
		.worker_start = hand_start,
		.worker_stop = hand_stop,
		.dir = collect_dir,
		.entry = collect_entry,
		/* failures and crossings were told of in the first pass */
	};
	struct walk_options again = *options;
	struct walk_worker w = {0};
	int r;

	if (links_count(job->links) == 0)
		return 0;
	again.visitor = &collect;
	r = walk_run(&again, NULL);
	if (r < 0)
		return r;
	r = queue_open(&w.queue, options->queue_ops, options->queue_arg, QUEUE_FORM_AUTO, false);
	if (r < 0)
		return r;
	r = hand_start(job, &w);
	if (r == 0) {
		settle_all(w.user);
		hand_stop(job, &w);
	}
	queue_close(&w.queue);
	return r;
}
