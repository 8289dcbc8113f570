/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relabel: the public face of a run, and the way of one operand through it.
 */
#include "engine/job.h"

#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/root.h"
#include "engine/guard.h"
#include "engine/look.h"
#include "engine/sehash.h"
#include "system/policy.h"
#include "tree/mounts.h"
#include "tree/queue_ext4.h"

#define DEFAULT_XATTR "security.selinux"
#define ANSWER_MS     5000
#define COUNTS_LEAST  65536 /* it takes long enough that the next run may want an estimate */

static int read_mounts(struct lbl_relabel *rl)
{
	unsigned flags = 0;
	int r;

	if (!(rl->flags & LBL_NO_MOUNT_CHECK)) {
		if (rl->seclabel)
			flags |= MOUNTS_NEED_SECLABEL;
		/* /dev in another system's root is this one's */
		if (!rl->seclabel || rl->alt_root.path.len)
			flags |= MOUNTS_NOT_THE_KERNELS;
	}
	if (rl->flags & LBL_REMOTE)
		flags |= MOUNTS_REMOTE;
	if (rl->flags & LBL_SNAPSHOTS)
		flags |= MOUNTS_SNAPSHOTS;
	r = mounts_load(&rl->scope, NULL, flags, NULL);
	if (r == 0)
		r = remotes_load(&rl->remotes, NULL);
	/* no /proc: nothing is known of mounts; their ids still are */
	return r == -ENOENT ? 0 : r;
}

static int set_up(struct lbl_relabel *rl, const struct lbl_relabel_options *o)
{
	int r;

	rl->flags = o->flags;
	rl->threads = o->threads;
	rl->bulk = o->bulk;
	rl->enter = o->enter;
	rl->select = o->select;
	rl->part_user = o->part_user;
	rl->db = db_of_rules(o->rules);
	rl->queue_ops = o->queue_ops ? o->queue_ops : &queue_sync;
	rl->walk_ops = o->queue_ops	      ? o->queue_ops
		       : o->io == LBL_IO_SYNC ? &queue_sync
					      : &queue_uring;
	rl->queue_arg = o->queue_ops ? o->queue_arg : &rl->gate;
	if (o->io == LBL_IO_SYNC)
		ring_gate_shut(&rl->gate, -ECANCELED);
	rl->rules = (struct decide_rules){
		.force = o->flags & LBL_FORCE,
		.user_role = o->flags & LBL_FORCE_USER_ROLE,
		.customizable = o->policy ? &o->policy->customizable : NULL,
	};
	rl->xattr = strdup(o->xattr ? o->xattr : DEFAULT_XATTR);
	rl->progress.file = o->counts ? strdup(o->counts) : NULL;
	rl->progress.least = o->counts_least ? o->counts_least : COUNTS_LEAST;
	if (!rl->xattr || (o->counts && !rl->progress.file))
		return -ENOMEM;
	r = operand_root_init(&rl->alt_root, o->alt_root ? o->alt_root : "",
			      o->flags & LBL_RESOLVE_OPERAND);
	if (r < 0)
		return r;
	rl->seclabel = o->policy && lbl_policy_enabled(o->policy);
	rl->remotes.ms = o->answer_ms ? o->answer_ms : ANSWER_MS;
	return read_mounts(rl);
}

/* Callers built before the struct grew have not set what came to its end. */
static int take_options(struct lbl_relabel_options *o, const struct lbl_relabel_options *theirs)
{
	if (theirs->size < offsetof(struct lbl_relabel_options, io))
		return -EINVAL;
	memcpy(o, theirs, MIN(theirs->size, sizeof(*o)));
	return o->rules && o->io <= LBL_IO_URING ? 0 : -EINVAL;
}

int lbl_relabel_new(struct lbl_relabel **ret_relabel, const struct lbl_relabel_options *options)
{
	struct lbl_relabel_options o = {0};
	struct lbl_relabel *rl;
	int r = take_options(&o, options);

	if (r < 0)
		return r;
	rl = calloc(1, sizeof(*rl));
	if (!rl)
		return -ENOMEM;
	r = report_init(&rl->report, o.event, o.user);
	if (r < 0) {
		free(rl);
		return r;
	}
	hands_init(&rl->hands);
	progress_init(&rl->progress);
	contest_init(&rl->contest, o.io);
	ring_gate_init(&rl->gate);
	r = set_up(rl, &o);
	if (r < 0) {
		lbl_relabel_free(rl);
		return r;
	}
	*ret_relabel = rl;
	return 0;
}

