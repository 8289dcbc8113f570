/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lint_spec: lines that are no specs, and what a spec by itself gives away. */
#include "analysis/lint.h"

#include <string.h>

#include "rules/validate.h"

/* ---- lines that are no specs ---------------------------------------------------------------- */

/** Upstream splits a line at white space and knows no comment behind a spec. */
static bool is_comment_read_as_field(enum spec_result what, const struct spec *spec)
{
	return what == SPEC_BAD_KIND && (spec->bad[0] == '#' || spec->context[0] == '#');
}

static void complain(struct lint *l, struct lint_place at, enum spec_result what,
		     const struct spec *spec)
{
	struct lint_about about = {.at = at, .other = {LINT_NO_FILE, 0}};
	char why[SPEC_DESCRIBE_MAX];

	if (is_comment_read_as_field(what, spec)) {
		lint_add(l, LINT_TRAILING_COMMENT, &about,
			 "only whole lines are comments: '%.*s' is read as the file kind",
			 (int)MIN(spec->bad_len, (size_t)64), spec->bad);
		return;
	}
	spec_explain(what, spec, why, sizeof(why));
	if (what == SPEC_BAD_KIND && memchr(spec->bad, ':', spec->bad_len))
		lint_add(l, LINT_MALFORMED, &about, "%s (a context cannot hold spaces)", why);
	else
		lint_add(l, LINT_MALFORMED, &about, "%s", why);
}

static void lint_file(struct lint *l, uint32_t file)
{
	const struct source_file *f = &l->source->files[file];
	const char *p = f->text, *end = f->map.len ? p + f->map.len : p;
	unsigned line = 0, errors = 0;
	struct spec spec;

	while (p < end && l->error >= 0) {
		enum spec_result what = spec_scan(&p, end, &spec);
		struct lint_place at = {file, ++line};

		if (what == SPEC_OK || what == SPEC_BLANK)
			continue;
		if (errors++ < SPEC_ERRORS_MAX) {
			complain(l, at, what, &spec);
			continue;
		}
		lint_add(l, LINT_MALFORMED,
			 &(struct lint_about){.at = at, .other = {LINT_NO_FILE, 0}},
			 "too many errors, the rest is not read");
		return;
	}
}

void lint_lines(struct lint *l)
{
	for (uint32_t i = 0; i < l->source->n_files; i++) {
		const struct source_file *f = &l->source->files[i];

		if (f->role >= LBL_FILE_BASE && !f->upstream_bin)
			lint_file(l, i);
	}
}

/* ---- contexts ------------------------------------------------------------------------------- */

static void lint_one_context(struct lint *l, uint32_t index)
{
	const struct source_spec *spec = &l->source->specs[index];
	const char *text = l->source->files[spec->file].text + spec->context;
	struct lint_about about = lint_about_spec(l, index, LINT_NO_SPEC);
	int r;

	if (text[0] == '#') {
		lint_add(l, LINT_TRAILING_COMMENT, &about,
			 "only whole lines are comments: '%.*s' is read as the context",
			 (int)MIN(spec->context_len, 64), text);
		return;
	}
	if (spec->kind == LBL_ANY && spec_kind(text, spec->context_len) != LBL_ANY) {
		lint_add(l, LINT_MISSING_CONTEXT, &about,
			 "there is no context: '%.*s' is read as one", (int)spec->context_len,
			 text);
		return;
	}
	r = validate_context(l->source, spec, l->options->check, l->options->check_user);
	if (r < 0)
		l->error = r;
	else if (r == 0)
		lint_add(l, LINT_INVALID_CONTEXT, &about, "invalid context %s",
			 lint_context(l, index));
}

/* ---- regexes -------------------------------------------------------------------------------- */

static void lint_regex(struct lint *l, uint32_t index)
{
	const struct source_spec *spec = &l->source->specs[index];
	_cleanup_(buf_done) struct buf error = {0};
	struct lint_about about = lint_about_spec(l, index, LINT_NO_SPEC);
	const struct regex *re = &l->check.regex;
	int r = check_regex(&l->check, source_regex(l->source, spec), spec->regex_len, &error);

	if (r == -ENOMEM) {
		l->error = r;
	} else if (r < 0) {
		l->marks[index] |= LINT_DEAD;
		lint_add(l, LINT_INVALID_REGEX, &about, "%s: %s", lint_quote(l, index),
			 buf_str(&error));
	} else if (r == CHECK_PCRE) {
		l->marks[index] |= LINT_PCRE;
		lint_add(l, LINT_NEEDS_PCRE, &about,
			 "%s: no regular expression, so PCRE2 is asked for every path it could win",
			 lint_quote(l, index));
	} else if (re->nodes[re->root].first != re->nodes[re->root].last) {
		lint_add(
			l, LINT_TOP_LEVEL_ALTERNATION, &about,
			"%s: a '|' outside all groups: it matches what begins with the first part, "
			"ends with the last or holds one between; put all of it in a group",
			lint_quote(l, index));
	}
}

/* ---- dots ----------------------------------------------------------------------------------- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/** Behind the bracket class that begins at @i; @len when it has no end. */
static size_t class_end(const char *s, size_t len, size_t i)
{
	i++;
	if (i < len && s[i] == '^')
		i++;
	for (size_t first = i; i < len && (s[i] != ']' || i == first); i++) {
		const char *end = NULL;

		if (s[i] == '\\')
			i++;
		else if (s[i] == '[' && i + 1 < len && s[i + 1] == ':')
			end = memmem(s + i + 2, len - i - 2, ":]", 2);
		if (end)
			i = (size_t)(end + 1 - s);
	}
	return MIN(i + 1, len);
}

