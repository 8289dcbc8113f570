/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/job.h"

#include <string.h>

#include "engine/guard.h"
#include "engine/sehash.h"

void hand_pour(struct hand *h)
{
	if (h->job && h->job->progress && h->count.entries)
		progress_count(h->job->progress, h->mnt_id, h->count.entries);
	report_pour(&h->rl->report, &h->count);
}

int hand_start(void *user, struct walk_worker *w)
{
	struct hand *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->job = user;
	h->rl = h->job->rl;
	h->worker = w;
	r = db_reader_new(h->rl->db, &h->reader);
	/* only a walk says when a batch is to end */
	if (r == 0 && w->walk && h->rl->walk_ops != &queue_sync && !(h->rl->flags & LBL_DRY_RUN))
		r = writer_new(&h->writer, &h->rl->contest);
	if (r < 0) {
		db_reader_free(h->reader);
		free(h);
		return r;
	}
	w->user = h;
	return 0;
}

void hand_stop(void *user, struct walk_worker *w)
{
	struct hand *h = w->user;

	hand_pour(h);
	db_reader_free(h->reader);
	writer_free(h->writer);
	buf_done(&h->path);
	buf_done(&h->lookup);
	buf_done(&h->set);
	free(h);
	w->user = NULL;
}

/*
 * The path the rules see: the operand's own lookup path, then what lies below it.  Kept for the
 * directory it was made for, so that its entries cost their own names only.
 */
static int lookup_path(struct hand *h, const struct walk_dir *dir, const char *name)
{
	const struct operand *op = h->job->op;
	const char *rest;

	if (h->lookup_dir != dir->id) {
		h->lookup_dir = 0;
		buf_reset(&h->path);
		walk_path(dir, NULL, &h->path);
		if (buf_error(&h->path) < 0)
			return buf_error(&h->path);
		rest = h->path.data + walk_top(dir)->name_len;
		rest += strspn(rest, "/");
		buf_reset(&h->lookup);
		buf_adds(&h->lookup, op->lookup.data);
		if (*rest && h->lookup.data[h->lookup.len - 1] != '/')
			buf_addc(&h->lookup, '/');
		buf_adds(&h->lookup, rest);
		if (buf_error(&h->lookup) < 0)
			return buf_error(&h->lookup);
		h->lookup_dir = dir->id;
		h->lookup_len = h->lookup.len;
	}
	buf_cut(&h->lookup, h->lookup_len);
	if (name) {
		if (h->lookup.data[h->lookup.len - 1] != '/')
			buf_addc(&h->lookup, '/');
		buf_adds(&h->lookup, name);
	}
	if (buf_error(&h->lookup) < 0)
		h->lookup_dir = 0;
	return buf_error(&h->lookup);
}

const char *job_lookup(struct hand *h, const struct walk_dir *dir)
{
	return lookup_path(h, dir, NULL) < 0 ? NULL : h->lookup.data;
}

static int state_of_dir(struct hand *h, struct walk_dir *dir, db_state *ret)
{
	int r = lookup_path(h, dir, NULL);

	if (r == 0)
		r = db_seek(h->reader, h->lookup.data, h->lookup.len, ret);
	if (r == 0)
		atomic_store_explicit(&dir->cookie, *ret, memory_order_relaxed);
	return r;
}

static int state_of_entry(struct hand *h, struct walk_dir *dir, const char *name, size_t len,
			  db_state *ret)
{
	db_state at = atomic_load_explicit(&dir->cookie, memory_order_relaxed);
	int r = at ? db_child(h->reader, at, name, len, ret) : -ESTALE;

	if (unlikely(r == -ESTALE)) {
		r = state_of_dir(h, dir, &at);
		if (r == 0)
			r = db_child(h->reader, at, name, len, ret);
	}
	return r;
}

static inline void mark_used(struct hand *h, const struct db_spec *spec)
{
	if (spec && (h->rl->flags & LBL_TRACK_UNUSED))
		db_mark_used(h->rl->db, spec);
}

int job_spec(struct hand *h, struct walk_dir *dir, const char *name, size_t len, enum lbl_kind kind,
	     const struct db_spec **ret_spec)
{
	db_state state;
	int r;

	if (name) {
		r = state_of_entry(h, dir, name, len, &state);
	} else if (dir->parent) {
		r = state_of_entry(h, dir->parent, dir->name, dir->name_len, &state);
		atomic_store_explicit(&dir->cookie, r == 0 ? state : 0, memory_order_relaxed);
	} else {
		r = state_of_dir(h, dir, &state);
	}
	if (r == 0)
		r = db_answer(h->reader, state, kind, ret_spec);
	if (unlikely(r == -EAGAIN || r == -ESTALE)) {
		r = lookup_path(h, dir, name);
		if (r == 0)
			r = db_resolve(h->reader, h->lookup.data, h->lookup.len, kind, ret_spec);
	}
	if (r == 0)
		mark_used(h, *ret_spec);
	return r;
}