struct lbl_relabel *lbl_relabel_free(struct lbl_relabel *rl)
{
	if (rl) {
		hands_done(&rl->hands);
		progress_done(&rl->progress);
		remotes_done(&rl->remotes);
		contest_done(&rl->contest);
		ring_gate_done(&rl->gate);
		scope_done(&rl->scope);
		scope_done(&rl->excluded);
		report_done(&rl->report);
		operand_root_done(&rl->alt_root);
		free(rl->xattr);
		free(rl);
	}
	return NULL;
}

static int exclude(struct lbl_relabel *rl, const char *path)
{
	_cleanup_(buf_done) struct buf clean = {0};
	int r = path_clean(path, &clean);

	if (r == 0)
		r = scope_exclude(&rl->scope, clean.data, "excluded by the user");
	return r < 0 ? r : scope_exclude(&rl->excluded, clean.data, "excluded by the user");
}

int lbl_relabel_exclude(struct lbl_relabel *rl, const char *path)
{
	_cleanup_(buf_done) struct buf real = {0};
	mode_t mode;
	int r;

	if (path[0] != '/')
		return -EINVAL;
	rl->progress.narrowed = true;
	r = exclude(rl, path);
	if (r < 0 || !(rl->flags & LBL_RESOLVE_OPERAND))
		return r;
	/* operands are resolved, so what is left out must be known by that name, too */
	r = look(path, &rl->alt_root, ROOT_KEEP_LAST | ROOT_MISSING, &real, &mode);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return exclude(rl, real.data);
}

void lbl_relabel_stop(struct lbl_relabel *rl)
{
	atomic_store_explicit(&rl->stop, true, memory_order_relaxed);
}

void lbl_relabel_counters(const struct lbl_relabel *rl, struct lbl_counters *ret_counters)
{
	report_sums(&rl->report, ret_counters);
}

int lbl_raise_fd_limit(void)
{
	return walk_raise_fd_limit();
}

int lbl_mounts(const char *mountinfo, lbl_mount_fn fn, void *user)
{
	return mounts_each(mountinfo, fn, user);
}

uint64_t lbl_relabel_estimate(const struct lbl_relabel *rl)
{
	return rl->seclabel ? mounts_inodes(NULL) : 0;
}

/* ---- the visitor of the first pass ---- */

static int visit_dir(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	struct item it = {.dir = dir, .kind = LBL_DIR};
	struct hand *h = w->user;
	const char *why;
	bool tell;

	job_trust(user, dir);
	if (unlikely(progress_is_asked(&h->rl->progress)))
		progress_here(&h->rl->progress, dir);
	why = job_guarded(user, dir, &tell);
	if (!why) {
		if (h->job->digests && sehash_enter(h, dir))
			return 0;
		if (unlikely(dir->parent && dir->mnt_id != dir->parent->mnt_id))
			job_bulk_enter(h, dir);
		return job_dir(h, dir);
	}
	job_excluded(h, dir);
	job_left_out(h, &it, tell ? LBL_EV_LEFT_OUT : LBL_EV_EXCLUDED, why);
	return 0;
}

static void visit_entry(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct hand *h = w->user;

	if (unlikely(e->scope) && job_met_elsewhere(h->job, e->scope))
		job_excluded(h, e->dir);
	else if (likely(!job_is_full(h->job, e->dir)))
		job_entry(h, e);
	else
		sehash_spoil(e->dir);
}

static void visit_crossed(void *user, struct walk_worker *w, const struct walk_dir *dir,
			  const char *name)
{
	job_excluded(w->user, dir);
}

static void visit_done(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	if (unlikely(dir->data))
		sehash_leave(w->user, dir);
}

static void visit_skipped(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct item it = {.dir = e->dir, .name = e->name, .kind = e->kind};
	struct hand *h = w->user;

	job_excluded(h, e->dir);
	if (e->scope->error)
		job_failed(h, &it, "open", e->scope->error);
	else if (e->scope->tell)
		job_left_out(h, &it, LBL_EV_LEFT_OUT, e->scope->skip);
}

static const struct walk_visitor visitor = {
	.worker_start = hand_start,
	.worker_stop = hand_stop,
	.want = job_want,
	.dir = visit_dir,
	.entry = visit_entry,
	.between = writer_between,
	.spare = writer_spare,
	.done = visit_done,
	.failed = job_walk_failed,
	.crossed = visit_crossed,
	.skipped = visit_skipped,
};

/* ---- one operand ---- */

