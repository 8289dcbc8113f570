/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/census_impl.h"

#include <string.h>

#include "base/thread.h"

enum { DIRS_AT_ONCE = 64 };

struct round {
	struct census *c;
	const _Atomic bool *stop;
	struct block **blocks;
	size_t n_blocks;
	_Atomic size_t next_block, next_dir;
	pthread_mutex_t lock;  /* of ... */
	struct block *waiting; /* names that go into the next round */
};

/* What one thread found in one directory. */
struct tally {
	struct census_dir *dir; /* NULL: it has no place */
	uint64_t ino;
	uint64_t named, entries, right;
	bool look;
};

struct juror {
	struct round *round;
	void *hand;
	struct census_dir **way;
	size_t cap_way;
	struct tally tally;
	struct block *waiting;
};

static void judge_dir(struct juror *j, struct census_dir *dir)
{
	static const enum census_state states[] = {
		[CENSUS_NOTHING] = DIR_NOTHING,
		[CENSUS_RIGHT] = DIR_RIGHT,
		[CENSUS_LOOK] = DIR_LOOK,
		[CENSUS_CLOSED] = DIR_CLOSED,
	};
	struct census_dir *up = census_above(dir);
	int s = up ? atomic_load_explicit(&up->state, memory_order_acquire) : DIR_NEW;

	if (s == DIR_CLOSED || s == DIR_BELOW_CLOSED)
		s = DIR_BELOW_CLOSED;
	else
		s = states[j->round->c->judge->dir(j->hand, &dir->d)];
	/* whoever else does this at the same time comes to the same end */
	atomic_store_explicit(&dir->state, s, memory_order_release);
}

/* Return the state of a directory that has a place; those above it are judged first. */
static int state_of(struct juror *j, struct census_dir *dir)
{
	struct census_dir *at = dir;
	int s = atomic_load_explicit(&dir->state, memory_order_acquire);
	size_t n = 0;

	while (at && !atomic_load_explicit(&at->state, memory_order_acquire)) {
		if (array_reserve(&j->way, &j->cap_way, n + 1, sizeof(struct census_dir *)) < 0) {
			j->round->c->failed = true;
			return DIR_BELOW_CLOSED;
		}
		j->way[n++] = at;
		at = census_above(at);
	}
	if (n == 0)
		return s;
	while (n > 0)
		judge_dir(j, j->way[--n]);
	return atomic_load_explicit(&dir->state, memory_order_acquire);
}

static void pour(struct tally *t)
{
	struct census_dir *dir = t->dir;

	if (dir && t->entries > 0) {
		atomic_fetch_add_explicit(&dir->named, t->named, memory_order_relaxed);
		atomic_fetch_add_explicit(&dir->entries, t->entries, memory_order_relaxed);
		atomic_fetch_add_explicit(&dir->right, t->right, memory_order_relaxed);
		if (t->look)
			atomic_store_explicit(&dir->look, true, memory_order_relaxed);
	}
}

static void turn_to(struct juror *j, uint64_t ino)
{
	struct census_dir *dir;

	if (likely(j->tally.ino == ino))
		return;
	pour(&j->tally);
	dir = census_find(j->round->c, ino);
	if (dir && !dir->placed)
		dir = NULL;
	j->tally = (struct tally){.dir = dir, .ino = ino};
}

static void keep_waiting(struct juror *j, const struct note *n)
{
	struct note *copy = census_note(j->round->c, &j->waiting, n->len);

	if (copy)
		memcpy(copy, n, sizeof(*n) + n->len + 1);
}

static void judge_note(struct juror *j, const struct note *n)
{
	struct tally *t = &j->tally;
	struct walk_entry e;
	int s;

	turn_to(j, n->dir);
	if (unlikely(!t->dir)) {
		keep_waiting(j, n);
		return;
	}
	s = state_of(j, t->dir);
	if (unlikely(s == DIR_CLOSED || s == DIR_BELOW_CLOSED))
		return;
	e = (struct walk_entry){
		.dir = &t->dir->d,
		.name = n->name,
		.name_len = n->len,
		.kind = (enum lbl_kind)n->kind,
		.ino = n->ino,
	};
	t->named += census_mix(j->round->c->salt, n->ino);
	t->entries++;
	switch (j->round->c->judge->entry(j->hand, &e)) {
	case CENSUS_RIGHT: t->right++; break;
	case CENSUS_LOOK: t->look = true; break;
	case CENSUS_NOTHING:
	case CENSUS_CLOSED: break;
	}
}

static bool over(const struct round *r)
{
	return (r->stop && atomic_load_explicit(r->stop, memory_order_relaxed)) || r->c->failed;
}

static void judge_dirs(struct juror *j)
{
	struct round *r = j->round;
	struct census *c = r->c;
	size_t at;

	while (!over(r) && (at = atomic_fetch_add(&r->next_dir, DIRS_AT_ONCE)) < c->n_order)
		for (size_t i = at; i < MIN(at + DIRS_AT_ONCE, c->n_order); i++)
			(void)state_of(j, c->order[i]);
}

static void judge_files(struct juror *j)
{
	struct round *r = j->round;
	const struct note *n;
	size_t i;

	while (!over(r) && (i = atomic_fetch_add(&r->next_block, 1)) < r->n_blocks)
		for (size_t at = 0; at < r->blocks[i]->len; at += note_size(n->len)) {
			n = note_at(r->blocks[i], at);
			judge_note(j, n);
		}
	pour(&j->tally);
}

static void judge_some(void *user, unsigned number)
{
	struct round *r = user;
	struct juror j = {.round = r, .hand = r->c->judge->start(r->c->user, r->c->bulk)};
	struct block *last = NULL;

	if (!j.hand) {
		r->c->failed = true;
		return;
	}
	judge_dirs(&j);
	judge_files(&j);
	r->c->judge->stop(j.hand);
	free(j.way);
	for (struct block *b = j.waiting; b; b = b->next)
		last = b;
	if (!last)
		return;
	pthread_mutex_lock(&r->lock);
	last->next = r->waiting;
	r->waiting = j.waiting;
	pthread_mutex_unlock(&r->lock);
}

static int gather(struct round *r, struct block **list)
{
	size_t cap = r->n_blocks;

	for (; *list; *list = (*list)->next) {
		int e = array_reserve(&r->blocks, &cap, r->n_blocks + 1, sizeof(struct block *));

		if (e < 0)
			return e;
		r->blocks[r->n_blocks++] = *list;
	}
	return 0;
}

static int gather_all(struct round *r)
{
	struct census *c = r->c;
	int e = gather(r, &c->waiting);

	for (unsigned i = 0; i < c->n_pens && e == 0; i++)
		e = gather(r, &c->pens[i].files);
	return e;
}

int census_judge_all(struct census *c, unsigned threads, size_t first, const _Atomic bool *stop)
{
	struct round r = {
		.c = c, .stop = stop, .next_dir = first, .lock = PTHREAD_MUTEX_INITIALIZER};
	int e = gather_all(&r);

	if (e == 0) {
		c->noted = 0; /* but for those who wait, which are written anew */
		thread_crew(threads, judge_some, &r);
		c->waiting = r.waiting;
	}
	for (size_t i = 0; i < r.n_blocks; i++)
		free(r.blocks[i]);
	free(r.blocks);
	pthread_mutex_destroy(&r.lock);
	return e;
}
