/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A deterministic automaton of "this spec and none of those" explodes: each spec with a wildcard
 * inside doubles it.  So only one half is made deterministic, and the other is guessed.
 *
 * A state is one position of each target, guessed, and the set of all positions of the killers,
 * which cannot be.  Fewer killers are better: a state is dropped when one was seen that is like it
 * but for a subset of its killers (an antichain is kept).  So a killer that stays in the set for
 * ever, once something was met on the way, costs nothing: the ways that do not meet it are seen
 * as well, and are better.  A killer that takes everything from here on ends the branch.
 *
 * Specs still in the trie are the state's trie node: those killers are not yet in the set.  No node
 * (0) is therefore better than any.  The same goes for the fence, and for the shape of the path:
 * within a name (SHAPE_NAME) everything is possible that is possible elsewhere.
 *
 * From a state not 255 bytes are tried but one of each class that the sets and nodes at hand can
 * tell apart, the most readable one.  The search is breadth first, so what it finds is short.
 */
#include "analysis/bag.h"
#include "analysis/classes.h"
#include "analysis/front.h"
#include "analysis/hunt.h"
#include "analysis/shape.h"

#include <string.h>

#define REFUSALS_MAX 256u /* by confirm */
#define EPOCHS	     (1u << 31)
#define PENDING	     UINT32_MAX /* a target still in the trie */
#define SIDE_BIT     (1u << 31) /* a killer of the second side */

struct hunt {
	const struct unfold *set[2];
	unsigned n_sides;
	const struct hunt_query *q;
	struct front front;
	struct bag killers;	 /* of the state being made */
	struct bag both, was[2]; /* scratch of read_start() */
	struct bag next[2];	 /* what the targets may go on with */
	bool matches[2];	 /* does the target match the path being made? */
	bool killed, closed;	 /* is it killed?  and all that is longer? */
	uint32_t *mark[2];	 /* by side and position: the epoch it was last listed in */
	uint32_t *set_mark[2];	 /* the same for byte sets */
	uint32_t epoch;
	struct buf prefix[2]; /* the plain bytes of the targets */
	struct classes classes;
	unsigned refusals;
	struct buf rest;
};

/* ---- sets of killers ------------------------------------------------------------------------- */

static int bag_positions(struct hunt *h, struct bag *b, unsigned side, uint32_t first, uint32_t n,
			 uint32_t tag)
{
	const uint32_t *p = n ? h->set[side]->trie.positions.follow + first : NULL;
	int r = 0;

	for (uint32_t i = 0; i < n && r >= 0; i++) {
		if (h->mark[side][p[i]] == h->epoch)
			continue;
		h->mark[side][p[i]] = h->epoch;
		r = bag_add(b, p[i] | tag);
	}
	return r;
}

static bool is_killer(const struct hunt *h, unsigned side, const struct trie_attached *at)
{
	const struct hunt_side *s = &h->q->side[side];

	return trie_rank(at) > s->above && !at->asks &&
	       s->kinds >> h->set[side]->source.specs[at->spec].kind & 1 &&
	       (!s->kills || s->kills(s->user, at->spec));
}

/** Does one of these take everything from here on? */
static bool has_universal(const struct positions *ps, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (ps->v[ps->follow[first + i]].flags & POSITION_UNIVERSAL)
			return true;
	return false;
}

/* ---- one byte -------------------------------------------------------------------------------- */

static void next_epoch(struct hunt *h)
{
	h->epoch++; /* hunt_run() sees to it that it does not come round */
}

/** The killers of @side that wait at @node. */
static int enter_killers(struct hunt *h, unsigned side, uint32_t node)
{
	const struct trie *trie = &h->set[side]->trie;
	const struct trie_attached *at;
	int r = 0;

	for (uint32_t i = trie->nodes[node].attached; i && r >= 0; i = at->next) {
		at = &trie->attached[i];
		if (!is_killer(h, side, at))
			continue;
		h->killed = h->killed || at->accepts;
		h->closed = h->closed || has_universal(&trie->positions, at->first, at->n_first);
		r = bag_positions(h, &h->killers, side, at->first, at->n_first,
				  side ? SIDE_BIT : 0);
	}
	return r;
}