int job_spec_all(struct hand *h, struct walk_dir *dir, const char *name, size_t len,
		 const struct db_spec **ret_spec)
{
	db_state state;
	int r = state_of_entry(h, dir, name, len, &state);

	if (r == 0)
		r = db_answer_all(h->reader, state, ret_spec);
	if (r == 0)
		mark_used(h, *ret_spec);
	return r == -ESTALE ? -EAGAIN : r;
}

static const char *path_of(struct hand *h, const struct item *it)
{
	buf_reset(&h->path);
	if (it->path)
		return it->path;
	walk_path(it->dir, it->name, &h->path);
	return buf_str(&h->path);
}

static void fill_event(struct hand *h, const struct item *it, struct lbl_event *ev)
{
	ev->path = path_of(h, it);
	ev->have = it->have;
	if (it->spec) {
		ev->regex = it->spec->regex;
		ev->spec_file = it->spec->file;
		ev->spec_line = it->spec->line;
	}
}

void job_event(struct hand *h, const struct item *it, enum lbl_event_type type, const char *want)
{
	struct lbl_event ev = {.type = type, .want = want};

	fill_event(h, it, &ev);
	report_event(&h->rl->report, &ev);
}

void job_excluded(struct hand *h, const struct walk_dir *dir)
{
	h->count.excluded++;
	sehash_spoil((struct walk_dir *)dir);
}

void job_left_out(struct hand *h, const struct item *it, enum lbl_event_type type, const char *why)
{
	struct lbl_event ev = {.type = type, .detail = why};

	fill_event(h, it, &ev);
	report_event(&h->rl->report, &ev);
}

bool job_met_elsewhere(const struct job *job, const struct scope_node *scope)
{
	/* on one mount nothing is met twice */
	return !job->one_mount && scope_met_elsewhere(&job->rl->scope, scope, job->op->real.data);
}

bool job_is_full(const struct job *job, const struct walk_dir *dir)
{
	return job->full && full_device(job->full, dir->dev);
}

/* Why the directory, by whatever name it was met, is left for another path; NULL: it is not. */
static const char *shown_elsewhere(const struct job *job, const struct walk_dir *dir)
{
	const struct scope *scope = &job->rl->scope;

	if (likely(!scope->shown) || job->one_mount || !dir->parent)
		return NULL;
	return scope_shown_elsewhere(scope, dir->dev, dir->ino, dir->mnt_id, job->op->real.data);
}

const char *job_guarded(const struct job *job, const struct walk_dir *dir, bool *ret_tell)
{
	unsigned flags = job->rl->flags, what = 0;
	const char *name = dir->parent ? dir->name : "", *why = shown_elsewhere(job, dir);

	if (why) {
		*ret_tell = false;
		return why;
	}
	if (!(flags & LBL_SNAPSHOTS))
		what |= GUARD_SNAPSHOTS;
	if (!(flags & LBL_STORES))
		what |= GUARD_STORES;
	return guard_why(dir, name, what, ret_tell);
}

bool job_enters(struct hand *h, struct walk_dir *dir, const char *name)
{
	if (likely(!h->rl->enter))
		return true;
	/* out of memory: what is below will say so */
	return lookup_path(h, dir, name) < 0 || h->rl->enter(h->rl->part_user, h->lookup.data);
}

bool job_selects(struct hand *h, const struct item *it, const struct pin *pin)
{
	const struct lbl_relabel *rl = h->rl;
	const char *path = h->job->op->lookup.data;
	int r = 0;

	if (likely(!rl->select))
		return true;
	if (!it->path) { /* not the operand alone */
		r = lookup_path(h, it->dir, it->name);
		path = h->lookup.data;
	}
	if (r < 0)
		job_failed(h, it, "look up", r);
	return r == 0 && rl->select(rl->part_user, path, it->kind, pin->fd);
}

int job_want(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	_cleanup_(buf_done) struct buf why = {0};
	struct item it = {.dir = e->dir, .name = e->name, .kind = LBL_DIR};
	struct hand *h = w->user;

	if (unlikely(!e->scope && job_is_full(user, e->dir))) {
		sehash_spoil(e->dir);
		return 0;
	}
	if (!e->scope && job_bulk_clean(h, e))
		return 0;
	if (!job_enters(h, e->dir, e->name))
		return 0;
	if (likely(!e->scope) || !job_met_elsewhere(user, e->scope))
		return 1;
	job_excluded(h, e->dir);
	buf_adds(&why, "the same directory as ");
	buf_adds(&why, e->scope->twin);
	job_left_out(h, &it, LBL_EV_EXCLUDED, buf_str(&why));
	return 0;
}

