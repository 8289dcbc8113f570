/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/automaton.h"
#include "analysis/diff.h"
#include "analysis/shape.h"

#include <string.h>

#define FILE_KINDS 0xfeu /* LBL_DIR .. LBL_REG */

/* ---- pairs ----------------------------------------------------------------------------------- */

static bool same_label(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static const char *label(const struct lbl_diff *d, unsigned side, uint32_t spec)
{
	return spec == DIFF_NONE ? NULL : d->side[side].label[spec];
}

bool diff_differs(const struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec)
{
	return !same_label(label(d, 0, old_spec), label(d, 1, new_spec));
}

static unsigned kinds_of(const struct diff_side *side, uint32_t spec)
{
	unsigned kind = spec == DIFF_NONE ? LBL_ANY : side->source->specs[spec].kind;

	return kind == LBL_ANY ? FILE_KINDS : 1u << kind;
}

unsigned diff_fits(const struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec)
{
	return kinds_of(&d->side[0], old_spec) & kinds_of(&d->side[1], new_spec);
}

static size_t hash_pair(uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t x = ((uint64_t)a << 32 ^ b ^ (uint64_t)c << 17) * 0x9e3779b97f4a7c15u;

	return (size_t)(x >> 32);
}

static int grow_buckets(struct lbl_diff *d)
{
	size_t n = d->n_buckets ? d->n_buckets * 2 : 256;
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_pairs; i++) {
		struct diff_pair *p = &d->pairs[i];
		size_t at = hash_pair(p->spec[0], p->spec[1], p->piece) & (n - 1);

		p->next = fresh[at];
		fresh[at] = (uint32_t)i + 1;
	}
	free(d->buckets);
	d->buckets = fresh;
	d->n_buckets = n;
	return 0;
}

struct diff_pair *diff_pair(struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec,
			    uint32_t piece, bool make)
{
	struct diff_pair *p;
	size_t at;

	if (d->n_pairs >= d->n_buckets && grow_buckets(d) < 0)
		return NULL;
	at = hash_pair(old_spec, new_spec, piece) & (d->n_buckets - 1);
	for (uint32_t i = d->buckets[at]; i; i = d->pairs[i - 1].next) {
		p = &d->pairs[i - 1];
		if (p->spec[0] == old_spec && p->spec[1] == new_spec && p->piece == piece)
			return p;
	}
	if (!make || array_reserve(&d->pairs, &d->pairs_cap, d->n_pairs + 1, sizeof(*d->pairs)) < 0)
		return NULL;
	p = &d->pairs[d->n_pairs++];
	*p = (struct diff_pair){
		.spec = {old_spec, new_spec}, .piece = piece, .next = d->buckets[at]};
	d->buckets[at] = (uint32_t)d->n_pairs;
	return p;
}

/* ---- looking --------------------------------------------------------------------------------- */

static uint32_t index_of(const struct db_spec *spec)
{
	return spec ? (spec->rank & ~SOURCE_RANK_LITERAL) - 1 : DIFF_NONE;
}

int diff_look(struct lbl_diff *d, const char *path, size_t len)
{
	size_t piece = pieces_at(&d->pieces, path);
	const char *witness = NULL;

	if (d->pieces.v[piece].same)
		piece = 0;
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		const struct db_spec *win[2] = {NULL, NULL};
		struct diff_pair *p;
		int r = 0;

		for (unsigned i = 0; i < 2 && r >= 0; i++)
			r = db_resolve(d->side[i].reader, path, len, k, &win[i]);
		if (r == -ENOMEM)
			return r;
		if (r < 0 || !diff_differs(d, index_of(win[0]), index_of(win[1])))
			continue;
		if (!witness)
			witness = arena_strndup(&d->arena, path, len);
		p = diff_pair(d, index_of(win[0]), index_of(win[1]), (uint32_t)piece, true);
		if (!witness || !p)
			return -ENOMEM;
		if (!(p->found >> k & 1))
			p->witness[k] = witness;
		p->found |= (uint8_t)(1u << k);
	}
	return 0;
}

/* ---- literals: one path each ----------------------------------------------------------------- */

struct literal {
	const char *path;
	uint32_t spec;
	unsigned side;
};

