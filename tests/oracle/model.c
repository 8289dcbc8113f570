/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "base/buf.h"

static const char metas[] = ".^$?*+|[({])}";
static const char metas34[] = ".^$?*+|[({";
static const char escapable[] = ".^$?*+|[({])}-_,";

static bool one_of(const char *set, char c)
{
	return c && strchr(set, c);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- the text of a spec --------------------------------------------------------------------- */

/** The bytes every match begins with; the whole text when it is a literal (*@ret_literal). */
static char *prefix_of(const char *text, bool *ret_literal)
{
	_cleanup_(buf_done) struct buf b = {0};
	const char *p = text;

	for (; *p && !one_of(metas, *p); p++) {
		if (*p == '\\') {
			if (!one_of(escapable, p[1]))
				break;
			p++;
		}
		buf_addc(&b, *p);
	}
	*ret_literal = !*p;
	if (*p && one_of("?*+{", *p) && b.len) /* the last byte may be absent */
		buf_cut(&b, b.len - 1);
	return strdup(buf_str(&b));
}

/** May @text hold an alternation outside of all groups?  Says yes in doubt. */
static bool may_branch(const char *text)
{
	int depth = 0;

	if (!strchr(text, '|'))
		return false;
	for (const char *p = text; *p; p++) {
		if (*p == '\\') {
			if (!one_of(escapable, p[1]))
				return true;
			p++;
		} else if (*p == '[') {
			return true;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		} else if (*p == '|' && depth <= 0) {
			return true;
		}
	}
	return false;
}

static bool has_meta34(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (one_of(metas34, *p))
			return true;
	}
	return false;
}

/** Length of the text before the second slash, 0 when there is none or it has a meta byte. */
static size_t stem_of(const char *text, const char *meta)
{
	const char *slash = text[0] ? strchr(text + 1, '/') : NULL;

	if (!slash)
		return 0;
	for (const char *p = text; p < slash; p++) {
		if (one_of(meta, *p))
			return 0;
	}
	return (size_t)(slash - text);
}

static int spec_init(struct model_spec *s)
{
	bool literal;

	s->prefix = prefix_of(s->regex, &literal);
	if (!s->prefix)
		return -ENOMEM;
	if (literal) {
		s->plain = strdup(s->prefix);
		if (!s->plain)
			return -ENOMEM;
	} else if (may_branch(s->regex)) {
		s->prefix[0] = 0;
	}
	s->prefix_len = strlen(s->prefix);
	s->stem_len = stem_of(s->regex, metas34);
	s->meta34 = has_meta34(s->regex);
	return 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int read_file(const char *path, char **ret_data, size_t *ret_len)
{
	_cleanup_(buf_done) struct buf b = {0};
	char chunk[65536];
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	if (ferror(f))
		b.error = -EIO;
	fclose(f);
	if (b.error)
		return b.error;
	buf_addc(&b, '\n');
	*ret_len = b.len - 1;
	*ret_data = TAKE_PTR(b.data);
	return 0;
}

static enum lbl_kind kind_of_field(const char *f)
{
	static const char letters[] = "dcbspl-";
	const char *at = strlen(f) == 2 && f[0] == '-' ? strchr(letters, f[1]) : NULL;

	return at ? (enum lbl_kind)(at - letters + 1) : LBL_ANY;
}

/**
 * Split the line from @p to @end into at most three fields.  In a spec, a byte >= 0x80 in one, a
 * NUL that begins or ends one, and absurd length are -EINVAL.
 */
static int split(const char *p, const char *end, bool spec, char *fields[3])
{
	int n = 0;

	while (p < end && is_space(*p))
		p++;
	if (p < end && *p == '#')
		return 0;
	while (n < 3 && p < end) {
		const char *start = p;

		while (p < end && *p && !is_space(*p)) {
			if (spec && (unsigned char)*p >= 0x80)
				return -EINVAL;
			p++;
		}
		if (spec && (p - start >= 65535 || (p < end && !*p)))
			return -EINVAL;
		fields[n++] = strndup(start, (size_t)(p - start));
		while (p < end && is_space(*p))
			p++;
	}
	return n;
}

static int add_spec(struct model *m, char *fields[3], int n, unsigned file, unsigned line)
{
	struct model_spec s = {.file = file, .line = line};
	const char *context = fields[n - 1];
	int r;

	if (n < 2)
		return -EINVAL;
	if (n == 3) {
		s.kind = kind_of_field(fields[1]);
		if (s.kind == LBL_ANY)
			return -EINVAL;
	}
	if (strlen(fields[0]) >= 4096)
		m->too_long = true;
	r = array_reserve(&m->specs, &m->cap_specs, m->n_specs + 1, sizeof(s));
	if (r < 0)
		return r;
	s.regex = strdup(fields[0]);
	s.context = strcmp(context, "<<none>>") ? strdup(context) : NULL;
	r = spec_init(&s);
	m->specs[m->n_specs++] = s;
	return r;
}

static int add_sub(struct model *m, int list, char *fields[3], int n)
{
	int r;

	if (n < 2)
		return 0;
	r = array_reserve(&m->subs[list], &m->cap_subs[list], m->n_subs[list] + 1,
			  sizeof(struct model_sub));
	if (r < 0)
		return r;
	m->subs[list][m->n_subs[list]++] =
		(struct model_sub){.from = strdup(fields[0]), .to = strdup(fields[1])};
	return 0;
}

/** Read @path@suffix; @sub >= 0: as that list of substitutions, else as specs of file @file. */
static int load(struct model *m, const char *path, const char *suffix, int sub, unsigned file)
{
	_cleanup_(buf_done) struct buf name = {0};
	_cleanup_free_ char *data = NULL;
	size_t len;
	unsigned line = 0;
	int r;

	buf_printf(&name, "%s%s", path, suffix);
	r = read_file(buf_str(&name), &data, &len);
	if (r < 0)
		return r == -ENOENT && suffix[0] ? 0 : r;
	for (const char *p = data; p < data + len;) {
		const char *end = memchr(p, '\n', (size_t)(data + len - p) + 1);
		char *fields[3] = {NULL};
		const char *nul = sub >= 0 ? memchr(p, 0, (size_t)(end - p)) : NULL;
		int n = split(p, nul ? nul : end, sub < 0, fields);

		line++;
		r = sub >= 0 ? add_sub(m, sub, fields, n)
		    : n < 0  ? n
		    : n == 0 ? 0
			     : add_spec(m, fields, n, file, line);
		for (int i = 0; i < 3; i++)
			free(fields[i]);
		if (r < 0)
			return r;
		p = end + 1;
	}
	return 0;
}

static int by_text(const void *a, const void *b, void *arg)
{
	const struct model_spec *specs = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int d = strcmp(specs[x].plain, specs[y].plain);

	return d ? d : x < y ? -1 : x > y;
}

static int sort_literals(struct model *m)
{
	m->literals = calloc(m->n_specs + 1, sizeof(*m->literals));
	if (!m->literals)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_specs; i++) {
		if (m->specs[i].plain)
			m->literals[m->n_literals++] = (uint32_t)i;
	}
	qsort_r(m->literals, m->n_literals, sizeof(*m->literals), by_text, m->specs);
	return 0;
}

