/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order in which upstream (3.11) meets the specs that are alive at a path is that of its tree
 * (stem.h).  With D the path's directory and L its last component:
 *
 *	0  what is below those children of D whose names begin with L: the last child first, but
 *	   in itself from the top, literals before regexes, these in file order
 *	1  literals of D
 *	2  regexes of D, then of each directory above, the newest first
 *
 * A spec that is kept elsewhere upstream does not see, though it may match (`/a/b/x|/a/c/y` is
 * kept at /a/b): it is left out here as well, or no digest would ever agree.
 */
#include <sha1.h>
#include <string.h>

#include "base/root.h"
#include "lbl-rules.h"
#include "rules/automaton.h"
#include "rules/below.h"
#include "rules/stem.h"
#include "rules/trace.h"

_Static_assert(LBL_SHA1_SIZE == SHA1_DIGEST_LENGTH, "a digest is a digest");

static void add_bytes(SHA1_CTX *sha, const struct map *map)
{
	SHA1Update(sha, (const uint8_t *)map->data, map->len);
}

/** A compiled form has the specs, not the bytes they came from. */
static int add_file(SHA1_CTX *sha, const char *root, const char *name)
{
	struct map map = {0};
	int r = root_map(&map, root, name, SOURCE_FILE_MAX);

	if (r >= 0)
		add_bytes(sha, &map);
	map_done(&map);
	return r == -ENOENT ? -ESTALE : r;
}

int lbl_rules_digest(struct lbl_rules *rules, unsigned char ret_digest[LBL_SHA1_SIZE])
{
	struct db *db = db_of_rules(rules);
	const struct source *s = db_automaton(db)->source;
	SHA1_CTX sha;
	int r = 0;

	SHA1Init(&sha);
	for (size_t i = 0; r >= 0 && i < s->n_files; i++) {
		if (db_compiled(db))
			r = add_file(&sha, s->root, s->files[i].name);
		else
			add_bytes(&sha, &s->files[i].map);
	}
	if (r >= 0)
		r = db_sources_agree(db);
	if (r >= 0)
		SHA1Final(ret_digest, &sha);
	return r;
}

/* ---- upstream's order ----------------------------------------------------------------------- */

enum group { GROUP_BELOW, GROUP_LITERAL, GROUP_REGEX };

struct item {
	const struct db_spec *spec;
	enum group group;
	uint32_t index;
	uint16_t file;
	const char *way, *child; /* child: the way from D's child on */
	size_t way_len;
	const char *literal; /* the path it stands for; NULL: a regex */
};

static int by_number(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int by_way(const struct item *x, const struct item *y)
{
	int r = memcmp(x->way, y->way, MIN(x->way_len, y->way_len));

	return r ? r : by_number((uint32_t)x->way_len, (uint32_t)y->way_len);
}

static int by_literal(const struct item *x, const struct item *y)
{
	int r = strcmp(x->literal, y->literal);

	if (r == 0)
		r = by_number(y->file, x->file); /* a later file's first */
	return r ? r : by_number(x->index, y->index);
}

static int by_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = by_number(x->group, y->group);

	if (r)
		return r;
	switch (x->group) {
	case GROUP_BELOW:
		r = strcmp(y->child, x->child);
		if (r == 0)
			r = by_way(x, y);
		if (r == 0 && !x->literal != !y->literal)
			return x->literal ? -1 : 1;
		if (r)
			return r;
		return x->literal ? by_literal(x, y) : by_number(x->index, y->index);
	case GROUP_LITERAL: return by_literal(x, y);
	case GROUP_REGEX: r = by_number((uint32_t)y->way_len, (uint32_t)x->way_len); break;
	}
	return r ? r : by_number(y->index, x->index);
}

/** Where the path is: the way of D, and L. */
struct place {
	const char *way, *last;
	size_t way_len;
};

static bool begins(const char *text, size_t len, const char *with, size_t with_len)
{
	return len >= with_len && memcmp(text, with, with_len) == 0;
}

