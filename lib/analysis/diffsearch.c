/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pairs of winners are worth a search?
 *
 * Most specs are in both sets, in the same order (align.h).  Where both sets see a path alike, and
 * an aligned spec wins in each, it is the same one: if the new winner were lower than the old one's
 * partner, that partner, which matches as well, would win; and the other way round.  So a pair of
 * aligned specs is to be looked at only if they are partners with different contexts.  All other
 * pairs have a spec in them that is new, gone or moved.  For those we ask which specs of the other
 * set match anything that it matches (meet.h), leave out those whose partner would have won in its
 * place, and search for each pair that remains.
 *
 * In a piece that the sets see differently nothing of that holds.  There all pairs that meet are
 * candidates, of specs that can win there at all.
 */
#include "base/log.h"
#include "analysis/diff.h"

#include <string.h>

#define WORK_MAX   (UINT64_C(1) << 31) /* of all searches: some ten seconds */
#define WORK_EACH  1024u	       /* what a search is taken to cost at least */
#define GIVEN_UP   (-ENOBUFS)	       /* that much work was done */
#define NOT_KILLED UINT32_MAX	       /* as a rank: no spec is higher */

struct search {
	struct lbl_diff *d;
	uint32_t spec[2], piece;
	unsigned want;	/* kinds; 0: any path will do */
	uint32_t above; /* rank of the old side's target */
	unsigned kinds;
};

/** What the old side's own killers take care of need not be followed on the new side, too. */
static bool kills_new(void *user, uint32_t spec)
{
	const struct search *s = user;
	uint32_t partner = s->d->side[1].partner[spec];

	return partner == ALIGN_NONE || partner + 1 <= s->above;
}

static int confirm(void *user, const char *path, size_t len)
{
	const struct search *s = user;
	const struct diff_pair *p;
	int r = diff_look(s->d, path, len);

	if (r < 0)
		return r;
	if (!s->want)
		return 1;
	p = diff_pair(s->d, s->spec[0], s->spec[1], s->piece, false);
	return p && p->found & s->want;
}

/** Look for a path where the specs win, or for one where a spec wins if the other side is out. */
static int hunt(struct search *s, unsigned kinds, const bool out[2])
{
	_cleanup_(buf_done) struct buf path = {0};
	struct pieces_query q = {.hunt = s->d->hunt, .confirm = confirm, .user = s};
	int r;

	for (unsigned i = 0; i < 2; i++) {
		const struct unfold *u = &s->d->side[i].set;
		struct hunt_side *side = &q.query.side[i];

		side->kinds = kinds;
		side->above = out[i] ? NOT_KILLED : 0;
		if (s->spec[i] == DIFF_NONE)
			continue;
		if (!unfold_home(u, s->spec[i]))
			return 0;
		side->above = unfold_rank(u, s->spec[i]);
		q.query.target[q.query.n_targets++] = (struct hunt_target){i, s->spec[i]};
	}
	s->above = q.query.side[0].above;
	s->kinds = kinds;
	if (s->d->work > WORK_MAX)
		return GIVEN_UP;
	if (s->piece == 0) {
		q.query.side[1].kills = kills_new;
		q.query.side[1].user = s;
		r = pieces_find(&s->d->pieces, &q, &path);
	} else {
		r = pieces_find_in(&s->d->pieces, &q, s->piece, &path);
	}
	s->d->work += WORK_EACH + hunt_work(s->d->hunt);
	return r;
}

