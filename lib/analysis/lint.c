/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/lint.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/automaton.h"

#define QUOTE_MAX 120 /* bytes of a path expression shown in texts */

struct lint_found {
	struct lbl_finding finding;
	uint32_t file; /* in load order; LINT_NO_FILE comes last */
	uint32_t seq;
};

static const struct lbl_lint_code codes[LINT_CODES] = {
	[LINT_BEHIND_SUBSTITUTION] = {"behind-substitution", LBL_WARNING,
				      "matches only paths that a substitution turns into others"},
	[LINT_CONFLICTING_DUPLICATE] = {"conflicting-duplicate", LBL_ERROR,
					"given twice in one file, with different contexts"},
	[LINT_DUPLICATE] = {"duplicate", LBL_ERROR, "given twice in one file"},
	[LINT_ESCAPE_DIFFERENCE] = {"escape-difference", LBL_WARNING,
				    "an escape that releases of libselinux take differently"},
	[LINT_GEN_CONTEXT] = {"gen-context", LBL_ERROR, "gen_context() with wrong arguments"},
	[LINT_INVALID_CONTEXT] = {"invalid-context", LBL_ERROR,
				  "no context, or one the policy does not know"},
	[LINT_INVALID_REGEX] = {"invalid-regex", LBL_ERROR, "not a valid path expression"},
	[LINT_MALFORMED] = {"malformed", LBL_ERROR, "a line that cannot be read"},
	[LINT_MISSING_CONTEXT] = {"missing-context", LBL_ERROR,
				  "a file kind stands where the context belongs"},
	[LINT_NEEDS_PCRE] =
		{"needs-pcre", LBL_INFO,
		 "not a regular expression: PCRE2 is asked for every path it could win"},
	[LINT_NEVER_MATCHES] = {"never-matches", LBL_WARNING, "matches no path a file can have"},
	[LINT_OVERRIDES] = {"overrides", LBL_INFO, "repeats a spec of an earlier file, and wins"},
	[LINT_REDUNDANT] = {"redundant", LBL_INFO,
			    "another spec takes all it matches, and has the same context"},
	[LINT_SHADOWED] = {"shadowed", LBL_WARNING, "other specs take all it matches"},
	[LINT_SUBS_ALIAS] = {"subs-alias", LBL_WARNING, "a substitution that applies to nothing"},
	[LINT_SUBS_HIDDEN] = {"subs-hidden", LBL_WARNING,
			      "a substitution that a newer one takes the place of"},
	[LINT_SUBS_MALFORMED] = {"subs-malformed", LBL_WARNING,
				 "a substitution without a target, which is ignored"},
	[LINT_SUBS_TARGET] = {"subs-target", LBL_WARNING,
			      "a substitution that gives paths no spec is made for"},
	[LINT_TOO_MANY] = {"too-many", LBL_INFO, "more findings than are told"},
	[LINT_TOP_LEVEL_ALTERNATION] = {"top-level-alternation", LBL_WARNING,
					"a '|' outside all groups, which undoes the anchors"},
	[LINT_TRAILING_COMMENT] = {"trailing-comment", LBL_ERROR,
				   "a comment that is read as a field"},
	[LINT_TREE_DIFFERENCE] = {"tree-difference", LBL_WARNING,
				  "libselinux 3.8 and later gives some path another context"},
	[LINT_UNBALANCED] = {"unbalanced", LBL_ERROR, "quotes or parentheses do not match"},
	[LINT_UNDECIDED] = {"undecided", LBL_INFO, "whether it can win was too much to find out"},
	[LINT_UNESCAPED_DOT] = {"unescaped-dot", LBL_INFO,
				"a '.' that matches any character where a dot seems meant"},
	[LINT_UNREADABLE] = {"unreadable", LBL_ERROR, "a file that cannot be read"},
};

int lbl_lint_next_code(size_t *pos, struct lbl_lint_code *ret_code)
{
	if (*pos >= LINT_CODES)
		return 0;
	*ret_code = codes[(*pos)++];
	return 1;
}

/* ---- texts ---------------------------------------------------------------------------------- */

static const char *keep(struct lint *l, const char *text)
{
	const char *copy = text ? arena_strndup(&l->arena, text, strlen(text)) : NULL;

	if (text && !copy)
		l->error = -ENOMEM;
	return copy;
}

/** One line, whatever rule files hold; in the arena. */
static const char *keep_line(struct lint *l, const struct buf *text)
{
	_cleanup_(buf_done) struct buf out = {0};

	for (const unsigned char *p = (const unsigned char *)buf_str(text); *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			buf_printf(&out, "\\%03o", *p);
		else
			buf_addc(&out, (char)*p);
	}
	if (buf_error(text) < 0 || buf_error(&out) < 0)
		l->error = -ENOMEM;
	return keep(l, buf_str(&out));
}

