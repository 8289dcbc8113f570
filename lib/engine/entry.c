/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * entry: one directory entry, from its name to its label.
 *
 * The common case is three steps: the automaton moves over the name's bytes, one system call reads
 * the label by name below the pinned directory, and the two contexts are equal.  Everything else
 * is rare and may cost more:
 *
 *	read by name --differs--> pin --kind, mount, links--> read again --decide--> write
 *
 * The label is read again through the pin unless the whole context is forced, because user, role
 * and range of the new label come from the old one: whoever can exchange names in the directory
 * must not be able to give one inode the range of another.
 *
 * Where files have no label yet, nothing is kept of an old one, and the kernel itself can see to it
 * that there is none:
 *
 *	no label, by name; by a table; as those before --> pin --kind, mount, links--> create
 *	                                                                 --there is one--> as above
 *
 * So what was read or assumed before the pin decides only what is tried.
 */
#include "engine/job.h"

#include <string.h>

#include "engine/sehash.h"

/* After how many entries a hand pours its counters: progress stays fresh, sharing stays rare. */
#define POUR_EVERY 512
/* After so many files without a label the next is taken to have none, too. */
#define BARE_STREAK 16

/* Several names: may this one be used now?  Reports what it refuses. */
static bool multilink_ready(struct hand *h, const struct item *it, const struct pin *pin)
{
	struct lbl_relabel *rl = h->rl;

	if (rl->flags & LBL_SKIP_MULTILINK) {
		job_event(h, it, LBL_EV_MULTILINK, it->spec->context);
		return false;
	}
	if (h->job->links) {
		int r = links_add(h->job->links, pin->dev, pin->ino, pin->nlink);

		if (r < 0)
			job_failed(h, it, "remember link", r);
		return false;
	}
	if (!trust_link(it->dir->note, pin->uid)) {
		h->count.links_refused++;
		job_event(h, it, LBL_EV_LINK_REFUSED, it->spec->context);
		return false;
	}
	return true;
}

/*
 * May the pinned inode be labelled under this name?  Where others can make names, a count of one
 * must be true of this very name: a link they took away again would leave the count at one, too.
 */
static bool links_allow(struct hand *h, const struct item *it, struct pin *pin)
{
	int r;

	if (pin->nlink > 1) {
		if (multilink_ready(h, it, pin))
			return true;
		sehash_spoil(it->dir);
		return false;
	}
	if (trust_link(it->dir->note, pin->uid))
		return true;
	r = pin_is_only_name(pin);
	if (r == 0)
		r = -ENOENT;
	if (r < 0)
		job_failed(h, it, "stat", r);
	return r > 0;
}

static void no_label(struct hand *h, const struct item *it, const struct pin *pin, int error)
{
	const char *full = h->job->full ? full_note(h->job->full, pin, error) : NULL;

	job_failed(h, it, "set context", error);
	if (full)
		job_left_out(h, it, LBL_EV_FULL, full);
}

/* Is it known that there is no room for it?  Then it is counted, and not told again. */
static bool no_room(struct hand *h, const struct item *it, const struct pin *pin)
{
	if (!h->job->full || !full_for(h->job->full, pin))
		return false;
	h->count.errors[LBL_CLASS_NO_SPACE]++;
	h->outcome = -ENOSPC;
	sehash_spoil(it->dir);
	return true;
}

void job_written(struct hand *h, const struct item *it, const struct pin *pin, const char *set,
		 int r)
{
	if (r < 0) {
		/* others of its batch may have found that out meanwhile */
		if ((r != -ENOSPC && r != -EDQUOT) || !no_room(h, it, pin))
			no_label(h, it, pin, r);
		return;
	}
	h->outcome = 1;
	h->count.changed++;
	if (h->rl->flags & LBL_REPORT_CHANGES)
		job_event(h, it, LBL_EV_CHANGED, set);
}

