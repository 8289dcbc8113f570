/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lint_wins: specs that win nowhere.  Decided by search: is there a path that this one matches
 * and none above it?  If not: is there a path at all, and is it a substitution that takes it away?
 */
#include "analysis/lint.h"

#include <string.h>

#define NAMED_TRIES 8 /* candidates for the one spec that shadows another by itself */

/** Kinds to ask about, for a spec without one; a winner for LBL_ANY is one for each of them. */
static const enum lbl_kind kinds[] = {LBL_ANY, LBL_REG, LBL_DIR,  LBL_LNK,
				      LBL_CHR, LBL_BLK, LBL_SOCK, LBL_FIFO};

/** A question about one spec. */
struct asked {
	struct lint *l;
	uint32_t spec, rank;
	uint32_t only; /* the one spec that kills, or LINT_NO_SPEC: all above */
	struct buf path;
};

static bool kills_above(void *user, uint32_t spec)
{
	const struct asked *a = user;

	if (a->only != LINT_NO_SPEC)
		return spec == a->only;
	return source_rank(a->l->source, spec) > a->rank && lint_goes_with(a->l, a->spec, spec);
}

static bool kills_nothing(void *user, uint32_t spec)
{
	return false;
}

/** As witness_find(); what fails for good is kept in lint.error. */
static int ask(struct asked *a, bool (*kills)(void *user, uint32_t spec), enum lbl_kind kind,
	       bool as_written)
{
	struct witness_query query = {
		.match = a->spec,
		.also = WITNESS_NO_SPEC,
		.kills = kills,
		.user = a,
		.kind = kind,
		.as_written = as_written,
	};
	int r = witness_find(a->l->witness, &query, &a->path);

	if (r < 0 && r != -EAGAIN)
		a->l->error = r;
	return r;
}

/** The same for every kind @a->spec is for: 1 as soon as one says so, 0 when all deny it. */
static int ask_kinds(struct asked *a, bool (*kills)(void *user, uint32_t spec))
{
	enum lbl_kind own = a->l->source->specs[a->spec].kind;
	size_t n = own == LBL_ANY ? ARRAY_SIZE(kinds) : 1;
	int all = 0;

	for (size_t i = 0; i < n; i++) {
		int r = ask(a, kills, own == LBL_ANY ? kinds[i] : own, false);

		/* LBL_ANY is but a short cut: what it leaves open the others answer */
		if (r == 1 || (r < 0 && r != -EAGAIN))
			return r;
		if (r < 0 && (n == 1 || kinds[i] != LBL_ANY))
			all = r;
	}
	return all;
}

/* ---- specs that nothing reaches ------------------------------------------------------------- */

/** Which line of the substitutions rewrites @path?  LINT_NO_FILE: none does. */
static struct lint_place find_substitution(const struct lint *l, const char *path, size_t len)
{
	const struct subs_entry *e = subs_find(&l->source->subs, path, len);
	enum lbl_file_role role = e ? LBL_FILE_SUBS : LBL_FILE_SUBS_DIST;

	if (!e)
		e = subs_find(&l->source->subs_dist, path, len);
	for (uint32_t i = 0; e && i < l->source->n_files; i++)
		if (l->source->files[i].role == role)
			return (struct lint_place){i, e->line};
	return (struct lint_place){LINT_NO_FILE, 0};
}

/** Return 0, or what the search for a reason returned. */
static int tell_unreachable(struct asked *a)
{
	struct lint *l = a->l;
	struct lint_about about = lint_about_spec(l, a->spec, LINT_NO_SPEC);
	const char *quote = lint_quote(l, a->spec), *path;
	int r = ask(a, kills_nothing, LBL_ANY, true);

	if (r == 0) {
		lint_add(l, LINT_NEVER_MATCHES, &about, "%s: matches no path that a file can have",
			 quote);
		return 0;
	}
	if (r < 0)
		return r;
	path = buf_str(&a->path);
	about.other = find_substitution(l, path, a->path.len);
	if (about.other.file == LINT_NO_FILE)
		return 0;
	about.witness = path;
	lint_add(l, LINT_BEHIND_SUBSTITUTION, &about,
		 "%s: can never apply: %s turns the paths it is for, as %s, into others", quote,
		 lint_where(l, about.other, l->source->specs[a->spec].file), path);
	return 0;
}

