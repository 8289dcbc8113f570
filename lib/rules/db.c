/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "base/path.h"
#include "rules/automaton.h"
#include "rules/image_sources.h"
#include "rules/validate.h"

#include <string.h>

#define CACHE_DEFAULT (10u << 20)
#define TOKEN_ROOT    4u /* this is "/": children follow without another slash */

struct db {
	struct image image; /* what the rest was borrowed from, if anything */
	struct source source;
	struct automaton automaton;
	uint8_t *used; /* by spec; atomic accesses */
};

struct db_reader {
	struct cache *cache;
	uint32_t gen;
	uint32_t start; /* cell before any byte, 0: not asked for yet */
	struct db *db;
	struct side_match *match;
	uint8_t classes[256];
};

/* ---- opening -------------------------------------------------------------------------------- */

/** The source of a failing open must live until both reading and validation said all they know. */
static int open_source(struct source *s, const struct lbl_rules_options *options)
{
	int r = source_open(s, options), v;

	if (r >= 0 || r == -EINVAL) {
		v = options->flags & LBL_RULES_VALIDATE
			    ? validate_source(s, options->check, options->check_user)
			    : 0;
		r = v < 0 ? v : r;
	}
	return r;
}

/** Make ready for questions about db->source. */
static int prepare(struct db *db, size_t cache_max)
{
	int r = automaton_init(&db->automaton, &db->source, db->image.header ? &db->image : NULL,
			       cache_max ? cache_max : CACHE_DEFAULT);

	if (r < 0)
		return r;
	db->used = calloc(db->source.n + 1, 1);
	return db->used ? 0 : -ENOMEM;
}

/** From the compiled form, if there is one to be used, else from the texts. */
static int open_any(struct db *db, const struct lbl_rules_options *o)
{
	const struct diag diag = {o->diag, o->user};
	bool texts = o->flags & (LBL_RULES_TEXT | LBL_RULES_VALIDATE) || o->companions_of;
	int r = texts ? 0 : image_open(&db->image, o);

	if (r == 0)
		return open_source(&db->source, o);
	return r < 0 ? r : source_from_image(&db->source, &db->image, &diag);
}

int db_open(struct db **ret_db, const struct lbl_rules_options *options)
{
	struct lbl_rules_options o = {0};
	struct db *db;
	int r;

	memcpy(&o, options, MIN(options->size, sizeof(o)));
	if (o.root && path_is_top(o.root))
		o.root = NULL;
	if (options->size < offsetof(struct lbl_rules_options, flags) || !o.path)
		return -EINVAL;
	db = calloc(1, sizeof(*db));
	if (!db)
		return -ENOMEM;
	r = open_any(db, &o);
	if (r >= 0)
		r = prepare(db, o.cache_max);
	if (r < 0) {
		db_free(db);
		return r;
	}
	log_debug(LOG_RULES, "db", "%s: %zu specs, %zu + %zu substitutions", o.path, db->source.n,
		  db->source.subs.n, db->source.subs_dist.n);
	*ret_db = db;
	return 0;
}

