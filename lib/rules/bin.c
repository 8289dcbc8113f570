/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/bin.h"

#include <string.h>

#include "rules/kind.h"
#include "rules/spec.h"

#define MAGIC	  0xf97cff8au
#define DEPTH_MAX 32 /* levels of nodes, the root's included */

/* ---- bytes ---------------------------------------------------------------------------------- */

/** What is left to read; the first failure stays, and everything after it reads as 0 and NULL. */
struct cursor {
	const unsigned char *p, *end;
	bool little;
	int error;
};

static struct cursor begin(const void *data, size_t len)
{
	const unsigned char *p = data ? data : (const void *)"";

	return (struct cursor){.p = p, .end = p + len};
}

static void spoil(struct cursor *c)
{
	if (!c->error)
		c->error = -EBADMSG;
}

static const char *take(struct cursor *c, size_t n)
{
	const unsigned char *p = c->p;

	if (c->error || n > (size_t)(c->end - p)) {
		spoil(c);
		return NULL;
	}
	c->p += n;
	return (const char *)p;
}

static uint64_t take_number(struct cursor *c, unsigned size)
{
	const char *p = take(c, size);
	uint64_t v = 0;

	for (unsigned i = 0; p && i < size; i++)
		v = v << 8 | (unsigned char)p[c->little ? size - 1 - i : i];
	return v;
}

static uint8_t take_u8(struct cursor *c)
{
	return (uint8_t)take_number(c, 1);
}

static uint16_t take_u16(struct cursor *c)
{
	return (uint16_t)take_number(c, 2);
}

static uint32_t take_u32(struct cursor *c)
{
	return (uint32_t)take_number(c, 4);
}

/** @n bytes, the last of them the only NUL. */
static const char *take_string(struct cursor *c, size_t n)
{
	const char *s = take(c, n);

	if (s && (n == 0 || memchr(s, '\0', n) != s + n - 1)) {
		spoil(c);
		return NULL;
	}
	return s;
}

/** What a field of a text could not hold is no field here either. */
static void check_field(struct cursor *c, const char *s, size_t len, size_t max)
{
	if (c->error)
		return;
	if (len == 0 || len > max)
		spoil(c);
	for (size_t i = 0; i < len; i++)
		if ((s[i] & 0x80) || s[i] == '\0' || s[i] == ' ' || (s[i] >= '\t' && s[i] <= '\r'))
			spoil(c);
}

static const char *take_field(struct cursor *c, size_t n, size_t max, uint32_t *ret_len)
{
	const char *s = take_string(c, n);

	if (s) {
		check_field(c, s, n - 1, max);
		*ret_len = (uint32_t)(n - 1);
	}
	return s;
}

static void push(struct bin *b, struct cursor *c, const struct bin_spec *spec)
{
	int r;

	if (c->error)
		return;
	r = array_reserve(&b->v, &b->cap, b->n + 1, sizeof(*b->v));
	if (r < 0)
		c->error = r;
	else
		b->v[b->n++] = *spec;
}

/* ---- version 5: specs one after the other --------------------------------------------------- */

static void take_flat_spec(struct bin *b, struct cursor *c, uint32_t n_stems)
{
	struct bin_spec s = {0};
	uint32_t mode, stem, meta, prefix;

	s.context = take_field(c, take_u32(c), SPEC_FIELD_MAX, &s.context_len);
	s.regex = take_field(c, take_u32(c), SPEC_REGEX_MAX, &s.regex_len);
	mode = take_u32(c);
	stem = take_u32(c);
	meta = take_u32(c);
	prefix = take_u32(c);
	(void)take(c, take_u32(c)); /* the regex, serialised */
	s.kind = kind_of_mode(mode);
	if ((mode && (s.kind == LBL_ANY || (mode & ~(uint32_t)S_IFMT))) ||
	    (stem != UINT32_MAX && stem >= n_stems) || meta > 1 || prefix > s.regex_len)
		spoil(c);
	push(b, c, &s);
}

static void take_flat(struct bin *b, struct cursor *c)
{
	uint32_t n_stems = take_u32(c), n;

	for (uint32_t i = 0; i < n_stems && !c->error; i++)
		(void)take_string(c, (size_t)take_u32(c) + 1);
	n = take_u32(c);
	for (uint32_t i = 0; i < n && !c->error; i++)
		take_flat_spec(b, c, n_stems);
}

/* ---- version 6: a tree of path components --------------------------------------------------- */

/** Where the contexts are: each at its 16-bit length. */
struct contexts {
	const char **v;
	size_t n, cap;
};

static void take_contexts(struct contexts *contexts, struct cursor *c)
{
	for (uint32_t n = take_u32(c); n && !c->error; n--) {
		int r = array_reserve(&contexts->v, &contexts->cap, contexts->n + 1,
				      sizeof(*contexts->v));
		const char *at = (const char *)c->p;
		uint16_t len = take_u16(c);

		check_field(c, take(c, len), len, SPEC_FIELD_MAX);
		if (r < 0)
			c->error = r;
		else
			contexts->v[contexts->n++] = at;
	}
}

