/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bulkread: whether an operand's labels are read all at once, and what that is good for.
 *
 * A label of the table that is right ends the matter; whatever else it says, or does not know,
 * the entry goes the way it would have gone without a table, and is read where it stands, or, if
 * the table has none for it, labelled only if it has none.  So a table, stale or forged, decides
 * only which entries are left alone, never what is written.
 */
#include "engine/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

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
	const char *why;
	int r;

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
	const struct db_spec *spec = it->spec;
	const struct context *have;

	if (!b || dev != b->dev || bulk_label(b, ino, &have) != BULK_LABEL)
		return false;
	if ((have->len != spec->context_len || memcmp(have->s, spec->context, have->len) != 0) &&
	    decide(&h->rl->rules, have->s, have->len, spec->context, spec->context_len, &h->set) !=
		    DECIDE_KEEP)
		return false;
	h->count.bulk++;
	return true;
}
