/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories of which something waits stand in a ring, one for each owner, and the owners in
 * another:
 *
 *	head ── owner ──────── owner ──────── owner ── (head)
 *	          │ head         │ head         │ head
 *	       dir ─ dir      dir ─ dir        dir
 *
 * The directory at the head of the owner at the head hands out its names, a round of them; then it
 * is the next directory's turn, and after as many of one owner the next owner's.  What may not yet
 * (delay, rate) is passed over, an owner with all that is his at once.  When none may, the time of
 * the earliest is kept, so that asking again costs nothing until then.
 *
 * An owner's allowance outlives his directories: making many of them gains nothing.  There is a
 * fixed number of such allowances, and users that share one by chance share its limit.
 */
#include "batch.h"

#include <string.h>

#include "hash.h"
#include "util.h"

#define ROUND	    64 /* names of one directory, or owner, before it is the next one's turn */
#define OWNERS	    1024
#define NO_OWNER    0	/* not known: no limit but those of all and of the directory */
#define OWNER_DIRS  2	/* an owner may have done as much as so many directories */
#define OWNER_SCANS 4	/* so many owners may have all scans that go on */
#define LOOK_AT	    512 /* so many of an owner's directories, then others are asked first... */
#define LOOK_AGAIN  10	/* ...for so many ms: who has many does not make each question dear */
#define NOBODY	    UINT32_MAX
#define NEVER	    UINT64_MAX
#define DEBT_S	    5	/* a charge takes all others no longer than this... */
#define DIR_DEBT_S  600 /* ...and its own directory no longer than that to pay */

struct name {
	struct name *next; /* of the directory */
	struct name *chain;
	uint64_t at;
	uint32_t dir, hash;
	int pid;
	char text[];
};

/* Tokens in thousandths: RATE a second is RATE a millisecond of those. */
struct bucket {
	int64_t level;
	uint64_t at;
};

struct dir {
	struct name *first, **end;
	struct bucket bucket;
	uint64_t scan_at;
	uint32_t next, prev; /* in the owner's ring */
	uint32_t names, round;
	uint16_t owner, cost; /* cost 0: 1 */
	bool in_ring, scan, at_once, held_back, known;
};

struct owner {
	struct bucket bucket;
	uint64_t earliest; /* nothing of his may be done before */
	uint32_t head, next, prev;
	uint32_t at_once; /* scans that wait */
	uint32_t scans;	  /* that go on */
	uint32_t round;
	bool known;
};

struct batch {
	struct batch_limits limits;
	struct batch_stats stats;
	struct name **table;
	size_t mask;
	uint64_t seed;
	struct dir *dirs;
	size_t n_dirs;
	struct owner owners[OWNERS];
	uint32_t head, n_owners; /* of the owners' ring */
	uint32_t scans;		 /* that go on */
	struct bucket bucket;
	bool known;	   /* the bucket is in use */
	uint64_t earliest; /* nobody may do anything before */
	struct name *out;  /* handed out last */
};

/* ---- tokens --------------------------------------------------------------------------------- */

static void refill(struct bucket *b, bool *known, unsigned rate, unsigned burst, uint64_t now)
{
	int64_t most = (int64_t)(burst ? burst : 1) * 1000;
	uint64_t passed = now > b->at ? now - b->at : 0;

	if (!*known || passed > (uint64_t)24 * 3600 * 1000) {
		b->level = most;
		*known = true;
	} else {
		b->level += (int64_t)(passed * rate);
		if (b->level > most)
			b->level = most;
	}
	if (now > b->at)
		b->at = now;
}

/* When will it hold a token? */
static uint64_t bucket_ready(const struct bucket *b, unsigned rate)
{
	if (b->level >= 1000)
		return 0;
	return b->at + (uint64_t)(1000 - b->level + rate - 1) / rate;
}

static void take(struct bucket *b, unsigned rate, int64_t tokens, int64_t most_debt_s)
{
	int64_t least = -most_debt_s * rate * 1000;

	b->level -= tokens * 1000;
	if (b->level < least)
		b->level = least;
}

