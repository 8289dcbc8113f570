/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * digests: which directories have one, and is it that of the rules?
 *
 * A walk like any other, so it enters what a relabel would enter; but with one thread, and it looks
 * at directories only.
 */
#include <string.h>
#include <sys/xattr.h>

#include "engine/job.h"
#include "engine/sehash.h"
#include "rules/below.h"

struct lister {
	struct job job; /* first: the visitor's way here */
	unsigned flags;
	lbl_digest_fn fn;
	void *user;
	int result; /* what ended the walk */
};

/* The digest of the rules for @dir.  Return 1, 0: there is none, -errno. */
static int wanted(struct hand *h, struct walk_dir *dir, unsigned char digest[LBL_SHA1_SIZE])
{
	const char *path = job_lookup(h, dir);

	return path ? db_upstream_digest(h->rl->db, path, digest) : -ENOMEM;
}

static bool is_to_go(const struct lister *l, const struct lbl_digest *d)
{
	if (l->job.rl->flags & LBL_DRY_RUN)
		return false;
	return l->flags & LBL_DIGESTS_DELETE || (l->flags & LBL_DIGESTS_DELETE_STALE && !d->match);
}

/* Return what the caller's function does, or -errno. */
static int tell(struct lister *l, struct hand *h, struct walk_dir *dir, struct lbl_digest *d)
{
	_cleanup_(buf_done) struct buf path = {0};

	walk_path(dir, NULL, &path);
	if (buf_error(&path) < 0)
		return buf_error(&path);
	d->path = buf_str(&path);
	if (is_to_go(l, d)) {
		/* ours says nothing without the other one */
		(void)fremovexattr(dir->fd, SEHASH_OURS);
		d->error = fremovexattr(dir->fd, SEHASH_UPSTREAM) < 0 ? -errno : 0;
		d->deleted = true;
	}
	return l->fn(l->user, d);
}

static int list_dir(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	unsigned char stored[LBL_DIGEST_MAX], want[LBL_SHA1_SIZE];
	struct lbl_digest d = {.value = stored};
	struct lister *l = user;
	struct hand *h = w->user;
	bool tell_why;
	ssize_t n;
	int r;

	if (job_guarded(user, dir, &tell_why))
		return 0;
	n = fgetxattr(dir->fd, SEHASH_UPSTREAM, stored, sizeof(stored));
	if (n > 0) {
		r = wanted(h, dir, want);
		d.len = (size_t)n;
		d.match = r > 0 && n == LBL_SHA1_SIZE && memcmp(stored, want, LBL_SHA1_SIZE) == 0;
		l->result = r < 0 ? r : tell(l, h, dir, &d);
	}
	if (l->result != 0) {
		atomic_store(&h->rl->stop, true);
		return 0;
	}
	return (h->rl->flags & LBL_RECURSE) != 0;
}

static const struct walk_visitor visitor = {
	.worker_start = hand_start,
	.worker_stop = hand_stop,
	.dir = list_dir,
	.failed = job_walk_failed,
};

int lbl_relabel_digests(struct lbl_relabel *relabel, const char *path, unsigned flags,
			lbl_digest_fn fn, void *user)
{
	struct lister l = {
		.job = {.rl = relabel, .typed = path, .visitor = &visitor},
		.flags = flags,
		.fn = fn,
		.user = user,
	};
	int r = job_run(&l.job);

	return l.result != 0 ? l.result : r;
}
