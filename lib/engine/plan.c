/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan: what a run over an operand would do with the mounts it comes to, before it does.
 */
#include "engine/plan.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/path.h"
#include "engine/job.h"

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
	copy.root = arena_strndup(&p->arena, m->root, strlen(m->root));
	if (!copy.path || !copy.type || !copy.source || !copy.root)
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
		return scope_mount_elsewhere(&rl->scope, (uint64_t)m->id, p->top);
	buf_reset(&p->why);
	buf_adds(&p->why, "the same directory as ");
	buf_adds(&p->why, node->twin);
	return buf_str(&p->why);
}

uint64_t plan_inodes(const struct lbl_mount *m)
{
	struct statvfs st;

	/* a part of a file system; an overlay has the numbers of the one its upper layer is a part
	 * of */
	if (m->remote || m->autofs || strcmp(m->root, "/") != 0 || strcmp(m->type, "overlay") == 0)
		return 0;
	if (statvfs(m->path, &st) < 0)
		return 0;
	return st.f_files > st.f_ffree ? st.f_files - st.f_ffree : 0;
}

static int tell_all(struct plan *p, plan_fn fn, void *user)
{
	const struct lbl_mount *top = holding(p);
	int r = top ? fn(user, top, scope_excluded(&p->rl->scope, p->top)) : 0;

	for (size_t i = 0; i < p->n && r == 0 && p->rl->flags & LBL_RECURSE; i++)
		if (&p->v[i] != top && scope_below(p->v[i].path, p->top))
			r = fn(user, &p->v[i], why_not(p, &p->v[i]));
	return r;
}

int plan_each(struct lbl_relabel *rl, const char *top, plan_fn fn, void *user)
{
	_cleanup_(plan_done) struct plan p = {.rl = rl, .top = top};
	int r = mounts_each(NULL, collect, &p);

	return r < 0 ? r : tell_all(&p, fn, user);
}

/* ---- for callers, before a run ---- */

struct teller {
	const struct lbl_relabel *rl;
	lbl_plan_fn fn;
	void *user;
};

static int tell(void *user, const struct lbl_mount *m, const char *skip)
{
	const struct teller *t = user;
	const struct scope_node *node = scope_find(&t->rl->scope, m->path);
	struct lbl_plan_mount out = {
		.path = m->path,
		.type = m->type,
		.source = m->source,
		.skip = skip,
		.read_only = m->read_only,
		.inodes = skip ? 0 : plan_inodes(m),
		.tell = skip && node && node->tell,
	};

	return t->fn(t->user, &out);
}

int lbl_relabel_plan(struct lbl_relabel *rl, const char *path, lbl_plan_fn fn, void *user)
{
	_cleanup_(buf_done) struct buf clean = {0}, real = {0};
	struct teller t = {rl, fn, user};
	const char *dead;
	int r = *path ? path_clean(path, &clean) : -ENOENT;

	if (r < 0)
		return r;
	r = remotes_ask(&rl->remotes, &rl->scope, clean.data, rl->flags & LBL_RECURSE, &dead);
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	if (r == 0 && rl->flags & LBL_RESOLVE_OPERAND) {
		r = operand_resolve_present(clean.data, &rl->alt_root, &real);
		if (r < 0)
			return r;
	}
	return plan_each(rl, real.len ? real.data : clean.data, tell, &t);
}