static unsigned owner_rate(const struct batch *b)
{
	return b->limits.dir_rate * OWNER_DIRS;
}

static void spend(struct batch *b, struct dir *d, int64_t tokens, uint64_t now)
{
	const struct batch_limits *l = &b->limits;
	struct owner *o = &b->owners[d->owner];

	if (l->rate) {
		refill(&b->bucket, &b->known, l->rate, l->burst, now);
		take(&b->bucket, l->rate, tokens, DEBT_S);
	}
	if (!l->dir_rate)
		return;
	refill(&d->bucket, &d->known, l->dir_rate, l->dir_burst, now);
	take(&d->bucket, l->dir_rate, tokens, DIR_DEBT_S);
	if (d->owner == NO_OWNER)
		return;
	refill(&o->bucket, &o->known, owner_rate(b), l->dir_burst * OWNER_DIRS, now);
	take(&o->bucket, owner_rate(b), tokens, DIR_DEBT_S);
}

/* When will there be a token for all, and one for @o? */
static uint64_t owner_tokens_at(struct batch *b, struct owner *o, uint64_t now)
{
	const struct batch_limits *l = &b->limits;
	uint64_t at = 0, t;

	if (l->rate) {
		refill(&b->bucket, &b->known, l->rate, l->burst, now);
		at = bucket_ready(&b->bucket, l->rate);
	}
	if (l->dir_rate && o != &b->owners[NO_OWNER]) {
		refill(&o->bucket, &o->known, owner_rate(b), l->dir_burst * OWNER_DIRS, now);
		t = bucket_ready(&o->bucket, owner_rate(b));
		if (t > at)
			at = t;
	}
	return at;
}

/* And for @d? */
static uint64_t tokens_at(struct batch *b, struct dir *d, uint64_t now)
{
	const struct batch_limits *l = &b->limits;
	uint64_t at = owner_tokens_at(b, &b->owners[d->owner], now), t;

	if (l->dir_rate) {
		refill(&d->bucket, &d->known, l->dir_rate, l->dir_burst, now);
		t = bucket_ready(&d->bucket, l->dir_rate);
		if (t > at)
			at = t;
	}
	return at;
}

static void hold_back(struct batch *b, struct dir *d)
{
	b->stats.throttled += !d->held_back;
	d->held_back = true;
}

static bool may_scan(const struct batch *b, const struct dir *d)
{
	unsigned all = b->limits.scans, his = all / OWNER_SCANS;

	if (!all)
		return true;
	return b->scans < all && b->owners[d->owner].scans < (his ? his : 1);
}

/* When may @d be served? */
static uint64_t ready_at(struct batch *b, struct dir *d, uint64_t now)
{
	uint64_t at, tokens;

	if (d->scan && !may_scan(b, d))
		return NEVER; /* until one ends */
	if (d->scan && d->at_once)
		return 0;
	at = (d->scan ? d->scan_at : d->first->at) + b->limits.delay_ms;
	tokens = tokens_at(b, d, now);
	if (tokens > now && at <= now)
		hold_back(b, d);
	return tokens > at ? tokens : at;
}

/* ---- the rings ------------------------------------------------------------------------------ */

static void owner_add(struct batch *b, uint32_t k)
{
	struct owner *o = &b->owners[k];

	o->round = 0;
	o->earliest = NEVER;
	b->n_owners++;
	if (b->head == NOBODY) {
		o->next = o->prev = k;
		b->head = k;
		return;
	}
	o->next = b->head;
	o->prev = b->owners[b->head].prev;
	b->owners[o->prev].next = k;
	b->owners[o->next].prev = k;
}

static void owner_remove(struct batch *b, uint32_t k)
{
	struct owner *o = &b->owners[k];

	b->n_owners--;
	b->owners[o->prev].next = o->next;
	b->owners[o->next].prev = o->prev;
	if (b->head == k)
		b->head = o->next == k ? NOBODY : o->next;
}

