/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/spec.h"

#include <stdio.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* White space of the C locale but for the newline, which ends a line. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static bool ends_field(char c)
{
	return is_blank(c) || c == '\n' || c == '\0';
}

/** What was met in a field. */
struct seen {
	bool high_byte, bar, high_escape;
};

static void see_escape(struct seen *s, const char *p, const char *end)
{
	if (p + 1 < end &&
	    (p[1] == 'x' || p[1] == 'h' || p[1] == 'H' || p[1] == 'v' || p[1] == 'V'))
		s->high_escape = true;
}

static void see_byte(struct seen *s, const char *p, const char *end)
{
	if (*p & 0x80)
		s->high_byte = true;
	else if (*p == '|')
		s->bar = true;
	else if (*p == '\\')
		see_escape(s, p, end);
}

/** First byte at or after @p that ends a field, or @end. */
static const char *field_end(const char *p, const char *end, struct seen *s)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		__m128i control = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(8)),
						_mm_cmplt_epi8(v, _mm_set1_epi8(14)));
		__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
					    _mm_cmpeq_epi8(v, _mm_setzero_si128()));
		unsigned ends = (unsigned)_mm_movemask_epi8(_mm_or_si128(control, stop));
		unsigned mask = ends ? (ends & -ends) - 1 : 0xffff;
		unsigned slashes;

		s->high_byte |= (_mm_movemask_epi8(v) & mask) != 0;
		s->bar |= (_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('|'))) & mask) != 0;
		slashes =
			(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))) & mask;
		for (; slashes; slashes &= slashes - 1)
			see_escape(s, p + __builtin_ctz(slashes), end);
		if (ends)
			return p + __builtin_ctz(ends);
	}
#endif
	for (; p < end && !ends_field(*p); p++)
		see_byte(s, p, end);
	return p;
}

enum lbl_kind spec_kind(const char *field, size_t len)
{
	static const char letters[] = "\0dcbspl-";

	if (len == 2 && field[0] == '-')
		for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
			if (letters[k] == field[1])
				return k;
	return LBL_ANY;
}

static enum spec_result assemble(struct spec *s, const char *const field[3], const size_t len[3],
				 unsigned n)
{
	unsigned last = n - 1;

	if (n < 2)
		return SPEC_MISSING;
	s->regex = field[0];
	s->regex_len = len[0];
	s->context = field[last];
	s->context_len = len[last];
	s->kind = LBL_ANY;
	if (n == 3) {
		s->kind = spec_kind(field[1], len[1]);
		if (s->kind == LBL_ANY) {
			s->bad = field[1];
			s->bad_len = len[1];
			return SPEC_BAD_KIND;
		}
	}
	return s->regex_len > SPEC_REGEX_MAX ? SPEC_REGEX_TOO_LONG : SPEC_OK;
}

static enum spec_result scan_line(const char **pos, const char *end, struct spec *s)
{
	const char *field[3], *p = *pos;
	size_t len[3];
	unsigned n = 0;

	for (; n < 3; n++) {
		struct seen seen = {0};

		while (p < end && is_blank(*p))
			p++;
		*pos = p;
		if (p == end || *p == '\n')
			break;
		if (n == 0 && *p == '#')
			return SPEC_BLANK;
		field[n] = p;
		p = field_end(p, end, &seen);
		*pos = p;
		len[n] = (size_t)(p - field[n]);
		if (seen.high_byte)
			return SPEC_NON_ASCII;
		if (p < end && *p == '\0')
			return SPEC_NUL;
		if (len[n] > SPEC_FIELD_MAX)
			return SPEC_TOO_LONG;
		if (n == 0) {
			s->bar = seen.bar;
			s->high = seen.high_escape;
		}
	}
	return n == 0 ? SPEC_BLANK : assemble(s, field, len, n);
}

enum spec_result spec_scan(const char **pos, const char *end, struct spec *ret_spec)
{
	enum spec_result r = scan_line(pos, end, ret_spec);
	const char *newline = *pos;

	if (newline < end && *newline != '\n')
		newline = memchr(newline, '\n', (size_t)(end - newline));
	*pos = newline && newline < end ? newline + 1 : end;
	return r;
}

void spec_describe(enum spec_result what, const struct spec *spec, char *out, size_t size)
{
	const char *why = NULL;

	switch (what) {
	case SPEC_OK:
	case SPEC_BLANK: why = "nothing"; break;
	case SPEC_MISSING: snprintf(out, size, "is missing fields"); return;
	case SPEC_BAD_KIND:
		snprintf(out, size, "has invalid file type %.*s",
			 (int)MIN(spec->bad_len, (size_t)255), spec->bad);
		return;
	case SPEC_REGEX_TOO_LONG:
		snprintf(out, size, "has invalid regex %.*s...:  regex of length %zu too long", 64,
			 spec->regex, spec->regex_len);
		return;
	case SPEC_NON_ASCII: why = "Non-ASCII characters found"; break;
	case SPEC_TOO_LONG: why = "Spec entry too long"; break;
	case SPEC_NUL: why = "NUL byte found"; break;
	}
	snprintf(out, size, "error due to: %s", why);
}

