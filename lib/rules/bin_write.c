/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other half of bin.h: writing. */
#include "rules/bin.h"

#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "lbl-rules.h"
#include "rules/kind.h"
#include "rules/spec.h"
#include "rules/stem.h"

#define MAGIC	0xf97cff8au
#define NO_STEM UINT32_MAX

/* ---- bytes ---------------------------------------------------------------------------------- */

static void put_number(struct buf *out, uint64_t v, unsigned size, bool little)
{
	unsigned char bytes[8];

	for (unsigned i = 0; i < size; i++)
		bytes[little ? i : size - 1 - i] = (unsigned char)(v >> 8 * i);
	buf_add(out, bytes, size);
}

/** Version 5 is in the byte order of the machine. */
static void put_host(struct buf *out, uint32_t v)
{
	put_number(out, v, 4, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
}

static void put(struct buf *out, uint64_t v, unsigned size)
{
	put_number(out, v, size, false);
}

/** Whose serialised regexes a file may hold. */
struct library {
	char version[128], machine[32];
};

static void get_library(struct library *l)
{
	*l = (struct library){0};
	(void)pcre2_config(PCRE2_CONFIG_VERSION, l->version);
	snprintf(l->machine, sizeof(l->machine), "%zu-%zu-%s", sizeof(void *), sizeof(PCRE2_SIZE),
		 __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "el" : "eb");
}

int lbl_bin_library(char **ret_text)
{
	struct library library;
	char *text;

	get_library(&library);
	if (asprintf(&text, "%s (%s)", library.version, library.machine) < 0)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/** libselinux up to 3.7 takes no file of another version of the library, regexes in it or not. */
static void put_header(struct buf *out, uint32_t version, void (*put_u32)(struct buf *, uint32_t))
{
	struct library library;

	get_library(&library);
	put_u32(out, MAGIC);
	put_u32(out, version);
	put_u32(out, (uint32_t)strlen(library.version));
	buf_adds(out, library.version);
	put_u32(out, (uint32_t)strlen(library.machine));
	buf_adds(out, library.machine);
}

/* ---- numbers for strings -------------------------------------------------------------------- */

/** A string that is written once and then called by its number. */
struct word {
	const char *s;
	size_t len;
	const struct word *same; /* the first with this text */
	uint32_t id;		 /* from 0, in order of first appearance */
};

static int word_order(const void *a, const void *b)
{
	const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
	int r = memcmp(x->s, y->s, MIN(x->len, y->len));

	if (r == 0 && x->len != y->len)
		r = x->len < y->len ? -1 : 1;
	return r ? r : x < y ? -1 : x > y;
}

/** Number @n words; those of no length do not count.  0 or -ENOMEM. */
static int number_words(struct word *v, size_t n, uint32_t *ret_count)
{
	_cleanup_free_ struct word **sorted = calloc(n + 1, sizeof(*sorted));
	uint32_t count = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &v[i];
	qsort(sorted, n, sizeof(*sorted), word_order);
	for (size_t i = 0; i < n; i++) {
		const struct word *first = i ? sorted[i - 1]->same : NULL;

		if (!first || first->len != sorted[i]->len ||
		    memcmp(first->s, sorted[i]->s, first->len) != 0)
			first = sorted[i];
		sorted[i]->same = first;
	}
	for (size_t i = 0; i < n; i++)
		v[i].id = !v[i].len ? NO_STEM : v[i].same == &v[i] ? count++ : v[i].same->id;
	*ret_count = count;
	return 0;
}

/* ---- version 5 ------------------------------------------------------------------------------ */

static bool is_old_meta(char c)
{
	return c && strchr(".^$?*+|[({", c);
}

/** As libselinux <= 3.7 tells regexes from literals: where the regex part begins, or @len. */
static size_t old_prefix(const char *regex, size_t len)
{
	size_t i = 0;

	while (i < len && !is_old_meta(regex[i]))
		i += regex[i] == '\\' ? 2 : 1;
	return MIN(i, len);
}

/** The first component, if it is plain; a spec is then compared with paths that begin so. */
static size_t old_stem(const char *regex, size_t len)
{
	const char *slash = memchr(regex + 1, '/', len - 1);
	size_t n = slash ? (size_t)(slash - regex) : 0;

	for (size_t i = 0; i < n; i++)
		if (is_old_meta(regex[i]))
			return 0;
	return n;
}

static void put_flat_string(struct buf *out, const char *s, size_t len)
{
	put_host(out, (uint32_t)len + 1);
	buf_add(out, s, len);
	buf_addc(out, '\0');
}

static void put_flat_spec(struct buf *out, const struct bin_spec *s, uint32_t stem)
{
	size_t prefix = old_prefix(s->regex, s->regex_len);

	put_flat_string(out, s->context, s->context_len);
	put_flat_string(out, s->regex, s->regex_len);
	put_host(out, mode_of_kind(s->kind));
	put_host(out, stem);
	put_host(out, prefix < s->regex_len);
	put_host(out, (uint32_t)prefix);
	put_host(out, 0); /* no serialised regex */
}

static int put_flat(struct buf *out, const struct bin_spec *v, size_t n)
{
	_cleanup_free_ struct word *stems = calloc(n + 1, sizeof(*stems));
	uint32_t n_stems, seen = 0;
	int r;

	if (!stems)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		stems[i].s = v[i].regex;
		stems[i].len = old_stem(v[i].regex, v[i].regex_len);
	}
	r = number_words(stems, n, &n_stems);
	if (r < 0)
		return r;
	put_header(out, 5, put_host);
	put_host(out, n_stems);
	for (size_t i = 0; i < n; i++) {
		if (!stems[i].len || stems[i].id != seen)
			continue;
		seen++;
		put_host(out, (uint32_t)stems[i].len);
		buf_add(out, stems[i].s, stems[i].len);
		buf_addc(out, '\0');
	}
	put_host(out, (uint32_t)n);
	for (int literals = 0; literals < 2; literals++)
		for (size_t i = 0; i < n; i++)
			if ((old_prefix(v[i].regex, v[i].regex_len) == v[i].regex_len) == literals)
				put_flat_spec(out, &v[i], stems[i].id);
	return 0;
}

/* ---- version 6 ------------------------------------------------------------------------------ */

/*
 * The tree is never built: specs are sorted by the way to their node, written as components that
 * each end in a NUL, and what belongs to one node then stands together, in the order in which it
 * is written.
 */
struct item {
	const struct bin_spec *spec;
	const char *node; /* "usr\0lib\0" */
	size_t node_len;
	const char *path; /* of a literal; else NULL */
	size_t path_len, context;
	uint32_t line; /* of a regex, above that of all before it */
};

static int item_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = memcmp(x->node, y->node, MIN(x->node_len, y->node_len));

	if (r == 0 && x->node_len != y->node_len)
		r = x->node_len < y->node_len ? -1 : 1;
	if (r == 0 && !x->path != !y->path)
		r = x->path ? -1 : 1;
	if (r == 0 && x->path)
		r = strcmp(x->path, y->path);
	return r ? r : x->spec < y->spec ? -1 : x->spec > y->spec;
}

