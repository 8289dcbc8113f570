/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/automaton.h"
#include "analysis/pieces.h"
#include "analysis/shape.h"

#include <string.h>

#define CUTS_MAX 4096u

/* ---- cuts ------------------------------------------------------------------------------------ */

static const struct source *source_of(const struct db *db)
{
	return db_automaton((struct db *)db)->source; /* which does not change */
}

/** Apply one list to the beginning @cut of a path, behind which something follows if @more. */
static int replace(const struct subs *subs, const char *cut, bool more, struct buf *out)
{
	buf_reset(out);
	if (!*cut || !subs_apply(subs, cut, strlen(cut), out))
		buf_adds(out, cut);
	/* "/" and "/name" make "/name" */
	if (more && strcmp(buf_str(out), "/") == 0)
		buf_cut(out, 0);
	return buf_error(out);
}

static const char *image(struct pieces *ps, unsigned side, const char *cut, bool more)
{
	_cleanup_(buf_done) struct buf one = {0}, two = {0};
	const struct source *s = source_of(ps->db[side]);

	if (replace(&s->subs, cut, more, &one) < 0 ||
	    replace(&s->subs_dist, buf_str(&one), more, &two) < 0)
		return NULL;
	return arena_strndup(&ps->arena, buf_str(&two), two.len);
}

static int add_cut(struct pieces *ps, const char *cut, size_t len)
{
	struct piece *p;
	int r;

	if (ps->n >= CUTS_MAX)
		return -E2BIG;
	r = array_reserve(&ps->v, &ps->cap, ps->n + 1, sizeof(*ps->v));
	if (r < 0)
		return r;
	p = &ps->v[ps->n];
	*p = (struct piece){.cut = arena_strndup(&ps->arena, cut, len)};
	if (!p->cut)
		return -ENOMEM;
	if (!*p->cut || path_is_clean(p->cut))
		ps->n++;
	return 0;
}

/** What becomes an alias of .subs_dist when .subs puts another text in the place of @cut. */
static int add_preimages(struct pieces *ps, const struct source *s, const char *cut)
{
	_cleanup_(buf_done) struct buf made = {0}, b = {0};
	int r = replace(&s->subs, cut, true, &made);

	for (size_t i = 0; i < s->subs_dist.n && r >= 0; i++) {
		const struct subs_entry *e = &s->subs_dist.entries[i];

		if (e->from_len <= made.len || e->from[made.len] != '/' ||
		    strncmp(e->from, buf_str(&made), made.len) != 0)
			continue;
		buf_reset(&b);
		buf_adds(&b, cut);
		buf_adds(&b, e->from + made.len);
		r = buf_error(&b) < 0 ? buf_error(&b) : add_cut(ps, buf_str(&b), b.len);
	}
	return r;
}

static int find_cuts(struct pieces *ps, const struct source *s)
{
	int r = add_preimages(ps, s, "");

	for (size_t i = 0; i < s->subs.n && r >= 0; i++) {
		const struct subs_entry *e = &s->subs.entries[i];

		r = add_cut(ps, e->from, e->from_len);
		if (r >= 0)
			r = add_preimages(ps, s, e->from);
	}
	return r;
}

static int by_cut(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return strcmp(x->cut, y->cut);
}

/** Does the piece around @p's cut say what stands for it, so that the cut is none? */
static bool is_idle(const struct pieces *ps, const struct piece *p, const struct piece *around)
{
	const char *rest = p->cut + strlen(around->cut);

	for (unsigned i = 0; i < ps->n_sides; i++) {
		size_t n = strlen(around->name[i]);

		if (strncmp(p->alone[i], around->name[i], n) != 0 ||
		    strcmp(p->alone[i] + n, rest) != 0)
			return false;
		if (strcmp(p->alone[i], p->name[i]) != 0 && strcmp(p->cut, "/") != 0)
			return false;
	}
	return true;
}

static int fill_in(struct pieces *ps, struct piece *p)
{
	p->same = true;
	for (unsigned i = 0; i < ps->n_sides; i++) {
		p->alone[i] = image(ps, i, p->cut, false);
		p->name[i] = image(ps, i, p->cut, true);
		if (!p->alone[i] || !p->name[i])
			return -ENOMEM;
		p->same = p->same && strcmp(p->alone[i], p->alone[0]) == 0 &&
			  strcmp(p->name[i], p->name[0]) == 0;
		p->odd = p->odd || (*p->name[i] && !path_is_clean(p->name[i])) ||
			 (*p->cut && !path_is_clean(p->alone[i]));
	}
	return 0;
}