int model_open(struct model **ret_model, const char *path)
{
	_cleanup_(model_freep) struct model *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->match_data = pcre2_match_data_create(1, NULL);
	m->match_context = pcre2_match_context_create(NULL);
	m->jit_stack = pcre2_jit_stack_create(64 * 1024, 16 * 1024 * 1024, NULL);
	if (!m->match_data || !m->match_context || !m->jit_stack)
		return -ENOMEM;
	pcre2_set_match_limit(m->match_context, 2000000);
	pcre2_jit_stack_assign(m->match_context, NULL, m->jit_stack);
	if ((r = load(m, path, ".subs_dist", 1, 0)) < 0 || (r = load(m, path, ".subs", 0, 0)) < 0 ||
	    (r = load(m, path, "", -1, 0)) < 0 || (r = load(m, path, ".homedirs", -1, 1)) < 0 ||
	    (r = load(m, path, ".local", -1, 2)) < 0 || (r = sort_literals(m)) < 0)
		return r;
	*ret_model = TAKE_PTR(m);
	return 0;
}

struct model *model_free(struct model *m)
{
	if (!m)
		return NULL;
	for (size_t i = 0; i < m->n_specs; i++) {
		struct model_spec *s = &m->specs[i];

		pcre2_code_free(s->code[0]);
		pcre2_code_free(s->code[1]);
		free(s->regex);
		free(s->context);
		free(s->plain);
		free(s->prefix);
	}
	for (int list = 0; list < 2; list++) {
		for (size_t i = 0; i < m->n_subs[list]; i++) {
			free(m->subs[list][i].from);
			free(m->subs[list][i].to);
		}
		free(m->subs[list]);
	}
	free(m->specs);
	free(m->literals);
	pcre2_match_data_free(m->match_data);
	pcre2_match_context_free(m->match_context);
	pcre2_jit_stack_free(m->jit_stack);
	free(m);
	return NULL;
}

/* ---- matching ------------------------------------------------------------------------------- */

static pcre2_code *spec_code(struct model_spec *s, bool quirk)
{
	_cleanup_(buf_done) struct buf b = {0};
	uint32_t options = PCRE2_DOTALL | (quirk ? 0 : PCRE2_DOLLAR_ENDONLY);
	PCRE2_SIZE offset;
	int error;

	if (s->tried[quirk])
		return s->code[quirk];
	s->tried[quirk] = true;
	buf_printf(&b, "^%s$", s->regex);
	s->code[quirk] =
		pcre2_compile((PCRE2_SPTR)buf_str(&b), b.len, options, &error, &offset, NULL);
	s->bad = !s->code[quirk];
	if (!s->bad) /* without a JIT the interpreter does the same */
		(void)pcre2_jit_compile(s->code[quirk], PCRE2_JIT_COMPLETE);
	return s->code[quirk];
}

bool model_has_bad(struct model *m)
{
	for (size_t i = 0; i < m->n_specs; i++) {
		if (!spec_code(&m->specs[i], false))
			return true;
	}
	return false;
}

