/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * multilink: which of an inode's names decides its label.
 *
 *	pass 1	an inode with several names, one of which wants another label than it has, goes
 *		into the table; nothing is written
 *	pass 2	reads names only; each name of an inode in the table is asked for its spec, and
 *		the best one is noted: highest rank, then smallest hash of its path
 *	pass 3	reads names only; at the name that won, the inode is labelled
 *
 * So the answer depends neither on the order of directories nor on that of threads, the next run
 * finds nothing to do, and no path needs to be remembered.  Only names whose whole way nobody but
 * root and the inode's owner can change take part (trust.h); where there is none, that is said.
 *
 * On an overlay a file that is copied up leaves its other names behind in the lower layer: they are
 * other files from then on, although number and count of names still say one.  So after writing on
 * one a pass 4 gives each name that has not the label just set its own.
 *
 * What a hostile owner of a directory can do: take away or add names of his own files between the
 * passes, and so choose among the labels his own names would give, or be passed over.
 */
#include "engine/job.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

static bool same_context(const struct db_spec *a, const struct db_spec *b)
{
	return a->context_len == b->context_len &&
	       memcmp(a->context, b->context, a->context_len) == 0;
}

static uint64_t hash_bytes(uint64_t h, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	return h;
}

/* Of the path, last name first: a way to tell names of one inode apart that needs no memory. */
static uint64_t hash_path(const struct walk_dir *dir, const char *name, size_t len)
{
	uint64_t h = hash_bytes(UINT64_C(0xcbf29ce484222325), name, len + 1);

	for (; dir; dir = dir->parent)
		h = hash_bytes(h, dir->name, dir->name_len);
	return h;
}

/* One name of an inode in the table, met in a pass over the names. */
struct name {
	struct item it;
	struct pin pin;
	uint64_t hash;
	struct links_entry *entry; /* locked */
};

/*
 * Is @e a name of an inode in the table?  Then true, and name_done() must follow.  What cannot be
 * opened or looked up is told: a name that is missed might have been the one to decide.
 */
static bool name_open(struct hand *h, const struct walk_entry *e, struct name *n)
{
	struct job *job = h->job;
	int r;

	*n = (struct name){
		.it = {.dir = e->dir, .name = e->name, .kind = e->kind},
		.pin = PIN_NONE,
	};
	if (likely(!job->ask_inodes && !links_maybe(job->links, e->ino)))
		return false;
	if (e->scope && job_met_elsewhere(job, e->scope))
		return false;
	r = job_pin(h, &n->it, &n->pin);
	if (r < 0) {
		job_failed(h, &n->it, "open", r);
		return false;
	}
	if (n->pin.kind == e->kind && n->pin.kind != LBL_DIR &&
	    (!job->one_mount || n->pin.mnt_id == e->dir->mnt_id))
		n->entry = links_get(job->links, n->pin.dev, n->pin.ino);
	if (!n->entry) {
		pin_done(&n->pin);
		return false;
	}
	n->hash = hash_path(e->dir, e->name, e->name_len);
	r = job_spec(h, e->dir, e->name, e->name_len, e->kind, &n->it.spec);
	if (r < 0) {
		n->it.spec = NULL;
		job_failed(h, &n->it, "look up", r);
	}
	return true;
}

static void name_done(struct hand *h, struct name *n)
{
	links_put(h->job->links, n->entry);
	pin_done(&n->pin);
}

/* ---- pass 2 ---- */

static void consider(struct links_entry *le, const struct name *n)
{
	const struct db_spec *spec = n->it.spec, *best = le->want;

	if (best && !same_context(best, spec))
		le->conflict = true;
	if (!best || spec->rank > le->rank || (spec->rank == le->rank && n->hash < le->hash)) {
		le->want = spec;
		le->rank = spec->rank;
		le->hash = n->hash;
	}
}

static void collect_entry(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct hand *h = w->user;
	struct name n;

	if (!name_open(h, e, &n))
		return;
	n.entry->seen++;
	if (trust_link(e->dir->note, n.pin.uid)) {
		n.entry->trusted++;
		if (n.it.spec && n.it.spec->context)
			consider(n.entry, &n);
	} else if (!n.entry->want &&
		   (n.entry->seen - n.entry->trusted == 1 || n.hash < n.entry->hash)) {
		n.entry->hash = n.hash; /* the name to speak of if all are refused */
	}
	name_done(h, &n);
}

/* ---- pass 3 ---- */

static void keep_name(struct hand *h, const struct name *n, char **slot)
{
	buf_reset(&h->path);
	walk_path(n->it.dir, n->it.name, &h->path);
	if (buf_error(&h->path) == 0)
		links_keep(h->job->links, slot, h->path.data);
}

static bool on_overlay(const struct pin *pin)
{
	struct statfs st;

	return fstatfs(pin->fd, &st) == 0 && st.f_type == OVERLAYFS_SUPER_MAGIC;
}

/* The name that won. */
static void settle(struct hand *h, struct name *n)
{
	struct lbl_relabel *rl = h->rl;
	int r;

	if (n->entry->conflict)
		keep_name(h, n, &n->entry->name);
	r = pin_label_read(&n->pin, rl->xattr, h->label, sizeof(h->label));
	if (!job_have_label(h, &n->it, r))
		return;
	h->outcome = 0; /* of an entry before: nothing may be set here */
	job_apply(h, &n->it, &n->pin);
	if (h->outcome == 1 && !(rl->flags & LBL_DRY_RUN) && !atomic_load(&h->job->apart) &&
	    on_overlay(&n->pin))
		atomic_store(&h->job->apart, true);
}

