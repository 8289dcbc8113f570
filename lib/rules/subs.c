/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/subs.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t word(const char **pos, const char *end, const char **ret_word)
{
	const char *p = *pos;

	while (p < end && is_space(*p))
		p++;
	*ret_word = p;
	while (p < end && !is_space(*p))
		p++;
	*pos = p;
	return (size_t)(p - *ret_word);
}

static int new_node(struct subs *s, uint32_t parent, unsigned char byte, uint32_t *ret_node)
{
	int r = array_reserve(&s->nodes, &s->nodes_cap, s->n_nodes + 1, sizeof(*s->nodes));

	if (r < 0)
		return r;
	if (s->n_nodes >= UINT32_MAX)
		return -EOVERFLOW;
	s->nodes[s->n_nodes] = (struct subs_node){.parent = parent, .byte = byte};
	*ret_node = (uint32_t)s->n_nodes++;
	return 0;
}

static int grow_trie(struct subs *s, const struct subs_entry *e)
{
	uint32_t node = SUBS_ROOT, next;
	int r;

	while (s->n_nodes <= SUBS_ROOT) {
		r = new_node(s, 0, 0, &next);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < e->from_len; i++, node = next) {
		unsigned char byte = (unsigned char)e->from[i];

		s->high |= byte >= 0x80;
		next = subs_child(s, node, byte);
		if (next)
			continue;
		r = new_node(s, node, byte, &next);
		if (r < 0)
			return r;
		s->nodes[next].sibling = s->nodes[node].child;
		s->nodes[node].child = next;
	}
	return 0;
}

static int add_entry(struct subs *s, struct subs_entry e)
{
	int r;

	e.from = arena_strndup(&s->arena, e.from, e.from_len);
	e.to = arena_strndup(&s->arena, e.to, e.to_len);
	if (!e.from || !e.to)
		return -ENOMEM;
	r = array_reserve(&s->entries, &s->cap, s->n + 1, sizeof(*s->entries));
	if (r < 0)
		return r;
	r = grow_trie(s, &e);
	if (r < 0)
		return r;
	s->entries[s->n++] = e;
	return 0;
}

enum subs_line subs_scan(const char **pos, const char *end, struct subs_entry *ret_entry)
{
	const char *p = *pos, *newline = memchr(p, '\n', (size_t)(end - p));
	const char *stop = newline ? newline : end;
	const char *nul = memchr(p, '\0', (size_t)(stop - p));

	stop = nul ? nul : stop;
	*pos = newline ? newline + 1 : end;
	ret_entry->from_len = word(&p, stop, &ret_entry->from);
	ret_entry->to_len = word(&p, stop, &ret_entry->to);
	if (ret_entry->from_len == 0 || ret_entry->from[0] == '#')
		return SUBS_BLANK;
	return ret_entry->to_len ? SUBS_ENTRY : SUBS_INCOMPLETE;
}

int subs_parse(struct subs *s, const char *text, size_t len)
{
	const char *end = len ? text + len : text;
	struct subs_entry e = {0};

	while (text < end) {
		int r;

		e.line++;
		r = subs_scan(&text, end, &e) == SUBS_ENTRY ? add_entry(s, e) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

void subs_done(struct subs *s)
{
	arena_done(&s->arena);
	free(s->entries);
	free(s->nodes);
	*s = (struct subs){0};
}

const struct subs_entry *subs_find(const struct subs *s, const char *path, size_t len)
{
	for (size_t i = s->n; i-- > 0;) {
		const struct subs_entry *e = &s->entries[i];

		if (e->from_len <= len && memcmp(path, e->from, e->from_len) == 0 &&
		    (e->from_len == len || path[e->from_len] == '/'))
			return e;
	}
	return NULL;
}

bool subs_apply(const struct subs *s, const char *path, size_t len, struct buf *b)
{
	const struct subs_entry *e = subs_find(s, path, len);
	size_t skip;

	if (!e)
		return false;
	skip = e->from_len;
	if (skip < len && e->to_len == 1 && e->to[0] == '/')
		skip++; /* "/" and "/name" make "/name" */
	buf_add(b, e->to, e->to_len);
	buf_add(b, path + skip, len - skip);
	return true;
}

uint32_t subs_child(const struct subs *s, uint32_t node, unsigned char byte)
{
	uint32_t c = s->nodes[node].child;

	while (c && s->nodes[c].byte != byte)
		c = s->nodes[c].sibling;
	return c;
}

void subs_prefix(const struct subs *s, uint32_t node, struct buf *b)
{
	size_t start = b->len, depth = 0, at;

	for (uint32_t n = node; n != SUBS_ROOT; n = s->nodes[n].parent)
		depth++;
	for (size_t i = 0; i < depth; i++)
		buf_addc(b, '/');
	if (buf_error(b))
		return;
	at = start + depth;
	for (uint32_t n = node; n != SUBS_ROOT; n = s->nodes[n].parent)
		b->data[--at] = (char)s->nodes[n].byte;
}
