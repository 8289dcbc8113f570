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
 */
#include "engine/job.h"

#include <string.h>

/* After how many entries a hand pours its counters: progress stays fresh, sharing stays rare. */
#define POUR_EVERY 512

int hand_start(void *user, struct walk_worker *w)
{
	struct hand *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->job = user;
	h->worker = w;
	r = db_reader_new(h->job->rl->db, &h->reader);
	if (r < 0) {
		free(h);
		return r;
	}
	w->user = h;
	return 0;
}

void hand_stop(void *user, struct walk_worker *w)
{
	struct hand *h = w->user;

	report_pour(&h->job->rl->report, &h->count);
	db_reader_free(h->reader);
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
	if (r == 0 && *ret_spec && (h->job->rl->flags & LBL_TRACK_UNUSED))
		db_mark_used(h->job->rl->db, *ret_spec);
	return r;
}

static void fill_event(struct hand *h, const struct item *it, struct lbl_event *ev)
{
	ev->path = it->path;
	if (!ev->path) {
		buf_reset(&h->path);
		walk_path(it->dir, it->name, &h->path);
		ev->path = buf_str(&h->path);
	}
	ev->have = it->have;
	if (it->spec) {
		ev->regex = it->spec->regex;
		ev->spec_file = it->spec->file;
		ev->spec_line = it->spec->line;
	}
}

void job_event(struct hand *h, const struct item *it, enum lbl_event_type type, const char *want,
	       const char *detail, int error)
{
	struct lbl_event ev = {.type = type, .want = want, .detail = detail, .error = error};

	fill_event(h, it, &ev);
	report_event(&h->job->rl->report, &ev);
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

	h->count.errors[ev.klass]++;
	if (ev.klass == LBL_CLASS_VANISHED)
		return;
	if (ev.klass == LBL_CLASS_UNSUPPORTED &&
	    !report_first_on_mount(&h->job->rl->report, it->dir->mnt_id))
		return;
	if (ev.klass == LBL_CLASS_READ_ONLY)
		ev.type = LBL_EV_READ_ONLY;
	fill_event(h, it, &ev);
	report_event(&h->job->rl->report, &ev);
}

