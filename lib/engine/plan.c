/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan: what a run over an operand would do with the mounts it comes to, before it does.
 */
#include "engine/job.h"

#include <string.h>
#include <sys/statvfs.h>

#include "tree/mounts.h"

struct plan {
	struct lbl_relabel *rl;
	const char *top; /* the operand, clean */
	struct lbl_mount *v;
	size_t n, cap;
	struct arena arena;
	struct buf why;
};

static void plan_done(struct plan *p)
{
	free(p->v);
	arena_done(&p->arena);
	buf_done(&p->why);
}

/* Of several at one path the last is the one to be seen. */
static int collect(void *user, const struct lbl_mount *m)
{
	struct plan *p = user;
	struct lbl_mount copy = *m;
	size_t i = 0;
	int r;

	if (!scope_below(p->top, m->path) && !scope_below(m->path, p->top))
		return 0;
	copy.path = arena_strndup(&p->arena, m->path, strlen(m->path));
	copy.type = arena_strndup(&p->arena, m->type, strlen(m->type));
	copy.source = arena_strndup(&p->arena, m->source, strlen(m->source));
	if (!copy.path || !copy.type || !copy.source)
		return -ENOMEM;
	while (i < p->n && strcmp(p->v[i].path, copy.path) != 0)
		i++;
	if (i == p->n) {
		r = array_reserve(&p->v, &p->cap, p->n + 1, sizeof(*p->v));
		if (r < 0)
			return r;
		p->n++;
	}
	p->v[i] = copy;
	return 0;
}

/* The mount the operand lies on; NULL: nothing is known (a chroot). */
static const struct lbl_mount *holding(const struct plan *p)
{
	const struct lbl_mount *best = NULL;

	for (size_t i = 0; i < p->n; i++)
		if (scope_below(p->top, p->v[i].path) &&
		    (!best || strlen(p->v[i].path) > strlen(best->path)))
			best = &p->v[i];
	return best;
}

/* Why a mount below the operand is left out; NULL: it is not. */
static const char *why_not(struct plan *p, const struct lbl_mount *m)
{
	const struct lbl_relabel *rl = p->rl;
	const struct scope_node *node = scope_find(&rl->scope, m->path);
	const char *why = node && node->skip ? node->skip : scope_excluded(&rl->scope, m->path);

	if (why)
		return why;
	if (rl->flags & LBL_ONE_MOUNT)
		return "another mount than that of the path";
	if (!scope_met_elsewhere(&rl->scope, node, p->top))
		return NULL;
	buf_reset(&p->why);
	buf_adds(&p->why, "the same directory as ");
	buf_adds(&p->why, node->twin);
	return buf_str(&p->why);
}

/* Inodes in use; 0 where nothing says so, or nobody may be asked. */
static uint64_t inodes_of(const struct lbl_mount *m)
{
	struct statvfs st;

	if (m->remote || m->autofs || statvfs(m->path, &st) < 0)
		return 0;
	return st.f_files > st.f_ffree ? st.f_files - st.f_ffree : 0;
}

static int tell(const struct lbl_mount *m, const char *skip, lbl_plan_fn fn, void *user)
{
	struct lbl_plan_mount out = {
		.path = m->path,
		.type = m->type,
		.source = m->source,
		.skip = skip,
		.read_only = m->read_only,
		.inodes = skip ? 0 : inodes_of(m),
	};

	return fn(user, &out);
}

static int tell_all(struct plan *p, lbl_plan_fn fn, void *user)
{
	const struct lbl_mount *top = holding(p);
	int r = top ? tell(top, scope_excluded(&p->rl->scope, p->top), fn, user) : 0;

	for (size_t i = 0; i < p->n && r == 0 && p->rl->flags & LBL_RECURSE; i++)
		if (&p->v[i] != top && scope_below(p->v[i].path, p->top))
			r = tell(&p->v[i], why_not(p, &p->v[i]), fn, user);
	return r;
}

/* The mounts a run over @path could come to.  The strings of @p are in @clean and @real. */
static int plan_read(struct plan *p, const char *path, struct buf *clean, struct buf *real)
{
	struct lbl_relabel *rl = p->rl;
	const char *dead;
	int r = *path ? operand_clean(path, clean) : -ENOENT;

	if (r < 0)
		return r;
	r = remotes_ask(&rl->remotes, &rl->scope, clean->data, rl->flags & LBL_RECURSE, &dead);
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	if (r == 0 && rl->flags & LBL_RESOLVE_OPERAND) {
		r = operand_resolve_present(clean->data, real);
		if (r < 0)
			return r;
	}
	p->top = real->len ? real->data : clean->data;
	return mounts_each(NULL, collect, p);
}

int lbl_relabel_plan(struct lbl_relabel *rl, const char *path, lbl_plan_fn fn, void *user)
{
	_cleanup_(plan_done) struct plan p = {.rl = rl};
	_cleanup_(buf_done) struct buf clean = {0}, real = {0};
	int r = plan_read(&p, path, &clean, &real);

	return r < 0 ? r : tell_all(&p, fn, user);
}

struct sum {
	uint64_t inodes;
	bool unknown;
};

static int add_up(void *user, const struct lbl_plan_mount *m)
{
	struct sum *sum = user;

	sum->inodes += m->inodes;
	sum->unknown |= !m->skip && m->inodes == 0;
	return 0;
}

uint64_t lbl_relabel_estimate_path(struct lbl_relabel *rl, const char *path)
{
	_cleanup_(plan_done) struct plan p = {.rl = rl};
	_cleanup_(buf_done) struct buf clean = {0}, real = {0};
	const struct lbl_mount *top;
	struct sum sum = {0};

	if (plan_read(&p, path, &clean, &real) < 0)
		return 0;
	top = holding(&p);
	if (!top || strcmp(top->path, p.top) != 0 || tell_all(&p, add_up, &sum) < 0)
		return 0;
	return sum.unknown ? 0 : sum.inodes;
}