static int search_pair(struct lbl_diff *d, uint32_t old_spec, uint32_t new_spec, uint32_t piece)
{
	static const bool both[2];
	struct search s = {.d = d, .spec = {old_spec, new_spec}, .piece = piece};
	unsigned fits = diff_fits(d, old_spec, new_spec);
	struct diff_pair *p;
	int r;

	if (!fits || !diff_differs(d, old_spec, new_spec))
		return 0;
	p = diff_pair(d, old_spec, new_spec, piece, false);
	s.want = fits & ~(p ? p->found : 0u);
	if (!s.want)
		return 0;
	/* if specs for every kind alone leave no path, there is none for any kind */
	r = hunt(&s, 1u << LBL_ANY, both);
	if (r == 0 || (r < 0 && r != -EAGAIN))
		return r;
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		p = diff_pair(d, old_spec, new_spec, piece, false);
		s.want = fits & 1u << k & ~(p ? p->found : 0u);
		if (!s.want)
			continue;
		r = hunt(&s, unfold_kinds(k), both);
		if (r < 0 && r != -EAGAIN)
			return r;
		if (r == -EAGAIN) {
			p = diff_pair(d, old_spec, new_spec, piece, true);
			if (!p)
				return -ENOMEM;
			p->unknown |= (uint8_t)(1u << k);
		}
	}
	return 0;
}

/** Note that we do not know who meets @spec (of @side). */
static int note_unknown(struct lbl_diff *d, unsigned side, uint32_t spec, uint32_t piece)
{
	struct diff_pair *p =
		diff_pair(d, side ? DIFF_NONE : spec, side ? spec : DIFF_NONE, piece, true);

	if (!p)
		return -ENOMEM;
	p->unknown |= (uint8_t)diff_fits(d, p->spec[0], p->spec[1]);
	return 0;
}

/** Can @spec of @side win anywhere in the piece?  1, 0, -errno (-EAGAIN: perhaps). */
static int can_win(struct lbl_diff *d, unsigned side, uint32_t spec, uint32_t piece)
{
	struct search s = {.d = d, .spec = {DIFF_NONE, DIFF_NONE}, .piece = piece};
	bool out[2] = {side == 1, side == 0};

	s.spec[side] = spec;
	return hunt(&s, 1u << LBL_ANY, out);
}

static bool is_regex(const struct lbl_diff *d, unsigned side, uint32_t spec)
{
	uint32_t rank = unfold_rank(&d->side[side].set, spec);

	return rank && !(rank & SOURCE_RANK_LITERAL);
}

/** Search for all pairs with @spec of @side, which is not aligned. */
static int search_around(struct lbl_diff *d, unsigned side, uint32_t spec)
{
	const struct diff_side *here = &d->side[side], *there = &d->side[!side];
	int r = can_win(d, side, spec, 0);

	if (r == 0 || (r < 0 && r != -EAGAIN))
		return r;
	r = meet_find(&d->meet, &here->set, "", spec, &there->set, "");
	if (r == -EAGAIN)
		return note_unknown(d, side, spec, 0);
	for (size_t i = 0; i < d->meet.specs.n && r >= 0; i++) {
		uint32_t other = d->meet.specs.v[i].b, partner = there->partner[other];

		if (!is_regex(d, !side, other))
			continue;
		/* its partner matches as well, and would win here */
		if (partner != ALIGN_NONE && partner > spec)
			continue;
		/* pairs of two that are not aligned come by once */
		if (partner == ALIGN_NONE && side == 1)
			continue;
		r = search_pair(d, side ? other : spec, side ? spec : other, 0);
	}
	if (r >= 0)
		r = search_pair(d, side ? DIFF_NONE : spec, side ? spec : DIFF_NONE, 0);
	return r;
}

/* ---- pieces that are seen differently -------------------------------------------------------- */

/** Who can win in the piece: bytes by spec, of those in the meeting. */
static int find_winners(struct lbl_diff *d, uint32_t piece, unsigned side, char *wins)
{
	int r = 0;

	for (uint32_t i = 0; i < d->side[side].source->n && (r >= 0 || r == -EAGAIN); i++) {
		r = 0;
		if (is_regex(d, side, i))
			r = can_win(d, side, i, piece);
		wins[i] = r != 0;
	}
	return r == -EAGAIN ? 0 : MIN(r, 0);
}

