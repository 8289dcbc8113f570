/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lint_tree: specs whose winner depends on the release.
 *
 * libselinux 3.8 and later keeps regexes in a tree of directories (rules/stem.h) and looks at a
 * path's own node first, then at its parents.  Against "the last one wins", our rule and that of
 * older releases, this differs in two ways:
 *
 *  - A spec is kept below a directory that its regex need not enter: "/a/b/?" is kept at "/a/b"
 *    and so not seen for "/a/b".  Searched for: a path that it wins and that is not below its node.
 *  - A <<none>> that is the newest match of its node ends the search, so a newer spec nearer to the
 *    root is not seen.  Searched for: a path that the newer one wins and the <<none>> matches,
 *    while nothing newer than the <<none>> at its node or below does.
 *
 * A path found is then looked up by a model of that search, and told only if the contexts differ.
 */
#include "analysis/lint.h"

#include <string.h>

#include "rules/stem.h"
#include "rules/trace.h"

struct way {
	const char *text; /* of stem_of_spec() */
	uint16_t len;
	bool literal, none;
};

struct tree {
	struct lint *l;
	struct way *ways; /* by spec */
	struct db_reader *reader;
	struct trace trace;
	struct buf path, key; /* of the file; what specs are compared with */
	uint8_t *told;	      /* by spec */
	/* the question being asked */
	uint32_t spec, rank, none;
};

static bool is_below(const struct way *w, const struct way *node)
{
	return w->len >= node->len && memcmp(w->text, node->text, node->len) == 0;
}

static bool kinds_meet(enum lbl_kind a, enum lbl_kind b)
{
	return a == LBL_ANY || b == LBL_ANY || a == b;
}

/* ---- the search of 3.11 --------------------------------------------------------------------- */

/** The newest regex among the matches kept at the node of way @w; LINT_NO_SPEC. */
static uint32_t newest_at(const struct tree *t, const struct way *w, enum lbl_kind kind)
{
	const struct source_spec *specs = t->l->source->specs;

	for (size_t i = 0; i < t->trace.matches.n; i++) {
		uint32_t spec = t->trace.matches.v[i];
		const struct way *v = &t->ways[spec];

		if (!v->literal && v->len == w->len && is_below(v, w) &&
		    kinds_meet(specs[spec].kind, kind))
			return spec;
	}
	return LINT_NO_SPEC;
}

/** Who is found for the matches in t->trace? */
static uint32_t find_as_3_11(const struct tree *t, const char *way, size_t len, enum lbl_kind kind)
{
	uint16_t ends[STEM_LEVELS + 1] = {0};
	unsigned levels = 0;
	uint32_t best = LINT_NO_SPEC;

	for (size_t i = 0; i < len && levels < STEM_LEVELS; i++)
		if (way[i] == '\0')
			ends[++levels] = (uint16_t)(i + 1);
	for (unsigned level = levels + 1; level-- > 0;) {
		const struct way node = {.text = way, .len = ends[level]};
		uint32_t spec = newest_at(t, &node, kind);

		if (spec == LINT_NO_SPEC || (best != LINT_NO_SPEC && spec < best))
			continue;
		best = spec;
		if (t->ways[spec].none)
			break;
	}
	return best;
}

static bool same_label(struct tree *t, const struct db_spec *ours, uint32_t theirs)
{
	const char *a = ours && ours->context ? ours->context : "<<none>>";
	const char *b = theirs == LINT_NO_SPEC ? "<<none>>" : lint_context(t->l, theirs);

	return strcmp(a, b) == 0;
}