static int make_item(struct item *item, const struct bin_spec *s, struct arena *arena)
{
	bool literal = spec_is_literal(s->regex, s->regex_len);
	char *node = arena_alloc(arena, s->regex_len), *path = NULL;

	if (!node)
		return -ENOMEM;
	*item = (struct item){.spec = s, .node = node};
	item->node_len = stem_of_spec(s->regex, s->regex_len, node);
	if (literal) {
		path = arena_zalloc(arena, s->regex_len + (size_t)1);
		if (!path)
			return -ENOMEM;
		item->path = path;
		item->path_len = spec_unescape(s->regex, s->regex_len, path);
	}
	return 0;
}

static void put_string(struct buf *out, const char *s, size_t len)
{
	put(out, len + 1, 2);
	buf_add(out, s, len);
	buf_addc(out, '\0');
}

static void put_item(struct buf *out, const struct item *item, const struct word *contexts)
{
	const struct bin_spec *s = item->spec;

	put(out, contexts[item->context].id + 1, 4);
	if (!item->path)
		put(out, item->line, 4);
	put_string(out, s->regex, s->regex_len);
	if (item->path)
		put_string(out, item->path, item->path_len);
	else
		put(out, spec_prefix(s->regex, s->regex_len), 2);
	put(out, s->kind, 1);
	if (!item->path)
		put(out, 0, 4); /* no serialised regex */
}