/** Let the killers among @set that are of @side take @byte. */
static int feed_killers(struct hunt *h, unsigned side, const uint32_t *set, size_t n,
			unsigned char byte)
{
	const struct positions *ps = &h->set[side]->trie.positions;
	uint32_t tag = side ? SIDE_BIT : 0;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0 && !(h->closed && h->killed); i++) {
		const struct position *p;

		if ((set[i] & SIDE_BIT) != tag)
			continue;
		p = &ps->v[set[i] & ~SIDE_BIT];
		if (!regex_set_has(&ps->sets[p->set], byte))
			continue;
		h->killed = h->killed || p->flags & POSITION_LAST;
		h->closed = h->closed || has_universal(ps, p->follow, p->n_follow);
		r = bag_positions(h, &h->killers, side, p->follow, p->n_follow, tag);
	}
	return r;
}

/** A target that waits in the trie comes to @node. */
static int enter_target(struct hunt *h, unsigned t, uint32_t node)
{
	const struct hunt_target *target = &h->q->target[t];
	const struct unfold *u = h->set[target->side];
	const struct trie_attached *home;

	if (!node)
		return 0;
	if (node != u->node[target->spec])
		return bag_add(&h->next[t], PENDING);
	home = unfold_home(u, target->spec);
	h->matches[t] = h->matches[t] || home->accepts || home->asks;
	return bag_positions(h, &h->next[t], target->side, home->first, home->n_first, 0);
}

/** Let the target at @at take @byte, which brings its side to @node. */
static int feed_target(struct hunt *h, unsigned t, uint32_t at, unsigned char byte, uint32_t node)
{
	const struct hunt_target *target = &h->q->target[t];
	const struct unfold *u = h->set[target->side];
	const struct positions *ps = &u->trie.positions;
	const struct position *p;

	if (at == PENDING) {
		/* the node is on the target's way if it is as the plain bytes say */
		uint32_t depth = node ? u->depth[node] : 0;

		if (!depth || depth > h->prefix[t].len ||
		    (unsigned char)h->prefix[t].data[depth - 1] != byte)
			return 0;
		return enter_target(h, t, node);
	}
	p = &ps->v[at];
	if (!regex_set_has(&ps->sets[p->set], byte))
		return 0;
	h->matches[t] = h->matches[t] || p->flags & (POSITION_LAST | POSITION_ASK);
	return bag_positions(h, &h->next[t], target->side, p->follow, p->n_follow, 0);
}

static uint32_t feed_node(const struct hunt *h, unsigned side, uint32_t node, unsigned char byte)
{
	return node ? trie_child(&h->set[side]->trie, node, byte) : 0;
}

/** A node from which no killer can come is as good as none. */
static uint32_t useful_node(const struct hunt *h, unsigned side, uint32_t node)
{
	if (!node || h->set[side]->top[node] > h->q->side[side].above)
		return node;
	for (unsigned t = 0; t < h->q->n_targets; t++)
		for (size_t i = 0; h->q->target[t].side == side && i < h->next[t].n; i++)
			if (h->next[t].v[i] == PENDING)
				return node;
	return 0;
}

static void begin_step(struct hunt *h)
{
	h->killers.n = h->next[0].n = h->next[1].n = 0;
	h->killed = h->closed = h->matches[0] = h->matches[1] = false;
}

static int feed_sides(struct hunt *h, const uint32_t *node, const uint32_t *set, size_t n,
		      unsigned char byte, uint32_t ret_node[2])
{
	int r = 0;

	next_epoch(h);
	h->front.work += n + 1;
	for (unsigned i = 0; i < h->n_sides && r >= 0; i++) {
		ret_node[i] = feed_node(h, i, node[i], byte);
		r = feed_killers(h, i, set, n, byte);
		if (r >= 0 && ret_node[i])
			r = enter_killers(h, i, ret_node[i]);
	}
	return r;
}

static bool all_match(const struct hunt *h)
{
	bool all = true;

	for (unsigned t = 0; t < h->q->n_targets; t++)
		all = all && h->matches[t];
	return all;
}

/* ---- states ---------------------------------------------------------------------------------- */

/** Add @s, whose killers are in h->killers, sorted, unless there is a better one. */
static int add_state(struct hunt *h, struct front_state *s)
{
	struct front_place best = {.shape = SHAPE_NAME};

	memcpy(best.at, s->place.at, sizeof(best.at));
	/* a target that waits in the trie needs its node */
	for (unsigned t = 0; t < h->q->n_targets; t++)
		if (s->place.at[t] == PENDING)
			best.node[h->q->target[t].side] = s->place.node[h->q->target[t].side];
	return front_add(&h->front, s, &best, h->killers.v, h->killers.n);
}