static void write_label(struct hand *h, const struct item *it, struct pin *pin)
{
	struct lbl_relabel *rl = h->rl;
	int r = 0;

	if (!(rl->flags & LBL_DRY_RUN)) {
		if (no_room(h, it, pin) || writer_take(h, it, pin))
			return;
		r = pin_label_write(pin, rl->xattr, h->set.data, h->set.len);
		writer_passed(h);
	}
	job_written(h, it, pin, h->set.data, r);
}

/*
 * Set the label of a pinned inode that seems to have none.  False: it has one, labels are written
 * in batches, whose answers come too late for another way, or the caller wants to choose.
 */
static bool create_label(struct hand *h, const struct item *it, struct pin *pin)
{
	int r;

	if ((h->rl->flags & LBL_DRY_RUN) || h->rl->select || writer_batches(h))
		return false;
	if (no_room(h, it, pin))
		return true;
	r = pin_label_create(pin, h->rl->xattr, h->set.data, h->set.len);
	if (r == -EEXIST)
		return false;
	writer_passed(h);
	job_written(h, it, pin, h->set.data, r);
	return true;
}

static void customized(struct hand *h, const struct item *it)
{
	h->count.customized++;
	if (h->rl->flags & LBL_REPORT_CHANGES)
		job_event(h, it, LBL_EV_CUSTOMIZED, it->spec->context);
}

void job_apply(struct hand *h, const struct item *it, struct pin *pin)
{
	int r = decide(&h->rl->rules, it->have, it->have_len, it->spec->context,
		       it->spec->context_len, &h->set);

	switch (r) {
	case DECIDE_KEEP: break;
	case DECIDE_SET: write_label(h, it, pin); break;
	case DECIDE_CUSTOMIZED: customized(h, it); break;
	default: job_failed(h, it, "set context", r);
	}
}

bool job_have_label(struct hand *h, struct item *it, int len)
{
	if (len == -ENODATA) {
		it->have = NULL;
		it->have_len = 0;
		return true;
	}
	if (len == -ERANGE) { /* longer than any context: nothing worth keeping */
		h->label[0] = '\0';
		len = 0;
	}
	if (len < 0) {
		job_failed(h, it, "read context", len);
		return false;
	}
	it->have = h->label;
	it->have_len = (size_t)len;
	return true;
}

static bool is_wanted(const struct item *it)
{
	return it->have && it->have_len == it->spec->context_len &&
	       memcmp(it->have, it->spec->context, it->have_len) == 0;
}

/* Would decide() change anything?  Cheap enough to ask before an inode is pinned. */
static bool differs(struct hand *h, struct item *it)
{
	int r = decide(&h->rl->rules, it->have, it->have_len, it->spec->context,
		       it->spec->context_len, &h->set);

	if (r == DECIDE_CUSTOMIZED && h->rl->select)
		return true; /* whether it is to be told of is seen when it is pinned */
	if (r == DECIDE_CUSTOMIZED)
		customized(h, it);
	else if (r < 0)
		job_failed(h, it, "set context", r);
	return r == DECIDE_SET;
}

int job_pin(struct hand *h, const struct item *it, struct pin *pin)
{
	int r = pin_open(pin, &h->worker->queue, it->dir->fd, it->name);

	if ((r == -EMFILE || r == -ENFILE) && writer_drain(h))
		r = pin_open(pin, &h->worker->queue, it->dir->fd, it->name);
	return r;
}

/* The label read by name differs: hold the inode, look again, write. */
static void repair(struct hand *h, struct item *it)
{
	struct lbl_relabel *rl = h->rl;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r;

	if (!differs(h, it))
		return;
	r = job_pin(h, it, &pin);
	if (r < 0) {
		job_failed(h, it, "open", r);
		return;
	}
	if (h->job->one_mount && pin.mnt_id != it->dir->mnt_id) {
		job_excluded(h, it->dir);
		return;
	}
	if (it->kind == LBL_ANY) /* the spec is the same for every kind */
		it->kind = pin.kind;
	if (pin.kind != it->kind) {
		/* exchanged since its name was read: not what the spec was chosen for */
		job_failed(h, it, "open", -ENOENT);
		return;
	}
	if (!job_selects(h, it, &pin) || (pin.kind != LBL_DIR && !links_allow(h, it, &pin)))
		return;
	if (!it->have && create_label(h, it, &pin))
		return;
	if (!rl->rules.force &&
	    !job_have_label(h, it, pin_label_read(&pin, rl->xattr, h->label, sizeof(h->label))))
		return;
	job_apply(h, it, &pin);
}