/** How many of @v are in the child of @v[0] that begins at byte @at of the way. */
static size_t in_child(const struct item *v, size_t n, size_t at)
{
	size_t i = 1;

	while (i < n && strcmp(v[i].node + at, v[0].node + at) == 0)
		i++;
	return i;
}

/** A node and what is below it: all of @v, whose ways share their first @at bytes. */
static void put_node(struct buf *out, const struct item *v, size_t n, const char *name, size_t at,
		     const struct word *contexts)
{
	size_t own = 0, literals = 0, children = 0;

	for (; own < n && v[own].node_len == at; own++)
		literals += v[own].path != NULL;
	put_string(out, name, strlen(name));
	put(out, literals, 4);
	for (size_t i = 0; i < own; i++) {
		if (i == literals)
			put(out, own - literals, 4);
		put_item(out, &v[i], contexts);
	}
	if (literals == own)
		put(out, 0, 4);
	for (size_t i = own; i < n; i += in_child(v + i, n - i, at))
		children++;
	put(out, children, 4);
	for (size_t i = own, more; i < n; i += more) {
		const char *component = v[i].node + at;

		more = in_child(v + i, n - i, at);
		put_node(out, v + i, more, component, at + strlen(component) + 1, contexts);
	}
}

static void put_big(struct buf *out, uint32_t v)
{
	put(out, v, 4);
}

static int put_tree(struct buf *out, const struct item *items, size_t n)
{
	_cleanup_free_ struct word *contexts = calloc(n + 1, sizeof(*contexts));
	uint32_t n_contexts, seen = 0;
	int r;

	if (!contexts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		contexts[i].s = items[i].spec->context;
		contexts[i].len = items[i].spec->context_len;
	}
	r = number_words(contexts, n, &n_contexts);
	if (r < 0)
		return r;
	put_header(out, 6, put_big);
	put(out, n, 8);
	put(out, n_contexts, 4);
	for (size_t i = 0; i < n; i++) {
		if (contexts[i].id != seen)
			continue;
		seen++;
		put(out, contexts[i].len, 2);
		buf_add(out, contexts[i].s, contexts[i].len);
	}
	put_node(out, items, n, "", 0, contexts);
	return 0;
}

static int format_tree(struct buf *out, const struct bin_spec *v, size_t n)
{
	_cleanup_(arena_done) struct arena arena = {0};
	_cleanup_free_ struct item *items = calloc(n + 1, sizeof(*items));
	uint32_t line = 0;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = make_item(&items[i], &v[i], &arena);

		if (r < 0)
			return r;
		if (items[i].path)
			continue;
		line = MAX(v[i].line, line + 1);
		if (line == UINT32_MAX)
			return -EINVAL;
		items[i].line = line;
	}
	qsort(items, n, sizeof(*items), item_order);
	for (size_t i = 0; i < n; i++)
		items[i].context = i;
	return put_tree(out, items, n);
}

/* ---- both ----------------------------------------------------------------------------------- */

int bin_format(struct buf *out, const struct bin_spec *v, size_t n, unsigned version)
{
	size_t before = out->len;
	int r;

	if ((version != 5 && version != 6) || n > INT32_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!v[i].regex_len || v[i].regex_len > SPEC_REGEX_MAX || !v[i].context_len ||
		    v[i].context_len > SPEC_FIELD_MAX)
			return -EINVAL;
	r = version == 5 ? put_flat(out, v, n) : format_tree(out, v, n);
	if (r >= 0)
		r = buf_error(out);
	if (r < 0)
		buf_cut(out, before);
	return r;
}