void job_walk_failed(struct hand *h, const struct walk_dir *dir, const char *name, const char *what,
		     int error)
{
	struct item it = {.dir = (struct walk_dir *)dir, .name = name};
	struct job *job = h->job;

	if (!dir) { /* the operand itself; -ENOMEM is not told here, it ends the run */
		job->top_failed = error == -EACCES || job_operand_failed(job, error) == 0;
	} else if (strcmp(what, "cycle") == 0) {
		h->count.excluded++;
		job_event(h, &it, LBL_EV_CYCLE, NULL, NULL, 0);
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

/* Several names: may this one be used now?  Reports what it refuses. */
static bool multilink_ready(struct hand *h, const struct item *it, const struct pin *pin)
{
	struct lbl_relabel *rl = h->job->rl;

	if (rl->flags & LBL_SKIP_MULTILINK) {
		job_event(h, it, LBL_EV_MULTILINK, it->spec->context, NULL, 0);
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
		job_event(h, it, LBL_EV_LINK_REFUSED, it->spec->context, NULL, 0);
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

	if (pin->nlink > 1)
		return multilink_ready(h, it, pin);
	if (trust_link(it->dir->note, pin->uid))
		return true;
	r = pin_is_only_name(pin);
	if (r == 0)
		r = -ENOENT;
	if (r < 0)
		job_failed(h, it, "stat", r);
	return r > 0;
}

static void write_label(struct hand *h, const struct item *it, struct pin *pin)
{
	struct lbl_relabel *rl = h->job->rl;

	if (!(rl->flags & LBL_DRY_RUN)) {
		int r = pin_label_write(pin, rl->xattr, h->set.data, h->set.len);

		if (r < 0) {
			job_failed(h, it, "set context", r);
			return;
		}
	}
	h->count.changed++;
	if (rl->flags & LBL_REPORT_CHANGES)
		job_event(h, it, LBL_EV_CHANGED, h->set.data, NULL, 0);
}

static void customized(struct hand *h, const struct item *it)
{
	h->count.customized++;
	if (h->job->rl->flags & LBL_REPORT_CHANGES)
		job_event(h, it, LBL_EV_CUSTOMIZED, it->spec->context, NULL, 0);
}

void job_apply(struct hand *h, const struct item *it, struct pin *pin)
{
	int r = decide(&h->job->rl->rules, it->have, it->have_len, it->spec->context,
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
	int r = decide(&h->job->rl->rules, it->have, it->have_len, it->spec->context,
		       it->spec->context_len, &h->set);

	if (r == DECIDE_CUSTOMIZED)
		customized(h, it);
	else if (r < 0)
		job_failed(h, it, "set context", r);
	return r == DECIDE_SET;
}

/* The label read by name differs: hold the inode, look again, write. */
static void repair(struct hand *h, struct item *it)
{
	struct lbl_relabel *rl = h->job->rl;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r;

	if (!differs(h, it))
		return;
	r = pin_open(&pin, &h->worker->queue, it->dir->fd, it->name);
	if (r < 0) {
		job_failed(h, it, "open", r);
		return;
	}
	if (pin.kind != it->kind ||
	    ((rl->flags & LBL_ONE_MOUNT) && pin.mnt_id != it->dir->mnt_id)) {
		/* exchanged since its name was read: not what the spec was chosen for */
		h->count.errors[LBL_CLASS_VANISHED]++;
		return;
	}
	if (pin.kind != LBL_DIR && !links_allow(h, it, &pin))
		return;
	if (!rl->rules.force &&
	    !job_have_label(h, it, pin_label_read(&pin, rl->xattr, h->label, sizeof(h->label))))
		return;
	job_apply(h, it, &pin);
}

static void matched(struct hand *h, const struct item *it)
{
	if (h->job->rl->flags & LBL_REPORT_MATCHES)
		job_event(h, it, LBL_EV_MATCHED, it->spec->context, NULL, 0);
}

static void count_entry(struct hand *h)
{
	if (unlikely(++h->count.entries % POUR_EVERY == 0))
		report_pour(&h->job->rl->report, &h->count);
}

/* What the rules say is known: look at what is there. */
static void label_item(struct hand *h, struct item *it)
{
	int r;

	if (!it->spec || !it->spec->context)
		return;
	h->count.files++;
	matched(h, it);
	r = label_read_at(&h->worker->queue, it->dir->fd, it->dir->id, it->name, h->job->rl->xattr,
			  h->label, sizeof(h->label));
	if (likely(job_have_label(h, it, r)) && unlikely(!is_wanted(it)))
		repair(h, it);
}

void job_entry(struct hand *h, const struct walk_entry *e)
{
	struct item it = {.dir = e->dir, .name = e->name, .kind = e->kind};
	int r = job_spec(h, e->dir, e->name, e->name_len, e->kind, &it.spec);

	count_entry(h);
	if (likely(r == 0)) {
		label_item(h, &it);
	} else {
		it.spec = NULL;
		job_failed(h, &it, "look up", r);
	}
}

void job_alone(struct hand *h, struct item *it, struct pin *pin)
{
	const struct lbl_relabel *rl = h->job->rl;
	const struct operand *op = h->job->op;
	int r = db_resolve(h->reader, op->lookup.data, op->lookup.len, it->kind, &it->spec);

	count_entry(h);
	if (r < 0) {
		it->spec = NULL;
		job_failed(h, it, "look up", r);
		return;
	}
	if (it->spec && (rl->flags & LBL_TRACK_UNUSED))
		db_mark_used(rl->db, it->spec);
	if (!it->spec || !it->spec->context) {
		job_event(h, it, LBL_EV_NO_SPEC, NULL, NULL, 0);
		return;
	}
	h->count.files++;
	matched(h, it);
	if (!job_have_label(h, it, pin_label_read(pin, rl->xattr, h->label, sizeof(h->label))) ||
	    is_wanted(it))
		return;
	if (it->kind == LBL_DIR || links_allow(h, it, pin))
		job_apply(h, it, pin);
}

int job_dir(struct hand *h, struct walk_dir *dir)
{
	struct item it = {.dir = dir, .kind = LBL_DIR};
	struct lbl_relabel *rl = h->job->rl;
	_cleanup_(pin_done) struct pin pin = PIN_NONE;
	int r = job_spec(h, dir, NULL, 0, LBL_DIR, &it.spec);

	job_trust(h->job, dir);
	h->count.directories++;
	count_entry(h);
	if (r < 0) {
		it.spec = NULL;
		job_failed(h, &it, "look up", r);
		return 1;
	}
	if (!it.spec || !it.spec->context) {
		db_state state = atomic_load_explicit(&dir->cookie, memory_order_relaxed);

		if (!dir->parent)
			job_event(h, &it, LBL_EV_NO_SPEC, NULL, NULL, 0);
		return state && db_below(h->reader, state) == DB_BELOW_NOTHING ? 0 : 1;
	}
	h->count.files++;
	matched(h, &it);
	r = label_read_fd(&h->worker->queue, dir->fd, rl->xattr, h->label, sizeof(h->label));
	if (!job_have_label(h, &it, r) || is_wanted(&it))
		return 1;
	r = pin_dir(&pin, &h->worker->queue, dir->fd);
	if (r < 0)
		job_failed(h, &it, "stat", r);
	else
		job_apply(h, &it, &pin);
	return 1;
}