/* Did an earlier pass tell of it?  Each pass meets what cannot be opened or read. */
static bool is_known(struct hand *h, const struct item *it, enum lbl_class klass)
{
	struct job *job = h->job;
	const char *path;

	if (!job->known || klass == LBL_CLASS_VANISHED)
		return false;
	path = path_of(h, it);
	return buf_error(&h->path) == 0 && known_note(job->known, path, strlen(path), klass) &&
	       job->again;
}

void job_failed(struct hand *h, const struct item *it, const char *detail, int error)
{
	struct lbl_event ev = {
		.type = LBL_EV_ERROR,
		.detail = detail,
		.error = error,
		.klass = report_class(error),
		.want = it->spec ? it->spec->context : NULL,
	};

	h->outcome = error;
	sehash_spoil(it->dir);
	if (is_known(h, it, ev.klass))
		return;
	h->count.errors[ev.klass]++;
	if (ev.klass == LBL_CLASS_VANISHED)
		return;
	if ((ev.klass == LBL_CLASS_UNSUPPORTED || ev.klass == LBL_CLASS_READ_ONLY) &&
	    !report_first_on_mount(&h->rl->report, it->dir->mnt_id, it->dir->dev))
		return;
	if (ev.klass == LBL_CLASS_READ_ONLY)
		ev.type = LBL_EV_READ_ONLY;
	fill_event(h, it, &ev);
	report_event(&h->rl->report, &ev);
}

/* Something about the operand itself. */
static void tell_operand(struct job *job, struct lbl_event *ev)
{
	struct operand *op = job->op;
	struct lbl_counters count = {0};

	if (ev->type != LBL_EV_EXCLUDED)
		count.errors[LBL_CLASS_OPERAND]++;
	else
		count.excluded++;
	report_pour(&job->rl->report, &count);
	ev->klass = LBL_CLASS_OPERAND;
	ev->path = op->path.len ? op->path.data : job->typed;
	report_event(&job->rl->report, ev);
}

void job_operand_excluded(struct job *job, const char *why)
{
	struct lbl_event ev = {.type = LBL_EV_EXCLUDED, .detail = why};

	tell_operand(job, &ev);
}

void job_operand_refused(struct job *job, const char *why)
{
	struct lbl_event ev = {.type = LBL_EV_LEFT_OUT, .detail = why};

	tell_operand(job, &ev);
}

int job_operand_failed(struct job *job, int error)
{
	const struct operand *op = job->op;
	struct lbl_event ev = {.type = LBL_EV_ERROR, .error = error};

	if (error == -ENOMEM)
		return error;
	if (error == -ENOENT && (job->rl->flags & LBL_IGNORE_MISSING))
		return 0;
	ev.detail = error == -EXDEV		   ? "alternate root"
		    : op->path.len || !*job->typed ? "open"
						   : "resolve";
	ev.other = op->blame.len ? op->blame.data : NULL;
	tell_operand(job, &ev);
	return 0;
}

void job_walk_failed(void *user, struct walk_worker *w, const struct walk_dir *dir,
		     const char *name, const char *what, int error)
{
	struct item it = {.dir = (struct walk_dir *)dir, .name = name};
	struct hand *h = w->user;
	struct job *job = user;

	if (!dir) { /* the operand itself; -ENOMEM is not told, it ends the run */
		if (job_operand_failed(job, error) == 0)
			job->top_error = error;
	} else if (strcmp(what, "cycle") == 0) {
		job_excluded(h, dir);
		job_event(h, &it, LBL_EV_CYCLE, NULL);
	} else {
		/* a directory that became something else since its name was read has vanished */
		if (error == -ENOTDIR || error == -ELOOP)
			error = -ENOENT;
		job_failed(h, &it, what, error);
	}
}

void job_trust(struct job *job, struct walk_dir *dir)
{
	trust above = dir->parent ? dir->parent->note : job->op->trust;

	if (!dir->parent && strcmp(job->op->name.data, ".") == 0)
		dir->note = above; /* it is the directory the operand was reached by */
	else
		dir->note = trust_enter(above, dir->uid, dir->mode);
}

int job_walk(struct job *job, const struct walk_options *options)
{
	int r = walk_run(options, NULL);

	return r < 0 && job->top_error ? 0 : r;
}