static int by_path(const void *a, const void *b)
{
	const struct literal *x = a, *y = b;
	int r = strcmp(x->path, y->path);

	if (r)
		return r;
	return x->side != y->side ? (x->side < y->side ? -1 : 1)
				  : (x->spec < y->spec ? -1 : x->spec > y->spec);
}

static int list_literals(struct lbl_diff *d, unsigned side, struct literal *out, size_t *n)
{
	const struct source *s = d->side[side].source;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct source_spec *spec = &s->specs[i];
		char *path;

		if (!source_is_literal(s, spec))
			continue;
		path = arena_zalloc(&d->arena, spec->regex_len + 1u);
		if (!path)
			return -ENOMEM;
		spec_unescape(source_regex(s, spec), spec->regex_len, path);
		out[(*n)++] = (struct literal){path, i, side};
	}
	return 0;
}

/** Can literals alone tell that the answers for a path are the same, or that they are not theirs?
 */
static bool agree(const struct lbl_diff *d, const struct literal *v, size_t n)
{
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		uint32_t win[2] = {DIFF_NONE, DIFF_NONE};

		for (size_t i = 0; i < n; i++)
			if (kinds_of(&d->side[v[i].side], v[i].spec) >> k & 1)
				win[v[i].side] = v[i].spec;
		if (win[0] == DIFF_NONE && win[1] == DIFF_NONE)
			continue;
		if (win[0] == DIFF_NONE || win[1] == DIFF_NONE || diff_differs(d, win[0], win[1]))
			return false;
	}
	return true;
}

/** In the pieces that differ, a literal of one set has nothing to do with one of the other. */
static int look_through(struct lbl_diff *d, const struct literal *l)
{
	_cleanup_(buf_done) struct buf path = {0};
	int r = 0;

	for (size_t i = 1; i < d->pieces.n && r >= 0; i++) {
		const struct piece *p = &d->pieces.v[i];
		const char *name = p->name[l->side];

		if (p->same || !path_is_below(l->path, name))
			continue;
		buf_reset(&path);
		buf_adds(&path, p->cut);
		buf_adds(&path, l->path + strlen(name));
		if (buf_error(&path) < 0)
			return buf_error(&path);
		if (path_is_clean(buf_str(&path)))
			r = diff_look(d, buf_str(&path), path.len);
	}
	return r;
}

static int look_at_literals(struct lbl_diff *d)
{
	size_t most = d->side[0].source->n + d->side[1].source->n, n = 0;
	_cleanup_free_ struct literal *v = calloc(most + 1, sizeof(*v));
	_cleanup_(buf_done) struct buf path = {0};
	int r = v ? list_literals(d, 0, v, &n) : -ENOMEM;

	if (r >= 0)
		r = list_literals(d, 1, v, &n);
	if (r < 0)
		return r;
	qsort(v, n, sizeof(*v), by_path);
	for (size_t i = 0, k; i < n && r >= 0; i = k) {
		for (k = i + 1; k < n && strcmp(v[i].path, v[k].path) == 0; k++)
			;
		if (!agree(d, v + i, k - i))
			r = pieces_path_of(&d->pieces, v[i].path, &path);
		if (r > 0)
			r = diff_look(d, buf_str(&path), path.len);
	}
	for (size_t i = 0; i < n && r >= 0; i++)
		r = look_through(d, &v[i]);
	/* what stands for a cut itself is one path, too */
	for (size_t i = 1; i < d->pieces.n && r >= 0; i++)
		if (!d->pieces.v[i].same)
			r = diff_look(d, d->pieces.v[i].cut, strlen(d->pieces.v[i].cut));
	return r;
}

/* ---- items ----------------------------------------------------------------------------------- */