/** To m4, "include(" is a call, so policy source says "inclu.e(". */
static bool hides_include(const char *s, size_t len, size_t i)
{
	static const char hidden[] = "inclu.e";
	size_t before = strchr(hidden, '.') - hidden, n = sizeof(hidden) - 1;

	return i >= before && i - before + n <= len && memcmp(s + i - before, hidden, n) == 0;
}

/** Is the '.' at @i likely to be meant as a dot?  Then a name goes on right behind it. */
static bool is_likely_dot(const char *s, size_t len, size_t i, bool after_plain)
{
	if (hides_include(s, len, i))
		return false;
	return i > 0 && i + 1 < len && is_name_char(s[i + 1]) && s[i + 1] != '-' &&
	       (s[i - 1] == '/' || (after_plain && is_name_char(s[i - 1])));
}

/** Write @s with a backslash before each likely dot; how many there are. */
static unsigned escape_dots(const char *s, size_t len, struct buf *out)
{
	bool plain = false; /* the byte before stands for itself */
	unsigned dots = 0;

	for (size_t i = 0, next; i < len; i = next) {
		bool dot = s[i] == '.' && is_likely_dot(s, len, i, plain);

		next = s[i] == '\\' ? MIN(i + 2, len) : s[i] == '[' ? class_end(s, len, i) : i + 1;
		plain = next == i + 1 && s[i] != '.';
		if (dot)
			buf_addc(out, '\\');
		buf_add(out, s + i, next - i);
		dots += dot;
	}
	return dots;
}

static void lint_dots(struct lint *l, uint32_t index)
{
	const struct source_spec *spec = &l->source->specs[index];
	const char *regex = source_regex(l->source, spec);
	_cleanup_(buf_done) struct buf better = {0};
	struct lint_about about;

	if (!memchr(regex, '.', spec->regex_len) ||
	    escape_dots(regex, spec->regex_len, &better) == 0)
		return;
	about = lint_about_spec(l, index, LINT_NO_SPEC);
	lint_add(l, LINT_UNESCAPED_DOT, &about, "%s: '.' matches any character; a dot is '\\.': %s",
		 lint_quote(l, index), buf_str(&better));
}

/* ---- escapes -------------------------------------------------------------------------------- */

/* What 3.4 takes for special, and skips behind a backslash whatever it is. */
static const char special[] = ".^$?*+|[({";

static bool is_exact_in_3_4(const char *regex, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (regex[i] == '\\')
			i++;
		else if (strchr(special, regex[i]))
			return false;
	}
	return true;
}

/** 3.4 compares the first component as it is written, backslashes and all, unless it is special. */
static bool has_escaped_stem(const char *regex, size_t len)
{
	const char *slash = len ? memchr(regex + 1, '/', len - 1) : NULL;

	if (!slash || !memchr(regex, '\\', (size_t)(slash - regex)))
		return false;
	for (const char *p = regex; p < slash; p++)
		if (strchr(special, *p))
			return false;
	return true;
}

static void lint_escapes(struct lint *l, uint32_t index, bool literal)
{
	const struct source_spec *spec = &l->source->specs[index];
	const char *regex = source_regex(l->source, spec);
	struct lint_about about;

	if (!memchr(regex, '\\', spec->regex_len) && !memchr(regex, ']', spec->regex_len) &&
	    !memchr(regex, '}', spec->regex_len) && !memchr(regex, ')', spec->regex_len))
		return;
	about = lint_about_spec(l, index, LINT_NO_SPEC);
	if (has_escaped_stem(regex, spec->regex_len))
		lint_add(l, LINT_ESCAPE_DIFFERENCE, &about,
			 "%s: libselinux 3.4 never matches it, for the backslash in its first "
			 "component; 3.11 does",
			 lint_quote(l, index));
	else if (!literal && is_exact_in_3_4(regex, spec->regex_len))
		lint_add(l, LINT_ESCAPE_DIFFERENCE, &about,
			 "%s: an exact path to libselinux 3.4, which beats every regex; to 3.11 a "
			 "regex, which newer ones beat",
			 lint_quote(l, index));
}

/* ---- paths no file can have ----------------------------------------------------------------- */

static const char *why_never(const char *path, size_t len)
{
	if (path[0] != '/')
		return "it does not begin with a slash";
	if (len > 1 && path[len - 1] == '/')
		return "paths are looked up without a slash at the end";
	for (size_t i = 1, n; i < len; i += n + 1) {
		const char *slash = memchr(path + i, '/', len - i);

		n = slash ? (size_t)(slash - path) - i : len - i;
		if (n == 0)
			return "paths are looked up without double slashes";
		if (path[i] == '.' && (n == 1 || (n == 2 && path[i + 1] == '.')))
			return "paths are looked up without '.' and '..'";
	}
	return NULL;
}

static void lint_literal(struct lint *l, uint32_t index)
{
	const struct source_spec *spec = &l->source->specs[index];
	char path[SPEC_REGEX_MAX];
	size_t n = spec_unescape(source_regex(l->source, spec), spec->regex_len, path);
	const char *why = why_never(path, n);
	struct lint_about about;

	if (!why)
		return;
	l->marks[index] |= LINT_DEAD;
	about = lint_about_spec(l, index, LINT_NO_SPEC);
	lint_add(l, LINT_NEVER_MATCHES, &about, "%s: matches nothing: %s", lint_quote(l, index),
		 why);
}

void lint_specs(struct lint *l)
{
	for (uint32_t i = 0; i < l->source->n && l->error >= 0; i++) {
		bool literal = source_is_literal(l->source, &l->source->specs[i]);

		lint_one_context(l, i);
		if (literal)
			lint_literal(l, i);
		else
			lint_regex(l, i);
		if (l->marks[i] & LINT_DEAD)
			continue;
		lint_escapes(l, i, literal);
		if (!literal)
			lint_dots(l, i);
	}
}