static int search_piece(struct lbl_diff *d, uint32_t piece)
{
	const struct piece *p = &d->pieces.v[piece];
	_cleanup_free_ char *old_wins = calloc(d->side[0].source->n + 1, 1);
	_cleanup_free_ char *new_wins = calloc(d->side[1].source->n + 1, 1);
	int r = old_wins && new_wins ? find_winners(d, piece, 0, old_wins) : -ENOMEM;

	if (r >= 0)
		r = find_winners(d, piece, 1, new_wins);
	if (r >= 0)
		r = meet_find(&d->meet, &d->side[0].set, p->name[0], MEET_ALL, &d->side[1].set,
			      p->name[1]);
	if (r == -EAGAIN)
		return note_unknown(d, 0, DIFF_NONE, piece);
	for (size_t i = 0; i < d->meet.specs.n && r >= 0; i++) {
		struct meet_pair m = d->meet.specs.v[i];

		if (old_wins[m.a] && new_wins[m.b])
			r = search_pair(d, m.a, m.b, piece);
	}
	for (uint32_t i = 0; i < d->side[0].source->n && r >= 0; i++)
		if (old_wins[i])
			r = search_pair(d, i, DIFF_NONE, piece);
	for (uint32_t i = 0; i < d->side[1].source->n && r >= 0; i++)
		if (new_wins[i])
			r = search_pair(d, DIFF_NONE, i, piece);
	return r;
}

/** Say that we do not know what else differs. */
static int give_up(struct lbl_diff *d)
{
	int r = note_unknown(d, 0, DIFF_NONE, 0);

	for (uint32_t i = 1; i < d->pieces.n && r >= 0; i++)
		if (!d->pieces.v[i].same)
			r = note_unknown(d, 0, DIFF_NONE, i);
	return r;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool is_changed(const struct lbl_diff *d, unsigned side, uint32_t spec)
{
	const struct diff_side *s = &d->side[side];
	uint32_t partner = s->partner[spec];

	if (source_is_literal(s->source, &s->source->specs[spec]))
		return false;
	if (partner == ALIGN_NONE)
		return true;
	return diff_differs(d, side ? partner : spec, side ? spec : partner);
}

static bool needs_search(const struct lbl_diff *d)
{
	for (unsigned side = 0; side < 2; side++)
		for (uint32_t i = 0; i < d->side[side].source->n; i++)
			if (is_changed(d, side, i))
				return true;
	for (size_t i = 0; i < d->pieces.n; i++)
		if (!d->pieces.v[i].same)
			return true;
	return d->n_pairs > 0;
}

static int unfold_both(struct lbl_diff *d)
{
	int r = unfold_init(&d->side[0].set, d->side[0].db);

	if (r >= 0)
		r = unfold_init(&d->side[1].set, d->side[1].db);
	return r < 0 ? r : hunt_new(&d->hunt, &d->side[0].set, &d->side[1].set);
}

static int search_all(struct lbl_diff *d)
{
	int r = 0;

	for (unsigned side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < d->side[side].source->n && r >= 0; i++) {
			uint32_t partner = d->side[side].partner[i];

			if (!is_regex(d, side, i))
				continue;
			if (partner == ALIGN_NONE)
				r = search_around(d, side, i);
			else if (side == 0)
				r = search_pair(d, i, partner, 0);
		}
	}
	for (uint32_t i = 1; i < d->pieces.n && r >= 0; i++)
		if (!d->pieces.v[i].same)
			r = search_piece(d, i);
	return r;
}

int diff_search(struct lbl_diff *d)
{
	int r = 0;

	if (!needs_search(d))
		return 0;
	r = unfold_both(d);
	if (r >= 0)
		r = search_all(d);
	log_debug(LOG_RULES, "diff", "%zu pairs, %llu work", d->n_pairs,
		  (unsigned long long)d->work);
	return r == GIVEN_UP ? give_up(d) : r;
}
