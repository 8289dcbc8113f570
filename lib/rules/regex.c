/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/regex.h"

#include <string.h>

struct parser {
	struct regex *re;
	const char *text;
	size_t len; /* the added "$" is at this place */
	size_t pos;
	unsigned depth;
	bool whole;
	bool open_end; /* the added "$" was eaten by a final backslash */
};

/* ---- byte sets ------------------------------------------------------------------------------ */

static void set_add(struct regex_set *s, unsigned from, unsigned to)
{
	for (unsigned b = from; b <= to; b++)
		s->w[b >> 6] |= (uint64_t)1 << (b & 63);
}

static void set_merge(struct regex_set *s, const struct regex_set *other, bool negated)
{
	for (unsigned i = 0; i < 4; i++)
		s->w[i] |= negated ? ~other->w[i] : other->w[i];
}

/** The named classes of C's locale, by POSIX name or escape letter; pairs of first and last. */
static bool set_named(const char *name, size_t len, struct regex_set *ret_set)
{
	static const struct {
		const char *name, *ranges;
	} known[] = {
		{"alnum", "09AZaz"},
		{"alpha", "AZaz"},
		{"ascii", "\x01\x7f"},
		{"blank", "\t\t  "},
		{"cntrl", "\x01\x1f\x7f\x7f"},
		{"digit", "09"},
		{"graph", "!~"},
		{"lower", "az"},
		{"print", " ~"},
		{"punct", "!/:@[`{~"},
		{"space", "\t\r  "},
		{"upper", "AZ"},
		{"word", "09AZaz__"},
		{"xdigit", "09AFaf"},
		{"d", "09"},
		{"s", "\t\r  "},
		{"w", "09AZaz__"},
		{"h", "\t\t  \xa0\xa0"},
		{"v", "\n\r\x85\x85"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const unsigned char *p = (const unsigned char *)known[i].ranges;

		if (strlen(known[i].name) != len || memcmp(known[i].name, name, len) != 0)
			continue;
		*ret_set = (struct regex_set){{0}};
		for (; *p; p += 2)
			set_add(ret_set, p[0], p[1]);
		return true;
	}
	return false;
}

/* ---- tree ----------------------------------------------------------------------------------- */

static int node_new(struct parser *ps, enum regex_op op, uint32_t *ret_node)
{
	struct regex *re = ps->re;
	int r = array_reserve(&re->nodes, &re->cap, re->n + 1, sizeof(*re->nodes));

	if (r < 0)
		return r;
	re->nodes[re->n] = (struct regex_node){.op = op};
	*ret_node = (uint32_t)re->n++;
	return 0;
}

static int node_set(struct parser *ps, const struct regex_set *set, uint32_t *ret_node)
{
	struct regex *re = ps->re;
	int r = array_reserve(&re->sets, &re->sets_cap, re->n_sets + 1, sizeof(*re->sets));

	if (r >= 0)
		r = node_new(ps, REGEX_SET, ret_node);
	if (r < 0)
		return r;
	re->nodes[*ret_node].set = (uint32_t)re->n_sets;
	re->sets[re->n_sets++] = *set;
	return 0;
}

static int node_byte(struct parser *ps, unsigned char byte, uint32_t *ret_node)
{
	struct regex_set set = {{0}};

	set_add(&set, byte, byte);
	return node_set(ps, &set, ret_node);
}

static void node_append(struct parser *ps, uint32_t parent, uint32_t child)
{
	struct regex_node *nodes = ps->re->nodes;

	if (nodes[parent].last)
		nodes[nodes[parent].last].next = child;
	else
		nodes[parent].first = child;
	nodes[parent].last = child;
}

static int node_repeat(struct parser *ps, uint32_t child, uint32_t min, uint32_t max,
		       uint32_t *ret_node)
{
	int r = node_new(ps, REGEX_REPEAT, ret_node);

	if (r < 0)
		return r;
	ps->re->nodes[*ret_node].min = min;
	ps->re->nodes[*ret_node].max = max;
	node_append(ps, *ret_node, child);
	return 0;
}

/* ---- escapes and classes -------------------------------------------------------------------- */

static bool more(const struct parser *ps)
{
	return ps->pos < ps->len;
}

static char peek(const struct parser *ps, size_t ahead)
{
	return ps->pos + ahead < ps->len ? ps->text[ps->pos + ahead] : '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * The escape after a backslash at the current place.  Return 1 for a class (in @set), 0 for one
 * byte, -EOPNOTSUPP.
 */
static int parse_escape(struct parser *ps, struct regex_set *ret_set, unsigned char *ret_byte)
{
	static const char control[] = "a\ae\x1b"
				      "f\fn\nr\rt\t";
	char c = peek(ps, 0), lower = (char)(c | 0x20);
	const char *at;

	if (!more(ps) || c == '\0' || (c & 0x80))
		return -EOPNOTSUPP;
	if (!is_alnum(c)) {
		*ret_byte = (unsigned char)c;
		ps->pos++;
		return 0;
	}
	if (c == 'x') {
		int high = hex_value(peek(ps, 1)), low = hex_value(peek(ps, 2));

		if (high < 0 || low < 0)
			return -EOPNOTSUPP;
		*ret_byte = (unsigned char)(high << 4 | low);
		ps->pos += 3;
		return 0;
	}
	ps->pos++;
	for (at = control; *at; at += 2)
		if (*at == c) {
			*ret_byte = (unsigned char)at[1];
			return 0;
		}
	if (strchr("dwshv", lower)) {
		struct regex_set set;

		(void)set_named(&lower, 1, &set); /* all five are there */
		*ret_set = (struct regex_set){{0}};
		set_merge(ret_set, &set, c != lower);
		return 1;
	}
	return -EOPNOTSUPP;
}

/** [:name:] at the current place, which is at its "[".  Return 1 or -EOPNOTSUPP. */
static int parse_posix(struct parser *ps, struct regex_set *ret_set)
{
	struct regex_set set;
	const char *name = ps->text + ps->pos + 2, *end = ps->text + ps->len, *stop;
	bool negated = peek(ps, 1) == ':' && peek(ps, 2) == '^';

	name += negated;
	if (peek(ps, 1) != ':' || name >= end)
		return -EOPNOTSUPP;
	stop = memchr(name, ':', (size_t)(end - name));
	if (!stop || stop + 1 >= end || stop[1] != ']' || stop - name < 4 ||
	    !set_named(name, (size_t)(stop - name), &set))
		return -EOPNOTSUPP;
	*ret_set = (struct regex_set){{0}};
	set_merge(ret_set, &set, negated);
	ps->pos = (size_t)(stop + 2 - ps->text);
	return 1;
}

/** One member of a class: 1 a class of its own, 0 a byte, -EOPNOTSUPP. */
static int parse_member(struct parser *ps, struct regex_set *ret_set, unsigned char *ret_byte)
{
	char c = peek(ps, 0);

	if (!more(ps) || c == '\0' || (c & 0x80))
		return -EOPNOTSUPP;
	if (c == '[' && strchr(":.=", peek(ps, 1)) && peek(ps, 1))
		return parse_posix(ps, ret_set);
	ps->pos++;
	*ret_byte = (unsigned char)c;
	if (c != '\\')
		return 0;
	if (peek(ps, 0) == 'b') {
		ps->pos++;
		*ret_byte = '\b';
		return 0;
	}
	return parse_escape(ps, ret_set, ret_byte);
}

/** "[." and, anywhere behind it, ".]" may be a collating element to PCRE2, outside a class too. */
static bool looks_posix(const struct parser *ps)
{
	const char close[] = {peek(ps, 1), ']'};

	return close[0] && strchr(":.=", close[0]) &&
	       memmem(ps->text + ps->pos + 2, ps->len - ps->pos - 2, close, sizeof(close));
}

static int parse_class(struct parser *ps, uint32_t *ret_node)
{
	struct regex_set set = {{0}}, sub, out = {{0}};
	unsigned char from = 0, to = 0;
	bool negated, first = true;
	int r;

	if (looks_posix(ps))
		return -EOPNOTSUPP;
	ps->pos++;
	negated = peek(ps, 0) == '^';
	ps->pos += negated;
	for (; first || peek(ps, 0) != ']'; first = false) {
		bool range;

		r = parse_member(ps, &sub, &from);
		if (r < 0)
			return r;
		range = peek(ps, 0) == '-' && peek(ps, 1) != ']';
		if (r == 1) {
			if (range)
				return -EOPNOTSUPP;
			set_merge(&set, &sub, false);
			continue;
		}
		to = from;
		if (range) {
			ps->pos++;
			r = parse_member(ps, &sub, &to);
			if (r != 0 || to < from)
				return -EOPNOTSUPP;
		}
		set_add(&set, from, to);
	}
	ps->pos++;
	set_merge(&out, &set, negated);
	return node_set(ps, &out, ret_node);
}

/* ---- atoms, quantifiers, alternation -------------------------------------------------------- */

/** A number at @p.  Return its digits, 0 when there is none. */
static size_t number(const char *p, uint32_t *ret_value)
{
	size_t n = 0;
	uint32_t v = 0;

	for (; is_digit(p[n]); n++)
		v = MIN(v * 10 + (uint32_t)(p[n] - '0'), REGEX_REPEAT_MAX + 1);
	*ret_value = v;
	return n;
}

/**
 * Is there a {n,m} at the current place?  Return its length, 0 when the brace stands for itself,
 * -EOPNOTSUPP when releases of PCRE2 differ.
 */
static int braces(const struct parser *ps, uint32_t *ret_min, uint32_t *ret_max)
{
	char copy[32] = {0};
	size_t room = MIN(ps->len - ps->pos, sizeof(copy) - 1), n = 1, digits;
	uint32_t min, max;

	memcpy(copy, ps->text + ps->pos, room);
	if (copy[1] == ',' || is_blank(copy[1]))
		return -EOPNOTSUPP;
	digits = number(copy + n, &min);
	if (digits == 0)
		return 0;
	n += digits;
	max = min;
	if (copy[n] == ',') {
		n++;
		digits = number(copy + n, &max);
		n += digits;
		if (digits == 0)
			max = REGEX_INFINITE;
	}
	if (copy[n] != '}') /* blanks are new in 10.43; many digits do not fit the copy */
		return is_blank(copy[n]) || n + 1 >= sizeof(copy) ? -EOPNOTSUPP : 0;
	if (min > REGEX_REPEAT_MAX || max < min ||
	    (max > REGEX_REPEAT_MAX && max != REGEX_INFINITE))
		return -EOPNOTSUPP;
	*ret_min = min;
	*ret_max = max;
	return (int)n + 1;
}

/** The quantifier at the current place: its length or 0. */
static int quantifier(const struct parser *ps, uint32_t *ret_min, uint32_t *ret_max)
{
	switch (peek(ps, 0)) {
	case '*':
		*ret_min = 0;
		*ret_max = REGEX_INFINITE;
		return 1;
	case '+':
		*ret_min = 1;
		*ret_max = REGEX_INFINITE;
		return 1;
	case '?':
		*ret_min = 0;
		*ret_max = 1;
		return 1;
	case '{': return braces(ps, ret_min, ret_max);
	default: return 0;
	}
}

static int parse_alternatives(struct parser *ps, uint32_t *ret_node);

static int parse_group(struct parser *ps, uint32_t *ret_node)
{
	int r;

	ps->pos++;
	if (peek(ps, 0) == '*')
		return -EOPNOTSUPP;
	if (peek(ps, 0) == '?') {
		if (peek(ps, 1) != ':')
			return -EOPNOTSUPP;
		ps->pos += 2;
	}
	if (++ps->depth > REGEX_DEPTH_MAX)
		return -EOPNOTSUPP;
	r = parse_alternatives(ps, ret_node);
	if (r < 0)
		return r;
	ps->depth--;
	if (peek(ps, 0) != ')')
		return -EOPNOTSUPP;
	ps->pos++;
	return 0;
}

static int parse_atom(struct parser *ps, uint32_t *ret_node)
{
	struct regex_set set;
	unsigned char byte;
	uint32_t min, max;
	char c = peek(ps, 0);
	int r;

	switch (c) {
	case '(': return parse_group(ps, ret_node);
	case '[': return parse_class(ps, ret_node);
	case '.':
		set = (struct regex_set){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
		ps->pos++;
		return node_set(ps, &set, ret_node);
	case '\\':
		ps->pos++;
		if (!more(ps)) { /* it escapes the "$" that is added */
			ps->open_end = true;
			return ps->depth ? -EOPNOTSUPP : node_byte(ps, '$', ret_node);
		}
		r = parse_escape(ps, &set, &byte);
		if (r < 0)
			return r;
		return r == 1 ? node_set(ps, &set, ret_node) : node_byte(ps, byte, ret_node);
	case '{':
		if (quantifier(ps, &min, &max) != 0)
			return -EOPNOTSUPP;
		break;
	default:
		if (!regex_is_plain(c))
			return -EOPNOTSUPP;
	}
	ps->pos++;
	return node_byte(ps, (unsigned char)c, ret_node);
}

/** Atom and quantifier. */
static int parse_piece(struct parser *ps, uint32_t *ret_node)
{
	uint32_t atom, min, max, ignored;
	int n, r;

	r = parse_atom(ps, &atom);
	if (r < 0)
		return r;
	n = ps->open_end ? 0 : quantifier(ps, &min, &max);
	if (n < 0)
		return n;
	if (n == 0) {
		*ret_node = atom;
		return 0;
	}
	ps->pos += (size_t)n;
	if (peek(ps, 0) == '?') /* lazy: another order of trying, the same language */
		ps->pos++;
	else if (peek(ps, 0) == '+') /* possessive */
		return -EOPNOTSUPP;
	if (quantifier(ps, &ignored, &ignored) != 0)
		return -EOPNOTSUPP;
	return node_repeat(ps, atom, min, max, ret_node);
}

/** Is there nothing but "$" left? */
static bool only_ends(const struct parser *ps)
{
	size_t i = ps->pos;

	while (i < ps->len && ps->text[i] == '$')
		i++;
	return i == ps->len;
}

/** Pieces up to the next "|", ")" or the end.  An anchor that says nothing is passed over. */
static int parse_sequence(struct parser *ps, uint32_t *ret_node)
{
	uint32_t cat, piece;
	int r = node_new(ps, REGEX_CAT, &cat);

	if (r < 0)
		return r;
	while (ps->whole && ps->pos == 0 && peek(ps, 0) == '^') {
		ps->text++;
		ps->len--;
	}
	while (more(ps) && peek(ps, 0) != '|' && peek(ps, 0) != ')') {
		if (ps->depth == 0 && only_ends(ps)) {
			ps->pos = ps->len;
			break;
		}
		r = parse_piece(ps, &piece);
		if (r < 0)
			return r;
		node_append(ps, cat, piece);
	}
	*ret_node = cat;
	return 0;
}

static int parse_alternatives(struct parser *ps, uint32_t *ret_node)
{
	uint32_t alt, branch;
	int r = node_new(ps, REGEX_ALT, &alt);

	if (r < 0)
		return r;
	for (;;) {
		r = parse_sequence(ps, &branch);
		if (r < 0)
			return r;
		node_append(ps, alt, branch);
		if (peek(ps, 0) != '|')
			break;
		ps->pos++;
	}
	*ret_node = alt;
	return 0;
}

/* ---- anchoring ------------------------------------------------------------------------------ */

/** Put `.*` behind (or before) the sequence @cat. */
static int open_up(struct parser *ps, uint32_t cat, bool in_front)
{
	static const struct regex_set any = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	uint32_t byte, star;
	int r = node_set(ps, &any, &byte);

	if (r >= 0)
		r = node_repeat(ps, byte, 0, REGEX_INFINITE, &star);
	if (r < 0)
		return r;
	if (in_front && ps->re->nodes[cat].first) {
		ps->re->nodes[star].next = ps->re->nodes[cat].first;
		ps->re->nodes[cat].first = star;
	} else {
		node_append(ps, cat, star);
	}
	return 0;
}

/*
 * Upstream anchors the text, not the expression: `^a|b|c$` is "starts with a", "holds b" or "ends
 * with c".  So all branches but the first may begin anywhere, and all but the last end anywhere.
 */
static int anchor(struct parser *ps, uint32_t alt)
{
	uint32_t next;

	for (uint32_t cat = ps->re->nodes[alt].first; cat; cat = next) {
		int r = 0;

		next = ps->re->nodes[cat].next;
		if (cat != ps->re->nodes[alt].first)
			r = open_up(ps, cat, true);
		if (r >= 0 && (next || ps->open_end))
			r = open_up(ps, cat, false);
		if (r < 0)
			return r;
	}
	return 0;
}

int regex_parse(struct regex *re, const char *text, size_t len, bool whole)
{
	struct parser ps = {.re = re, .text = text, .len = len, .whole = whole};
	uint32_t none;
	int r;

	re->n = 0;
	re->n_sets = 0;
	r = node_new(&ps, REGEX_EMPTY, &none); /* so that index 0 is no node */
	if (r >= 0)
		r = parse_alternatives(&ps, &re->root);
	if (r < 0)
		return r;
	if (more(&ps)) /* a ")" too many */
		return -EOPNOTSUPP;
	if (!whole && re->nodes[re->root].first != re->nodes[re->root].last)
		return -EOPNOTSUPP;
	return anchor(&ps, re->root);
}

void regex_done(struct regex *re)
{
	free(re->nodes);
	free(re->sets);
	*re = (struct regex){0};
}
