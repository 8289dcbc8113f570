/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain_text: the facts as somebody at a terminal wants to read them.
 */
#include <errno.h>
#include <string.h>

#include "colour.h"
#include "explain.h"
#include "safe.h"
#include "types.h"

/* "file_contexts.local", "file_contexts.local.d/site.fc": enough to know it again in the list. */
static const char *short_name(const char *file)
{
	const char *slash = strrchr(file, '/'), *above = slash;

	if (!slash)
		return file;
	while (above > file && above[-1] != '/')
		above--;
	return slash - above > 2 && strncmp(slash - 2, ".d", 2) == 0 ? above : slash + 1;
}

static void put_in(FILE *out, enum colour colour, const char *text)
{
	colour_put(out, colour_on(out), colour, text);
}

static void put_type(FILE *out, enum colour colour, const char *context)
{
	size_t len;
	const char *type = types_of(context, &len);

	colour_put_n(out, colour_on(out), colour, type, len);
}

static const char *context_of(const struct lbl_match *m)
{
	return m->context ? m->context : "<<none>>";
}

static void put_place(FILE *out, const struct lbl_match *m)
{
	char line[16] = "";

	if (m->line) /* a .bin has none */
		snprintf(line, sizeof(line), ":%u", m->line);
	put_in(out, COLOUR_DIM, short_name(m->file));
	put_in(out, COLOUR_DIM, line);
	safe_printf(out, "  %s", m->regex);
}

static void put_answer(FILE *out, const struct answer *a)
{
	if (!a->found) {
		safe_printf(out, "no spec matches");
		return;
	}
	if (a->winner.match.context)
		put_type(out, COLOUR_NEW, a->winner.match.context);
	else
		safe_printf(out, "<<none>>");
	safe_printf(out, " by ");
	put_place(out, &a->winner.match);
}

/* ---- the rules' part ------------------------------------------------------------------------ */

static void put_way(FILE *out, const struct facts *f)
{
	const struct lbl_explain *e = f->answers[0].explain;
	struct lbl_explain_step step;
	size_t pos = 0;

	if (strcmp(f->typed, f->path) != 0)
		safe_printf(out, "  path    %s\n", f->path);
	if (strcmp(f->path, f->inside) != 0)
		safe_printf(out, "  inside  %s\n", f->inside);
	while (lbl_explain_next_step(e, &pos, &step) > 0)
		safe_printf(out, "  as      %s\n          by %s:%u  %s %s\n", step.after,
			    short_name(step.file), step.line, step.from, step.to);
}

static void put_reason(FILE *out, const struct lbl_candidate *c)
{
	switch (c->why) {
	case LBL_WHY_WINS: break;
	case LBL_WHY_KIND:
		safe_printf(out, "  for another kind: %s", lbl_kind_name(c->match.kind));
		break;
	case LBL_WHY_LITERAL:
		safe_printf(out, "  an expression: a path written out beats it");
		break;
	case LBL_WHY_OLDER:
		safe_printf(out, "  comes earlier in the rules: the last one wins");
		break;
	}
	safe_printf(out, "\n");
}

static void put_candidates(FILE *out, const struct answer *a, size_t losers)
{
	struct lbl_candidate c;
	size_t pos = 0, shown = 0, more = 0;

	while (lbl_explain_next_candidate(a->explain, &pos, &c) > 0) {
		bool wins = c.why == LBL_WHY_WINS;

		if (!wins && shown++ >= losers) {
			more++;
			continue;
		}
		safe_printf(out, "  ");
		put_in(out, wins ? COLOUR_NEW : COLOUR_DIM, wins ? "wins" : "loses");
		safe_printf(out, wins ? "    " : "   ");
		put_place(out, &c.match);
		safe_printf(out, "\n          %s", context_of(&c.match));
		put_reason(out, &c);
	}
	if (more)
		safe_printf(out, "          and %zu more (--candidates)\n", more);
}

/* ---- the disk's part ------------------------------------------------------------------------ */

