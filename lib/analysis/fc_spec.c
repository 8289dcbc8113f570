/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/fc_spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/spec.h"

#define WORD_SHOWN 64 /* bytes of a word shown in texts */

struct word {
	const char *p;
	size_t len;
};

void fc_tell(struct fc_reader *r, enum fc_problem what, const char *fmt, ...)
{
	char text[SPEC_DESCRIBE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut when too long */
	va_end(ap);
	r->problem(r->user, what, r->line, text);
}

static struct word next_word(const char **pos, const char *end)
{
	struct word w;
	const char *p = *pos;

	while (p < end && fc_is_blank(*p))
		p++;
	w.p = p;
	while (p < end && !fc_is_blank(*p))
		p++;
	w.len = (size_t)(p - w.p);
	*pos = p;
	return w;
}

static bool begins(struct word w, const char *with)
{
	return w.len >= strlen(with) && memcmp(w.p, with, strlen(with)) == 0;
}

static bool is(struct word w, const char *what)
{
	return w.len == strlen(what) && begins(w, what);
}

/* ---- what genhomedircon replaces ------------------------------------------------------------ */

struct variable {
	const char *name, *path, *context;
};

/* As it writes them for those who have no entry of their own.  Longer names come first. */
static const struct variable variables[] = {
	{"%{USERNAME}", "[^/]+", "%{USERNAME}"},
	{"%{USERID}", "[0-9]+", "%{USERID}"},
	{"ROLE", "user", "user"},
	{"USER", "[^/]+", "user_u"},
};

static void expand(struct buf *out, struct word w, bool path)
{
	if (path && begins(w, "HOME_DIR")) {
		buf_adds(out, "/home/[^/]+");
		w = (struct word){w.p + 8, w.len - 8};
	} else if (path && begins(w, "HOME_ROOT")) {
		buf_adds(out, "/home");
		w = (struct word){w.p + 9, w.len - 9};
	}
	while (w.len) {
		const struct variable *v = NULL;
		size_t n = 1;

		for (size_t i = 0; i < ARRAY_SIZE(variables) && !v; i++)
			if (begins(w, variables[i].name))
				v = &variables[i];
		if (v) {
			n = strlen(v->name);
			buf_adds(out, path ? v->path : v->context);
		} else {
			buf_addc(out, *w.p);
		}
		w = (struct word){w.p + n, w.len - n};
	}
}

/* ---- gen_context() -------------------------------------------------------------------------- */

static struct word trim(struct word w)
{
	while (w.len && fc_is_blank(w.p[0]))
		w = (struct word){w.p + 1, w.len - 1};
	while (w.len && fc_is_blank(w.p[w.len - 1]))
		w.len--;
	return w;
}

static bool has_blank(struct word w)
{
	for (size_t i = 0; i < w.len; i++)
		if (fc_is_blank(w.p[i]))
			return true;
	return false;
}

/** user:role:type, no less, no more. */
static bool is_triple(struct word w)
{
	size_t parts = 1, empty = w.len == 0;

	for (size_t i = 0; i < w.len; i++) {
		if (w.p[i] != ':')
			continue;
		parts++;
		empty += i == 0 || i + 1 == w.len || w.p[i + 1] == ':';
	}
	return parts == 3 && !empty;
}

/** Append what the arguments of gen_context() at @p, behind its "(", make.  NULL: told. */
static const char *gen_context(struct fc_reader *r, const char *p, const char *end, struct buf *out)
{
	const char *close = memchr(p, ')', (size_t)(end - p));
	unsigned n = 0;

	if (!close) {
		fc_tell(r, FC_UNBALANCED, "gen_context( has no end");
		return NULL;
	}
	while (p <= close) {
		const char *comma = memchr(p, ',', (size_t)(close - p));
		const char *stop = comma ? comma : close;
		struct word w = trim((struct word){p, (size_t)(stop - p)});

		if (w.len == 0 || has_blank(w) || (n == 0 && !is_triple(w))) {
			fc_tell(r, FC_GEN_CONTEXT,
				n ? "gen_context(): '%.*s' is no range or set of categories"
				  : "gen_context(): '%.*s' is not USER:ROLE:TYPE",
				(int)MIN(w.len, (size_t)WORD_SHOWN), w.p);
			return NULL;
		}
		if (n++)
			buf_addc(out, ':');
		expand(out, w, false);
		p = stop + 1;
	}
	if (n == 2 || n == 3)
		return close + 1;
	fc_tell(r, FC_GEN_CONTEXT, "gen_context() takes a context, a range and perhaps categories");
	return NULL;
}

/** Append the context at @p.  Return where it ends, or NULL: told. */
static const char *read_context(struct fc_reader *r, const char *p, const char *end,
				struct buf *out)
{
	struct word w = next_word(&p, end);

	if (w.len == 0 || w.p[0] == '#') {
		fc_tell(r, FC_MISSING_CONTEXT, "there is no context");
		return NULL;
	}
	if (begins(w, "gen_context("))
		return gen_context(r, w.p + strlen("gen_context("), end, out);
	if (!is(w, "<<none>>") && !memchr(w.p, ':', w.len)) {
		fc_tell(r, FC_MALFORMED, "the line has invalid file type %.*s",
			(int)MIN(w.len, (size_t)WORD_SHOWN), w.p);
		return NULL;
	}
	expand(out, w, false);
	return p;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/** Nothing may follow, but for a comment where file_contexts takes no more fields. */
static void look_at_rest(struct fc_reader *r, const char *p, const char *end, bool typed)
{
	struct word w = next_word(&p, end);

	if (w.len == 0)
		return;
	if (w.p[0] != '#')
		fc_tell(r, FC_MALFORMED, "'%.*s' follows the context",
			(int)MIN(w.len, (size_t)WORD_SHOWN), w.p);
	else if (!typed)
		fc_tell(r, FC_TRAILING_COMMENT,
			"only whole lines are comments: behind a spec without a kind, one is read "
			"as the "
			"context, and the context as the kind");
}

/** Keep the line that begins at @s->at of raw if file_contexts could have it. */
static void keep(struct fc_reader *r, struct fc_spec *s)
{
	struct fc *fc = r->fc;
	const char *p = buf_str(&fc->raw) + s->at, *end = buf_str(&fc->raw) + fc->raw.len;
	char why[SPEC_DESCRIBE_MAX];
	enum spec_result what;
	struct spec spec;

	if (buf_error(&fc->raw) < 0 ||
	    array_reserve(&fc->specs, &fc->cap, fc->n + 1, sizeof(*fc->specs)) < 0) {
		r->error = -ENOMEM;
		return;
	}
	what = spec_scan(&p, end, &spec);
	if (what == SPEC_OK) {
		s->regex_len = spec.regex_len;
		fc->specs[fc->n++] = *s;
		return;
	}
	spec_explain(what, &spec, why, sizeof(why));
	buf_cut(&fc->raw, s->at);
	fc_tell(r, FC_MALFORMED, "%s", why);
}

void fc_read_spec(struct fc_reader *r, const char *p, const char *end, uint32_t block)
{
	static const char *const kinds[8] = {"", "-d", "-c", "-b", "-s", "-p", "-l", "--"};
	struct buf *raw = &r->fc->raw;
	struct fc_spec s = {.at = raw->len, .line = r->line, .block = block};
	struct word path = next_word(&p, end), kind;
	const char *behind = p;

	kind = next_word(&behind, end);
	if (kind.len && kind.p[0] == '-') {
		s.kind = spec_kind(kind.p, kind.len);
		if (s.kind == LBL_ANY) {
			fc_tell(r, FC_MALFORMED, "the line has invalid file type %.*s",
				(int)MIN(kind.len, (size_t)WORD_SHOWN), kind.p);
			return;
		}
		p = behind;
	}
	expand(raw, path, true);
	buf_addc(raw, '\t');
	buf_adds(raw, kinds[s.kind]);
	buf_addc(raw, '\t');
	p = read_context(r, p, end, raw);
	if (!p) {
		buf_cut(raw, s.at);
		return;
	}
	buf_addc(raw, '\n');
	look_at_rest(r, p, end, s.kind != LBL_ANY);
	keep(r, &s);
}