/** Add a state for each way the targets may go on. */
static int add_states(struct hunt *h, struct front_state *s)
{
	size_t n[2] = {1, 1};
	int r = 0;

	for (unsigned t = 0; t < h->q->n_targets; t++)
		n[t] = h->next[t].n;
	if (h->closed || n[0] == 0 || n[1] == 0)
		return 0;
	positions_sort(h->killers.v, h->killers.n);
	for (unsigned i = 0; i < h->n_sides; i++)
		s->place.node[i] = useful_node(h, i, s->place.node[i]);
	for (size_t i = 0; i < n[0] && r >= 0; i++) {
		for (size_t k = 0; k < n[1] && r >= 0; k++) {
			s->place.at[0] = h->q->n_targets > 0 ? h->next[0].v[i] : 0;
			s->place.at[1] = h->q->n_targets > 1 ? h->next[1].v[k] : 0;
			r = add_state(h, s);
		}
	}
	return r;
}

/* ---- classes of bytes ------------------------------------------------------------------------ */

/** The bytes that all targets take at @s. */
static struct regex_set wanted_bytes(const struct hunt *h, const struct front_state *s)
{
	struct regex_set all = {{~UINT64_C(1), UINT64_MAX, UINT64_MAX, UINT64_MAX}};

	for (unsigned t = 0; t < h->q->n_targets; t++) {
		const struct hunt_target *target = &h->q->target[t];
		const struct unfold *u = h->set[target->side];
		const struct positions *ps = &u->trie.positions;

		if (s->place.at[t] == PENDING) {
			uint32_t depth = u->depth[s->place.node[target->side]];
			struct regex_set one =
				regex_set_of((unsigned char)h->prefix[t].data[depth]);

			all = regex_set_and(&all, &one);
		} else {
			all = regex_set_and(&all, &ps->sets[ps->v[s->place.at[t]].set]);
		}
	}
	return all;
}

/** PCRE2's specs may tell apart the bytes in their text; a guess, but what is found is judged. */
static void split_by_text(struct hunt *h, const struct front_state *s)
{
	for (unsigned t = 0; t < h->q->n_targets; t++) {
		const struct hunt_target *target = &h->q->target[t];
		const struct source *source = &h->set[target->side]->source;
		const struct source_spec *spec = &source->specs[target->spec];
		const char *text = source_regex(source, spec);

		if (s->place.at[t] == PENDING ||
		    !unfold_home(h->set[target->side], target->spec)->asks)
			continue;
		for (unsigned i = 0; i < spec->regex_len; i++)
			classes_split_byte(&h->classes, (unsigned char)text[i]);
	}
}

static void find_classes(struct hunt *h, const struct front_state *s)
{
	struct regex_set wanted = wanted_bytes(h, s);

	classes_begin(&h->classes, &wanted);
	classes_split_byte(&h->classes, '/');
	if (s->place.shape == SHAPE_SLASH || s->place.shape == SHAPE_DOT)
		classes_split_byte(&h->classes, '.');
	for (unsigned i = 0; i < h->n_sides; i++) {
		const struct trie *trie = &h->set[i]->trie;

		for (uint32_t c = s->place.node[i] ? trie->nodes[s->place.node[i]].child : 0; c;
		     c = trie->nodes[c].sibling)
			if (h->set[i]->top[c] > h->q->side[i].above)
				classes_split_byte(&h->classes, trie->nodes[c].byte);
	}
	if (h->q->fence && s->place.fence)
		for (uint32_t c = h->q->fence->nodes[s->place.fence].child; c;
		     c = h->q->fence->nodes[c].sibling)
			classes_split_byte(&h->classes, h->q->fence->nodes[c].byte);
	split_by_text(h, s);
	next_epoch(h);
	for (uint32_t i = 0; i < s->n_set; i++) {
		uint32_t p = h->front.pool[s->set + i];
		unsigned side = p & SIDE_BIT ? 1 : 0;
		const struct positions *ps = &h->set[side]->trie.positions;
		uint32_t set = ps->v[p & ~SIDE_BIT].set;

		if (h->set_mark[side][set] == h->epoch)
			continue;
		h->set_mark[side][set] = h->epoch;
		classes_split(&h->classes, &ps->sets[set]);
	}
}

/* ---- the search ------------------------------------------------------------------------------ */

