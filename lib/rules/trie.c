/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/trie.h"

#include <string.h>

static int node_new(struct trie *t, unsigned char byte, uint32_t *ret_node)
{
	int r = array_reserve(&t->nodes, &t->cap, t->n + 1, sizeof(*t->nodes));

	if (r < 0)
		return r;
	t->nodes[t->n] = (struct trie_node){.byte = byte};
	*ret_node = (uint32_t)t->n++;
	return 0;
}

int trie_init(struct trie *t, struct source *source)
{
	uint32_t node = 0;
	int r;

	*t = (struct trie){.source = source};
	r = positions_init(&t->positions);
	while (r >= 0 && t->n <= TRIE_ROOT)
		r = node_new(t, 0, &node);
	if (r < 0) {
		trie_done(t);
		return r;
	}
	for (size_t i = 0; i < source->n; i++)
		source->specs[i].link = (uint32_t)i;
	t->nodes[TRIE_ROOT].pending = (uint32_t)source->n;
	return 0;
}

void trie_done(struct trie *t)
{
	for (size_t i = 0; i < t->n_sides; i++)
		side_free(t->sides[i]);
	free(t->sides);
	free(t->nodes);
	if (!t->packed)
		free(t->attached);
	positions_done(&t->positions);
	regex_done(&t->regex);
	*t = (struct trie){0};
}

uint32_t trie_child(const struct trie *t, uint32_t node, unsigned char byte)
{
	uint32_t c = trie_eldest(t, node);

	while (c && trie_byte(t, c) != byte)
		c = trie_sibling(t, c);
	return c;
}

/* ---- attaching ------------------------------------------------------------------------------ */

static int attach(struct trie *t, uint32_t node, const struct trie_attached *what)
{
	int r = array_reserve(&t->attached, &t->attached_cap, t->n_attached + 2,
			      sizeof(*t->attached));

	if (r < 0)
		return r;
	if (t->n_attached == 0)
		t->n_attached = 1; /* index 0 is none */
	t->attached[t->n_attached] = *what;
	t->attached[t->n_attached].next = t->nodes[node].attached;
	t->nodes[node].attached = (uint32_t)t->n_attached++;
	return 0;
}

/** Our parser refused: the spec goes to PCRE2, or is found invalid and dropped. */
static int attach_side(struct trie *t, uint32_t node, uint32_t index)
{
	_cleanup_(buf_done) struct buf error = {0};
	struct source_spec *spec = &t->source->specs[index];
	struct trie_attached what = {.spec = index & 0x3fffff, .asks = true};
	struct positions_start start;
	int r;

	r = array_reserve(&t->sides, &t->sides_cap, t->n_sides + 1, sizeof(*t->sides));
	if (r < 0)
		return r;
	r = side_compile(&t->sides[t->n_sides], source_regex(t->source, spec), spec->regex_len,
			 &error);
	if (r == -EINVAL) {
		source_bad_regex(t->source, spec, buf_str(&error));
		return 0;
	}
	if (r < 0)
		return r;
	r = positions_add_ask(&t->positions, index, spec->kind, &start);
	if (r >= 0) {
		what.first = start.first;
		what.n_first = start.n_first;
		r = attach(t, node, &what);
	}
	if (r < 0) {
		side_free(t->sides[t->n_sides]);
		return r;
	}
	spec->link = (uint32_t)t->n_sides++;
	return 0;
}

static int attach_regex(struct trie *t, uint32_t node, uint32_t index)
{
	const struct source_spec *spec = &t->source->specs[index];
	struct trie_attached what = {.spec = index & 0x3fffff};
	struct positions_start start;
	int r;

	r = regex_parse(&t->regex, source_regex(t->source, spec) + spec->cursor,
			spec->regex_len - spec->cursor, spec->cursor == 0);
	if (r >= 0)
		r = positions_add(&t->positions, &t->regex, index, spec->kind, &start);
	if (r == -EOPNOTSUPP || r == -E2BIG)
		r = attach_side(t, node, index);
	else if (r >= 0) {
		what.first = start.first;
		what.n_first = start.n_first;
		what.accepts = start.nullable;
		r = attach(t, node, &what);
	}
	t->parsed += r >= 0;
	return r;
}