static void put_outcome(FILE *out, const struct facts *f, const struct outcome *o)
{
	const struct answer *a = &f->answers[0];

	switch (o->action) {
	case OUTCOME_KEEP:
		safe_printf(out, outcome_same(o, &f->force)
					 ? "leaves it: the label is right"
					 : "leaves it: the type is right; user, role and range are "
					   "kept");
		break;
	case OUTCOME_CHANGE:
		safe_printf(out, "sets ");
		colour_put_context(out, colour_on(out), COLOUR_NEW, o->to, o->from);
		if (f->read_only)
			safe_printf(out, ", or would: its mount is read-only");
		break;
	case OUTCOME_CUSTOMIZED:
		safe_printf(out, "leaves it: ");
		put_type(out, COLOUR_HEADING, o->from);
		safe_printf(out, " is a customizable type, perhaps set by hand");
		break;
	case OUTCOME_NO_LABEL:
		safe_printf(out, a->found ? "leaves it: <<none>> says so"
					  : "leaves it: no spec matches");
		break;
	case OUTCOME_EXCLUDED: safe_printf(out, "skips it: %s", o->why); break;
	case OUTCOME_LINK_REFUSED:
		safe_printf(out, "refuses: it has several names, and others than root and its "
				 "owner can make names here");
		break;
	case OUTCOME_FAILED:
		if (o->error == -EOPNOTSUPP)
			safe_printf(out, "cannot: the file system keeps no labels");
		else
			safe_printf(out, "fails (%s): %s", o->why ? o->why : "dry run",
				    strerror(-o->error));
		break;
	case OUTCOME_VANISHED: safe_printf(out, "finds nothing: it is gone by now"); break;
	}
	safe_printf(out, "\n");
}

/* What would be replaced stands out. */
static void put_label(FILE *out, const struct facts *f)
{
	const char *to = f->plain.action == OUTCOME_CHANGE ? f->plain.to : f->label;

	safe_printf(out, ", ");
	colour_put_context(out, colour_on(out), COLOUR_OLD, f->label, to);
	safe_printf(out, "\n");
}

static void put_disk(FILE *out, const struct facts *f, const struct explain_setup *s)
{
	safe_printf(out, "  on disk %s", lbl_kind_name(f->found));
	if (f->label)
		put_label(out, f);
	else if (f->label_error == -ENODATA)
		safe_printf(out, " without a label\n");
	else
		safe_printf(out, ", its label cannot be read: %s\n", strerror(-f->label_error));
	if (s->idle)
		safe_printf(out, "  restorecon     does nothing, SELinux is disabled; where it is "
				 "enabled it\n                 ");
	else
		safe_printf(out, "  restorecon     ");
	put_outcome(out, f, &f->plain);
	if (!outcome_same(&f->plain, &f->force)) {
		safe_printf(out, "  restorecon -F  ");
		put_outcome(out, f, &f->force);
	}
	if (f->found == LBL_LNK)
		safe_printf(out, "  This is about the link, not about what it points to.\n");
	if (f->names > 1)
		safe_printf(
			out,
			"  It has %zu names: of those restorecon -R meets, where only root and the "
			"owner can make\n  names, the one whose spec comes last decides.\n",
			f->names);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void put_kinds(FILE *out, unsigned kinds)
{
	const char *gap = "";

	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		if (!(kinds & 1u << k))
			continue;
		safe_printf(out, "%s%s", gap, lbl_kind_name(k));
		gap = ", ";
	}
}

/* Nothing is there, and it would depend on what comes. */
static void put_many(FILE *out, const struct facts *f)
{
	safe_printf(out, "it depends on the kind (--type)\n");
	put_way(out, f);
	for (size_t i = 0; i < f->n_answers; i++) {
		safe_printf(out, "  as      ");
		put_kinds(out, f->answers[i].kinds);
		safe_printf(out, "\n          ");
		put_answer(out, &f->answers[i]);
		safe_printf(out, "\n");
	}
}

static void put_state(FILE *out, const struct facts *f, const struct explain_setup *s)
{
	if (f->missing)
		safe_printf(out, "  It does not exist.\n");
	else if (f->error)
		safe_printf(out, "  It cannot be looked at: %s.\n", strerror(-f->error));
	else if (!f->on_disk)
		safe_printf(out, "  What is there is another kind: %s.\n", lbl_kind_name(f->found));
	else
		put_disk(out, f, s);
}

void explain_text(FILE *out, const struct facts *f, const struct explain_setup *s)
{
	put_in(out, COLOUR_PATH, f->typed);
	safe_printf(out, ": ");
	if (f->n_answers > 1) {
		put_many(out, f);
	} else {
		put_answer(out, &f->answers[0]);
		safe_printf(out, "\n");
		put_way(out, f);
		put_candidates(out, &f->answers[0], s->losers);
	}
	put_state(out, f, s);
}

void explain_files(FILE *out, const struct explain_setup *s)
{
	const char *compiled = lbl_rules_compiled(s->rules);
	struct lbl_rules_file file;
	size_t pos = 0;

	put_in(out, COLOUR_HEADING, "Rules:");
	safe_printf(out, "\n");
	while (lbl_rules_next_file(s->rules, &pos, &file) > 0) {
		bool subs = file.role == LBL_FILE_SUBS || file.role == LBL_FILE_SUBS_DIST;

		safe_printf(out, "  %s  %zu %s%s%s\n", file.path, file.entries,
			    subs ? "substitution" : "spec", file.entries == 1 ? "" : "s",
			    file.upstream_bin ? ", the text is missing" : "");
	}
	if (compiled)
		safe_printf(out, "  all of them in their compiled form, %s\n", compiled);
}