static void ring_add(struct batch *b, uint32_t i)
{
	struct dir *d = &b->dirs[i];
	struct owner *o = &b->owners[d->owner];

	if (d->in_ring)
		return;
	d->in_ring = true;
	d->round = 0;
	b->stats.dirs++;
	o->at_once += d->at_once;
	if (o->head == NOBODY) {
		owner_add(b, d->owner);
		d->next = d->prev = i;
		o->head = i;
		return;
	}
	d->next = o->head;
	d->prev = b->dirs[o->head].prev;
	b->dirs[d->prev].next = i;
	b->dirs[d->next].prev = i;
}

static void ring_remove(struct batch *b, uint32_t i)
{
	struct dir *d = &b->dirs[i];
	struct owner *o = &b->owners[d->owner];

	if (!d->in_ring)
		return;
	d->in_ring = d->held_back = false;
	b->stats.dirs--;
	o->at_once -= d->at_once;
	b->dirs[d->prev].next = d->next;
	b->dirs[d->next].prev = d->prev;
	if (o->head != i)
		return;
	o->head = d->next == i ? NOBODY : d->next;
	if (o->head == NOBODY)
		owner_remove(b, d->owner);
}

static void set_at_once(struct batch *b, struct dir *d, bool at_once)
{
	b->stats.at_once += at_once;
	b->stats.at_once -= d->at_once;
	if (d->in_ring) {
		b->owners[d->owner].at_once += at_once;
		b->owners[d->owner].at_once -= d->at_once;
	}
	d->at_once = at_once;
}

/* ---- names ---------------------------------------------------------------------------------- */

static void name_forget(struct batch *b, struct name *name)
{
	struct name **p = &b->table[name->hash & b->mask];

	while (*p != name)
		p = &(*p)->chain;
	*p = name->chain;
	b->stats.waiting--;
	b->dirs[name->dir].names--;
}

static void names_drop(struct batch *b, struct dir *d)
{
	for (struct name *name = d->first, *next; name; name = next) {
		next = name->next;
		name_forget(b, name);
		free(name);
	}
	d->first = NULL;
	d->end = &d->first;
}

/* ---- directories ---------------------------------------------------------------------------- */

static struct dir *dir_get(struct batch *b, uint32_t i)
{
	size_t want = b->n_dirs ? b->n_dirs : 64;
	struct dir *dirs;

	if (i < b->n_dirs)
		return &b->dirs[i];
	if (i == NOBODY)
		return NULL;
	while (want <= i)
		want += want / 2;
	dirs = calloc(want, sizeof(*dirs));
	if (!dirs)
		return NULL;
	if (b->n_dirs)
		memcpy(dirs, b->dirs, b->n_dirs * sizeof(*dirs));
	for (size_t k = 0; k < want; k++) /* they point into themselves */
		if (!dirs[k].first)
			dirs[k].end = &dirs[k].first;
	free(b->dirs);
	b->dirs = dirs;
	b->n_dirs = want;
	return &dirs[i];
}

static void wake(struct batch *b, struct dir *d, uint64_t now)
{
	struct owner *o = &b->owners[d->owner];
	uint64_t at = ready_at(b, d, now);

	if (at < o->earliest)
		o->earliest = at;
	if (at < b->earliest)
		b->earliest = at;
}

int batch_scan(struct batch *b, uint32_t i, bool at_once, uint64_t now)
{
	struct dir *d = dir_get(b, i);

	if (!d)
		return -ENOMEM;
	names_drop(b, d);
	if (!d->scan)
		d->scan_at = now;
	d->scan = true;
	set_at_once(b, d, d->at_once || at_once);
	ring_add(b, i);
	if (at_once) /* it is not to be looked for among many that wait */
		b->owners[d->owner].head = i;
	wake(b, d, now);
	return 0;
}