/** Do both rules give t->path different labels?  @ret_theirs: whom 3.11 finds. */
static bool differs(struct tree *t, enum lbl_kind kind, uint32_t *ret_theirs)
{
	_cleanup_free_ char *way = NULL;
	const struct db_spec *ours = NULL;
	size_t len;
	int r;

	buf_reset(&t->key);
	r = db_resolve(t->reader, buf_str(&t->path), t->path.len, kind, &ours);
	if (r < 0)
		return false;
	r = db_substitute(t->l->db, buf_str(&t->path), t->path.len, &t->key);
	if (r >= 0)
		r = trace_path(&t->trace, t->l->db, buf_str(&t->key), t->key.len, 0);
	way = malloc(t->key.len + 1);
	if (r < 0 || !way) {
		t->l->error = -ENOMEM;
		return false;
	}
	if (t->trace.unknown.n || (ours && ours->rank & SOURCE_RANK_LITERAL))
		return false;
	len = stem_of_path(buf_str(&t->key), t->key.len, way);
	*ret_theirs = find_as_3_11(t, way, len, kind);
	return !same_label(t, ours, *ret_theirs);
}

/* ---- telling -------------------------------------------------------------------------------- */

static void tell(struct tree *t, enum lbl_kind kind)
{
	struct lint *l = t->l;
	uint32_t theirs;
	struct lint_about about;
	const char *quote = lint_quote(l, t->spec);

	if (t->told[t->spec] || !differs(t, kind, &theirs) || l->error < 0)
		return;
	t->told[t->spec] = 1;
	about = lint_about_spec(l, t->spec, theirs);
	about.witness = buf_str(&t->path);
	if (theirs == LINT_NO_SPEC)
		lint_add(l, LINT_TREE_DIFFERENCE, &about,
			 "%s: wins at %s, but libselinux 3.11 finds no spec for it there", quote,
			 buf_str(&t->path));
	else
		lint_add(l, LINT_TREE_DIFFERENCE, &about,
			 "%s: wins at %s, but with libselinux 3.11 %s on %s does (%s)", quote,
			 buf_str(&t->path), lint_quote(l, theirs),
			 lint_where_spec(l, theirs, t->spec), lint_context(l, theirs));
}

/** Search for each kind of file that @kind may be, until something was told. */
static void search(struct tree *t, struct witness_query *query, enum lbl_kind kind)
{
	for (unsigned k = LBL_REG; k >= LBL_DIR && !t->told[t->spec] && t->l->error >= 0; k--) {
		int r;

		if (kind != LBL_ANY && k != kind)
			continue;
		query->kind = k;
		r = witness_find(t->l->witness, query, &t->path);
		if (r == 1)
			tell(t, k);
		else if (r < 0 && r != -EAGAIN)
			t->l->error = r;
	}
}

/* ---- specs that are kept too deep ----------------------------------------------------------- */

static bool kills_above(void *user, uint32_t spec)
{
	const struct tree *t = user;

	return source_rank(t->l->source, spec) > t->rank && lint_goes_with(t->l, t->spec, spec);
}

/** Can @spec match a path outside its node at all?  The slash that ends its way must be loose. */
static bool may_leave_node(const struct tree *t, uint32_t spec)
{
	const struct source_spec *s = &t->l->source->specs[spec];
	const char *regex = source_regex(t->l->source, s), *end = regex + s->regex_len;
	const char *p = regex;
	unsigned depth = 0;

	if (s->split || *regex != '/')
		return true;
	for (uint16_t i = 0; i < t->ways[spec].len; i++)
		depth += t->ways[spec].text[i] == '\0';
	/* behind as many components as the way has; empty ones make slashes stand together */
	for (bool in_name = false; p < end; p++) {
		if (*p != '/') {
			in_name = true;
		} else if (in_name) {
			in_name = false;
			if (--depth == 0)
				break;
		}
	}
	return p + 1 < end && strchr("?*+{/", p[1]);
}

static void lint_depth(struct tree *t, uint32_t spec)
{
	_cleanup_(buf_done) struct buf dir = {0};
	const struct way *w = &t->ways[spec];
	struct witness_query query = {
		.match = spec, .also = WITNESS_NO_SPEC, .kills = kills_above, .user = t};

	if (w->literal || w->len == 0 || !may_leave_node(t, spec))
		return;
	for (uint16_t i = 0; i < w->len; i++) {
		if (i == 0 || w->text[i - 1] == '\0')
			buf_addc(&dir, '/');
		if (w->text[i])
			buf_addc(&dir, w->text[i]);
	}
	if (buf_error(&dir) < 0) {
		t->l->error = -ENOMEM;
		return;
	}
	query.not_below = buf_str(&dir);
	t->spec = spec;
	t->rank = source_rank(t->l->source, spec);
	search(t, &query, t->l->source->specs[spec].kind);
}