/* May it be taken to have no label?  @ino: the entry's number, 0: not known. */
static bool seems_bare(const struct hand *h, const struct item *it, uint64_t ino)
{
	const struct bulk *b = ino ? job_bulk_of(h->job, it->dir->dev) : NULL;
	const struct context *have;
	int known = BULK_UNKNOWN;

	if (it->kind == LBL_DIR || (h->rl->flags & LBL_DRY_RUN) || h->rl->select ||
	    writer_batches(h))
		return false;
	if (b)
		known = bulk_label(b, ino, &have);
	return known == BULK_NONE || (known == BULK_UNKNOWN && h->bare >= BARE_STREAK);
}

/*
 * Label what seems to have no label without a look.  False: it has one, or something is not as it
 * mostly is; nothing was done or told.
 */
static bool label_bare(struct hand *h, struct item *it)
{
	struct lbl_relabel *rl = h->rl;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;

	it->have = NULL;
	it->have_len = 0;
	if (decide(&rl->rules, NULL, 0, it->spec->context, it->spec->context_len, &h->set) !=
		    DECIDE_SET ||
	    pin_open(&pin, &h->worker->queue, it->dir->fd, it->name) < 0)
		return false;
	if ((h->job->one_mount && pin.mnt_id != it->dir->mnt_id) || pin.kind == LBL_DIR ||
	    (it->kind != LBL_ANY && pin.kind != it->kind) || pin.nlink > 1 ||
	    (!trust_link(it->dir->note, pin.uid) && pin_is_only_name(&pin) <= 0))
		return false;
	it->kind = pin.kind;
	return create_label(h, it, &pin);
}

static void matched(struct hand *h, const struct item *it)
{
	if (h->rl->flags & LBL_REPORT_MATCHES)
		job_event(h, it, LBL_EV_MATCHED, it->spec->context);
}

static void count_entry(struct hand *h, const struct walk_dir *dir)
{
	if (unlikely(h->mnt_id != dir->mnt_id)) {
		hand_pour(h);
		h->mnt_id = dir->mnt_id;
	}
	if (unlikely(++h->count.entries % POUR_EVERY == 0))
		hand_pour(h);
}

/* What the rules say is known: look at what is there.  @ino: the entry's number, 0: not known. */
static void label_item(struct hand *h, struct item *it, uint64_t ino)
{
	int r;

	if (!it->spec || !it->spec->context)
		return;
	h->count.files++;
	matched(h, it);
	if (ino && job_bulk_right(h, it, it->dir->dev, ino))
		return;
	if (seems_bare(h, it, ino) && label_bare(h, it))
		return;
	r = label_read_at(&h->worker->queue, it->dir->fd, it->dir->id, it->name, h->rl->xattr,
			  h->label, sizeof(h->label));
	h->bare = r == -ENODATA ? h->bare + 1 : 0;
	if (likely(job_have_label(h, it, r)) && unlikely(!is_wanted(it)))
		repair(h, it);
}

void job_entry(struct hand *h, const struct walk_entry *e)
{
	struct item it = {.dir = e->dir, .name = e->name, .kind = e->kind};
	int r = job_spec(h, e->dir, e->name, e->name_len, e->kind, &it.spec);

	count_entry(h, e->dir);
	if (likely(r == 0)) {
		/* where something is mounted, d_ino is that of what lies below */
		label_item(h, &it, e->scope && e->scope->mount ? 0 : e->ino);
	} else {
		it.spec = NULL;
		job_failed(h, &it, "look up", r);
	}
}

/*
 * Is something mounted on this name, or is it left out?  Return 1, 0 or -errno.  Without a system
 * call where neither is known of any of the directory's entries.
 */
