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
#include "rules/hunt.h"

#include <string.h>

#define STATES_MAX   200000u
#define POOL_MAX     (1u << 24) /* killers in all states' sets */
#define WORK_MAX     (1u << 28) /* killers looked at, in all */
#define REFUSALS_MAX 256u	/* by confirm */
#define BUCKETS	     64u	/* to begin with */
#define EPOCHS	     (1u << 31)
#define PENDING	     UINT32_MAX /* a target still in the trie */
#define SIDE_BIT     (1u << 31) /* a killer of the second side */

enum shape {
	SHAPE_TOP, /* before the slash a path begins with */
	SHAPE_CUT, /* after a whole name, before a slash */
	SHAPE_SLASH,
	SHAPE_DOT, /* the name so far is "." */
	SHAPE_DOTS,
	SHAPE_NAME,
	SHAPE_BAD,
};

struct state {
	uint32_t at[2];	  /* of the targets: a position or PENDING */
	uint32_t node[2]; /* of the sides */
	uint32_t fence;
	uint32_t set, n_set; /* killers, in the pool */
	uint64_t sketch;     /* of the set: a subset has no other bits */
	uint32_t parent;
	uint32_t next, hash; /* in its bucket */
	uint8_t shape, byte;
	bool beaten;
};

/** A growable set of positions, each once. */
struct bag {
	uint32_t *v;
	size_t n, cap;
};

struct hunt {
	const struct unfold *set[2];
	unsigned n_sides;
	const struct hunt_query *q;
	struct state *states;
	size_t n, cap;
	uint32_t *pool;
	size_t n_pool, pool_cap;
	uint32_t *buckets;
	size_t n_buckets;
	struct bag killers;	 /* of the state being made */
	struct bag both, was[2]; /* scratch of read_start() */
	struct bag next[2];	 /* what the targets may go on with */
	bool matches[2];	 /* does the target match the path being made? */
	bool killed, closed;	 /* is it killed?  and all that is longer? */
	uint32_t *mark[2];	 /* by side and position: the epoch it was last listed in */
	uint32_t *set_mark[2];	 /* the same for byte sets */
	uint32_t epoch;
	struct buf prefix[2];	   /* the plain bytes of the targets */
	struct regex_set *classes; /* 256 of them */
	unsigned n_classes;
	uint64_t work;
	unsigned refusals;
	struct buf rest;
};

/* ---- shapes ---------------------------------------------------------------------------------- */

static enum shape shape_next(enum shape shape, unsigned char byte)
{
	switch (shape) {
	case SHAPE_TOP:
	case SHAPE_CUT: return byte == '/' ? SHAPE_SLASH : SHAPE_BAD;
	case SHAPE_SLASH: return byte == '/' ? SHAPE_BAD : byte == '.' ? SHAPE_DOT : SHAPE_NAME;
	case SHAPE_DOT: return byte == '/' ? SHAPE_BAD : byte == '.' ? SHAPE_DOTS : SHAPE_NAME;
	case SHAPE_DOTS: return byte == '/' ? SHAPE_BAD : SHAPE_NAME;
	case SHAPE_NAME: return byte == '/' ? SHAPE_SLASH : SHAPE_NAME;
	default: return SHAPE_BAD;
	}
}

/* ---- sets of killers ------------------------------------------------------------------------- */

static int bag_add(struct bag *b, uint32_t x)
{
	int r = array_reserve(&b->v, &b->cap, b->n + 1, sizeof(*b->v));

	if (r >= 0)
		b->v[b->n++] = x;
	return r;
}

static int bag_positions(struct hunt *h, struct bag *b, unsigned side, uint32_t first, uint32_t n,
			 uint32_t tag)
{
	const uint32_t *p = h->set[side]->trie.positions.follow + first;
	int r = 0;

	for (uint32_t i = 0; i < n && r >= 0; i++) {
		if (h->mark[side][p[i]] == h->epoch)
			continue;
		h->mark[side][p[i]] = h->epoch;
		r = bag_add(b, p[i] | tag);
	}
	return r;
}