/* ---- specs hidden by a deeper <<none>> ------------------------------------------------------ */

static bool kills_both(void *user, uint32_t spec)
{
	const struct tree *t = user;

	if (kills_above(user, spec))
		return true;
	return !t->ways[spec].literal && spec > t->none &&
	       is_below(&t->ways[spec], &t->ways[t->none]);
}

/** Plain bytes that @spec begins with. */
static size_t fixed_length(const struct source *s, const struct source_spec *spec)
{
	const char *regex = source_regex(s, spec);
	size_t n = 0;

	if (spec->split)
		return 0;
	while (n < spec->regex_len && regex_is_plain(regex[n]))
		n++;
	/* a quantifier takes the byte before it */
	return n && n < spec->regex_len && strchr("?*{", regex[n]) ? n - 1 : n;
}

/** Do the plain beginnings of both go together?  Else no path matches both. */
static bool may_meet(const struct source *s, uint32_t a, uint32_t b)
{
	const struct source_spec *x = &s->specs[a], *y = &s->specs[b];
	size_t n = MIN(fixed_length(s, x), fixed_length(s, y));

	return kinds_meet(x->kind, y->kind) &&
	       memcmp(source_regex(s, x), source_regex(s, y), n) == 0;
}

static void lint_none(struct tree *t, uint32_t none)
{
	struct lint *l = t->l;
	const struct way *w = &t->ways[none];
	struct witness_query query = {.match = none, .kills = kills_both, .user = t};
	enum lbl_kind kind = l->source->specs[none].kind;

	if (w->literal || !w->none || w->len == 0)
		return;
	t->none = none;
	for (uint32_t i = none + 1; i < l->source->n && l->error >= 0; i++) {
		const struct way *v = &t->ways[i];

		if (v->literal || v->none || t->told[i] || l->marks[i] & LINT_DEAD)
			continue;
		if (v->len >= w->len || !is_below(w, v) || !may_meet(l->source, none, i))
			continue;
		if (!lint_goes_with(l, i, none))
			continue;
		t->spec = query.also = i;
		t->rank = source_rank(l->source, i);
		search(t, &query, kind == LBL_ANY ? l->source->specs[i].kind : kind);
	}
}

/* ---- all ------------------------------------------------------------------------------------ */

static int place_all(struct tree *t)
{
	struct source *s = t->l->source;

	t->ways = calloc(s->n + 1, sizeof(*t->ways));
	t->told = calloc(s->n + 1, 1);
	if (!t->ways || !t->told)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct source_spec *spec = &s->specs[i];
		const struct source_context *context = source_context(s, spec);
		char way[SPEC_REGEX_MAX];
		size_t len = stem_of_spec(source_regex(s, spec), spec->regex_len, way);

		t->ways[i] = (struct way){
			.text = arena_strndup(&t->l->arena, way, len),
			.len = (uint16_t)len,
			.literal = source_is_literal(s, spec),
			.none = context && !context->text,
		};
		if (!context || !t->ways[i].text)
			return -ENOMEM;
	}
	return 0;
}

void lint_tree(struct lint *l)
{
	struct tree t = {.l = l};
	int r = place_all(&t);

	if (r >= 0)
		r = db_reader_new(l->db, &t.reader);
	if (r < 0)
		l->error = r;
	for (uint32_t i = 0; i < l->source->n && l->error >= 0; i++) {
		if (l->marks[i] & LINT_DEAD)
			continue;
		lint_depth(&t, i);
		lint_none(&t, i);
	}
	db_reader_free(t.reader);
	trace_done(&t.trace);
	buf_done(&t.path);
	buf_done(&t.key);
	free(t.ways);
	free(t.told);
}