static void refuse(struct hand *h, const struct name *n)
{
	h->count.links_refused++;
	job_event(h, &n->it, LBL_EV_LINK_REFUSED, NULL);
}

static void settle_entry(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct hand *h = w->user;
	struct links_entry *le;
	struct name n;
	bool speaks;

	if (!name_open(h, e, &n))
		return;
	le = n.entry;
	speaks = n.it.spec && n.it.spec->context && trust_link(e->dir->note, n.pin.uid);
	if (le->want && speaks && n.it.spec == le->want && n.hash == le->hash && !le->done) {
		le->done = true;
		settle(h, &n);
	} else if (le->conflict && speaks && !same_context(n.it.spec, le->want) &&
		   (!le->other || n.hash < le->other_hash)) {
		keep_name(h, &n, &le->other);
		le->other_hash = n.hash;
	} else if (!le->want && le->seen > le->trusted && n.hash == le->hash && !le->done) {
		le->done = true;
		refuse(h, &n);
	}
	name_done(h, &n);
}

/* ---- pass 4 ---- */

/* Is the label that was read not the one the winner got? */
static bool came_apart(struct hand *h, const struct name *n)
{
	const struct db_spec *won = n->entry->want;

	return decide(&h->rl->rules, n->it.have, n->it.have_len, won->context, won->context_len,
		      &h->set) == DECIDE_SET;
}

static void apart_entry(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct hand *h = w->user;
	struct name n;
	int r;

	if (!name_open(h, e, &n))
		return;
	if (n.entry->want && n.entry->done && n.hash != n.entry->hash && n.it.spec &&
	    n.it.spec->context && trust_link(e->dir->note, n.pin.uid)) {
		r = pin_label_read(&n.pin, h->rl->xattr, h->label, sizeof(h->label));
		if (job_have_label(h, &n.it, r) && came_apart(h, &n))
			job_apply(h, &n.it, &n.pin);
	}
	name_done(h, &n);
}

static int conclude(struct job *job)
{
	struct lbl_counters count = {0};
	struct links_entry *le;
	size_t pos = 0;
	int r;

	while ((r = links_next(job->links, &pos, &le)) > 0) {
		const struct db_spec *spec = le->want;
		struct lbl_event ev = {.type = LBL_EV_CONFLICT, .path = le->name};

		if (le->want && !le->done) /* the name that won is gone */
			count.errors[LBL_CLASS_VANISHED]++;
		if (!le->conflict || !le->done)
			continue;
		if (job->rl->flags & LBL_CONFLICT_ERROR)
			count.errors[LBL_CLASS_CONFLICT]++;
		if (!le->name) /* too many to keep them all */
			continue;
		ev.other = le->other ? le->other : "another of its names";
		ev.want = spec->context;
		ev.regex = spec->regex;
		ev.spec_file = spec->file;
		ev.spec_line = spec->line;
		report_event(&job->rl->report, &ev);
	}
	report_pour(&job->rl->report, &count);
	return r;
}

/* ---- both ---- */

static int enter_dir(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	const struct db_spec *spec;
	bool tell;

	job_trust(user, dir);
	/* sets the cookie; where it fails, the entries find their own way */
	(void)job_spec(w->user, dir, NULL, 0, LBL_DIR, &spec);
	return !job_guarded(user, dir, &tell);
}

/* The same directories as in the first pass, which told of those that are left out. */
static int want_again(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	if (!job_enters(w->user, e->dir, e->name))
		return 0;
	return e->scope ? !job_met_elsewhere(user, e->scope) : !job_is_full(user, e->dir);
}

static int pass(struct job *job, const struct walk_options *options,
		void (*entry)(void *, struct walk_worker *, const struct walk_entry *))
{
	const struct walk_visitor visitor = {
		.worker_start = hand_start,
		.worker_stop = hand_stop,
		.want = want_again,
		.dir = enter_dir,
		.entry = entry,
		.between = writer_between,
		.spare = writer_spare,
		.failed = job_walk_failed,
	};
	struct walk_options o = *options;

	o.visitor = &visitor;
	return job_walk(job, &o);
}

/* Was no name of some inode found?  Then d_ino may not be what statx says (some FUSE, overlays). */
static int count_unseen(struct links *links, size_t *ret_unseen)
{
	struct links_entry *le;
	size_t pos = 0;
	int r;

	*ret_unseen = 0;
	while ((r = links_next(links, &pos, &le)) > 0)
		*ret_unseen += le->seen == 0;
	return r;
}

int job_multilink(struct job *job, const struct walk_options *options)
{
	size_t unseen;
	int r;

	if (links_count(job->links) == 0)
		return 0;
	job->again = true;
	r = pass(job, options, collect_entry);
	if (r == 0)
		r = count_unseen(job->links, &unseen);
	if (r == 0 && unseen > 0 && !job->top_error) {
		job->ask_inodes = true;
		r = pass(job, options, collect_entry);
	}
	if (r == 0 && !job->top_error)
		r = pass(job, options, settle_entry);
	if (r == 0 && atomic_load(&job->apart) && !job->top_error)
		r = pass(job, options, apart_entry);
	return r < 0 ? r : conclude(job);
}