static void sort_ascending(uint32_t *v, size_t n)
{
	for (size_t gap = n > 13 ? n / 3 : 1; gap; gap = gap == 1 ? 0 : gap / 3 + (gap == 2)) {
		for (size_t i = gap; i < n; i++) {
			uint32_t x = v[i];
			size_t j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
}

static uint64_t sketch_of(const struct bag *b)
{
	uint64_t s = 0;

	for (size_t i = 0; i < b->n; i++)
		s |= UINT64_C(1) << (b->v[i] * 2654435761u >> 26);
	return s;
}

/** Is the sorted @a within the sorted @b? */
static bool is_subset(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
	size_t j = 0;

	if (n_a > n_b)
		return false;
	for (size_t i = 0; i < n_a; i++, j++) {
		while (j < n_b && b[j] < a[i])
			j++;
		if (j == n_b || b[j] != a[i])
			return false;
	}
	return true;
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
	h->matches[t] |= home->accepts;
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
	h->matches[t] |= (p->flags & POSITION_LAST) != 0;
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
	h->work += n + 1;
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

static uint32_t hash_state(const struct state *s)
{
	uint32_t words[] = {s->at[0], s->at[1], s->node[0], s->node[1], s->fence, s->shape};
	uint64_t x = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		x = (x ^ words[i]) * 0x9e3779b97f4a7c15u ^ x >> 29;
	return (uint32_t)(x >> 32);
}

static int rehash(struct hunt *h)
{
	size_t n = h->n_buckets ? h->n_buckets * 4 : BUCKETS;
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (uint32_t i = 1; i < h->n; i++) {
		struct state *s = &h->states[i];

		if (s->beaten)
			continue;
		s->next = fresh[s->hash & (n - 1)];
		fresh[s->hash & (n - 1)] = i;
	}
	free(h->buckets);
	h->buckets = fresh;
	h->n_buckets = n;
	return 0;
}

static bool same_place(const struct state *a, const struct state *b)
{
	return a->at[0] == b->at[0] && a->at[1] == b->at[1] && a->node[0] == b->node[0] &&
	       a->node[1] == b->node[1] && a->fence == b->fence && a->shape == b->shape;
}

/** Is there a state at @place with no other killers than @s (in h->killers)? */
static bool is_beaten(struct hunt *h, const struct state *place, const struct state *s)
{
	uint32_t hash = hash_state(place);

	for (uint32_t i = h->buckets[hash & (h->n_buckets - 1)]; i; i = h->states[i].next) {
		const struct state *o = &h->states[i];

		if (o->hash != hash || o->sketch & ~s->sketch || !same_place(o, place))
			continue;
		h->work += o->n_set + 1;
		if (is_subset(h->pool + o->set, o->n_set, h->killers.v, h->killers.n))
			return true;
	}
	return false;
}

/** Take out of the bucket what @s beats. */
static void beat_others(struct hunt *h, const struct state *s)
{
	uint32_t *link = &h->buckets[s->hash & (h->n_buckets - 1)];

	while (*link) {
		struct state *o = &h->states[*link];

		if (o->hash == s->hash && !(s->sketch & ~o->sketch) && same_place(o, s) &&
		    is_subset(h->killers.v, h->killers.n, h->pool + o->set, o->n_set)) {
			o->beaten = true;
			*link = o->next;
		} else {
			link = &o->next;
		}
	}
}

static int store_state(struct hunt *h, const struct state *s)
{
	uint32_t *bucket;
	int r = 0;

	if (h->n >= STATES_MAX || h->n_pool + h->killers.n > POOL_MAX || h->work > WORK_MAX)
		return -EAGAIN;
	if (h->n >= h->n_buckets)
		r = rehash(h);
	if (r >= 0)
		r = array_reserve(&h->states, &h->cap, h->n + 1, sizeof(*h->states));
	if (r >= 0)
		r = array_reserve(&h->pool, &h->pool_cap, h->n_pool + h->killers.n,
				  sizeof(*h->pool));
	if (r < 0)
		return r;
	beat_others(h, s);
	if (h->killers.n)
		memcpy(h->pool + h->n_pool, h->killers.v, h->killers.n * sizeof(*h->pool));
	h->states[h->n] = *s;
	h->states[h->n].set = (uint32_t)h->n_pool;
	h->states[h->n].n_set = (uint32_t)h->killers.n;
	h->n_pool += h->killers.n;
	bucket = &h->buckets[s->hash & (h->n_buckets - 1)];
	h->states[h->n].next = *bucket;
	*bucket = (uint32_t)h->n++;
	return 0;
}

/** Add @s, whose killers are in h->killers, sorted, unless there is a better one. */
static int add_state(struct hunt *h, struct state *s)
{
	struct state best = *s;

	/* a target that waits in the trie needs its node */
	for (unsigned i = 0; i < h->n_sides; i++)
		best.node[i] = 0;
	for (unsigned t = 0; t < h->q->n_targets; t++)
		if (s->at[t] == PENDING)
			best.node[h->q->target[t].side] = s->node[h->q->target[t].side];
	best.fence = 0;
	best.shape = SHAPE_NAME;
	s->hash = hash_state(s);
	if (is_beaten(h, s, s) || (!same_place(s, &best) && is_beaten(h, &best, s)))
		return 0;
	return store_state(h, s);
}

/** Add a state for each way the targets may go on. */
static int add_states(struct hunt *h, struct state *s)
{
	size_t n[2] = {1, 1};
	int r = 0;

	for (unsigned t = 0; t < h->q->n_targets; t++)
		n[t] = h->next[t].n;
	if (h->closed || n[0] == 0 || n[1] == 0)
		return 0;
	sort_ascending(h->killers.v, h->killers.n);
	s->sketch = sketch_of(&h->killers);
	for (unsigned i = 0; i < h->n_sides; i++)
		s->node[i] = useful_node(h, i, s->node[i]);
	for (size_t i = 0; i < n[0] && r >= 0; i++) {
		for (size_t k = 0; k < n[1] && r >= 0; k++) {
			s->at[0] = h->q->n_targets > 0 ? h->next[0].v[i] : 0;
			s->at[1] = h->q->n_targets > 1 ? h->next[1].v[k] : 0;
			r = add_state(h, s);
		}
	}
	return r;
}

/* ---- classes of bytes ------------------------------------------------------------------------ */

static bool set_empty(const struct regex_set *s)
{
	return !(s->w[0] | s->w[1] | s->w[2] | s->w[3]);
}

static struct regex_set set_and(const struct regex_set *a, const struct regex_set *b, bool not_b)
{
	uint64_t flip = not_b ? UINT64_MAX : 0;
	struct regex_set out;

	for (unsigned i = 0; i < 4; i++)
		out.w[i] = a->w[i] & (b->w[i] ^ flip);
	return out;
}

static struct regex_set set_of(unsigned char byte)
{
	struct regex_set out = {{0}};

	out.w[byte >> 6] |= UINT64_C(1) << (byte & 63);
	return out;
}

/** Tell those in @set from the others. */
static void split_classes(struct hunt *h, const struct regex_set *set)
{
	for (unsigned i = 0, n = h->n_classes; i < n; i++) {
		struct regex_set in = set_and(&h->classes[i], set, false);
		struct regex_set out = set_and(&h->classes[i], set, true);

		if (set_empty(&in) || set_empty(&out))
			continue;
		h->classes[i] = in;
		h->classes[h->n_classes++] = out;
	}
}

static void split_byte(struct hunt *h, unsigned char byte)
{
	struct regex_set set = set_of(byte);

	split_classes(h, &set);
}

/** The bytes that all targets take at @s. */
static struct regex_set wanted_bytes(const struct hunt *h, const struct state *s)
{
	struct regex_set all = {{~UINT64_C(1), UINT64_MAX, UINT64_MAX, UINT64_MAX}};

	for (unsigned t = 0; t < h->q->n_targets; t++) {
		const struct hunt_target *target = &h->q->target[t];
		const struct unfold *u = h->set[target->side];
		const struct positions *ps = &u->trie.positions;

		if (s->at[t] == PENDING) {
			uint32_t depth = u->depth[s->node[target->side]];
			struct regex_set one = set_of((unsigned char)h->prefix[t].data[depth]);

			all = set_and(&all, &one, false);
		} else {
			all = set_and(&all, &ps->sets[ps->v[s->at[t]].set], false);
		}
	}
	return all;
}

static void find_classes(struct hunt *h, const struct state *s)
{
	h->classes[0] = wanted_bytes(h, s);
	h->n_classes = !set_empty(&h->classes[0]);
	split_byte(h, '/');
	if (s->shape == SHAPE_SLASH || s->shape == SHAPE_DOT)
		split_byte(h, '.');
	for (unsigned i = 0; i < h->n_sides; i++) {
		const struct trie *trie = &h->set[i]->trie;

		for (uint32_t c = s->node[i] ? trie->nodes[s->node[i]].child : 0; c;
		     c = trie->nodes[c].sibling)
			if (h->set[i]->top[c] > h->q->side[i].above)
				split_byte(h, trie->nodes[c].byte);
	}
	if (h->q->fence && s->fence)
		for (uint32_t c = h->q->fence->nodes[s->fence].child; c;
		     c = h->q->fence->nodes[c].sibling)
			split_byte(h, h->q->fence->nodes[c].byte);
	next_epoch(h);
	for (uint32_t i = 0; i < s->n_set; i++) {
		uint32_t p = h->pool[s->set + i];
		unsigned side = p & SIDE_BIT ? 1 : 0;
		const struct positions *ps = &h->set[side]->trie.positions;
		uint32_t set = ps->v[p & ~SIDE_BIT].set;

		if (h->set_mark[side][set] == h->epoch)
			continue;
		h->set_mark[side][set] = h->epoch;
		split_classes(h, &ps->sets[set]);
	}
}

/** The most readable byte of a set that is not empty. */
static unsigned char readable_byte(const struct regex_set *set)
{
	static const char order[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "_-/.+,=@:%~#";

	for (const char *p = order; *p; p++)
		if (regex_set_has(set, (unsigned char)*p))
			return (unsigned char)*p;
	for (unsigned b = ' '; b < 256 + ' '; b++)
		if (b != 0x7f && regex_set_has(set, (unsigned char)b))
			return (unsigned char)b;
	return 0x7f;
}

/* ---- the search ------------------------------------------------------------------------------ */

/** The path of @state and @byte behind it, or of no state: "". */
static int write_rest(struct hunt *h, uint32_t state, unsigned char byte)
{
	size_t len = 0, at;

	buf_reset(&h->rest);
	for (uint32_t i = state; i; i = h->states[i].parent)
		len++;
	for (at = 0; at < len; at++)
		buf_addc(&h->rest, (char)byte);
	if (buf_error(&h->rest) < 0)
		return buf_error(&h->rest);
	/* the states without a parent are those before the first byte */
	for (uint32_t i = state; h->states[i].parent; i = h->states[i].parent)
		h->rest.data[--at - 1] = (char)h->states[i].byte;
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
	const struct state *s = &h->states[from];
	struct state next = {.parent = from, .byte = byte};
	enum shape shape = shape_next(s->shape, byte);
	unsigned fence = h->q->fence ? fence_flags(h->q->fence, s->fence) : 0, flags;
	int r;

	if (shape == SHAPE_BAD || fence & FENCE_STOP || (fence & FENCE_DOWN && byte == '/'))
		return 0;
	if (h->q->fence && s->fence)
		next.fence = fence_child(h->q->fence, s->fence, byte);
	next.shape = (uint8_t)shape;
	begin_step(h);
	r = feed_sides(h, s->node, h->pool + s->set, s->n_set, byte, next.node);
	next_epoch(h); /* a spec may be target and killer */
	for (unsigned t = 0; t < h->q->n_targets && r >= 0; t++, next_epoch(h))
		r = feed_target(h, t, s->at[t], byte, next.node[h->q->target[t].side]);
	if (r < 0)
		return r;
	flags = h->q->fence && next.fence ? fence_flags(h->q->fence, next.fence) : 0;
	if (all_match(h) && !h->killed && !(flags & FENCE_END) &&
	    (shape == SHAPE_NAME || s->shape == SHAPE_TOP)) {
		r = write_rest(h, from, byte);
		if (r >= 0)
			r = found(h);
		if (r != 0)
			return r;
	}
	return add_states(h, &next);
}

static int by_preference(const void *a, const void *b)
{
	const unsigned char *x = a, *y = b;

	return (*x >= 'a' && *x <= 'z' ? *x : *x + 256) - (*y >= 'a' && *y <= 'z' ? *y : *y + 256);
}

static int expand(struct hunt *h, uint32_t from)
{
	unsigned char bytes[256];
	unsigned n;
	int r = 0;

	find_classes(h, &h->states[from]);
	n = h->n_classes;
	for (unsigned i = 0; i < n; i++)
		bytes[i] = readable_byte(&h->classes[i]);
	qsort(bytes, n, 1, by_preference);
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

/** Empty @from into @to, which loses what it had. */
static void bag_move(struct bag *to, struct bag *from)
{
	struct bag swap = *to;

	*to = *from;
	*from = swap;
	from->n = 0;
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
static int read_starts(struct hunt *h, struct state *s)
{
	bool killed = false, closed = false;
	int r = 0;

	begin_step(h);
	h->both.n = 0;
	for (unsigned side = 0; side < h->n_sides && r >= 0; side++) {
		const struct hunt_side *from = &h->q->side[side];

		h->killers.n = 0;
		h->killed = h->closed = false;
		s->node[side] = TRIE_ROOT;
		r = enter_root(h, side);
		for (size_t i = 0; i < from->start_len && r >= 0; i++) {
			killed = killed || h->closed;
			r = read_byte(h, side, &s->node[side], (unsigned char)from->start[i]);
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
	struct state first = {.fence = h->q->fence && h->q->fence->n ? FENCE_TOP : 0,
			      .shape = h->q->top ? SHAPE_TOP : SHAPE_CUT};
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

static bool asks(const struct hunt *h, const struct hunt_target *target)
{
	const struct trie_attached *home = unfold_home(h->set[target->side], target->spec);

	return home && home->asks;
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
	for (unsigned t = 0; t < h->q->n_targets; t++)
		if (asks(h, &h->q->target[t]))
			return -EAGAIN;
	if (r >= 0)
		r = begin(h);
	for (uint32_t i = 1; i < h->n && r == 0; i++)
		if (!h->states[i].beaten)
			r = expand(h, i);
	return r == 0 && h->refusals ? -EAGAIN : r;
}

int hunt_run(struct hunt *h, const struct hunt_query *query, struct buf *ret_rest)
{
	int r;

	h->q = query;
	h->n = 1; /* 0 is no state */
	h->n_pool = 0;
	h->work = h->refusals = 0;
	if (h->epoch > EPOCHS) {
		for (unsigned i = 0; i < h->n_sides; i++) {
			memset(h->mark[i], 0, h->set[i]->trie.positions.n * sizeof(uint32_t));
			memset(h->set_mark[i], 0,
			       h->set[i]->trie.positions.n_sets * sizeof(uint32_t));
		}
		h->epoch = 0;
	}
	if (h->n_buckets > BUCKETS * 16) { /* clearing them is work, too */
		free(h->buckets);
		h->buckets = NULL;
		h->n_buckets = 0;
	}
	if (h->n_buckets)
		memset(h->buckets, 0, h->n_buckets * sizeof(*h->buckets));
	r = array_reserve(&h->states, &h->cap, 1, sizeof(*h->states));
	if (r >= 0 && !h->n_buckets)
		r = rehash(h);
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

int hunt_new(struct hunt **ret_hunt, const struct unfold *set, const struct unfold *other)
{
	struct hunt *h = calloc(1, sizeof(*h));
	bool ok = h && (h->classes = calloc(257, sizeof(*h->classes)));

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
		free(h->states);
		free(h->pool);
		free(h->buckets);
		free(h->classes);
		buf_done(&h->rest);
		free(h);
	}
	return NULL;
}