void spec_explain(enum spec_result what, const struct spec *spec, char *out, size_t size)
{
	static const char error[] = "error due to: ";
	char why[SPEC_DESCRIBE_MAX];

	spec_describe(what, spec, why, sizeof(why));
	if (strncmp(why, error, sizeof(error) - 1) == 0)
		snprintf(out, size, "%s", why + sizeof(error) - 1);
	else
		snprintf(out, size, "the line %s", why);
}

void spec_complain(const struct diag *d, const char *file, unsigned line, enum spec_result what,
		   const struct spec *spec)
{
	char why[SPEC_DESCRIBE_MAX];

	if (what == SPEC_OK || what == SPEC_BLANK)
		return;
	spec_describe(what, spec, why, sizeof(why));
	diag_say(d, LBL_ERROR, file, line, "%s:  line %u %s", file, line, why);
}

bool spec_count_error(const struct diag *d, const char *file, unsigned line, unsigned *errors)
{
	if ((*errors)++ < SPEC_ERRORS_MAX)
		return true;
	diag_say(d, LBL_ERROR, file, line,
		 "%s:  line %u error due to: too many errors, the rest is not read", file, line);
	return false;
}

int spec_too_many(const struct diag *d, const char *file, unsigned line, unsigned max)
{
	diag_say(d, LBL_ERROR, file, line, "%s:  line %u error due to: more than %u specs", file,
		 line, max);
	return -E2BIG;
}

void spec_bad_regex(const struct diag *d, const char *file, unsigned line, const char *regex,
		    size_t len, const char *why)
{
	diag_say(d, LBL_ERROR, file, line, "%s:  line %u has invalid regex %.*s:  %s", file, line,
		 (int)len, regex, why);
}

void spec_bad_context(const struct diag *d, const char *file, unsigned line, const char *context)
{
	diag_say(d, LBL_WARNING, file, line, "%s: line %u has invalid context %s", file, line,
		 context);
}

/** How much of @regex is plain: in bytes, and in the characters they stand for. */
static size_t plain_part(const char *regex, size_t len, size_t *ret_chars)
{
	size_t i = 0, chars = 0;

	for (; i < len; i++, chars++) {
		if (regex[i] == '\\') {
			if (i + 1 == len || !strchr(".^$?*+|[({])}-_,", regex[i + 1]))
				break;
			i++;
		} else if (strchr(".^$?*+|[({])}", regex[i])) {
			break;
		}
	}
	*ret_chars = chars;
	return i;
}

bool spec_is_literal(const char *regex, size_t len)
{
	size_t chars;

	return plain_part(regex, len, &chars) == len;
}

size_t spec_prefix(const char *regex, size_t len)
{
	size_t chars;

	(void)plain_part(regex, len, &chars); /* in characters is how upstream counts */
	return chars;
}

size_t spec_unescape(const char *regex, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (regex[i] == '\\' && i + 1 < len)
			i++;
		out[n++] = regex[i];
	}
	return n;
}

/** Inside a bracket class from @i: where it ends, or @len when that is not plain to see. */
static size_t skip_class(const char *s, size_t len, size_t i)
{
	i++;
	if (i < len && s[i] == '^')
		i++;
	if (i < len && s[i] == ']')
		i++;
	for (; i < len && s[i] != ']'; i++) {
		if (s[i] == '[')
			return len;
		if (s[i] == '\\' && ++i < len && s[i] == 'c')
			return len;
	}
	return i;
}

bool spec_is_split(const char *regex, size_t len)
{
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		switch (regex[i]) {
		case '|':
			if (depth == 0)
				return true;
			break;
		case '(':
			if (i + 1 < len && (regex[i + 1] == '*' || regex[i + 1] == '?') &&
			    !(i + 2 < len && regex[i + 1] == '?' && regex[i + 2] == ':'))
				return true;
			depth++;
			break;
		case ')':
			if (depth-- == 0)
				return true;
			break;
		case '[':
			i = skip_class(regex, len, i);
			if (i >= len)
				return true;
			break;
		case '\\':
			i++;
			if (i < len && strchr("cQEgkopPNuUlL", regex[i]))
				return true;
			break;
		default: break;
		}
	}
	return false;
}

const char *spec_kind_name(enum lbl_kind kind)
{
	static const char *const names[] = {
		[LBL_ANY] = "wildcard",		[LBL_DIR] = "directory",
		[LBL_CHR] = "character-device", [LBL_BLK] = "block-device",
		[LBL_SOCK] = "sock-file",	[LBL_FIFO] = "fifo-file",
		[LBL_LNK] = "symlink",		[LBL_REG] = "regular-file",
	};

	return names[kind];
}
