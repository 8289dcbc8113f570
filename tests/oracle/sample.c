/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample.h"

#include <string.h>

enum { LONGEST = 4000, DEEPEST = 40 };

uint64_t rng_next(struct rng *rng)
{
	uint64_t x = rng->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Bytes that matchers get wrong are as frequent as ordinary ones. */
static char odd_byte(struct rng *rng)
{
	static const char odd[] = "abcxyz019._-+,/\x01\x7f\x80\xc3\xa9\xff\n\t [](){}|*?\\$^#";

	return odd[rng_below(rng, sizeof(odd) - 1)];
}

static char any_byte(struct rng *rng)
{
	return rng_below(rng, 4) ? "abcx.-/"[rng_below(rng, 7)] : odd_byte(rng);
}

/* ---- from a regex: a recursive descent that writes what it reads ---------------------------- */

struct sampler {
	struct rng *rng;
	const char *p;
	unsigned depth;
};

static void do_alternatives(struct sampler *s, struct buf *out);

static void class_add(const struct sampler *s, uint8_t set[256], unsigned char lo, unsigned char hi)
{
	for (unsigned c = lo; c <= hi; c++)
		set[c] = 1;
}

static unsigned char escaped_byte(struct sampler *s)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)*s->p++;
	unsigned value = 0;

	switch (c) {
	case 'd': return (unsigned char)('0' + rng_below(s->rng, 10));
	case 'w': return (unsigned char)"ab_9Z"[rng_below(s->rng, 5)];
	case 's':
	case 'h': return ' ';
	case 't': return '\t';
	case 'n': return '\n';
	case 'x':
		for (int i = 0; i < 2 && *s->p && strchr(hex, *s->p | 0x20); i++)
			value = value * 16 + (unsigned)(strchr(hex, *s->p++ | 0x20) - hex);
		return (unsigned char)value;
	default: return c;
	}
}

static void do_class(struct sampler *s, struct buf *out)
{
	uint8_t set[256] = {0};
	bool negated = *s->p == '^';
	const char *first = s->p += negated;

	while (*s->p && (*s->p != ']' || s->p == first)) {
		unsigned char lo, hi;

		if (s->p[0] == '[' && s->p[1] == ':' && strstr(s->p, ":]")) {
			s->p = strstr(s->p, ":]") + 2;
			class_add(s, set, '0', '9');
			continue;
		}
		lo = (unsigned char)*s->p++;
		if (lo == '\\' && *s->p)
			lo = escaped_byte(s);
		hi = lo;
		if (s->p[0] == '-' && s->p[1] && s->p[1] != ']') {
			hi = (unsigned char)s->p[1];
			s->p += 2;
		}
		class_add(s, set, lo, hi);
	}
	s->p += *s->p == ']';
	for (int tries = 0; tries < 2000; tries++) {
		unsigned char c = (unsigned char)(tries < 50 ? any_byte(s->rng)
							     : (char)rng_below(s->rng, 256));

		if (c && set[c] != negated) {
			buf_addc(out, (char)c);
			return;
		}
	}
}

static void do_group(struct sampler *s, struct buf *out)
{
	_cleanup_(buf_done) struct buf inner = {0};
	bool silent = false;

	if (*s->p == '?' || *s->p == '*') {
		silent = s->p[1] && s->p[1] != ':' && s->p[1] != '>' && s->p[1] != '|';
		s->p++;
		while (*s->p && strchr("=!<>:|imsx-", *s->p))
			s->p++;
	}
	s->depth++;
	do_alternatives(s, &inner);
	s->depth--;
	s->p += *s->p == ')';
	if (!silent)
		buf_add(out, buf_str(&inner), inner.len);
}

static void do_atom(struct sampler *s, struct buf *out)
{
	char c = *s->p++;
	unsigned char e;

	switch (c) {
	case '(': do_group(s, out); break;
	case '[': do_class(s, out); break;
	case '.': buf_addc(out, any_byte(s->rng)); break;
	case '^':
	case '$': break;
	case '\\':
		e = *s->p ? escaped_byte(s) : 0;
		if (e)
			buf_addc(out, (char)e);
		break;
	default: buf_addc(out, c);
	}
}