static int attach_end(struct trie *t, uint32_t node, uint32_t index)
{
	struct trie_attached what = {.spec = index & 0x3fffff, .accepts = true};

	what.literal = source_is_literal(t->source, &t->source->specs[index]);
	return attach(t, node, &what);
}

/* ---- moving on ------------------------------------------------------------------------------ */

/** Bytes of text that stand for one plain byte at the cursor, or 0. */
static unsigned plain_atom(const struct source *s, const struct source_spec *spec,
			   unsigned char *ret_byte)
{
	const char *p = source_regex(s, spec) + spec->cursor;
	size_t left = (size_t)spec->regex_len - spec->cursor;
	unsigned width = 1;

	if (spec->split)
		return 0;
	*ret_byte = (unsigned char)p[0];
	if (p[0] == '\\') {
		char c = left > 1 ? p[1] : 'a';

		/* no text has bytes >= 0x80, but a damaged compiled form may */
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    c & 0x80)
			return 0;
		*ret_byte = (unsigned char)c;
		width = 2;
	} else if (!regex_is_plain(p[0])) {
		return 0;
	}
	if (left > width &&
	    (p[width] == '*' || p[width] == '+' || p[width] == '?' || p[width] == '{'))
		return 0;
	return width;
}

/** Children of one node by byte while it is being expanded. */
struct fan {
	uint32_t child[128];
};

static int place(struct trie *t, uint32_t node, uint32_t index, struct fan *fan)
{
	struct source_spec *spec = &t->source->specs[index];
	unsigned char byte;
	unsigned width;
	uint32_t child;
	int r;

	if (spec->cursor == spec->regex_len)
		return attach_end(t, node, index);
	width = plain_atom(t->source, spec, &byte);
	if (width == 0)
		return attach_regex(t, node, index);
	child = fan->child[byte];
	if (!child) {
		r = node_new(t, byte, &child);
		if (r < 0)
			return r;
		t->nodes[child].sibling = t->nodes[node].child;
		t->nodes[node].child = child;
		fan->child[byte] = child;
	}
	spec->cursor = (uint16_t)(spec->cursor + width);
	spec->link = t->nodes[child].pending;
	t->nodes[child].pending = index + 1;
	return 0;
}

int trie_expand(struct trie *t, uint32_t node)
{
	struct fan fan = {{0}};

	if (t->packed || !t->nodes[node].pending)
		return 0;
	for (uint32_t c = t->nodes[node].child; c; c = t->nodes[c].sibling)
		fan.child[t->nodes[c].byte] = c;
	while (t->nodes[node].pending) {
		uint32_t index = t->nodes[node].pending - 1;
		uint32_t next = t->source->specs[index].link;
		int r = place(t, node, index, &fan);

		if (r < 0)
			return r;
		t->nodes[node].pending = next;
	}
	return 0;
}

int trie_expand_all(struct trie *t)
{
	int r = 0;

	/* children are behind their parents, so the end moves on as we go */
	for (uint32_t node = TRIE_ROOT; r >= 0 && node < t->n; node++)
		r = trie_expand(t, node);
	return r;
}

const struct side *trie_side(struct trie *t, uint32_t spec)
{
	static const char never[] = "(?!)";
	_cleanup_(buf_done) struct buf error = {0};
	const struct source_spec *s = &t->source->specs[spec];
	struct side **side;
	int r = 0;

	if (s->link >= t->n_sides)
		return NULL;
	side = &t->sides[s->link];
	if (!*side) /* from a compiled form of the rules */
		r = side_compile(side, source_regex(t->source, s), s->regex_len, &error);
	if (r == -EINVAL) {
		source_bad_regex(t->source, s, buf_str(&error));
		r = side_compile(side, never, sizeof(never) - 1, NULL);
	}
	return r < 0 ? NULL : *side;
}
