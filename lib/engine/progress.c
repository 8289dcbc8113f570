/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/progress.h"

#include <string.h>
#include <sys/statfs.h>

#include "base/log.h"
#include "engine/counts.h"
#include "engine/job.h"
#include "engine/plan.h"

void progress_init(struct progress *p)
{
	*p = (struct progress){.lock = PTHREAD_MUTEX_INITIALIZER};
}

static void forget(struct progress *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].path);
		free(p->v[i].key);
	}
	p->n = 0;
	buf_reset(&p->path);
}

void progress_done(struct progress *p)
{
	forget(p);
	free(p->v);
	buf_done(&p->path);
	free(p->file);
	pthread_mutex_destroy(&p->lock);
}

void progress_reset(struct progress *p)
{
	pthread_mutex_lock(&p->lock);
	forget(p);
	pthread_mutex_unlock(&p->lock);
}

/* The row of a mount, made if need be; NULL: no memory.  Under the lock. */
static struct progress_mount *row_of(struct progress *p, uint64_t mnt_id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].id == mnt_id)
			return &p->v[i];
	if (array_reserve(&p->v, &p->cap, p->n + 1, sizeof(*p->v)) < 0)
		return NULL;
	p->v[p->n] = (struct progress_mount){.id = mnt_id};
	return &p->v[p->n++];
}

void progress_count(struct progress *p, uint64_t mnt_id, uint64_t n)
{
	struct progress_mount *row;

	pthread_mutex_lock(&p->lock);
	row = row_of(p, mnt_id);
	if (row)
		row->entries += n;
	pthread_mutex_unlock(&p->lock);
}

void progress_expect(struct progress *p, uint64_t mnt_id, uint64_t n)
{
	struct progress_mount *row;

	pthread_mutex_lock(&p->lock);
	row = row_of(p, mnt_id);
	if (row && row->expected == 0)
		row->expected = n;
	pthread_mutex_unlock(&p->lock);
}

void progress_here(struct progress *p, const struct walk_dir *dir)
{
	pthread_mutex_lock(&p->lock);
	if (progress_is_asked(p)) {
		buf_reset(&p->path);
		walk_path(dir, NULL, &p->path);
		p->path_mount = dir->mnt_id;
		atomic_store_explicit(&p->asked, false, memory_order_relaxed);
	}
	pthread_mutex_unlock(&p->lock);
}

/* ---- what is to be expected ---- */

struct estimate {
	struct progress *p;
	const char *top;
	struct counts counts;
};

/* The part of the operand that lies on @m, as a path in the file system. */
static void add_root(struct buf *b, const struct lbl_mount *m, const char *top)
{
	const char *rest = scope_below(top, m->path);

	if (!rest || !*rest) {
		buf_adds(b, m->root);
		return;
	}
	if (strcmp(m->root, "/") != 0)
		buf_adds(b, m->root);
	buf_adds(b, rest);
}

/* What the number of its entries is remembered by; NULL: nothing. */
static char *key_of(const struct lbl_mount *m, const char *top)
{
	_cleanup_(buf_done) struct buf key = {0}, root = {0};
	struct statfs st;
	uint64_t fsid;

	if (m->remote || m->autofs || statfs(m->path, &st) < 0)
		return NULL;
	_Static_assert(sizeof(fsid) == sizeof(st.f_fsid), "two ints");
	memcpy(&fsid, &st.f_fsid, sizeof(fsid));
	add_root(&root, m, top);
	counts_key(&key, fsid, m->type, buf_str(&root));
	return buf_error(&root) < 0 || buf_error(&key) < 0 ? NULL : TAKE_PTR(key.data);
}