/** The path of @state and @byte behind it, or of no state: "". */
static int write_rest(struct hunt *h, uint32_t state, unsigned char byte)
{
	size_t len = 0, at;

	buf_reset(&h->rest);
	for (uint32_t i = state; i; i = h->front.v[i].parent)
		len++;
	for (at = 0; at < len; at++)
		buf_addc(&h->rest, (char)byte);
	if (buf_error(&h->rest) < 0)
		return buf_error(&h->rest);
	/* the states without a parent are those before the first byte */
	for (uint32_t i = state; h->front.v[i].parent; i = h->front.v[i].parent)
		h->rest.data[--at - 1] = (char)h->front.v[i].byte;
	return 0;
}

static int found(struct hunt *h)
{
	int r = h->q->confirm ? h->q->confirm(h->q->user, buf_str(&h->rest), h->rest.len) : 1;

	if (r == 0 && ++h->refusals > REFUSALS_MAX)
		return -EAGAIN;
	return r;
}

/** Return 1 when the path is found, 0 to go on. */
static int try_byte(struct hunt *h, uint32_t from, unsigned char byte)
{
	const struct front_state *s = &h->front.v[from];
	struct front_state next = {.parent = from, .byte = byte};
	enum shape shape = shape_next(s->place.shape, byte);
	unsigned fence = h->q->fence ? fence_flags(h->q->fence, s->place.fence) : 0, flags;
	int r;

	if (shape == SHAPE_BAD || fence & FENCE_STOP || (fence & FENCE_DOWN && byte == '/'))
		return 0;
	if (h->q->fence && s->place.fence)
		next.place.fence = fence_child(h->q->fence, s->place.fence, byte);
	next.place.shape = shape;
	begin_step(h);
	r = feed_sides(h, s->place.node, h->front.pool + s->set, s->n_set, byte, next.place.node);
	next_epoch(h); /* a spec may be target and killer */
	for (unsigned t = 0; t < h->q->n_targets && r >= 0; t++, next_epoch(h))
		r = feed_target(h, t, s->place.at[t], byte, next.place.node[h->q->target[t].side]);
	if (r < 0)
		return r;
	flags = h->q->fence && next.place.fence ? fence_flags(h->q->fence, next.place.fence) : 0;
	if (all_match(h) && !h->killed && !(flags & FENCE_END) &&
	    shape_ends(s->place.shape, shape)) {
		r = write_rest(h, from, byte);
		if (r >= 0)
			r = found(h);
		if (r != 0)
			return r;
	}
	return add_states(h, &next);
}

static int expand(struct hunt *h, uint32_t from)
{
	unsigned char bytes[256];
	unsigned n;
	int r = 0;

	find_classes(h, &h->front.v[from]);
	n = classes_bytes(&h->classes, bytes);
	for (unsigned i = 0; i < n && r == 0; i++)
		r = try_byte(h, from, bytes[i]);
	return r;
}

/** Everybody of @side at the root of its trie. */
static int enter_root(struct hunt *h, unsigned side)
{
	int r;

	next_epoch(h);
	r = enter_killers(h, side, TRIE_ROOT);
	for (unsigned t = 0; t < h->q->n_targets && r >= 0; t++) {
		next_epoch(h);
		if (h->q->target[t].side == side)
			r = enter_target(h, t, TRIE_ROOT);
	}
	return r;
}

/** Let all of @side take a byte before the search begins. */
static int read_byte(struct hunt *h, unsigned side, uint32_t *node, unsigned char byte)
{
	int r;

	bag_move(&h->was[0], &h->killers);
	h->killed = false;
	*node = feed_node(h, side, *node, byte);
	next_epoch(h);
	r = feed_killers(h, side, h->was[0].v, h->was[0].n, byte);
	if (r >= 0 && *node)
		r = enter_killers(h, side, *node);
	for (unsigned t = 0; t < h->q->n_targets && r >= 0; t++) {
		if (h->q->target[t].side != side)
			continue;
		next_epoch(h);
		bag_move(&h->was[1], &h->next[t]);
		h->matches[t] = false;
		for (size_t i = 0; i < h->was[1].n && r >= 0; i++)
			r = feed_target(h, t, h->was[1].v[i], byte, *node);
	}
	return r;
}