static const char *file_name(const struct lint *l, struct lint_place place)
{
	return place.file == LINT_NO_FILE ? NULL : l->source->files[place.file].name;
}

static void add(struct lint *l, enum lint_code code, const struct lint_about *about,
		const struct buf *text)
{
	struct lint_found *f;

	if (array_reserve(&l->found, &l->found_cap, l->n_found + 1, sizeof(*f)) < 0) {
		l->error = -ENOMEM;
		return;
	}
	f = &l->found[l->n_found];
	*f = (struct lint_found){
		.finding =
			{
				.code = codes[code].code,
				.severity = codes[code].severity,
				.file = about->file ? keep(l, about->file)
						    : file_name(l, about->at),
				.line = about->at.line,
				.regex = keep(l, about->regex),
				.text = keep_line(l, text),
				.other_file = file_name(l, about->other),
				.other_line = about->other.line,
				.witness = keep(l, about->witness),
			},
		.file = about->at.file,
		.seq = (uint32_t)l->n_found++,
	};
}

void lint_add(struct lint *l, enum lint_code code, const struct lint_about *about, const char *fmt,
	      ...)
{
	_cleanup_(buf_done) struct buf text = {0};
	_cleanup_free_ char *formatted = NULL;
	va_list ap;
	int n;

	if (l->error < 0 || l->n_found > LINT_FINDINGS_MAX)
		return;
	if (l->n_found == LINT_FINDINGS_MAX) {
		buf_printf(&text, "there are more than %u findings", LINT_FINDINGS_MAX);
		add(l, LINT_TOO_MANY,
		    &(struct lint_about){.at = {LINT_NO_FILE, 0},
					 .other = {LINT_NO_FILE, 0},
					 .file = l->options->path},
		    &text);
		return;
	}
	va_start(ap, fmt);
	n = vasprintf(&formatted, fmt, ap);
	va_end(ap);
	if (n < 0) {
		formatted = NULL;
		l->error = -ENOMEM;
		return;
	}
	buf_adds(&text, formatted);
	add(l, code, about, &text);
}

static struct lint_place place_of(const struct lint *l, uint32_t index)
{
	const struct source_spec *spec;

	if (index == LINT_NO_SPEC)
		return (struct lint_place){LINT_NO_FILE, 0};
	spec = &l->source->specs[index];
	return (struct lint_place){spec->file, spec->line};
}

struct lint_about lint_about_spec(struct lint *l, uint32_t index, uint32_t other)
{
	const struct db_spec *spec = source_spec(l->source, index);

	if (!spec)
		l->error = -ENOMEM;
	return (struct lint_about){
		.at = place_of(l, index),
		.other = place_of(l, other),
		.regex = spec ? spec->regex : NULL,
	};
}

static const char *keep_printed(struct lint *l, struct buf *text)
{
	const char *kept = keep(l, buf_str(text));

	if (buf_error(text) < 0)
		l->error = -ENOMEM;
	buf_done(text);
	return kept ? kept : "";
}

const char *lint_quote(struct lint *l, uint32_t index)
{
	static const char *const kinds[8] = {"", " -d", " -c", " -b", " -s", " -p", " -l", " --"};
	const struct source_spec *spec = &l->source->specs[index];
	struct buf text = {0};

	buf_add(&text, source_regex(l->source, spec), MIN(spec->regex_len, QUOTE_MAX));
	if (spec->regex_len > QUOTE_MAX)
		buf_adds(&text, "...");
	buf_adds(&text, kinds[spec->kind]);
	return keep_printed(l, &text);
}

const char *lint_where(struct lint *l, struct lint_place place, uint32_t from)
{
	const char *name = file_name(l, place), *slash = strrchr(name, '/');
	struct buf text = {0};

	name = slash ? slash + 1 : name;
	if (place.line == 0) /* a compiled form need not know */
		buf_adds(&text, name);
	else if (place.file == from)
		buf_printf(&text, "line %u", place.line);
	else
		buf_printf(&text, "%s:%u", name, place.line);
	return keep_printed(l, &text);
}

const char *lint_where_spec(struct lint *l, uint32_t index, uint32_t from)
{
	return lint_where(l, place_of(l, index), l->source->specs[from].file);
}

const char *lint_context(struct lint *l, uint32_t index)
{
	const struct db_spec *spec = source_spec(l->source, index);

	if (!spec)
		l->error = -ENOMEM;
	return spec && spec->context ? spec->context : "<<none>>";
}

bool lint_goes_with(const struct lint *l, uint32_t index, uint32_t other)
{
	return !l->fc || fc_goes_with(l->fc, index, other);
}

/* ---- a run ---------------------------------------------------------------------------------- */

static int by_place(const void *one, const void *two)
{
	const struct lint_found *a = one, *b = two;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->finding.line != b->finding.line)
		return a->finding.line < b->finding.line ? -1 : 1;
	return a->seq < b->seq ? -1 : 1;
}

