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

/* One file system's.  Its census, if any, is right for paths on the mount it was made for. */
struct table {
	struct table *next;
	uint64_t dev, mnt_id;
	struct bulk *bulk;
};

enum { TABLES_MAX = 256 }; /* tried on the way: each costs a look at the table of mounts */

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

	if (error && job->rl->bulk == LBL_BULK_ONLY && !job->below) {
		count.errors[LBL_CLASS_OPERAND]++;
		report_pour(&job->rl->report, &count);
	}
	report_event(&job->rl->report, &ev);
}

static void tell_success(struct job *job, const struct bulk *b)
{
	char detail[128];

	snprintf(detail, sizeof(detail), "%s, %llu inodes, %zu contexts", b->source,
		 (unsigned long long)bulk_known(b), b->contexts.n);
	tell(job, 0, detail);
}

/* ---- the tables of a job -------------------------------------------------------------------- */

void tables_init(struct tables *tables)
{
	*tables = (struct tables){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void tables_done(struct tables *tables)
{
	struct table *t = atomic_load(&tables->first);

	while (t) {
		struct table *next = t->next;

		bulk_free(t->bulk);
		free(t);
		t = next;
	}
	pthread_mutex_destroy(&tables->lock);
}

static const struct table *table_of(const struct tables *tables, uint64_t dev)
{
	const struct table *t = atomic_load_explicit(&tables->first, memory_order_acquire);

	while (t && t->dev != dev)
		t = t->next;
	return t;
}

const struct bulk *job_bulk_of(const struct job *job, uint64_t dev)
{
	const struct table *t = table_of(&job->tables, dev);

	return t ? t->bulk : NULL;
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
	const struct table *t = table_of(&h->job->tables, e->dir->dev);
	struct census_counts counts;

	/* where the file system is seen by another mount, its paths are others */
	if (!t || !t->bulk->census || t->mnt_id != e->dir->mnt_id ||
	    !census_clean(t->bulk->census, e, &counts))
		return false;
	h->count.entries += counts.entries;
	h->count.directories += counts.directories;
	h->count.files += counts.right;
	h->count.bulk += counts.right;
	return true;
}

/* ---- one table ------------------------------------------------------------------------------ */

/*
 * Of the file system that the directory @fd is on, number @ino and @job's operand.  Under the lock
 * of @tables.
 */
static int read_table(struct job *job, struct tables *tables, int fd, uint64_t ino, uint64_t mnt_id)
{
	struct lbl_relabel *rl = job->rl;
	bool only = rl->bulk == LBL_BULK_ONLY;
	struct census_options census = {
		.judge = &judge,
		.user = job,
		.top = ino,
		.path = job->op->path.data,
		.max_bytes = CENSUS_MEMORY >> MIN(tables->n, 16u), /* of all: twice that */
	};
	struct bulk_options o = {
		.dirfd = fd,
		.mnt_id = mnt_id,
		.xattr = rl->xattr,
		.threads = rl->threads,
		.flags = (only ? BULK_TRUST_DISK : 0) | (only && !job->below ? 0 : BULK_WHOLE_ONLY),
		.max_bytes = BULK_MEMORY - MIN(tables->bytes, BULK_MEMORY - 1),
		.stop = &rl->stop,
		.gate = &rl->gate,
		/* each match is told of where it is met, and digests are written there */
		.census = rl->flags & LBL_REPORT_MATCHES || job->digests ? NULL : &census,
	};
	struct table *t = calloc(1, sizeof(*t));
	const char *why = "out of memory";
	int r = t ? bulk_open(&t->bulk, &o, &why) : -ENOMEM;

	if (r < 0) {
		free(t);
		if (r != -ECANCELED)
			tell(job, r, why);
		return r;
	}
	t->dev = t->bulk->dev;
	t->mnt_id = mnt_id;
	t->next = atomic_load(&tables->first);
	tables->bytes += atomic_load(&t->bulk->bytes);
	progress_expect(&rl->progress, mnt_id, bulk_known(t->bulk));
	tell_success(job, t->bulk);
	atomic_store_explicit(&tables->first, t, memory_order_release);
	return 0;
}

int job_bulk_open(struct job *job, const struct pin *pin)
{
	struct lbl_relabel *rl = job->rl;
	bool only = rl->bulk == LBL_BULK_ONLY;
	_cleanup_close_ int fd = -1;
	int r;

	if (rl->bulk == LBL_BULK_OFF || (!only && !bulk_is_top(pin->ino)))
		return 0;
	fd = openat(pin->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0; /* the walk will tell */
	progress_step(&rl->progress, LBL_STEP_BULK);
	r = read_table(job, &job->tables, fd, pin->ino, pin->mnt_id); /* nobody else is there yet */
	if (r == -ECANCELED)
		return r;
	return r < 0 && only ? 1 : 0;
}

/*
 * The paths of a census begin with the operand's.  So what is read on the way is an operand of its
 * own: the mount's, with the paths it has in this walk.
 */
static void read_below(struct hand *h, const struct walk_dir *dir)
{
	struct operand op = OPERAND_NONE;
	struct job below = {
		.rl = h->rl, .op = &op, .typed = "", .below = true, .digests = h->job->digests};
	const char *lookup = job_lookup(h, dir);

	walk_path(dir, NULL, &op.path);
	if (lookup)
		buf_adds(&op.lookup, lookup);
	if (lookup && buf_error(&op.path) == 0 && buf_error(&op.lookup) == 0)
		(void)read_table(&below, &h->job->tables, dir->fd, dir->ino, dir->mnt_id);
	operand_done(&op);
}

void job_bulk_enter(struct hand *h, struct walk_dir *dir)
{
	struct tables *tables = &h->job->tables;

	if (h->rl->bulk == LBL_BULK_OFF || !bulk_is_top(dir->ino))
		return;
	writer_drain(h); /* nothing is to be on its way for so long */
	pthread_mutex_lock(&tables->lock);
	if (tables->n < TABLES_MAX && !table_of(tables, dir->dev)) {
		tables->n++;
		read_below(h, dir);
	}
	pthread_mutex_unlock(&tables->lock);
}

bool job_bulk_right(struct hand *h, const struct item *it, uint64_t dev, uint64_t ino)
{
	const struct bulk *b = job_bulk_of(h->job, dev);

	if (!b || !label_is_right(h, b, it->spec, ino))
		return false;
	h->count.bulk++;
	return true;
}