static int look_at_mount(void *user, const struct lbl_mount *m, const char *skip)
{
	struct estimate *e = user;
	const char *rest = scope_below(e->top, m->path);
	struct progress_mount *row, seen = {0};

	if (skip)
		return 0;
	seen.path = strdup(m->path);
	seen.key = key_of(m, e->top);
	seen.expected = rest && *rest ? 0 : plan_inodes(m);
	seen.told = seen.expected != 0;
	if (!seen.told && seen.key)
		seen.expected = counts_find(&e->counts, seen.key);

	pthread_mutex_lock(&e->p->lock);
	row = row_of(e->p, (uint64_t)m->id);
	if (row) {
		free(row->path);
		free(row->key);
		seen.id = row->id;
		seen.entries = row->entries;
		if (seen.expected == 0)
			seen.expected = row->expected;
		*row = seen;
	} else {
		free(seen.path);
		free(seen.key);
	}
	pthread_mutex_unlock(&e->p->lock);
	return 0;
}

/* An estimate that cannot be had is none: nothing here is a reason to fail. */
static void look(struct estimate *e, struct lbl_relabel *rl)
{
	int r = rl->progress.file ? counts_load(&e->counts, rl->progress.file) : 0;

	if (r == 0)
		r = plan_each(rl, e->top, look_at_mount, e);
	if (r < 0)
		log_debug(LOG_ENGINE, "progress", "%s: %d", e->top, r);
}

void progress_begin(struct lbl_relabel *rl, const char *top)
{
	struct estimate e = {.p = &rl->progress, .top = top};

	if (rl->flags & LBL_PROGRESS)
		look(&e, rl);
	counts_done(&e.counts);
}

static uint64_t entries_of(const struct progress *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++)
		sum += p->v[i].entries;
	return sum;
}

void progress_remember(struct lbl_relabel *rl, const char *top)
{
	struct progress *p = &rl->progress;
	struct estimate e = {.p = p, .top = top};
	bool news = false;

	/* an image is mounted once, and what was left out may be wanted the next time */
	if (!p->file || p->narrowed || rl->alt_root.path.len || rl->flags & LBL_DRY_RUN ||
	    entries_of(p) < p->least)
		return;
	look(&e, rl); /* what another run wrote meanwhile stays */
	for (size_t i = 0; i < p->n; i++) {
		const struct progress_mount *m = &p->v[i];

		if (m->key && !m->told && counts_put(&e.counts, m->key, m->entries) > 0)
			news = true;
	}
	if (news) {
		int r = counts_save(&e.counts, p->file);

		if (r < 0) /* not ours to write, most likely */
			log_debug(LOG_ENGINE, "progress", "%s: %d", p->file, r);
	}
	counts_done(&e.counts);
}

/* ---- what is told ---- */

static uint64_t at_least(uint64_t expected, uint64_t entries)
{
	return MAX(expected, entries);
}

/*
 * Of mounts that nothing is known of (sysfs and its kin) only what was counted is expected; but
 * without the operand's own there is no estimate.
 */
static uint64_t expected_of(const struct progress *p)
{
	uint64_t sum = 0;

	if (p->n == 0 || p->v[0].expected == 0)
		return 0;
	for (size_t i = 0; i < p->n; i++)
		sum += at_least(p->v[i].expected, p->v[i].entries);
	return sum;
}

static void copy(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

void lbl_relabel_progress(struct lbl_relabel *rl, struct lbl_progress *ret)
{
	struct progress *p = &rl->progress;

	*ret = (struct lbl_progress){
		.step = atomic_load_explicit(&p->step, memory_order_relaxed),
	};
	pthread_mutex_lock(&p->lock);
	ret->entries = entries_of(p);
	ret->expected = expected_of(p);
	copy(ret->path, sizeof(ret->path), buf_str(&p->path));
	for (size_t i = 0; i < p->n && p->path.len; i++) {
		const struct progress_mount *m = &p->v[i];

		if (m->id != p->path_mount)
			continue;
		ret->mount_entries = m->entries;
		ret->mount_expected = m->expected ? at_least(m->expected, m->entries) : 0;
		copy(ret->mount, sizeof(ret->mount), m->path ? m->path : "");
	}
	pthread_mutex_unlock(&p->lock);
	atomic_store_explicit(&p->asked, true, memory_order_relaxed);
}