static bool spec_matches(struct model *m, struct model_spec *s, const char *path, size_t len,
			 bool quirk)
{
	pcre2_code *code = spec_code(s, quirk);
	int r;

	if (!code)
		return false;
	r = pcre2_match(code, (PCRE2_SPTR)path, len, 0, m->no_jit ? PCRE2_NO_JIT : 0, m->match_data,
			m->match_context);
	if (r < 0 && r != PCRE2_ERROR_NOMATCH)
		m->errors++;
	return r >= 0;
}

static bool fits(const struct model_spec *s, unsigned kind)
{
	return s->kind == LBL_ANY || kind == LBL_ANY || s->kind == (enum lbl_kind)kind;
}

/** The substituted form of @path, or NULL when no entry of @list applies. */
static char *substitute(const struct model *m, int list, const char *path)
{
	for (size_t i = m->n_subs[list]; i-- > 0;) {
		const struct model_sub *s = &m->subs[list][i];
		size_t n = strlen(s->from);
		_cleanup_(buf_done) struct buf b = {0};

		if (strncmp(path, s->from, n) || (path[n] != '/' && path[n]))
			continue;
		if (strcmp(s->to, "/") || path[n] != '/')
			buf_adds(&b, s->to);
		buf_adds(&b, path + n);
		buf_adds(&b, "");
		return b.data ? TAKE_PTR(b.data) : strdup("");
	}
	return NULL;
}

static char *substituted(const struct model *m, const char *path, size_t len)
{
	char *p = strndup(path, len);

	for (int list = 0; p && list < 2; list++) {
		char *q = substitute(m, list, p);

		if (q) {
			free(p);
			p = q;
		}
	}
	return p;
}

/** Give @s to every kind it fits that has no winner yet.  Return how many still have none. */
static unsigned award(const struct model_spec *s, const struct model_spec *win[MODEL_KINDS])
{
	unsigned open = 0;

	for (unsigned k = 0; k < MODEL_KINDS; k++) {
		if (!win[k] && fits(s, k))
			win[k] = s;
		open += !win[k];
	}
	return open;
}

static bool wanted(const struct model_spec *s, const struct model_spec *win[MODEL_KINDS])
{
	for (unsigned k = 0; k < MODEL_KINDS; k++) {
		if (!win[k] && fits(s, k))
			return true;
	}
	return false;
}

/** First of the sorted literals that is not below @path. */
static size_t literal_bound(const struct model *m, const char *path)
{
	size_t lo = 0, hi = m->n_literals;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(m->specs[m->literals[mid]].plain, path) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int model_answer(struct model *m, const char *path, size_t len, unsigned flags,
		 const struct model_spec *ret_win[MODEL_KINDS])
{
	const struct model_spec *win[MODEL_KINDS] = {NULL};
	_cleanup_free_ char *p = substituted(m, path, len);
	unsigned long errors = m->errors;
	unsigned open = MODEL_KINDS;
	size_t n;

	if (!p)
		return -ENOMEM;
	n = strlen(p);
	for (size_t i = literal_bound(m, p); i-- > 0;) {
		const struct model_spec *s = &m->specs[m->literals[i]];

		if (strcmp(s->plain, p))
			break;
		open = award(s, win);
	}
	for (size_t i = m->n_specs; open && i-- > 0;) {
		struct model_spec *s = &m->specs[i];

		if (s->plain || !wanted(s, win))
			continue;
		if (!(flags & MODEL_NO_FILTER) && strncmp(p, s->prefix, s->prefix_len))
			continue;
		if (spec_matches(m, s, p, n, false))
			open = award(s, win);
	}
	if (m->errors != errors)
		return -EOVERFLOW;
	memcpy(ret_win, win, sizeof(win));
	return 0;
}

/** Does the spec's stem allow @path, as libselinux compares it? */
static bool stem_allows(const struct model_spec *s, const char *path)
{
	const char *slash = path[0] ? strchr(path + 1, '/') : NULL;

	return !s->stem_len || (slash && (size_t)(slash - path) == s->stem_len &&
				!strncmp(path, s->regex, s->stem_len));
}

const struct model_spec *model_quirky(struct model *m, const char *path, size_t len,
				      enum lbl_kind kind, unsigned quirks)
{
	_cleanup_free_ char *p = substituted(m, path, len);

	for (int regexes = 0; p && regexes < 2; regexes++) {
		for (size_t i = m->n_specs; i-- > 0;) {
			struct model_spec *s = &m->specs[i];
			bool regex = quirks & QUIRK_LITERAL ? s->meta34 : !s->plain;
			bool by_text = s->plain && !(quirks & (QUIRK_LITERAL | QUIRK_NEWLINE));

			if (regex != (bool)regexes || !fits(s, kind))
				continue;
			if ((quirks & QUIRK_STEM) && !stem_allows(s, p))
				continue;
			if (by_text ? !strcmp(s->plain, p)
				    : spec_matches(m, s, p, strlen(p), quirks & QUIRK_NEWLINE))
				return s;
		}
	}
	return NULL;
}
