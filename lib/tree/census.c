/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/census_impl.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/hash.h"

enum {
	ROUND = 8 * 1024 * 1024, /* of notes, then it is time to settle */
	NOTES_MAX = 8 * ROUND,	 /* more only come of a file system that was made to bring them */
	NAME_LONGEST = 255,
	NAME_USUAL = 20,
};

static struct block *blocks_free(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
	return NULL;
}

struct note *census_note(struct census *c, struct block **list, size_t len)
{
	size_t size = note_size(len);
	struct block *b = *list;

	if (unlikely(!b || sizeof(b->data) - b->len < size)) {
		b = census_noted(c) < NOTES_MAX ? malloc(sizeof(*b)) : NULL;
		if (!b) {
			c->failed = true;
			return NULL;
		}
		b->len = 0;
		b->next = *list;
		*list = b;
		atomic_fetch_add_explicit(&c->noted, sizeof(*b), memory_order_relaxed);
	}
	b->len += size;
	return (struct note *)(b->data + b->len - size);
}

static void write_about(struct census *c, unsigned writer, uint64_t dir, uint8_t what, uint64_t sum)
{
	struct note *n = census_note(c, &c->pens[writer].dirs, 0);

	if (n) {
		*n = (struct note){.dir = dir, .ino = sum, .kind = what};
		n->name[0] = '\0';
	}
}

void census_name(struct census *c, unsigned writer, uint64_t dir, uint64_t ino, enum lbl_kind kind,
		 const char *name, size_t len)
{
	struct pen *pen = &c->pens[writer];
	struct note *n;

	if (unlikely(kind == LBL_ANY || len == 0 || len > NAME_LONGEST || memchr(name, '/', len) ||
		     memchr(name, '\0', len))) {
		census_doubt(c, writer, dir);
		return;
	}
	n = census_note(c, kind == LBL_DIR ? &pen->dirs : &pen->files, len);
	if (unlikely(!n))
		return;
	n->dir = dir;
	n->ino = ino;
	n->kind = (uint8_t)kind;
	n->len = (uint8_t)len;
	memcpy(n->name, name, len);
	n->name[len] = '\0';
}

void census_doubt(struct census *c, unsigned writer, uint64_t dir)
{
	write_about(c, writer, dir, NOTE_DOUBT, 0);
}

void census_list(struct census *c, unsigned writer, uint64_t dir, uint64_t sum)
{
	write_about(c, writer, dir, NOTE_SUM, sum);
}

void census_vouch(struct census *c, unsigned writer, uint64_t dir)
{
	write_about(c, writer, dir, NOTE_VOUCHED, 0);
}

bool census_has_room(const struct census *c, uint64_t names)
{
	return names <= c->round / note_size(NAME_USUAL);
}

size_t census_noted(const struct census *c)
{
	return atomic_load_explicit(&c->noted, memory_order_relaxed);
}

bool census_is_full(const struct census *c)
{
	return census_noted(c) >= c->round || c->failed;
}

int census_settle(struct census *c, unsigned threads, const _Atomic bool *stop)
{
	size_t first = c->settled ? c->n_order : 0; /* the top has a place already */
	int r = census_take_dirs(c);

	c->settled = true;
	for (unsigned i = 0; i < c->n_pens; i++)
		c->pens[i].dirs = blocks_free(c->pens[i].dirs);
	if (r == 0)
		r = census_judge_all(c, threads, first, stop);
	if (stop && atomic_load(stop))
		return -ECANCELED;
	if (r == 0 && c->failed)
		r = -ENOMEM;
	/* so many wait that rounds have no room for others */
	return r == 0 && c->noted >= c->round / 4 * 3 ? -EFBIG : r;
}

static bool proved(const struct census *c, const struct census_dir *dir)
{
	return c->proof == CENSUS_SUMS ? dir->named == dir->listed : dir->vouched;
}

void census_conclude(struct census *c)
{
	struct census_dir *doubtful;

	c->waiting = blocks_free(c->waiting); /* they are not below the top */
	for (size_t i = 0; i < c->n_doubts; i++) {
		doubtful = census_find(c, c->doubts[i]);
		if (doubtful)
			doubtful->look = true;
	}
	for (size_t i = c->n_order; i-- > 0;) {
		struct census_dir *dir = c->order[i], *up = census_above(dir);
		bool closed = dir->state == DIR_CLOSED;

		if (dir->state == DIR_BELOW_CLOSED)
			continue;
		if (dir->state == DIR_LOOK || (!closed && !proved(c, dir)))
			dir->look = true;
		dir->entries++;
		dir->directories++;
		dir->right += dir->state == DIR_RIGHT;
		if (!up)
			continue;
		up->entries += dir->entries;
		up->directories += dir->directories;
		up->right += dir->right;
		if (dir->look)
			up->look = true;
	}
}

bool census_clean(const struct census *c, const struct walk_entry *e,
		  struct census_counts *ret_counts)
{
	const struct census_dir *dir = e->dir->dev == c->dev ? census_find(c, e->ino) : NULL;

	/* another one by now, or elsewhere; how its parent was come to was asked before */
	if (!dir || !dir->placed || dir->look || dir->parent != e->dir->ino ||
	    dir->d.name_len != e->name_len || memcmp(dir->name, e->name, e->name_len) != 0)
		return false;
	*ret_counts = (struct census_counts){
		.entries = dir->entries, .directories = dir->directories, .right = dir->right};
	return true;
}

uint64_t census_salt(const struct census *c)
{
	return c->salt;
}

/* The kernel gives each program 16 random bytes; asking for others might have to wait at boot. */
static uint64_t make_salt(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);

	return random ? hash64(random, 16) : 0;
}

int census_new(struct census **ret_census, const struct census_options *options,
	       const struct bulk *bulk, enum census_proof proof, unsigned writers)
{
	struct census *c = calloc(1, sizeof(*c));
	int r = c ? 0 : -ENOMEM;

	if (r == 0) {
		c->judge = options->judge;
		c->user = options->user;
		c->bulk = bulk;
		c->proof = proof;
		c->dev = bulk->dev;
		c->salt = make_salt();
		c->max_bytes = options->max_bytes ? options->max_bytes : CENSUS_MEMORY;
		c->round = options->round ? options->round : ROUND;
		c->n_pens = writers;
		c->pens = calloc(writers, sizeof(*c->pens));
		r = c->pens ? census_add_top(c, options->top, options->path) : -ENOMEM;
	}
	if (r < 0) {
		census_free(c);
		return r;
	}
	*ret_census = c;
	return 0;
}

struct census *census_free(struct census *c)
{
	if (c) {
		for (unsigned i = 0; c->pens && i < c->n_pens; i++) {
			blocks_free(c->pens[i].files);
			blocks_free(c->pens[i].dirs);
		}
		blocks_free(c->waiting);
		free(c->pens);
		free(c->slots);
		free(c->order);
		free(c->lost);
		free(c->doubts);
		arena_done(&c->arena);
		free(c);
	}
	return NULL;
}
