/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bulkread: whether an operand's labels are read all at once, and what that is good for.
 *
 * A label of the table that is right ends the matter; whatever else it says, or does not know,
 * the entry goes the way it would have gone without a table, and is read where it stands, or, if
 * the table has none for it, labelled only if it has none.  So a table, stale or forged, decides
 * only which entries are left alone, never what is written.
 *
 * Where the reader finds names as well as labels, all this is done before the walk, and directories
 * in which nothing is left to look at are not entered.
 */
#include "engine/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "engine/guard.h"

static void tell(struct job *job, int error, const char *detail)
{
	struct lbl_counters count = {0};
	struct lbl_event ev = {
		.type = LBL_EV_BULK,
		.path = job->op->path.data,
		.detail = detail,
		.error = error,
		.klass = LBL_CLASS_OPERAND,
	};

	if (error && job->rl->bulk == LBL_BULK_ONLY) {
		count.errors[LBL_CLASS_OPERAND]++;
		report_pour(&job->rl->report, &count);
	}
	report_event(&job->rl->report, &ev);
}

static void tell_success(struct job *job)
{
	const struct bulk *b = job->bulk;
	char detail[128];

	snprintf(detail, sizeof(detail), "%s, %llu inodes, %zu contexts", b->source,
		 (unsigned long long)bulk_known(b), b->contexts.n);
	tell(job, 0, detail);
}

/* ---- the judge of a census ------------------------------------------------------------------ */

static bool label_is_right(struct hand *h, const struct bulk *bulk, const struct db_spec *spec,
			   uint64_t ino)
{
	const struct context *have;

	if (bulk_label(bulk, ino, &have) != BULK_LABEL)
		return false;
	if (have->len == spec->context_len && memcmp(have->s, spec->context, have->len) == 0)
		return true;
	return decide(&h->rl->rules, have->s, have->len, spec->context, spec->context_len,
		      &h->set) == DECIDE_KEEP;
}

/* One thread of a census. */
struct juror {
	struct hand *hand;
	const struct bulk *bulk;
};

static void *judge_start(void *user, const struct bulk *bulk)
{
	struct juror *j = malloc(sizeof(*j));

	if (!j || hands_take(user, &j->hand) < 0) {
		free(j);
		return NULL;
	}
	j->hand->lookup_dir = 0; /* a census counts directories by itself */
	j->bulk = bulk;
	return j;
}

static void judge_stop(void *juror)
{
	struct juror *j = juror;

	j->hand->lookup_dir = 0;
	(void)hands_give(j->hand); /* nothing was done */
	free(j);
}

static enum census_answer judge_label(struct juror *j, const struct db_spec *spec, uint64_t ino)
{
	if (!spec || !spec->context)
		return CENSUS_NOTHING;
	return label_is_right(j->hand, j->bulk, spec, ino) ? CENSUS_RIGHT : CENSUS_LOOK;
}

/* As visit_dir() and what it calls. */
static enum census_answer judge_dir(void *juror, struct walk_dir *dir)
{
	struct juror *j = juror;
	const struct db_spec *spec;
	enum census_answer answer;
	db_state state;

	if (job_spec(j->hand, dir, NULL, 0, LBL_DIR, &spec) < 0 ||
	    guard_may_stop(dir->parent ? dir->name : ""))
		return CENSUS_LOOK;
	answer = judge_label(j, spec, dir->ino);
	state = atomic_load_explicit(&dir->cookie, memory_order_relaxed);
	if (answer == CENSUS_NOTHING && state &&
	    db_below(j->hand->reader, state) == DB_BELOW_NOTHING)
		return CENSUS_CLOSED;
	return answer;
}

static enum census_answer judge_entry(void *juror, const struct walk_entry *e)
{
	struct juror *j = juror;
	const struct db_spec *spec;

	if (job_spec(j->hand, e->dir, e->name, e->name_len, e->kind, &spec) < 0)
		return CENSUS_LOOK;
	return judge_label(j, spec, e->ino);
}

static const struct census_judge judge = {
	.start = judge_start,
	.stop = judge_stop,
	.dir = judge_dir,
	.entry = judge_entry,
};

bool job_bulk_clean(struct hand *h, const struct walk_entry *e)
{
	const struct bulk *b = h->job->bulk;
	struct census_counts counts;

	if (!b || !b->census || !census_clean(b->census, e, &counts))
		return false;
	h->count.entries += counts.entries;
	h->count.directories += counts.directories;
	h->count.files += counts.right;
	h->count.bulk += counts.right;
	return true;
}

/* ---- the table ------------------------------------------------------------------------------ */

int job_bulk_open(struct job *job, const struct pin *pin)
{
	struct lbl_relabel *rl = job->rl;
	bool only = rl->bulk == LBL_BULK_ONLY;
	_cleanup_close_ int fd = -1;
	struct bulk_options o = {
		.mnt_id = pin->mnt_id,
		.xattr = rl->xattr,
		.threads = rl->threads,
		.flags = only ? BULK_TRUST_DISK : BULK_WHOLE_ONLY,
		.stop = &rl->stop,
		.gate = &rl->gate,
	};
	struct census_options census = {
		.judge = &judge, .user = job, .top = pin->ino, .path = job->op->path.data};
	const char *why;
	int r;

	if (!(rl->flags & LBL_REPORT_MATCHES)) /* each is told of where it is met */
		o.census = &census;
	if (rl->bulk == LBL_BULK_OFF || (!only && !bulk_is_top(pin->ino)))
		return 0;
	fd = openat(pin->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0; /* the walk will tell */
	o.dirfd = fd;
	progress_step(&rl->progress, LBL_STEP_BULK);
	r = bulk_open(&job->bulk, &o, &why);
	if (r == -ECANCELED)
		return r;
	if (r < 0) {
		tell(job, r, why);
		return only ? 1 : 0;
	}
	progress_expect(&rl->progress, pin->mnt_id, bulk_known(job->bulk));
	tell_success(job);
	return 0;
}

bool job_bulk_right(struct hand *h, const struct item *it, uint64_t dev, uint64_t ino)
{
	const struct bulk *b = h->job->bulk;

	if (!b || dev != b->dev || !label_is_right(h, b, it->spec, ino))
		return false;
	h->count.bulk++;
	return true;
}