/** Read a quantifier, if one is there, and choose how often. */
static unsigned repetitions(struct sampler *s)
{
	unsigned min = 1, max = 1;

	if (*s->p == '*' || *s->p == '+' || *s->p == '?') {
		min = *s->p == '+';
		max = *s->p == '?' ? 1 : min + 3;
		s->p++;
	} else if (*s->p == '{' && s->p[1] >= '0' && s->p[1] <= '9') {
		char *end;

		min = (unsigned)strtoul(s->p + 1, &end, 10);
		max = min;
		if (*end == ',')
			max = end[1] == '}' ? min + 3 : (unsigned)strtoul(end + 1, &end, 10);
		s->p = end + strcspn(end, "}");
		s->p += *s->p == '}';
		max = max < min ? min : MIN(max, min + 5);
	} else {
		return 1;
	}
	if (*s->p == '?' || *s->p == '+')
		s->p++;
	return min + rng_below(s->rng, max - min + 1);
}

static void do_item(struct sampler *s, struct buf *out)
{
	_cleanup_(buf_done) struct buf once = {0};
	const char *start = s->p, *end;
	unsigned n;

	do_atom(s, &once);
	n = repetitions(s);
	end = s->p;
	if (n)
		buf_add(out, buf_str(&once), once.len);
	for (unsigned i = 1; i < n && out->len < LONGEST && s->depth < 4; i++) {
		s->p = start;
		do_atom(s, out);
	}
	s->p = end;
}

static void do_alternatives(struct sampler *s, struct buf *out)
{
	_cleanup_(buf_done) struct buf chosen = {0};
	unsigned n = 0;

	if (s->depth > DEEPEST) {
		s->p += strlen(s->p);
		return;
	}
	for (;;) {
		_cleanup_(buf_done) struct buf one = {0};

		while (*s->p && *s->p != '|' && *s->p != ')')
			do_item(s, &one);
		if (rng_below(s->rng, ++n) == 0) {
			buf_reset(&chosen);
			buf_add(&chosen, buf_str(&one), one.len);
		}
		if (*s->p != '|')
			break;
		s->p++;
	}
	buf_add(out, buf_str(&chosen), chosen.len);
}

void sample_regex(struct rng *rng, const char *regex, struct buf *out)
{
	struct sampler s = {.rng = rng, .p = regex};

	while (*s.p) {
		do_alternatives(&s, out);
		s.p += *s.p == ')';
	}
	if (out->len > LONGEST)
		buf_cut(out, LONGEST);
}

/* ---- from a path ---------------------------------------------------------------------------- */

static void tidy(struct buf *path)
{
	for (size_t i = 0; i < path->len; i++) {
		if (!path->data[i])
			path->data[i] = 'x';
	}
	if (!path->len || path->data[0] != '/') {
		_cleanup_(buf_done) struct buf old = *path;

		*path = (struct buf){0};
		buf_addc(path, '/');
		buf_add(path, buf_str(&old), old.len);
	}
	while (path->len > 1 && path->data[path->len - 1] == '\n')
		buf_cut(path, path->len - 1);
}

static void insert(struct buf *b, size_t at, char c)
{
	buf_addc(b, c);
	memmove(b->data + at + 1, b->data + at, b->len - 1 - at);
	b->data[at] = c;
}

static void cut_out(struct buf *b, size_t at)
{
	memmove(b->data + at, b->data + at + 1, b->len - at - 1);
	buf_cut(b, b->len - 1);
}

void sample_mutate(struct rng *rng, struct buf *path)
{
	for (unsigned n = 1 + rng_below(rng, 4); n-- > 0 && path->len > 1;) {
		size_t at = 1 + rng_below(rng, (unsigned)path->len - 1);
		char swap;

		switch (rng_below(rng, 4)) {
		case 0: path->data[at] = odd_byte(rng); break;
		case 1: insert(path, at, odd_byte(rng)); break;
		case 2: cut_out(path, at); break;
		default:
			swap = path->data[at];
			path->data[at] = path->data[path->len - 1];
			path->data[path->len - 1] = swap;
		}
	}
	tidy(path);
}

void sample_near(struct rng *rng, struct buf *path)
{
	char *slash = path->len ? memrchr(path->data, '/', path->len) : NULL;

	switch (rng_below(rng, 6)) {
	case 0: buf_addc(path, odd_byte(rng)); break;
	case 1: buf_adds(path, "/x"); break;
	case 2:
		if (path->len > 1)
			buf_cut(path, path->len - 1);
		break;
	case 3:
		if (slash && slash > path->data)
			buf_cut(path, (size_t)(slash - path->data));
		break;
	case 4:
		if (path->len > 1)
			path->data[path->len - 1] ^= 1;
		break;
	default: buf_adds(path, "/b/.c.so");
	}
	tidy(path);
}
