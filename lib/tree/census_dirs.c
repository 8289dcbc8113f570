/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/census_impl.h"

#include <string.h>

enum { DOUBTS_MAX = 1 << 16 }; /* about directories that are not known yet */

static struct slot *slot_of(const struct census *c, uint64_t ino)
{
	size_t i = census_mix(c->salt, ino) >> 32 & (c->n_slots - 1);

	while (c->slots[i].dir && c->slots[i].ino != ino)
		i = (i + 1) & (c->n_slots - 1);
	return &c->slots[i];
}

struct census_dir *census_find(const struct census *c, uint64_t ino)
{
	return slot_of(c, ino)->dir;
}

static int grow_slots(struct census *c)
{
	struct slot *old = c->slots;
	size_t n_old = c->n_slots, n = n_old ? n_old * 2 : 1024;

	c->slots = calloc(n, sizeof(*c->slots));
	if (!c->slots) {
		c->slots = old;
		return -ENOMEM;
	}
	c->n_slots = n;
	for (size_t i = 0; i < n_old; i++)
		if (old[i].dir)
			*slot_of(c, old[i].ino) = old[i];
	free(old);
	return 0;
}

/* Return 0, -ENOMEM or -EFBIG. */
static int add_dir(struct census *c, uint64_t parent, uint64_t ino, const char *name, size_t len,
		   struct census_dir **ret_dir)
{
	size_t bytes = c->arena.total + c->n_slots * 3 * sizeof(*c->slots);
	struct census_dir *dir;

	if (bytes > c->max_bytes)
		return -EFBIG;
	if (c->n_dirs * 2 >= c->n_slots && grow_slots(c) < 0)
		return -ENOMEM;
	dir = arena_zalloc(&c->arena, sizeof(*dir) + len + 1);
	if (!dir)
		return -ENOMEM;
	memcpy(dir->name, name, len);
	dir->d.name = dir->name;
	dir->d.name_len = len;
	dir->d.fd = -1;
	dir->d.id = ++c->n_dirs;
	dir->d.dev = c->dev;
	dir->d.ino = ino;
	dir->parent = parent;
	*slot_of(c, ino) = (struct slot){.ino = ino, .dir = dir};
	*ret_dir = dir;
	return 0;
}

/* ---- their places --------------------------------------------------------------------------- */

static int place(struct census *c, struct census_dir *dir)
{
	int r = array_reserve(&c->order, &c->cap_order, c->n_order + 1, sizeof(*c->order));

	if (r == 0) {
		dir->placed = true;
		c->order[c->n_order++] = dir;
	}
	return r;
}

/* It is known where @dir is, so it is known where those are that waited for it. */
static int place_all(struct census *c, struct census_dir *dir)
{
	size_t next = c->n_order;
	int r = place(c, dir);

	while (r == 0 && next < c->n_order)
		for (dir = c->order[next++]->child; dir && r == 0; dir = dir->waiter)
			r = place(c, dir);
	return r;
}

/* Ways that lead back to themselves never get a place, and nobody is led around in them. */
static int seek_place(struct census *c, struct census_dir *dir)
{
	struct census_dir *parent = census_find(c, dir->parent);
	int r;

	if (!parent) {
		r = array_reserve(&c->lost, &c->cap_lost, c->n_lost + 1, sizeof(*c->lost));
		if (r == 0)
			c->lost[c->n_lost++] = dir;
		return r;
	}
	dir->d.parent = &parent->d;
	parent->named += census_mix(c->salt, dir->d.ino);
	if (parent->placed)
		return place_all(c, dir);
	dir->waiter = parent->child;
	parent->child = dir;
	return 0;
}

static int seek_again(struct census *c)
{
	size_t n = c->n_lost;
	int r = 0;

	c->n_lost = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = seek_place(c, c->lost[i]);
	return r;
}

static int take_dir(struct census *c, const struct note *n)
{
	struct census_dir *dir = census_find(c, n->ino);
	int r;

	if (!dir) {
		r = add_dir(c, n->dir, n->ino, n->name, n->len, &dir);
		return r < 0 ? r : seek_place(c, dir);
	}
	if (dir != c->top) /* it is being moved */
		dir->look = true;
	return 0;
}

static int take_doubt(struct census *c, uint64_t ino)
{
	struct census_dir *dir = census_find(c, ino);
	int r;

	if (dir) {
		dir->look = true;
		return 0;
	}
	if (c->n_doubts == DOUBTS_MAX)
		return -EFBIG;
	r = array_reserve(&c->doubts, &c->cap_doubts, c->n_doubts + 1, sizeof(*c->doubts));
	if (r == 0)
		c->doubts[c->n_doubts++] = ino;
	return r;
}

/* Nothing in a directory without a name gets a place, so whatever is said of it is forgotten. */
static void take_proof(struct census *c, const struct note *n)
{
	struct census_dir *dir = census_find(c, n->dir);

	if (!dir)
		return;
	if (n->kind == NOTE_SUM)
		dir->listed += n->ino;
	else
		dir->vouched = true;
}

/* @remarks: what was said of directories, else their names. */
static int take_pen(struct census *c, const struct pen *pen, bool remarks)
{
	const struct note *n;
	int r = 0;

	for (const struct block *b = pen->dirs; b; b = b->next)
		for (size_t at = 0; at < b->len && r == 0; at += note_size(n->len)) {
			n = note_at(b, at);
			if ((n->kind >= NOTE_SUM) != remarks)
				continue;
			if (n->kind == NOTE_DOUBT)
				r = take_doubt(c, n->dir);
			else if (remarks)
				take_proof(c, n);
			else
				r = take_dir(c, n);
		}
	return r;
}

int census_add_top(struct census *c, uint64_t ino, const char *path)
{
	int r = add_dir(c, 0, ino, path, strlen(path), &c->top);

	return r < 0 ? r : place(c, c->top);
}

int census_take_dirs(struct census *c)
{
	int r = 0;

	for (unsigned i = 0; i < c->n_pens && r == 0; i++)
		r = take_pen(c, &c->pens[i], false);
	for (unsigned i = 0; i < c->n_pens && r == 0; i++)
		r = take_pen(c, &c->pens[i], true);
	return r < 0 ? r : seek_again(c);
}