/* ---- shadowed specs ------------------------------------------------------------------------- */

/** Who wins at a->path?  LINT_NO_SPEC: unknown. */
static uint32_t winner(struct asked *a, enum lbl_kind kind)
{
	const struct db_spec *spec = NULL;
	struct db_reader *reader;
	int r = db_reader_new(a->l->db, &reader);

	if (r < 0) {
		a->l->error = r;
		return LINT_NO_SPEC;
	}
	r = db_resolve(reader, buf_str(&a->path), a->path.len, kind, &spec);
	db_reader_free(reader);
	return r < 0 || !spec ? LINT_NO_SPEC : (spec->rank & ~SOURCE_RANK_LITERAL) - 1;
}

/** a->path is one that a->spec matches.  Look for one spec that takes them all. */
static uint32_t find_single(struct asked *a, enum lbl_kind kind)
{
	uint32_t found = LINT_NO_SPEC;

	for (unsigned i = 0; i < NAMED_TRIES && found == LINT_NO_SPEC; i++) {
		int r;

		a->only = winner(a, kind);
		if (a->only == LINT_NO_SPEC || a->only == a->spec ||
		    !lint_goes_with(a->l, a->spec, a->only))
			break;
		r = ask_kinds(a, kills_above);
		if (r == 0)
			found = a->only;
		else if (r < 0)
			break;
	}
	a->only = LINT_NO_SPEC;
	return found;
}

/** @by takes it all, or, with @alone false, takes @path; LINT_NO_SPEC: it is not known who does. */
static void tell_taken(struct asked *a, uint32_t by, bool alone, const char *path)
{
	struct lint *l = a->l;
	struct lint_about about = lint_about_spec(l, a->spec, by);
	const char *quote = lint_quote(l, a->spec);
	enum lint_code code = LINT_SHADOWED;

	about.witness = path;
	if (by == LINT_NO_SPEC) {
		lint_add(l, code, &about, "%s: never wins: others take all it matches, as %s",
			 quote, path);
		return;
	}
	if (alone && strcmp(lint_context(l, by), lint_context(l, a->spec)) == 0)
		code = LINT_REDUNDANT;
	lint_add(l, code, &about,
		 alone ? "%s: never wins: %s on %s takes all it matches, as %s"
		       : "%s: never wins: others take all it matches; %s on %s takes %s",
		 quote, lint_quote(l, by), lint_where_spec(l, by, a->spec), path);
}

static void tell_shadowed(struct asked *a)
{
	struct lint *l = a->l;
	enum lbl_kind own = l->source->specs[a->spec].kind, kind = own == LBL_ANY ? LBL_REG : own;
	_cleanup_free_ char *path = strdup(buf_str(&a->path));
	uint32_t first = winner(a, kind), single = find_single(a, kind);

	if (!path) {
		l->error = -ENOMEM;
		return;
	}
	if (first != LINT_NO_SPEC && !lint_goes_with(l, a->spec, first))
		first = LINT_NO_SPEC; /* it need not be there */
	tell_taken(a, single != LINT_NO_SPEC ? single : first, single != LINT_NO_SPEC, path);
}

static void lint_win(struct asked *a)
{
	struct lint *l = a->l;
	struct lint_about about;
	int r = ask_kinds(a, kills_above);

	if (r == 0) {
		r = ask(a, kills_nothing, l->source->specs[a->spec].kind, false);
		if (r == 0)
			r = tell_unreachable(a);
		else if (r > 0)
			tell_shadowed(a);
	}
	if (r == -EAGAIN) {
		about = lint_about_spec(l, a->spec, LINT_NO_SPEC);
		lint_add(l, LINT_UNDECIDED, &about, "%s: it could not be found out whether it wins",
			 lint_quote(l, a->spec));
	}
}

void lint_wins(struct lint *l)
{
	struct asked a = {.l = l, .only = LINT_NO_SPEC};

	for (a.spec = 0; a.spec < l->source->n && l->error >= 0; a.spec++) {
		a.rank = source_rank(l->source, a.spec);
		if (!(l->marks[a.spec] & (LINT_DEAD | LINT_REPEATED | LINT_PCRE)))
			lint_win(&a);
	}
	buf_done(&a.path);
}