/** Sort the cuts, fill them in, and drop those that are none. */
static int settle(struct pieces *ps)
{
	size_t n = 0;
	int r = 0;

	qsort(ps->v, ps->n, sizeof(*ps->v), by_cut);
	for (size_t i = 0; i < ps->n && r >= 0; i++) {
		size_t around = n;

		if (n && strcmp(ps->v[i].cut, ps->v[n - 1].cut) == 0)
			continue;
		r = fill_in(ps, &ps->v[i]);
		while (around > 0 && (strcmp(ps->v[around - 1].cut, "/") == 0 ||
				      !path_is_below(ps->v[i].cut, ps->v[around - 1].cut)))
			around--;
		if (r < 0 || (around > 0 && is_idle(ps, &ps->v[i], &ps->v[around - 1])))
			continue;
		ps->v[n++] = ps->v[i];
	}
	ps->n = n;
	return r;
}

int pieces_init(struct pieces *ps, const struct db *db, const struct db *other)
{
	int r;

	*ps = (struct pieces){.db = {db, other}, .n_sides = other ? 2 : 1};
	r = add_cut(ps, "", 0);
	for (unsigned i = 0; i < ps->n_sides && r >= 0; i++)
		r = find_cuts(ps, source_of(ps->db[i]));
	if (r >= 0)
		r = settle(ps);
	if (r < 0)
		pieces_done(ps);
	return r;
}

void pieces_done(struct pieces *ps)
{
	free(ps->v);
	arena_done(&ps->arena);
	*ps = (struct pieces){.n = 0};
}

/* ---- searching ------------------------------------------------------------------------------- */

struct attempt {
	const struct pieces *ps;
	const struct pieces_query *query;
	const struct piece *piece;
	struct buf path;
	bool orphan; /* what was found is no path's substitute */
};

static int confirm_path(struct attempt *a)
{
	if (buf_error(&a->path) < 0)
		return buf_error(&a->path);
	if (!a->query->confirm)
		return 1;
	return a->query->confirm(a->query->user, buf_str(&a->path), a->path.len);
}

static int confirm_rest(void *user, const char *rest, size_t len)
{
	struct attempt *a = user;

	buf_reset(&a->path);
	buf_adds(&a->path, a->piece->cut);
	buf_add(&a->path, rest, len);
	return confirm_path(a);
}

/** Is there a path in piece @p, in @path then, that the specs of all sides see as @seen? */
static int path_through(const struct pieces *ps, const struct piece *p, const char *seen,
			size_t len, struct buf *path)
{
	_cleanup_(buf_done) struct buf b = {0};
	size_t skip = strlen(p->name[0]);

	if (strcmp(seen, p->alone[0]) == 0 && *p->cut)
		skip = len;
	else if (strcmp(p->cut, "/") == 0 || !path_is_below(seen, p->name[0]))
		return 0;
	buf_reset(path);
	buf_adds(path, p->cut);
	buf_add(path, seen + skip, len - skip);
	if (buf_error(path) < 0)
		return buf_error(path);
	for (unsigned i = 0; i < ps->n_sides; i++) {
		int r;

		buf_reset(&b);
		r = db_substitute(ps->db[i], buf_str(path), path->len, &b);
		if (r < 0)
			return r;
		if (b.len != len || memcmp(buf_str(&b), seen, len) != 0)
			return 0;
	}
	return path_is_clean(buf_str(path));
}

int pieces_path_of(const struct pieces *ps, const char *seen, struct buf *ret_path)
{
	int r = 0;

	for (size_t i = 0; i < ps->n && r == 0; i++)
		if (ps->v[i].same)
			r = path_through(ps, &ps->v[i], seen, strlen(seen), ret_path);
	return r;
}

size_t pieces_at(const struct pieces *ps, const char *path)
{
	size_t best = 0;

	/* a cut comes before those it begins */
	for (size_t i = 1; i < ps->n; i++)
		if (strcmp(ps->v[i].cut, "/") == 0 ? strcmp(path, "/") == 0
						   : path_is_below(path, ps->v[i].cut))
			best = i;
	return best;
}

