/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/automaton.h"
#include "analysis/pieces.h"
#include "analysis/witness.h"

#include <string.h>

#define WORK_MAX (UINT64_C(1) << 32) /* of all searches: some twenty seconds */

struct witness {
	struct db *db;
	struct db_reader *reader;
	struct side_match *match;
	struct unfold set;
	struct pieces pieces;
	struct hunt *hunt;
	uint64_t work;
	bool crowded; /* more substitutions than we can tell apart */
};

int witness_new(struct witness **ret_witness, struct db *db)
{
	struct witness *w = calloc(1, sizeof(*w));
	int r = w ? db_reader_new(db, &w->reader) : -ENOMEM;

	if (r >= 0) {
		w->db = db;
		r = pieces_init(&w->pieces, db, NULL);
		w->crowded = r == -E2BIG;
	}
	if (r >= 0 || (w && w->crowded))
		r = unfold_init(&w->set, db);
	if (r >= 0)
		r = hunt_new(&w->hunt, &w->set, NULL);
	if (r < 0) {
		witness_free(w);
		return r;
	}
	*ret_witness = w;
	return 0;
}

struct witness *witness_free(struct witness *w)
{
	if (w) {
		hunt_free(w->hunt);
		unfold_done(&w->set);
		pieces_done(&w->pieces);
		side_match_free(w->match);
		db_reader_free(w->reader);
		free(w);
	}
	return NULL;
}

struct question {
	struct witness *w;
	const struct witness_query *query;
	uint32_t rank; /* witness_wins(): of the spec */
	enum lbl_kind kind;
};

static int run(struct question *q, const struct pieces_query *query, struct buf *ret_path)
{
	int r;

	if ((q->w->crowded && !query->as_written) || q->w->work > WORK_MAX)
		return -EAGAIN;
	r = pieces_find(&q->w->pieces, query, ret_path);
	q->w->work += hunt_work(q->w->hunt);
	return r;
}

/** What PCRE2 says of @spec and a path: 1, 0, -EOVERFLOW, -ENOMEM. */
static int side_says(const struct question *q, uint32_t spec, const struct buf *seen)
{
	const struct side *side = trie_side(&q->w->set.trie, spec);

	return side ? side_matches(side, q->w->match, buf_str(seen), seen->len) : -ENOMEM;
}

/** Do the specs that PCRE2 must judge agree that this is a witness? */
static int ask_sides(const struct question *q, const struct buf *seen)
{
	const struct unfold *set = &q->w->set;

	for (uint32_t i = 0; i < set->source.n; i++) {
		const struct trie_attached *home = unfold_home(set, i);
		bool wanted = i == q->query->match || i == q->query->also;
		int r;

		if (!home || !home->asks)
			continue;
		if (!wanted &&
		    (!unfold_fits(set, i, q->kind) || !q->query->kills(q->query->user, i)))
			continue;
		r = side_says(q, i, seen);
		if (r != wanted)
			return r == -ENOMEM ? r : 0;
	}
	return 1;
}

static int confirm_sides(void *user, const char *path, size_t len)
{
	_cleanup_(buf_done) struct buf seen = {0};
	struct question *q = user;
	int r = 0;

	if (!q->w->set.sides)
		return 1;
	if (q->query->as_written)
		buf_add(&seen, path, len);
	else
		r = db_substitute(q->w->db, path, len, &seen);
	if (!q->w->match)
		q->w->match = side_match_new();
	if (r < 0 || buf_error(&seen) < 0 || !q->w->match)
		return -ENOMEM;
	return ask_sides(q, &seen);
}

int witness_find(struct witness *w, const struct witness_query *query, struct buf *ret_path)
{
	struct question q = {.w = w, .query = query, .kind = query->kind};
	struct pieces_query ask = {
		.hunt = w->hunt,
		.query = {.target = {{0, query->match}, {0, query->also}}, .n_targets = 1},
		.not_below = query->not_below,
		.as_written = query->as_written,
		.confirm = confirm_sides,
		.user = &q,
	};
	struct hunt_side *side = &ask.query.side[0];

	if (query->also != WITNESS_NO_SPEC)
		ask.query.n_targets = 2;
	side->kinds = unfold_kinds(query->kind);
	side->kills = query->kills;
	side->user = query->user;
	return run(&q, &ask, ret_path);
}

static int confirm_winner(void *user, const char *path, size_t len)
{
	const struct question *q = user;
	const struct db_spec *winner = NULL;
	int r = db_resolve(q->w->reader, path, len, q->kind, &winner);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return winner && winner->rank == q->rank;
}

int witness_wins(struct witness *w, uint32_t spec, enum lbl_kind kind, struct buf *ret_path)
{
	struct question q = {.w = w, .rank = unfold_rank(&w->set, spec), .kind = kind};
	struct pieces_query ask = {
		.hunt = w->hunt,
		.query = {.target = {{0, spec}}, .n_targets = 1},
		.confirm = confirm_winner,
		.user = &q,
	};

	if (!unfold_fits(&w->set, spec, kind))
		return 0;
	ask.query.side[0].above = q.rank;
	ask.query.side[0].kinds = unfold_kinds(kind);
	return run(&q, &ask, ret_path);
}