static int left_out(struct hand *h, const struct walk_dir *dir, const char *name)
{
	const struct scope_node *scope = dir->scope;
	struct statx stx;
	int r;

	if (likely(!scope))
		return 0;
	scope = scope_child(scope, name, strlen(name));
	if (!scope || (!scope->skip && !scope->mount))
		return 0;
	if (scope->skip)
		return 1;
	r = queue_identify(&h->worker->queue, dir->fd, name, STATX_MNT_ID | STATX_TYPE, &stx);
	return r < 0 ? r : queue_mount_id(&stx) != dir->mnt_id;
}

/* The spec, by asking for the kind if it takes that.  False: a failure (told). */
static bool spec_of_name(struct hand *h, struct item *it)
{
	size_t len = strlen(it->name);
	struct statx stx;
	int r = job_spec_all(h, it->dir, it->name, len, &it->spec);

	if (r == -EAGAIN) {
		r = queue_identify(&h->worker->queue, it->dir->fd, it->name, STATX_TYPE, &stx);
		if (r < 0) {
			job_failed(h, it, "stat", r);
			return false;
		}
		it->kind = kind_of_mode(stx.stx_mode);
		r = job_spec(h, it->dir, it->name, len, it->kind, &it->spec);
	}
	if (r < 0) {
		it->spec = NULL;
		job_failed(h, it, "look up", r);
	}
	return r == 0;
}

void job_name(struct hand *h, struct walk_dir *dir, const char *name)
{
	struct item it = {.dir = dir, .name = name};
	int r = left_out(h, dir, name);

	count_entry(h, dir);
	if (r > 0)
		h->count.excluded++;
	else if (r < 0)
		job_failed(h, &it, "stat", r);
	else if (spec_of_name(h, &it))
		label_item(h, &it, 0);
}

void job_alone(struct hand *h, struct item *it, struct pin *pin)
{
	const struct lbl_relabel *rl = h->rl;
	const struct operand *op = h->job->op;
	int r = db_resolve(h->reader, op->lookup.data, op->lookup.len, it->kind, &it->spec);

	count_entry(h, it->dir);
	if (r < 0) {
		it->spec = NULL;
		job_failed(h, it, "look up", r);
		return;
	}
	if (it->spec && (rl->flags & LBL_TRACK_UNUSED))
		db_mark_used(rl->db, it->spec);
	if (!it->spec || !it->spec->context) {
		job_event(h, it, LBL_EV_NO_SPEC, NULL);
		return;
	}
	h->count.files++;
	matched(h, it);
	if (!job_have_label(h, it, pin_label_read(pin, rl->xattr, h->label, sizeof(h->label))) ||
	    is_wanted(it))
		return;
	if (job_selects(h, it, pin) && (it->kind == LBL_DIR || links_allow(h, it, pin)))
		job_apply(h, it, pin);
}

int job_dir(struct hand *h, struct walk_dir *dir)
{
	struct item it = {.dir = dir, .kind = LBL_DIR};
	struct lbl_relabel *rl = h->rl;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r = job_spec(h, dir, NULL, 0, LBL_DIR, &it.spec);

	count_entry(h, dir);
	h->count.directories++;
	if (r < 0) {
		it.spec = NULL;
		job_failed(h, &it, "look up", r);
		return 1;
	}
	if (!it.spec || !it.spec->context) {
		db_state state = atomic_load_explicit(&dir->cookie, memory_order_relaxed);

		if (!dir->parent)
			job_event(h, &it, LBL_EV_NO_SPEC, NULL);
		return state && db_below(h->reader, state) == DB_BELOW_NOTHING ? 0 : 1;
	}
	h->count.files++;
	matched(h, &it);
	if (job_bulk_right(h, &it, dir->dev, dir->ino))
		return 1;
	r = label_read_fd(&h->worker->queue, dir->fd, rl->xattr, h->label, sizeof(h->label));
	if (!job_have_label(h, &it, r) || is_wanted(&it))
		return 1;
	r = pin_dir(&pin, &h->worker->queue, dir->fd);
	if (r < 0)
		job_failed(h, &it, "stat", r);
	else if (job_selects(h, &it, &pin))
		job_apply(h, &it, &pin);
	return 1;
}
