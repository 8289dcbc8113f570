/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fc: blocks first, then specs.
 *
 * m4 knows no lines, but its quotes can be followed without expanding anything: a macro's name and
 * "(" open a frame; between its arguments only commas, quotes and ")" matter; a quoted argument
 * that is no mere condition is a block, read as the file is, up to the quote that ends it.
 */
#include "analysis/fc.h"

#include <string.h>

#include "analysis/fc_spec.h"
#include "rules/order.h"

struct frame {
	unsigned line;
	uint32_t outer, block; /* the block around, the one being read */
	bool in_text;	       /* inside a quoted argument, else between arguments */
};

struct scanner {
	struct fc_reader reader;
	struct frame stack[FC_DEPTH_MAX];
	size_t depth;
	int error;
};

static struct frame *top(struct scanner *s)
{
	return s->depth ? &s->stack[s->depth - 1] : NULL;
}

static uint32_t new_block(struct scanner *s, uint32_t parent)
{
	struct fc *fc = s->reader.fc;
	int r = array_reserve(&fc->parents, &fc->blocks_cap, fc->n_blocks + 1,
			      sizeof(*fc->parents));

	if (r < 0) {
		s->error = r;
		return 0;
	}
	fc->parents[fc->n_blocks] = parent;
	return (uint32_t)fc->n_blocks++;
}

static void unbalanced(struct scanner *s, const char *text)
{
	fc_tell(&s->reader, FC_UNBALANCED, "%s", text);
}

/* ---- between the arguments of a macro ------------------------------------------------------- */

/** Does the quoted text at @p hold no more than a condition's name?  Then where it ends. */
static const char *condition_end(const char *p, const char *stop)
{
	const char *quote = memchr(p, '\'', (size_t)(stop - p));

	return quote && !memchr(p, '/', (size_t)(quote - p)) && !memchr(p, '<', (size_t)(quote - p))
		       ? quote + 1
		       : NULL;
}

static const char *scan_arguments(struct scanner *s, const char *p, const char *stop)
{
	struct frame *f = top(s);
	const char *after;

	switch (*p) {
	case '#': return stop;
	case ')': s->depth--; return p + 1;
	case '`':
		after = condition_end(p + 1, stop);
		if (after)
			return after;
		f->in_text = true;
		f->block = new_block(s, f->outer);
		return p + 1;
	case '\'': unbalanced(s, "a quote ends that was not begun"); return p + 1;
	default:
		p++;
		while (p < stop && !strchr(",)`'#", *p))
			p++;
		return p;
	}
}

/* ---- text ----------------------------------------------------------------------------------- */

static size_t word_length(const char *p, const char *stop)
{
	const char *q = p;

	while (q < stop && (*q == '_' || (*q >= 'a' && *q <= 'z') || (*q >= 'A' && *q <= 'Z') ||
			    (q > p && *q >= '0' && *q <= '9')))
		q++;
	return (size_t)(q - p);
}

/** Is a macro with blocks called here?  Then the length of its name, else 0. */
static size_t macro_length(const char *p, const char *stop)
{
	static const char *const known[] = {"ifdef", "ifndef", "ifelse", "optional_policy",
					    "tunable_policy"};
	size_t n = word_length(p, stop);

	if (n == 0 || p + n == stop || p[n] != '(')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i]) == n && memcmp(known[i], p, n) == 0)
			return n;
	return p + n + 1 < stop && p[n + 1] == '`' ? n : 0;
}

static void push(struct scanner *s)
{
	struct frame *outer = top(s);

	if (s->depth == FC_DEPTH_MAX) {
		unbalanced(s, "blocks are nested too deeply");
		return;
	}
	s->stack[s->depth++] = (struct frame){
		.line = s->reader.line,
		.outer = outer ? outer->block : 0,
	};
}

/* In quoted text a comment is none to m4: a lone apostrophe in it ends the quote. */
static void look_at_comment(struct scanner *s, const char *p, const char *stop)
{
	int open = 0;

	if (!s->depth)
		return;
	for (; p < stop && open >= 0; p++)
		open += *p == '`' ? 1 : *p == '\'' ? -1 : 0;
	if (open != 0)
		unbalanced(s,
			   "a quote in a comment inside a block: to m4 it is one like any other");
}

