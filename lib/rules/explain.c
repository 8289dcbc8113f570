/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain: the way of one path through the rules, with all that did not win.
 *
 * Specs that match come from rules/trace, which forgets nothing, highest rank first.  The first one
 * for a fitting kind is the winner by definition of rank; tests hold that against the automaton.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "lbl-rules.h"
#include "rules/automaton.h"
#include "rules/trace.h"

#include <string.h>

struct step {
	const struct subs_entry *entry;
	const char *file;
	struct buf after;
};

struct lbl_explain {
	struct buf path; /* normalised */
	struct step steps[2];
	size_t n_steps;
	struct lbl_candidate *candidates;
	size_t n_candidates;
};

/* ---- substitutions -------------------------------------------------------------------------- */

static const char *file_in_role(const struct source *s, enum lbl_file_role role)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i].role == role)
			return s->files[i].name;
	return NULL;
}

/** What specs are compared with, as far as the way has been gone. */
static const struct buf *path_after(const struct lbl_explain *e, size_t steps)
{
	return steps ? &e->steps[steps - 1].after : &e->path;
}

static int take_step(struct lbl_explain *e, const struct source *s, const struct subs *subs,
		     enum lbl_file_role role)
{
	const struct buf *before = path_after(e, e->n_steps);
	struct step *step = &e->steps[e->n_steps];

	step->entry = subs_find(subs, buf_str(before), before->len);
	if (!step->entry)
		return 0;
	step->file = file_in_role(s, role);
	subs_apply(subs, buf_str(before), before->len, &step->after);
	e->n_steps++;
	return buf_error(&step->after);
}

/* ---- candidates ----------------------------------------------------------------------------- */

static bool fits(const struct source *s, uint32_t spec, enum lbl_kind kind)
{
	enum lbl_kind of = s->specs[spec].kind;

	return of == LBL_ANY || kind == LBL_ANY || of == kind;
}

/** The first of @list that is for @kind; its length: there is none. */
static size_t first_fitting(const struct trace_list *list, const struct source *s,
			    enum lbl_kind kind)
{
	size_t i = 0;

	while (i < list->n && !fits(s, list->v[i], kind))
		i++;
	return i;
}

static enum lbl_explain_why why_not(const struct lbl_candidate *c, bool fitting,
				    const struct lbl_candidate *winner)
{
	if (!fitting)
		return LBL_WHY_KIND;
	return winner->literal && !c->literal ? LBL_WHY_LITERAL : LBL_WHY_OLDER;
}

static int fill(struct lbl_explain *e, const struct trace_list *matches, struct source *s,
		enum lbl_kind kind, size_t winner)
{
	e->candidates = calloc(matches->n + 1, sizeof(*e->candidates));
	if (!e->candidates)
		return -ENOMEM;
	for (size_t i = 0; i <= matches->n; i++) {
		size_t at = i ? i - 1 : winner; /* the winner goes first, and is left out then */
		struct lbl_candidate *c = &e->candidates[e->n_candidates];
		const struct db_spec *spec;

		if (at == matches->n || (i && at == winner))
			continue;
		spec = source_spec(s, matches->v[at]);
		if (!spec)
			return -ENOMEM;
		c->match = db_match(spec);
		c->literal = source_is_literal(s, &s->specs[matches->v[at]]);
		c->why =
			i ? why_not(c, fits(s, matches->v[at], kind), e->candidates) : LBL_WHY_WINS;
		e->n_candidates++;
	}
	return 0;
}

static int find_candidates(struct lbl_explain *e, struct db *db, enum lbl_kind kind)
{
	_cleanup_(trace_done) struct trace t = {0};
	const struct buf *path = path_after(e, e->n_steps);
	struct automaton *a = db_automaton(db);
	struct source *s = a->source;
	size_t winner, unknown;
	int r = trace_path(&t, db, buf_str(path), path->len, 0);

	if (r < 0)
		return r;
	winner = first_fitting(&t.matches, s, kind);
	unknown = first_fitting(&t.unknown, s, kind);
	if (unknown < t.unknown.n &&
	    (winner == t.matches.n ||
	     source_rank(s, t.unknown.v[unknown]) > source_rank(s, t.matches.v[winner])))
		return -EOVERFLOW; /* as a lookup says it */
	pthread_mutex_lock(&a->lock);
	r = fill(e, &t.matches, s, kind, winner);
	pthread_mutex_unlock(&a->lock);
	return r;
}

/* ---- the public face ------------------------------------------------------------------------ */

static int explain(struct lbl_explain *e, struct lbl_rules *rules, const char *path,
		   enum lbl_kind kind)
{
	struct db *db = db_of_rules(rules);
	const struct source *s = db_automaton(db)->source;
	int r;

	buf_adds(&e->path, path);
	if (buf_error(&e->path) < 0)
		return buf_error(&e->path);
	e->path.len = db_normalise(path, e->path.data);
	r = take_step(e, s, &s->subs, LBL_FILE_SUBS);
	if (r >= 0)
		r = take_step(e, s, &s->subs_dist, LBL_FILE_SUBS_DIST);
	return r < 0 ? r : find_candidates(e, db, kind);
}

int lbl_explain_new(struct lbl_explain **ret_explain, struct lbl_rules *rules, const char *path,
		    enum lbl_kind kind)
{
	struct lbl_explain *e;
	int r;

	if (!*path || (unsigned)kind > LBL_REG)
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	r = explain(e, rules, path, kind);
	if (r < 0) {
		lbl_explain_free(e);
		return r;
	}
	*ret_explain = e;
	return 0;
}

struct lbl_explain *lbl_explain_free(struct lbl_explain *e)
{
	if (e) {
		buf_done(&e->path);
		for (size_t i = 0; i < ARRAY_SIZE(e->steps); i++)
			buf_done(&e->steps[i].after);
		free(e->candidates);
		free(e);
	}
	return NULL;
}

const char *lbl_explain_path(const struct lbl_explain *e)
{
	return buf_str(path_after(e, e->n_steps));
}

int lbl_explain_next_step(const struct lbl_explain *e, size_t *pos,
			  struct lbl_explain_step *ret_step)
{
	const struct step *step;

	if (*pos >= e->n_steps)
		return 0;
	step = &e->steps[*pos];
	*ret_step = (struct lbl_explain_step){
		.from = step->entry->from,
		.to = step->entry->to,
		.file = step->file,
		.line = step->entry->line,
		.before = buf_str(path_after(e, *pos)),
		.after = buf_str(&step->after),
	};
	(*pos)++;
	return 1;
}

int lbl_explain_next_candidate(const struct lbl_explain *e, size_t *pos,
			       struct lbl_candidate *ret_candidate)
{
	if (*pos >= e->n_candidates)
		return 0;
	*ret_candidate = e->candidates[(*pos)++];
	return 1;
}