/** Give all findings out; their number, or the error that kept some from being found. */
static int hand_out(struct lint *l)
{
	if (l->error < 0)
		return l->error;
	if (l->n_found)
		qsort(l->found, l->n_found, sizeof(*l->found), by_place);
	for (size_t i = 0; i < l->n_found && l->options->finding; i++)
		l->options->finding(l->options->user, &l->found[i].finding);
	return (int)l->n_found;
}

static void lint_done(struct lint *l)
{
	witness_free(l->witness);
	db_free(l->db);
	check_done(&l->check);
	free(l->marks);
	free(l->found);
	arena_done(&l->arena);
}

/** Take over the source, in which there may be errors, and look. */
static int look(struct lint *l, struct source *source)
{
	int r;

	source->diag = (struct diag){0}; /* what it would say, the passes say */
	r = db_of_source(&l->db, source);
	if (r < 0)
		return r;
	l->source = db_automaton(l->db)->source;
	r = witness_new(&l->witness, l->db);
	if (r < 0)
		return r;
	l->marks = calloc(l->source->n + 1, 1);
	if (!l->marks)
		return -ENOMEM;
	lint_subs(l);
	if (!l->fc)
		lint_lines(l);
	lint_specs(l);
	lint_twins(l);
	lint_wins(l);
	lint_tree(l);
	return hand_out(l);
}

static int take_options(struct lbl_lint_options *o, const struct lbl_lint_options *options)
{
	memcpy(o, options, MIN(options->size, sizeof(*o)));
	return options->size < offsetof(struct lbl_lint_options, flags) || !o->path ? -EINVAL : 0;
}

/* ---- rule sets ------------------------------------------------------------------------------ */

/* Lines are told about by lint_lines(). */
static void on_diag(void *user, const struct lbl_diag *diag)
{
	struct lint_about about = {
		.at = {LINT_NO_FILE, 0}, .other = {LINT_NO_FILE, 0}, .file = diag->file};
	const char *text = diag->text;
	size_t n = strlen(diag->file);

	if (diag->line)
		return;
	if (strncmp(text, diag->file, n) == 0 && strncmp(text + n, ":  ", 3) == 0)
		text += n + 3;
	lint_add(user, LINT_UNREADABLE, &about, "%s", text);
}

static bool has_base(const struct source *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i].role == LBL_FILE_BASE)
			return true;
	return false;
}

int lbl_lint_rules(const struct lbl_lint_options *options)
{
	struct lbl_lint_options o = {0};
	struct lint l = {.options = &o};
	struct source source = {0};
	int r = take_options(&o, options);

	if (r >= 0) {
		struct lbl_rules_options ro = {
			.size = sizeof(ro),
			.path = o.path,
			.flags = o.flags & LBL_RULES_BASE_ONLY,
			.diag = on_diag,
			.user = &l,
			.root = o.root,
		};

		r = source_open(&source, &ro);
		if (r == -ENOMEM || r == -E2BIG || (r < 0 && !has_base(&source)))
			source_done(&source);
		else
			r = look(&l, &source);
	}
	lint_done(&l);
	return r;
}

/* ---- refpolicy source ----------------------------------------------------------------------- */

static void on_problem(void *user, enum fc_problem what, unsigned line, const char *text)
{
	static const enum lint_code as[] = {
		[FC_MALFORMED] = LINT_MALFORMED,
		[FC_UNBALANCED] = LINT_UNBALANCED,
		[FC_GEN_CONTEXT] = LINT_GEN_CONTEXT,
		[FC_TRAILING_COMMENT] = LINT_TRAILING_COMMENT,
		[FC_MISSING_CONTEXT] = LINT_MISSING_CONTEXT,
	};
	struct lint *l = user;
	struct lint_about about = {
		.at = {0, line}, .other = {LINT_NO_FILE, 0}, .file = l->options->path};

	lint_add(l, as[what], &about, "%s", text);
}

static int look_at_fc(struct lint *l, struct fc *fc)
{
	struct source source = {0};
	int r = fc_arrange(fc);

	if (r >= 0)
		r = source_of_lines(&source, l->options->path, &fc->text, fc->lines);
	if (r < 0) {
		source_done(&source);
		return r;
	}
	l->fc = fc;
	return look(l, &source);
}

int lbl_lint_source(const struct lbl_lint_options *options)
{
	_cleanup_(map_done) struct map map = {0};
	_cleanup_(fc_done) struct fc fc = {0};
	struct lbl_lint_options o = {0};
	struct lint l = {.options = &o};
	int r = take_options(&o, options);

	if (r >= 0) {
		o.check = NULL; /* a policy need not know the types of a module that is to come */
		r = map_open(&map, AT_FDCWD, o.path, SOURCE_FILE_MAX);
	}
	if (r >= 0)
		r = fc_parse(&fc, map.data, map.len, on_problem, &l);
	if (r >= 0)
		r = look_at_fc(&l, &fc);
	lint_done(&l);
	return r;
}