static int add_item(struct lbl_diff *d, const struct diff_pair *p, enum lbl_kind kind,
		    const char *witness)
{
	struct lbl_diff_item *item;
	int r = array_reserve(&d->items, &d->items_cap, d->n_items + 1, sizeof(*d->items));

	if (r < 0)
		return r;
	item = &d->items[d->n_items++];
	*item = (struct lbl_diff_item){
		.kind = kind,
		.below = d->pieces.v[p->piece].cut,
		.witness = witness,
		.undecided = !witness,
		.had = p->spec[0] != DIFF_NONE,
		.has = p->spec[1] != DIFF_NONE,
	};
	for (unsigned i = 0; i < 2; i++) {
		struct automaton *a = db_automaton(d->side[i].db);
		const struct db_spec *spec;

		if (p->spec[i] == DIFF_NONE)
			continue;
		pthread_mutex_lock(&a->lock);
		spec = source_spec(a->source, p->spec[i]);
		pthread_mutex_unlock(&a->lock);
		if (!spec)
			return -ENOMEM;
		*(i ? &item->new_match : &item->old_match) = (struct lbl_match){
			.context = spec->context,
			.regex = spec->regex,
			.file = spec->file,
			.line = spec->line,
			.kind = spec->kind,
		};
	}
	return 0;
}

/** One item for all kinds, if it is all that both specs are for; else one for each. */
static int add_items(struct lbl_diff *d, const struct diff_pair *p, unsigned kinds, bool found)
{
	unsigned all = diff_fits(d, p->spec[0], p->spec[1]);
	int r = 0;

	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG && r >= 0; k++) {
		const char *witness = found ? p->witness[k] : NULL;
		bool single = (all & (all - 1)) == 0;

		if (!(kinds >> k & 1))
			continue;
		if (kinds == all && !single)
			return add_item(d, p, LBL_ANY, witness);
		r = add_item(d, p, k, witness);
	}
	return r;
}

static int by_place(const void *a, const void *b)
{
	const struct diff_pair *x = a, *y = b;
	uint32_t v[] = {x->piece, x->spec[0], x->spec[1]}, w[] = {y->piece, y->spec[0], y->spec[1]};

	for (unsigned i = 0; i < ARRAY_SIZE(v); i++)
		if (v[i] != w[i])
			return v[i] < w[i] ? -1 : 1;
	return 0;
}

static int list_items(struct lbl_diff *d)
{
	int r = 0;

	if (d->n_pairs)
		qsort(d->pairs, d->n_pairs, sizeof(*d->pairs), by_place);
	for (size_t i = 0; i < d->n_pairs && r >= 0; i++) {
		const struct diff_pair *p = &d->pairs[i];

		r = add_items(d, p, p->found, true);
		if (r >= 0)
			r = add_items(d, p, p->unknown & ~(unsigned)p->found, false);
	}
	return r;
}

/* ---- the public side ------------------------------------------------------------------------- */

static int open_side(struct diff_side *side, struct db *db)
{
	struct automaton *a = db_automaton(db);
	int r = 0;

	side->db = db;
	side->source = a->source;
	side->label = calloc(a->source->n + 1, sizeof(*side->label));
	if (!side->label)
		return -ENOMEM;
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->source->n && r >= 0; i++) {
		const struct source_context *c = source_context(a->source, &a->source->specs[i]);

		if (c)
			side->label[i] = c->text;
		else
			r = -ENOMEM;
	}
	pthread_mutex_unlock(&a->lock);
	return r < 0 ? r : db_reader_new(db, &side->reader);
}

/** Make ready for lbl_diff_below(). */
static int prepare_reach(struct lbl_diff *d)
{
	int r = 0;

	for (unsigned i = 0; i < 2 && r >= 0; i++) {
		r = reach_init(&d->reach[i], &d->side[i].set);
		for (size_t k = 0; k < d->n_pairs && r >= 0; k++)
			if (d->pairs[k].spec[i] != DIFF_NONE)
				reach_mark(&d->reach[i], d->pairs[k].spec[i]);
	}
	return r;
}

static int compare(struct lbl_diff *d)
{
	int r = pieces_init(&d->pieces, d->side[0].db, d->side[1].db);

	if (r >= 0)
		r = align_sources(d->side[0].source, d->side[1].source, &d->side[0].partner,
				  &d->side[1].partner);
	if (r >= 0)
		r = look_at_literals(d);
	if (r >= 0)
		r = diff_search(d);
	if (r >= 0)
		r = list_items(d);
	return r >= 0 && d->n_items ? prepare_reach(d) : r;
}