int batch_add(struct batch *b, uint32_t i, const char *text, int pid, uint64_t now)
{
	struct dir *d = dir_get(b, i);
	size_t len = strlen(text);
	struct name *name;
	uint32_t hash;

	if (!d)
		return -ENOMEM;
	b->stats.added++;
	if (d->scan) {
		b->stats.coalesced++;
		return 0;
	}
	hash = (uint32_t)hash_name(b->seed, i, text, len);
	for (name = b->table[hash & b->mask]; name; name = name->chain) {
		if (name->hash == hash && name->dir == i && strcmp(name->text, text) == 0) {
			name->pid = pid;
			b->stats.coalesced++;
			return 0;
		}
	}
	/* no one directory has all the room */
	if (b->stats.waiting >= b->limits.names || d->names > b->limits.names / 4)
		name = NULL;
	else
		name = malloc(sizeof(*name) + len + 1);
	if (!name) {
		b->stats.overflowed++;
		return batch_scan(b, i, false, now) < 0 ? -ENOMEM : 1;
	}
	*name = (struct name){.at = now, .dir = i, .hash = hash, .pid = pid};
	name->chain = b->table[hash & b->mask];
	memcpy(name->text, text, len + 1);
	b->table[hash & b->mask] = name;
	*d->end = name;
	d->end = &name->next;
	d->names++;
	if (++b->stats.waiting > b->stats.peak)
		b->stats.peak = b->stats.waiting;
	ring_add(b, i);
	wake(b, d, now);
	return 0;
}

void batch_scans_wait_their_turn(struct batch *b)
{
	for (size_t i = 0; b->stats.at_once && i < b->n_dirs; i++)
		set_at_once(b, &b->dirs[i], false);
}

void batch_drop(struct batch *b, uint32_t i)
{
	if (i >= b->n_dirs)
		return;
	names_drop(b, &b->dirs[i]);
	ring_remove(b, i);
	set_at_once(b, &b->dirs[i], false);
	b->dirs[i] = (struct dir){.end = &b->dirs[i].first};
}

int batch_know(struct batch *b, uint32_t i, uid_t uid, unsigned cost)
{
	struct dir *d = dir_get(b, i);
	bool waits;

	if (!d)
		return -ENOMEM;
	waits = d->in_ring;
	ring_remove(b, i);
	d->owner = (uint16_t)(1 + hash_name(b->seed, uid, NULL, 0) % (OWNERS - 1));
	d->cost = cost < UINT16_MAX ? (uint16_t)cost : UINT16_MAX;
	if (waits) {
		ring_add(b, i);
		b->owners[d->owner].earliest = b->earliest = 0;
	}
	return 0;
}

bool batch_waits(const struct batch *b, uint32_t i)
{
	return i < b->n_dirs && b->dirs[i].in_ring;
}

/* ---- out ------------------------------------------------------------------------------------ */

/* Hand out something of @i, the directory at the head of the owner at the head. */
static const char *serve(struct batch *b, uint32_t i, uint64_t now)
{
	struct dir *d = &b->dirs[i];
	struct owner *o = &b->owners[d->owner];
	bool free_of_charge = d->scan && d->at_once;
	const char *text = NULL;

	d->held_back = false;
	if (d->scan) {
		set_at_once(b, d, false);
		d->scan = false;
		b->scans++;
		o->scans++;
	} else {
		struct name *name = d->first;

		d->first = name->next;
		if (!d->first)
			d->end = &d->first;
		name_forget(b, name);
		b->out = name;
		text = name->text;
	}
	if (!free_of_charge)
		spend(b, d, d->cost ? d->cost : 1, now);
	if (!d->first) {
		ring_remove(b, i);
	} else if (++d->round >= ROUND) {
		d->round = 0;
		o->head = d->next;
	}
	if (o->head != NOBODY && ++o->round >= ROUND) {
		o->round = 0;
		b->head = o->next;
	}
	return text;
}