/* A single entry, labelled in the caller's thread through its parent directory. */
static int label_alone(struct job *job, struct walk_worker *w, struct pin *pin)
{
	struct operand *op = job->op;
	/* stands for the holding directory; the mount is the entry's own: the caller named it */
	struct walk_dir dir = {.fd = op->dirfd, .id = 1, .note = op->trust, .mnt_id = pin->mnt_id};
	struct item it = {
		.dir = &dir, .name = op->name.data, .path = op->path.data, .kind = pin->kind};
	int r = hand_start(job, w);

	if (r < 0)
		return r;
	job_alone(w->user, &it, pin);
	hand_stop(job, w);
	return 0;
}

/* Mounts that the names of a tree lead to are not in it. */
static const struct scope *scope_of(const struct job *job)
{
	return job->tree > 0 ? &job->rl->excluded : &job->rl->scope;
}

static int walk_tree(struct job *job, struct walk_worker *w, struct pin *pin)
{
	struct lbl_relabel *rl = job->rl;
	struct operand *op = job->op;
	struct walk_options wo = {
		.visitor = &visitor,
		.user = job,
		.flags = job->one_mount ? WALK_ONE_MOUNT : 0,
		.dirfd = op->dirfd,
		.name = op->name.data,
		.path = op->path.data,
		.scope = scope_find(scope_of(job), op->real.data),
		.threads = rl->threads,
		.queue_ops = rl->walk_ops,
		.queue_arg = rl->queue_arg,
		.stop = &rl->stop,
	};
	int r = 0;

	if (job->visitor) {
		wo.visitor = job->visitor;
		wo.threads = 1;
		r = job_walk(job, &wo);
		return job->top_error ? 0 : r;
	}
	if (!(rl->flags & (LBL_NO_LINK_TABLE | LBL_SKIP_MULTILINK)))
		r = links_new(&job->links);
	if (r < 0)
		return r;
	progress_begin(rl, op->real.data);
	job->digests = sehash_wanted(job, pin->fd);
	/* what is left out need not be read */
	r = job->digests && rl->bulk == LBL_BULK_AUTO ? 0 : job_bulk_open(job, pin);
	if (r != 0)
		return r < 0 ? r : 0;
	progress_step(&rl->progress, LBL_STEP_LABEL);
	r = job_walk(job, &wo);
	if (job->top_error == -EACCES) /* not to be read, but perhaps to be labelled */
		return label_alone(job, w, pin);
	if (r < 0 || job->top_error)
		return r;
	if (!job->digests) /* some directories may have been left out */
		progress_remember(rl, op->real.data);
	progress_step(&rl->progress, LBL_STEP_LINKS);
	return job->links ? job_multilink(job, &wo) : 0;
}

/* All of an image: nothing of this machine's mounts and paths is in it. */
static int walk_image(struct job *job, struct ext4_image *image)
{
	struct lbl_relabel *rl = job->rl;
	struct walk_options wo = {
		.visitor = &visitor,
		.user = job,
		.flags = WALK_ONE_MOUNT,
		.dirfd = AT_FDCWD,
		.name = "/",
		.path = "/",
		.threads = rl->threads,
		.queue_ops = &queue_ext4,
		.queue_arg = image,
		.stop = &rl->stop,
	};
	int r = 0;

	if (!(rl->flags & LBL_SKIP_MULTILINK))
		r = links_new(&job->links);
	if (r < 0)
		return r;
	progress_step(&rl->progress, LBL_STEP_LABEL);
	r = job_walk(job, &wo);
	if (r < 0 || job->top_error)
		return r;
	progress_step(&rl->progress, LBL_STEP_LINKS);
	return job->links ? job_multilink(job, &wo) : 0;
}

static int take_image(struct job *job)
{
	struct operand *op = job->op;
	struct ext4_image *image;
	_cleanup_close_ int fd = -1;
	const char *why;
	int r;

	buf_adds(&op->path, job->typed);
	fd = open(job->typed, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return job_operand_failed(job, -errno);
	r = ext4_image_open(&image, fd, job->rl->xattr, &why);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		job_operand_refused(job, why);
		return 0;
	}
	buf_reset(&op->path);
	buf_adds(&op->path, "/");
	buf_adds(&op->lookup, "/");
	buf_adds(&op->real, "/");
	buf_adds(&op->name, "/");
	op->trust = trust_start();
	job->one_mount = true;
	r = buf_error(&op->path) | buf_error(&op->lookup) | buf_error(&op->real) |
	    buf_error(&op->name);
	if (r == 0)
		r = walk_image(job, image);
	ext4_image_free(image);
	return r;
}

static bool is_recursive(const struct job *job)
{
	return job->rl->flags & LBL_RECURSE && !job->alone;
}