int lbl_diff_new(struct lbl_diff **ret_diff, struct lbl_rules *old_rules,
		 struct lbl_rules *new_rules)
{
	struct lbl_diff *d = calloc(1, sizeof(*d));
	int r = d ? 0 : -ENOMEM;

	if (r >= 0)
		r = open_side(&d->side[0], db_of_rules(old_rules));
	if (r >= 0)
		r = open_side(&d->side[1], db_of_rules(new_rules));
	if (r >= 0)
		r = compare(d);
	if (r < 0) {
		lbl_diff_free(d);
		return r;
	}
	*ret_diff = d;
	return 0;
}

struct lbl_diff *lbl_diff_free(struct lbl_diff *d)
{
	if (!d)
		return NULL;
	hunt_free(d->hunt);
	for (unsigned i = 0; i < 2; i++) {
		reach_done(&d->reach[i]);
		unfold_done(&d->side[i].set);
		db_reader_free(d->side[i].reader);
		free(d->side[i].label);
		free(d->side[i].partner);
	}
	pieces_done(&d->pieces);
	meet_done(&d->meet);
	free(d->pairs);
	free(d->buckets);
	free(d->items);
	arena_done(&d->arena);
	free(d);
	return NULL;
}

int lbl_diff_next(const struct lbl_diff *d, size_t *pos, struct lbl_diff_item *ret_item)
{
	if (*pos >= d->n_items)
		return 0;
	*ret_item = d->items[(*pos)++];
	return 1;
}

/** What specs see of the piece of @dir, or of a whole piece: can a pair meet at or below it? */
static int reaches(const struct lbl_diff *d, const char *const alone[2], const char *const name[2])
{
	struct reach_state state[2] = {{0}};
	int r = 0;

	for (unsigned i = 0; i < 2 && r >= 0; i++)
		r = reach_below(&d->reach[i], alone[i], name[i], &state[i]);
	for (size_t i = 0; i < d->n_pairs && r == 0; i++) {
		const struct diff_pair *p = &d->pairs[i];
		bool both = p->found || p->unknown;

		for (unsigned k = 0; k < 2 && both; k++)
			both = p->spec[k] == DIFF_NONE ||
			       reach_has(&d->reach[k], &state[k], p->spec[k]);
		r = both;
	}
	reach_state_done(&state[0]);
	reach_state_done(&state[1]);
	return r;
}

/** As reaches(), for the directory alone and its piece of the paths. */
static int reaches_dir(const struct lbl_diff *d, const char *dir)
{
	const struct piece *piece = &d->pieces.v[pieces_at(&d->pieces, dir)];
	struct buf alone[2] = {{0}}, name[2] = {{0}};
	int r = 0;

	for (unsigned i = 0; i < 2 && r >= 0; i++) {
		r = db_substitute(d->side[i].db, dir, strlen(dir), &alone[i]);
		if (strcmp(dir, "/") != 0) { /* "/" and "/name" make "/name" */
			buf_adds(&name[i], piece->name[i]);
			buf_adds(&name[i], dir + strlen(piece->cut));
		}
		if (r >= 0)
			r = buf_error(&name[i]);
	}
	if (r >= 0)
		r = reaches(d, (const char *[]){buf_str(&alone[0]), buf_str(&alone[1])},
			    (const char *[]){buf_str(&name[0]), buf_str(&name[1])});
	for (unsigned i = 0; i < 2; i++) {
		buf_done(&alone[i]);
		buf_done(&name[i]);
	}
	return r;
}

int lbl_diff_below(const struct lbl_diff *d, const char *dir)
{
	_cleanup_free_ char *clean = malloc(strlen(dir) + 1);
	int r;

	if (!clean)
		return -ENOMEM;
	if (d->n_items == 0)
		return 0;
	db_normalise(dir, clean);
	if (!path_is_clean(clean))
		return 1; /* no file is called so */
	r = reaches_dir(d, clean);
	/* and what is below the directory but looks as if it were elsewhere */
	for (size_t i = 1; i < d->pieces.n && r == 0; i++)
		if (path_is_below(d->pieces.v[i].cut, clean) &&
		    strcmp(d->pieces.v[i].cut, clean) != 0)
			r = reaches(d, d->pieces.v[i].alone, d->pieces.v[i].name);
	return r;
}