/* When may something of @o, at the head, be done?  If now, it is of the directory at his head. */
static uint64_t owner_ready_at(struct batch *b, struct owner *o, uint64_t now)
{
	uint64_t earliest = NEVER, at;
	uint32_t first = o->head;
	unsigned looked = 0;

	if (now < o->earliest)
		return o->earliest;
	at = o->at_once ? 0 : owner_tokens_at(b, o, now);
	if (at > now) {
		hold_back(b, &b->dirs[o->head]);
		return o->earliest = at;
	}
	do {
		struct dir *d = &b->dirs[o->head];

		if (looked++ == LOOK_AT)
			return o->earliest = now + LOOK_AGAIN;
		at = ready_at(b, d, now);
		if (at <= now)
			return at;
		if (at < earliest)
			earliest = at;
		d->round = 0;
		o->head = d->next;
	} while (o->head != first);
	return o->earliest = earliest;
}

int batch_next(struct batch *b, uint64_t now, uint32_t *ret_dir, const char **ret_name)
{
	uint64_t earliest = NEVER;

	free(b->out);
	b->out = NULL;
	if (b->head == NOBODY || now < b->earliest)
		return 0;
	for (uint32_t n = b->n_owners; n; n--) {
		struct owner *o = &b->owners[b->head];
		uint64_t at = owner_ready_at(b, o, now);

		if (at <= now) {
			*ret_dir = o->head;
			*ret_name = serve(b, o->head, now);
			return 1;
		}
		if (at < earliest)
			earliest = at;
		o->round = 0;
		b->head = o->next;
	}
	b->earliest = earliest;
	return 0;
}

int batch_pid(const struct batch *b)
{
	return b->out ? b->out->pid : 0;
}

unsigned batch_owner(const struct batch *b, uint32_t i)
{
	return i < b->n_dirs ? b->dirs[i].owner : NO_OWNER;
}

void batch_scan_ends(struct batch *b, unsigned owner)
{
	b->scans--;
	b->owners[owner].scans--;
	b->earliest = 0; /* others may have waited for it */
	for (uint32_t k = b->head, n = b->n_owners; n; n--, k = b->owners[k].next)
		b->owners[k].earliest = 0;
}

uint64_t batch_ready(struct batch *b, uint32_t i, uint64_t now)
{
	struct dir *d = dir_get(b, i);

	return d ? tokens_at(b, d, now) : 0;
}

void batch_charge(struct batch *b, uint32_t i, size_t names, uint64_t now)
{
	struct dir *d = dir_get(b, i);

	if (d)
		spend(b, d, names > INT32_MAX ? INT32_MAX : (int64_t)names, now);
}

bool batch_take(struct batch *b, uint32_t i, size_t names, uint64_t now)
{
	struct dir *d = dir_get(b, i);

	if (!d || tokens_at(b, d, now) > now)
		return false;
	spend(b, d, (int64_t)names * (d->cost ? d->cost : 1), now);
	return true;
}

int batch_wait_ms(const struct batch *b, uint64_t now)
{
	if (b->head == NOBODY || b->earliest == NEVER)
		return -1;
	if (b->earliest <= now)
		return 0;
	return b->earliest - now > INT32_MAX ? INT32_MAX : (int)(b->earliest - now);
}

void batch_stats(const struct batch *b, struct batch_stats *ret_stats)
{
	*ret_stats = b->stats;
}

int batch_new(struct batch **ret_batch, const struct batch_limits *limits)
{
	struct batch *b = calloc(1, sizeof(*b));
	size_t size = 64;

	if (!b)
		return -ENOMEM;
	b->limits = *limits;
	b->head = NOBODY;
	for (size_t k = 0; k < OWNERS; k++)
		b->owners[k].head = NOBODY;
	while (size < limits->names && size < (size_t)1 << 24)
		size *= 2;
	b->mask = size - 1;
	b->table = calloc(size, sizeof(*b->table));
	if (!b->table) {
		free(b);
		return -ENOMEM;
	}
	b->seed = hash_seed();
	*ret_batch = b;
	return 0;
}

struct batch *batch_free(struct batch *b)
{
	if (!b)
		return NULL;
	for (size_t i = 0; i < b->n_dirs; i++)
		names_drop(b, &b->dirs[i]);
	free(b->out);
	free(b->dirs);
	free(b->table);
	free(b);
	return NULL;
}