static int run_operand(struct job *job)
{
	struct lbl_relabel *rl = job->rl;
	struct operand *op = job->op;
	struct walk_worker w = {0};
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r = queue_open(&w.queue, rl->queue_ops, rl->queue_arg, QUEUE_FORM_AUTO, false);

	if (r < 0)
		return r;
	r = pin_open(&pin, &w.queue, op->dirfd, op->name.data);
	if (r == 0 && op->must_be_dir && pin.kind == LBL_LNK) /* after a file, a slash may pass */
		r = -ELOOP;
	if (r < 0)
		r = job_operand_failed(job, r);
	else if (pin.kind == LBL_DIR && (is_recursive(job) || job->visitor))
		r = walk_tree(job, &w, &pin);
	else if (!job->visitor)
		r = label_alone(job, &w, &pin);
	pin_done(&pin);
	queue_close(&w.queue);
	return r;
}

/* Before anything on the way to the operand is touched. */
static int ask_remotes(struct job *job)
{
	struct lbl_relabel *rl = job->rl;
	_cleanup_(buf_done) struct buf clean = {0};
	bool below = is_recursive(job) && !job->one_mount;
	const char *dead;
	int r;

	if (rl->remotes.n == 0 || !*job->typed)
		return 0;
	r = path_clean(job->typed, &clean);
	if (r == 0)
		r = remotes_ask(&rl->remotes, &rl->scope, clean.data, below, &dead);
	if (r == -ETIMEDOUT) {
		buf_adds(&job->op->path, clean.data);
		buf_adds(&job->op->blame, dead);
	}
	return r;
}

static int open_operand(struct job *job)
{
	struct lbl_relabel *rl = job->rl;
	int r;

	if (job->tree > 0)
		return operand_of_tree(job->op, job->typed, &rl->alt_root, job->tree);
	r = ask_remotes(job);
	return r < 0 ? r
		     : operand_open(job->op, job->typed, &rl->alt_root,
				    rl->flags & LBL_RESOLVE_OPERAND);
}

/* Open the operand and go through it, unless it is left out. */
static int take_operand(struct job *job)
{
	struct lbl_relabel *rl = job->rl;
	const char *why;
	int r = open_operand(job);

	if (r < 0)
		return job_operand_failed(job, r);
	why = scope_excluded(scope_of(job), job->op->real.data);
	if (why) {
		job_operand_excluded(job, why);
		return 0;
	}
	why = rl->flags & LBL_STORES ? NULL : guard_path(job->op->real.data);
	if (why) {
		job_operand_refused(job, why);
		return 0;
	}
	return run_operand(job);
}

int job_run(struct job *job)
{
	struct lbl_relabel *rl = job->rl;
	struct operand op = OPERAND_NONE;
	struct known known;
	struct full full;
	int r;

	if (atomic_load_explicit(&rl->stop, memory_order_relaxed))
		return -ECANCELED;
	r = known_init(&known);
	if (r < 0)
		return r;
	r = full_init(&full);
	if (r < 0) {
		known_done(&known);
		return r;
	}
	job->op = &op;
	job->full = &full;
	job->known = rl->flags & (LBL_NO_LINK_TABLE | LBL_SKIP_MULTILINK) ? NULL : &known;
	job->one_mount = job->tree > 0 || rl->flags & LBL_ONE_MOUNT;
	job->progress = &rl->progress;
	tables_init(&job->tables);
	progress_reset(&rl->progress);
	r = job->image ? take_image(job) : take_operand(job);
	progress_step(&rl->progress, LBL_STEP_NONE);
	log_debug(LOG_ENGINE, "relabel", "%s: %d", job->typed, r);
	links_free(job->links);
	tables_done(&job->tables);
	operand_done(&op);
	full_done(&full);
	known_done(&known);
	return r;
}

int lbl_relabel_path(struct lbl_relabel *rl, const char *path)
{
	struct job job = {.rl = rl, .typed = path};

	return job_run(&job);
}

int lbl_relabel_entry(struct lbl_relabel *rl, const char *path)
{
	struct job job = {.rl = rl, .typed = path, .alone = true};

	return job_run(&job);
}

int lbl_relabel_tree(struct lbl_relabel *rl, const char *path, int fd)
{
	struct job job = {.rl = rl, .typed = path};
	int r;

	if (path[0] != '/')
		return -EINVAL;
	/* one of our own, and not 0 */
	job.tree = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (job.tree < 0)
		return -errno;
	r = job_run(&job);
	close_fd(job.tree);
	return r;
}

int lbl_relabel_image(struct lbl_relabel *rl, const char *path)
{
	struct job job = {.rl = rl, .typed = path, .image = true};

	return rl->flags & LBL_DRY_RUN ? job_run(&job) : -EROFS;
}