static void take_context(const struct contexts *contexts, struct cursor *c, struct bin_spec *s)
{
	uint32_t id = take_u32(c);
	const char *at;

	if (id == 0 || id > contexts->n) {
		spoil(c);
		return;
	}
	at = contexts->v[id - 1];
	s->context = at + 2;
	s->context_len = (uint32_t)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

static void take_kind(struct cursor *c, struct bin_spec *s)
{
	uint8_t kind = take_u8(c);

	if (kind > LBL_REG)
		spoil(c);
	s->kind = kind;
}

/** Is @path what the literal @s stands for? */
static bool is_path_of(const struct bin_spec *s, const char *path, size_t len)
{
	char unescaped[SPEC_REGEX_MAX];

	return spec_is_literal(s->regex, s->regex_len) &&
	       spec_unescape(s->regex, s->regex_len, unescaped) == len &&
	       memcmp(unescaped, path, len) == 0;
}

static void take_literal(struct bin *b, const struct contexts *contexts, struct cursor *c)
{
	struct bin_spec s = {0};
	const char *path;
	uint32_t len = 0;

	take_context(contexts, c, &s);
	s.regex = take_field(c, take_u16(c), SPEC_REGEX_MAX, &s.regex_len);
	path = take_field(c, take_u16(c), SPEC_REGEX_MAX, &len);
	take_kind(c, &s);
	if (!c->error && !is_path_of(&s, path, len))
		spoil(c);
	push(b, c, &s);
}

static void take_regex(struct bin *b, const struct contexts *contexts, struct cursor *c)
{
	struct bin_spec s = {0};

	take_context(contexts, c, &s);
	s.line = take_u32(c);
	s.regex = take_field(c, take_u16(c), SPEC_REGEX_MAX, &s.regex_len);
	if (take_u16(c) > s.regex_len || s.line == 0 || s.line == UINT32_MAX)
		spoil(c);
	take_kind(c, &s);
	(void)take(c, take_u32(c)); /* the regex, serialised */
	push(b, c, &s);
}

/** A node without its children: its name; @ret_children: how many follow. */
static const char *take_node(struct bin *b, const struct contexts *contexts, struct cursor *c,
			     uint32_t *ret_children)
{
	const char *name = take_string(c, take_u16(c));

	for (uint32_t n = take_u32(c); n && !c->error; n--)
		take_literal(b, contexts, c);
	for (uint32_t n = take_u32(c); n && !c->error; n--)
		take_regex(b, contexts, c);
	*ret_children = take_u32(c);
	return name;
}

static void take_nodes(struct bin *b, const struct contexts *contexts, struct cursor *c)
{
	struct level {
		uint32_t left;	      /* siblings to come */
		const char *previous; /* sibling: names ascend */
	} at[DEPTH_MAX] = {{.left = 1}};
	unsigned depth = 0;

	while (!c->error) {
		uint32_t children;
		const char *name;

		while (at[depth].left == 0) {
			if (depth == 0)
				return;
			depth--;
		}
		name = take_node(b, contexts, c, &children);
		if (c->error || (depth == 0) != !*name ||
		    (at[depth].previous && strcmp(at[depth].previous, name) >= 0) ||
		    (children && depth + 1 == DEPTH_MAX)) {
			spoil(c);
			return;
		}
		at[depth].left--;
		at[depth].previous = name;
		if (children)
			at[++depth] = (struct level){.left = children};
	}
}

/* Regexes by their lines, then literals; those without a line of their own as they come. */
static int rule_order(const void *a, const void *b)
{
	const struct bin_spec *x = a, *y = b;

	if (!x->line != !y->line)
		return x->line ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->regex < y->regex ? -1 : x->regex > y->regex;
}

static void take_tree(struct bin *b, struct cursor *c)
{
	uint64_t n = take_number(c, 8);
	struct contexts contexts = {0};

	take_contexts(&contexts, c);
	take_nodes(b, &contexts, c);
	free(contexts.v);
	if (n != b->n)
		spoil(c);
	if (b->n)
		qsort(b->v, b->n, sizeof(*b->v), rule_order);
}

/* ---- both ----------------------------------------------------------------------------------- */

bool bin_is(const void *data, size_t len)
{
	struct cursor c = begin(data, len);
	uint32_t magic = take_u32(&c);

	return !c.error && (magic == MAGIC || magic == __builtin_bswap32(MAGIC));
}

int bin_parse(struct bin *b, const void *data, size_t len)
{
	struct cursor c = begin(data, len);

	*b = (struct bin){0};
	if (!bin_is(data, len))
		return -EBADMSG;
	c.little = take_u32(&c) != MAGIC;
	b->version = take_u32(&c);
	if (!c.error && b->version != 5 && (b->version != 6 || c.little))
		return -EPROTONOSUPPORT;
	(void)take(&c, take_u32(&c)); /* version of the regex library */
	(void)take(&c, take_u32(&c)); /* architecture of serialised regexes */
	if (b->version == 5)
		take_flat(b, &c);
	else
		take_tree(b, &c);
	return c.error;
}

void bin_done(struct bin *b)
{
	free(b->v);
	*b = (struct bin){0};
}