/** Return whether upstream sees the spec from @at. */
static bool put_in_group(struct item *item, const struct place *at)
{
	if (begins(at->way, at->way_len, item->way, item->way_len)) {
		item->group = item->literal ? GROUP_LITERAL : GROUP_REGEX;
		return true;
	}
	if (!begins(item->way, item->way_len, at->way, at->way_len))
		return false;
	item->group = GROUP_BELOW;
	item->child = item->way + at->way_len;
	return strncmp(item->child, at->last, strlen(at->last)) == 0;
}

static int make_item(struct source *s, uint32_t index, struct arena *arena, struct item *item)
{
	const struct source_spec *from = &s->specs[index];
	const char *regex = source_regex(s, from);
	char *way = arena_alloc(arena, from->regex_len + 1u), *literal;

	*item = (struct item){
		.spec = source_spec(s, index), .index = index, .file = from->file, .way = way};
	if (!way || !item->spec)
		return -ENOMEM;
	item->way_len = stem_of_spec(regex, from->regex_len, way);
	if (!source_is_literal(s, from))
		return 0;
	literal = arena_zalloc(arena, from->regex_len + 1u);
	if (!literal)
		return -ENOMEM;
	spec_unescape(regex, from->regex_len, literal);
	item->literal = literal;
	return 0;
}

/** Specs with a context, of those in @alive, in upstream's order. */
static int order_items(struct source *s, const struct trace_list *alive, const struct place *at,
		       struct arena *arena, struct item *items, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < alive->n; i++) {
		int r = make_item(s, alive->v[i], arena, &items[n]);

		if (r < 0)
			return r;
		if (items[n].spec->context && put_in_group(&items[n], at))
			n++;
	}
	qsort(items, n, sizeof(*items), by_order);
	*ret_n = n;
	return 0;
}

static void hash_items(const struct item *items, size_t n, unsigned char digest[LBL_SHA1_SIZE])
{
	SHA1_CTX sha;

	SHA1Init(&sha);
	for (size_t i = 0; i < n; i++) {
		const struct db_spec *spec = items[i].spec;
		uint8_t kind = (uint8_t)spec->kind;

		SHA1Update(&sha, (const uint8_t *)spec->regex, strlen(spec->regex) + 1);
		SHA1Update(&sha, &kind, 1);
		SHA1Update(&sha, (const uint8_t *)spec->context, spec->context_len + 1);
	}
	SHA1Final(digest, &sha);
}

int db_upstream_digest(struct db *db, const char *path, unsigned char ret_digest[LBL_SHA1_SIZE])
{
	_cleanup_(arena_done) struct arena arena = {0};
	_cleanup_(trace_done) struct trace t = {0};
	_cleanup_(buf_done) struct buf key = {0};
	_cleanup_free_ struct item *items = NULL;
	struct automaton *a = db_automaton(db);
	const char *slash;
	struct place at;
	size_t n;
	char *way;
	int r = trace_asked(&t, db, path, TRACE_ALIVE, &key);

	if (r < 0)
		return r;
	items = calloc(t.alive.n + 1, sizeof(*items));
	way = arena_alloc(&arena, key.len + 1);
	if (!items || !way)
		return -ENOMEM;
	slash = strrchr(buf_str(&key), '/');
	at = (struct place){.way = way, .last = slash ? slash + 1 : buf_str(&key)};
	at.way_len = stem_of_path(buf_str(&key), key.len, way);
	pthread_mutex_lock(&a->lock);
	r = order_items(a->source, &t.alive, &at, &arena, items, &n);
	pthread_mutex_unlock(&a->lock);
	if (r < 0 || n == 0)
		return r;
	hash_items(items, n, ret_digest);
	return 1;
}

int lbl_rules_partial_digest(struct lbl_rules *rules, const char *path,
			     unsigned char ret_digest[LBL_SHA1_SIZE])
{
	return db_upstream_digest(db_of_rules(rules), path, ret_digest);
}