/** @seen was found without looking at substitutions.  Which path looks like that? */
static int confirm_seen(void *user, const char *seen, size_t len)
{
	struct attempt *a = user;
	const char *not_below = a->query->not_below;
	bool any = false;

	for (size_t i = 0; i < a->ps->n; i++) {
		int r = !a->ps->v[i].same ? 0
					  : path_through(a->ps, &a->ps->v[i], seen, len, &a->path);

		if (r < 0)
			return r;
		if (r == 0 || (not_below && path_is_below(buf_str(&a->path), not_below) &&
			       strcmp(buf_str(&a->path), not_below) != 0))
			continue;
		r = confirm_path(a);
		if (r != 0)
			return r;
		any = true;
	}
	a->orphan = !any;
	return any ? 0 : -EAGAIN;
}

static int run(struct attempt *a, struct hunt_query *q, struct buf *ret_path)
{
	_cleanup_(buf_done) struct buf rest = {0};
	int r = hunt_run(a->query->hunt, q, &rest);

	if (r > 0) {
		buf_reset(ret_path);
		buf_add(ret_path, buf_str(&a->path), a->path.len);
		r = buf_error(ret_path) < 0 ? buf_error(ret_path) : 1;
	}
	return r;
}

/** Fence the piece off from longer cuts, and from what shall not be answered. */
static int build_fence(const struct attempt *a, struct fence *fence)
{
	const char *cut = a->piece->cut, *not_below = a->query->not_below;
	size_t len = strlen(cut);
	int r = 0;

	for (size_t i = 0; i < a->ps->n && r >= 0; i++) {
		const char *other = a->ps->v[i].cut;

		if (strlen(other) > len && path_is_below(other, cut))
			r = fence_add(fence, other + len, strlen(other + len),
				      FENCE_END | FENCE_DOWN);
	}
	if (r >= 0 && not_below && strlen(not_below) > len && path_is_below(not_below, cut))
		r = fence_add(fence, not_below + len, strlen(not_below + len),
			      strcmp(not_below, "/") == 0 ? FENCE_STOP : FENCE_DOWN);
	return r;
}

static int run_piece(struct attempt *a, struct hunt_query *q, bool alone, struct buf *ret_path)
{
	for (unsigned i = 0; i < a->ps->n_sides; i++) {
		q->side[i].start = alone ? a->piece->alone[i] : a->piece->name[i];
		q->side[i].start_len = strlen(q->side[i].start);
	}
	q->empty = alone;
	return run(a, q, ret_path);
}

int pieces_find_in(const struct pieces *ps, const struct pieces_query *query, size_t piece,
		   struct buf *ret_path)
{
	_cleanup_(fence_done) struct fence fence = {0};
	struct attempt a = {.ps = ps, .query = query, .piece = &ps->v[piece]};
	struct hunt_query q = query->query;
	const char *cut = a.piece->cut, *not_below = query->not_below;
	bool inside = not_below && *cut && path_is_below(cut, not_below);
	int r = build_fence(&a, &fence), first = 0;

	if (inside && strcmp(cut, not_below) != 0)
		return 0;
	q.fence = &fence;
	q.top = !*cut;
	q.confirm = confirm_rest;
	q.user = &a;
	if (r >= 0 && *cut) {
		q.only_empty = true;
		r = first = run_piece(&a, &q, true, ret_path);
		q.only_empty = false;
	}
	if ((r == 0 || r == -EAGAIN) && !inside && strcmp(cut, "/") != 0)
		r = run_piece(&a, &q, false, ret_path);
	buf_done(&a.path);
	return r == 0 ? first : r;
}

/** Look for something the specs may see, then for a path that looks like that. */
static int find_seen(struct attempt *a, struct buf *ret_path)
{
	struct hunt_query q = a->query->query;

	for (unsigned i = 0; i < a->ps->n_sides; i++)
		q.side[i].start_len = 0;
	q.fence = NULL;
	q.top = true;
	q.empty = q.only_empty = false;
	q.confirm = a->query->as_written ? confirm_rest : confirm_seen;
	q.user = a;
	return run(a, &q, ret_path);
}

int pieces_find(const struct pieces *ps, const struct pieces_query *query, struct buf *ret_path)
{
	struct attempt a = {.ps = ps, .query = query, .piece = &ps->v[0]};
	bool orphan;
	int r = find_seen(&a, ret_path);

	orphan = a.orphan;
	buf_done(&a.path);
	if (query->as_written || (r != 0 && !orphan))
		return r;
	/* nothing can be seen but by odd ways; or we looked at the wrong place */
	r = 0;
	for (size_t i = 0; i < ps->n && (r == 0 || r == -EAGAIN); i++) {
		int one = 0;

		if (ps->v[i].same && (orphan || ps->v[i].odd))
			one = pieces_find_in(ps, query, i, ret_path);
		r = one ? one : r;
	}
	return r;
}