static const char *scan_text(struct scanner *s, const char *p, const char *stop)
{
	size_t n = macro_length(p, stop);
	const char *end = stop;

	if (n) {
		push(s);
		return p + n + 1;
	}
	if (*p == '#') {
		look_at_comment(s, p, stop);
		return stop;
	}
	if (word_length(p, stop) == 3 && memcmp(p, "dnl", 3) == 0)
		return stop;
	if (*p == '\'' && s->depth) {
		top(s)->in_text = false;
		return p + 1;
	}
	if (*p == '\'' || *p == '`' || *p == ')') {
		unbalanced(s, "a quote or parenthesis that belongs to nothing");
		return stop;
	}
	if (s->depth) {
		end = memchr(p, '\'', (size_t)(stop - p));
		end = end ? end : stop;
	}
	fc_read_spec(&s->reader, p, end, s->depth ? top(s)->block : 0);
	return end;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void scan_line(struct scanner *s, const char *p, const char *stop)
{
	if (memchr(p, '\0', (size_t)(stop - p))) {
		fc_tell(&s->reader, FC_MALFORMED, "NUL byte found");
		return;
	}
	for (;;) {
		while (p < stop && fc_is_blank(*p))
			p++;
		if (p == stop)
			return;
		if (s->depth && !top(s)->in_text)
			p = scan_arguments(s, p, stop);
		else
			p = scan_text(s, p, stop);
	}
}

int fc_parse(struct fc *fc, const char *text, size_t len, fc_problem_fn problem, void *user)
{
	struct scanner s = {.reader = {.fc = fc, .problem = problem, .user = user}};
	const char *end = len ? text + len : text;

	(void)new_block(&s, 0); /* the file itself */
	while (text < end && s.error >= 0 && s.reader.error >= 0) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		s.reader.line++;
		scan_line(&s, text, newline ? newline : end);
		text = newline ? newline + 1 : end;
	}
	while (s.depth) {
		s.reader.line = s.stack[--s.depth].line;
		unbalanced(&s, "what begins here has no end");
	}
	return s.error < 0 ? s.error : s.reader.error;
}

void fc_done(struct fc *fc)
{
	free(fc->specs);
	free(fc->parents);
	free(fc->lines);
	buf_done(&fc->raw);
	buf_done(&fc->text);
	*fc = (struct fc){0};
}

/* ---- order and blocks ----------------------------------------------------------------------- */

struct ordered {
	struct order_key key;
	struct fc_spec spec;
	size_t index;
};

static int by_key(const void *one, const void *other)
{
	const struct ordered *a = one, *b = other;
	int r = order_compare(&a->key, &b->key);

	return r ? r : (a->index > b->index) - (a->index < b->index);
}

int fc_arrange(struct fc *fc)
{
	_cleanup_free_ struct ordered *v = calloc(fc->n + 1, sizeof(*v));

	fc->lines = calloc(fc->n + 1, sizeof(*fc->lines));
	if (!v || !fc->lines)
		return -ENOMEM;
	for (size_t i = 0; i < fc->n; i++) {
		const struct fc_spec *s = &fc->specs[i];

		v[i] = (struct ordered){
			.key = order_key(buf_str(&fc->raw) + s->at, s->regex_len, s->kind,
					 LBL_ORDER_CIL),
			.spec = *s,
			.index = i,
		};
	}
	qsort(v, fc->n, sizeof(*v), by_key);
	for (size_t i = 0; i < fc->n; i++) {
		const char *line = buf_str(&fc->raw) + v[i].spec.at;

		buf_add(&fc->text, line, (size_t)(strchr(line, '\n') + 1 - line));
		fc->specs[i] = v[i].spec;
		fc->lines[i] = v[i].spec.line;
	}
	return buf_error(&fc->text);
}

bool fc_goes_with(const struct fc *fc, size_t index, size_t other)
{
	uint32_t block = fc->specs[index].block;

	while (block && block != fc->specs[other].block)
		block = fc->parents[block];
	return block == fc->specs[other].block;
}