/** Let each side read what it has before the search. */
static int read_starts(struct hunt *h, struct front_state *s)
{
	bool killed = false, closed = false;
	int r = 0;

	begin_step(h);
	h->both.n = 0;
	for (unsigned side = 0; side < h->n_sides && r >= 0; side++) {
		const struct hunt_side *from = &h->q->side[side];

		h->killers.n = 0;
		h->killed = h->closed = false;
		s->place.node[side] = TRIE_ROOT;
		r = enter_root(h, side);
		for (size_t i = 0; i < from->start_len && r >= 0; i++) {
			killed = killed || h->closed;
			r = read_byte(h, side, &s->place.node[side], (unsigned char)from->start[i]);
		}
		killed = killed || h->killed;
		closed = closed || h->closed;
		for (size_t i = 0; i < h->killers.n && r >= 0; i++)
			r = bag_add(&h->both, h->killers.v[i]);
	}
	bag_move(&h->killers, &h->both);
	h->killed = killed;
	h->closed = closed;
	return r;
}

/** Nothing can match that begins so: a side has read what kills all. */
static int begin(struct hunt *h)
{
	struct front_state first = {.place.fence = h->q->fence && h->q->fence->n ? FENCE_TOP : 0,
				    .place.shape = h->q->top ? SHAPE_TOP : SHAPE_CUT};
	int r = read_starts(h, &first);

	if (r < 0)
		return r;
	if (h->q->empty && all_match(h) && !h->killed) {
		buf_reset(&h->rest);
		r = found(h);
		if (r != 0)
			return r;
	}
	return h->q->only_empty ? 0 : add_states(h, &first);
}

static int search(struct hunt *h)
{
	int r = 0;

	for (unsigned t = 0; t < h->q->n_targets && r >= 0; t++) {
		const struct hunt_target *target = &h->q->target[t];

		if (!unfold_home(h->set[target->side], target->spec))
			return 0;
		r = unfold_prefix(h->set[target->side], target->spec, &h->prefix[t]);
	}
	if (r >= 0)
		r = begin(h);
	for (uint32_t i = 1; i < h->front.n && r == 0; i++)
		if (!h->front.v[i].beaten)
			r = expand(h, i);
	return r == 0 && h->refusals ? -EAGAIN : r;
}

int hunt_run(struct hunt *h, const struct hunt_query *query, struct buf *ret_rest)
{
	int r;

	h->q = query;
	h->refusals = 0;
	if (h->epoch > EPOCHS) {
		for (unsigned i = 0; i < h->n_sides; i++) {
			memset(h->mark[i], 0, h->set[i]->trie.positions.n * sizeof(uint32_t));
			memset(h->set_mark[i], 0,
			       h->set[i]->trie.positions.n_sets * sizeof(uint32_t));
		}
		h->epoch = 0;
	}
	r = front_begin(&h->front);
	if (r >= 0)
		r = search(h);
	if (r > 0) {
		buf_reset(ret_rest);
		buf_add(ret_rest, buf_str(&h->rest), h->rest.len);
		r = buf_error(ret_rest) < 0 ? buf_error(ret_rest) : 1;
	}
	h->q = NULL;
	return r;
}

uint64_t hunt_work(const struct hunt *h)
{
	return h->front.work;
}

int hunt_new(struct hunt **ret_hunt, const struct unfold *set, const struct unfold *other)
{
	struct hunt *h = calloc(1, sizeof(*h));
	bool ok = h;

	if (h) {
		h->set[0] = set;
		h->set[1] = other;
		h->n_sides = other ? 2 : 1;
	}
	for (unsigned i = 0; ok && i < h->n_sides; i++) {
		h->mark[i] = calloc(h->set[i]->trie.positions.n + 1, sizeof(uint32_t));
		h->set_mark[i] = calloc(h->set[i]->trie.positions.n_sets + 1, sizeof(uint32_t));
		ok = h->mark[i] && h->set_mark[i];
	}
	if (!ok) {
		hunt_free(h);
		return -ENOMEM;
	}
	*ret_hunt = h;
	return 0;
}

struct hunt *hunt_free(struct hunt *h)
{
	if (h) {
		for (unsigned i = 0; i < 2; i++) {
			free(h->mark[i]);
			free(h->set_mark[i]);
			free(h->next[i].v);
			free(h->was[i].v);
			buf_done(&h->prefix[i]);
		}
		free(h->killers.v);
		free(h->both.v);
		front_done(&h->front);
		buf_done(&h->rest);
		free(h);
	}
	return NULL;
}