int db_of_source(struct db **ret_db, struct source *source)
{
	struct db *db = calloc(1, sizeof(*db));
	int r;

	if (!db) {
		source_done(source);
		return -ENOMEM;
	}
	db->source = *source;
	*source = (struct source){0};
	r = prepare(db, 0);
	if (r < 0) {
		db_free(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

int db_sources_agree(const struct db *db)
{
	return db->image.header ? image_sources_agree(&db->image) : 0;
}

struct automaton *db_automaton(struct db *db)
{
	return &db->automaton;
}

struct db *db_free(struct db *db)
{
	if (db) {
		automaton_done(&db->automaton);
		source_done(&db->source);
		image_close(&db->image);
		free(db->used);
		free(db);
	}
	return NULL;
}

const char *db_compiled(const struct db *db)
{
	return db->image.name;
}

/* ---- readers -------------------------------------------------------------------------------- */

static int reader_renew(struct db_reader *reader)
{
	int r = automaton_renew(&reader->db->automaton, &reader->cache);

	if (r >= 0 && reader->gen != reader->cache->gen) {
		reader->gen = reader->cache->gen;
		reader->start = 0;
	}
	return r;
}

int db_reader_new(struct db *db, struct db_reader **ret_reader)
{
	struct db_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	reader->db = db;
	r = reader_renew(reader);
	if (r < 0) {
		free(reader);
		return r;
	}
	for (unsigned b = 0; b < 256; b++)
		reader->classes[b] = (uint8_t)cache_class(reader->cache, (unsigned char)b);
	*ret_reader = reader;
	return 0;
}

struct db_reader *db_reader_free(struct db_reader *reader)
{
	if (reader) {
		automaton_release(&reader->db->automaton, reader->cache);
		side_match_free(reader->match);
		free(reader);
	}
	return NULL;
}

/** A generation ends for everybody: whoever comes by lets the old one go. */
static inline int reader_follow(struct db_reader *reader)
{
	if (likely(atomic_load_explicit(&reader->db->automaton.gen, memory_order_relaxed) ==
		   reader->gen))
		return 0;
	return reader_renew(reader);
}

/** A transition nobody has made yet. */
static __attribute__((noinline)) int reader_miss(struct db_reader *reader, uint32_t cell,
						 unsigned char byte, uint32_t *ret_cell)
{
	int r = automaton_step(&reader->db->automaton, &reader->cache, cell, byte, ret_cell);

	if (r >= 0 && reader->gen != reader->cache->gen) {
		reader->gen = reader->cache->gen;
		reader->start = 0;
	}
	return r;
}

/** Read @len bytes from @cell on; the inner loop of everything. */
static inline int reader_run(struct db_reader *reader, uint32_t *cell, const char *path, size_t len)
{
	const unsigned char *end = (const unsigned char *)path + len;
	const uint32_t *rows = reader->cache->rows;
	size_t at = *cell;

	if (!(at & CELL_GO))
		return 0;
	for (ptrdiff_t i = -(ptrdiff_t)len; i; i++) {
		const uint32_t *column = rows + reader->classes[end[i]];
		uint32_t next;

		/* keeps that sum apart: one load from state to state, not sums and a load */
		__asm__("" : "+r"(column));
		next = __atomic_load_n(column + at - CELL_GO, __ATOMIC_ACQUIRE);
		if (unlikely(!(next & CELL_GO))) {
			uint32_t made = next;
			int r = next ? 0 : reader_miss(reader, (uint32_t)at, end[i], &made);

			if (r < 0)
				return r;
			rows = reader->cache->rows;
			next = made;
			if (next & CELL_STAY) {
				at = next;
				break;
			}
		}
		at = next;
	}
	*cell = (uint32_t)at;
	return 0;
}

static db_state token(const struct db_reader *reader, uint32_t cell)
{
	return (db_state)reader->gen << 32 | cell;
}

int db_seek(struct db_reader *reader, const char *path, size_t len, db_state *ret_state)
{
	bool root = len == 1 && path[0] == '/';
	uint32_t cell;
	int r = reader_follow(reader);

	if (r >= 0 && !reader->start) {
		r = automaton_start(&reader->db->automaton, &reader->cache, &cell);
		if (r >= 0) {
			reader->gen = reader->cache->gen;
			reader->start = cell;
		}
	}
	if (r < 0)
		return r;
	cell = reader->start;
	r = reader_run(reader, &cell, path, len);
	if (r < 0)
		return r;
	*ret_state = token(reader, cell | (root ? TOKEN_ROOT : 0));
	return 0;
}

int db_child(struct db_reader *reader, db_state dir, const char *name, size_t len,
	     db_state *ret_state)
{
	uint32_t cell = (uint32_t)dir & ~TOKEN_ROOT;
	int r = reader_follow(reader);

	if (unlikely(r < 0))
		return r;
	if (unlikely(dir >> 32 != reader->gen))
		return -ESTALE;
	if (!(dir & TOKEN_ROOT))
		r = reader_run(reader, &cell, "/", 1);
	if (r >= 0)
		r = reader_run(reader, &cell, name, len);
	if (unlikely(r < 0))
		return r;
	*ret_state = token(reader, cell);
	return 0;
}

/** The answers at @state, or NULL when it belongs to another generation. */
static inline const struct cache_accept *answers(struct db_reader *reader, db_state state)
{
	if (unlikely(state >> 32 != reader->gen) &&
	    (reader_follow(reader) < 0 || state >> 32 != reader->gen))
		return NULL;
	return reader->cache->accepts[cache_row(reader->cache, (uint32_t)state)];
}

int db_answer(struct db_reader *reader, db_state state, enum lbl_kind kind,
	      const struct db_spec **ret_spec)
{
	const struct cache_accept *a = answers(reader, state);

	if (unlikely(!a))
		return -ESTALE;
	if (unlikely(a->ask >> kind & 1))
		return -EAGAIN;
	*ret_spec = a->best[kind];
	return 0;
}

int db_answer_all(struct db_reader *reader, db_state state, const struct db_spec **ret_spec)
{
	const struct cache_accept *a = answers(reader, state);

	if (unlikely(!a))
		return -ESTALE;
	if (a->ask)
		return -EAGAIN;
	for (unsigned kind = LBL_DIR + 1; kind <= LBL_REG; kind++)
		if (a->best[kind] != a->best[LBL_DIR])
			return -EAGAIN;
	*ret_spec = a->best[LBL_DIR];
	return 0;
}

/* ---- side specs ----------------------------------------------------------------------------- */

int db_substitute(const struct db *db, const char *path, size_t len, struct buf *out)
{
	const struct source *s = &db->source;
	_cleanup_(buf_done) struct buf first = {0};

	if (!subs_apply(&s->subs, path, len, &first))
		buf_add(&first, path, len);
	if (buf_error(&first) < 0)
		return buf_error(&first);
	if (!subs_apply(&s->subs_dist, buf_str(&first), first.len, out))
		buf_add(out, buf_str(&first), first.len);
	return buf_error(out);
}

static int ask_sides(struct db_reader *reader, const struct cache_accept *a, const char *path,
		     size_t len, enum lbl_kind kind, const struct db_spec **ret_spec)
{
	_cleanup_(buf_done) struct buf other = {0};
	struct source *s = &reader->db->source;
	int r = db_substitute(reader->db, path, len, &other);

	if (!reader->match)
		reader->match = side_match_new();
	if (r < 0 || !reader->match)
		return -ENOMEM;
	for (uint32_t i = 0; i < a->n_side; i++) {
		uint32_t spec = a->side[i];
		unsigned of = s->specs[spec].kind;
		const struct side *side;

		if (of != LBL_ANY && kind != LBL_ANY && of != kind)
			continue;
		if (a->best[kind] && a->best[kind]->rank > spec + 1)
			break;
		side = automaton_side(&reader->db->automaton, spec);
		r = side ? side_matches(side, reader->match, buf_str(&other), other.len) : -ENOMEM;
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		pthread_mutex_lock(&reader->db->automaton.lock);
		*ret_spec = source_spec(s, spec);
		pthread_mutex_unlock(&reader->db->automaton.lock);
		return *ret_spec ? 0 : -ENOMEM;
	}
	*ret_spec = a->best[kind];
	return 0;
}

int db_resolve(struct db_reader *reader, const char *path, size_t len, enum lbl_kind kind,
	       const struct db_spec **ret_spec)
{
	const struct cache_accept *a;
	db_state state;
	int r = db_seek(reader, path, len, &state);

	if (r < 0)
		return r;
	a = answers(reader, state);
	if (!a)
		return -ESTALE;
	if (a->ask >> kind & 1)
		return ask_sides(reader, a, path, len, kind, ret_spec);
	*ret_spec = a->best[kind];
	return 0;
}

/* ---- below, use, facts ---------------------------------------------------------------------- */

enum db_below db_below(struct db_reader *reader, db_state state)
{
	const struct cache_accept *here, *below;
	uint32_t cell = (uint32_t)state & ~TOKEN_ROOT;

	here = answers(reader, state);
	if (!here)
		return DB_BELOW_VARIES;
	if (!(state & TOKEN_ROOT) && reader_run(reader, &cell, "/", 1) < 0)
		return DB_BELOW_VARIES;
	if (!(cell & CELL_STAY) &&
	    reader->cache->states[cache_row(reader->cache, cell)].universal &&
	    reader_run(reader, &cell, "x", 1) < 0)
		return DB_BELOW_VARIES;
	/* a generation may have ended meanwhile, and `here` with it */
	if (!(cell & CELL_STAY) || reader->gen != state >> 32)
		return DB_BELOW_VARIES;
	below = reader->cache->accepts[cache_row(reader->cache, cell)];
	if (below->ask)
		return DB_BELOW_VARIES;
	if (below->nothing)
		return DB_BELOW_NOTHING;
	return here->ask == 0 && memcmp(here->best, below->best, sizeof(below->best)) == 0
		       ? DB_BELOW_SAME
		       : DB_BELOW_VARIES;
}

void db_mark_used(struct db *db, const struct db_spec *spec)
{
	uint8_t *used = &db->used[spec - db->source.made];

	if (!__atomic_load_n(used, __ATOMIC_RELAXED))
		__atomic_store_n(used, 1, __ATOMIC_RELAXED);
}

int db_next_unused(struct db *db, size_t *pos, const struct db_spec **ret_spec)
{
	const struct source *s = &db->source;

	/* ranks: all regexes in rule order, then all literals */
	for (; *pos < 2 * s->n; (*pos)++) {
		size_t i = *pos % s->n;
		bool literal = source_is_literal(s, &s->specs[i]);
		const struct db_spec *spec;

		if (literal != (*pos >= s->n) || __atomic_load_n(&db->used[i], __ATOMIC_RELAXED))
			continue;
		pthread_mutex_lock(&db->automaton.lock);
		spec = source_spec(&db->source, (uint32_t)i);
		pthread_mutex_unlock(&db->automaton.lock);
		if (!spec)
			return -ENOMEM;
		*ret_spec = spec;
		(*pos)++;
		return 1;
	}
	return 0;
}

void db_stats(const struct db *db, struct db_stats *ret)
{
	struct automaton *a = (struct automaton *)&db->automaton; /* for its mutex only */
	const struct trie *t = &a->trie;
	const struct source *s = &db->source;
	struct db_stats out = {.specs = s->n};

	pthread_mutex_lock(&a->lock);
	out.parsed = t->parsed;
	out.side_specs = t->n_sides;
	out.flushes = a->flushes;
	out.states = a->cache ? a->cache->n - 1 : 0;
	out.memory = sizeof(*db) + db->image.map.len + s->cap * sizeof(*s->specs) + s->arena.total +
		     t->cap * sizeof(*t->nodes) + t->attached_cap * sizeof(*t->attached) +
		     t->positions.cap * sizeof(*t->positions.v) +
		     t->positions.follow_cap * sizeof(*t->positions.follow) +
		     (a->cache ? cache_size(a->cache) : 0);
	for (size_t i = 0; i < s->n_files; i++)
		out.memory += s->files[i].map.len;
	pthread_mutex_unlock(&a->lock);
	*ret = out;
}

size_t db_normalise(const char *path, char *out)
{
	size_t n = 0;

	for (; *path; path++)
		if (*path != '/' || n == 0 || out[n - 1] != '/')
			out[n++] = *path;
	if (n > 1 && out[n - 1] == '/')
		n--;
	out[n] = '\0';
	return n;
}
