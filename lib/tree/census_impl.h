/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * census_impl: what the files of the census share.
 *
 *   census.c        names are noted; rounds; what came of it
 *   census_dirs.c   directories by number, and their places
 *   census_judge.c  each name is shown to the judge, by several threads
 *
 *	writers --> notes --> directories get places --> files in them are judged --> clean or not
 *	              ^                                     |
 *	              +--- no place yet: to the next round -+
 */
#pragma once

#include "base/alloc.h"
#include "tree/bulk.h"
#include "tree/census.h"

enum { BLOCK = 64 * 1024 };

/* Notes that are none of a name have these in the place of its kind. */
enum {
	NOTE_SUM = 0xfd,
	NOTE_VOUCHED,
	NOTE_DOUBT,
};

struct note {
	uint64_t dir;
	uint64_t ino; /* NOTE_SUM: the sum */
	uint8_t kind;
	uint8_t len;
	char name[]; /* with a NUL */
};

struct block {
	struct block *next;
	size_t len;
	_Alignas(8) char data[BLOCK - 16];
};

/* What one thread has written: names of directories and what is said of them apart. */
struct pen {
	struct block *files, *dirs;
};

enum census_state {
	DIR_NEW,
	DIR_NOTHING,
	DIR_RIGHT,
	DIR_LOOK,
	DIR_CLOSED,	  /* itself */
	DIR_BELOW_CLOSED, /* as good as not there */
};

struct census_dir {
	struct walk_dir d;	   /* its parent is NULL until it has a place */
	struct census_dir *child;  /* those who waited for it to get one, */
	struct census_dir *waiter; /* each with the next */
	uint64_t parent;
	uint64_t listed;
	_Atomic uint64_t named;
	_Atomic uint64_t entries, right; /* in it; in the end below it, too */
	uint64_t directories;		 /* the same */
	_Atomic int state;
	_Atomic bool look;
	bool placed, vouched;
	char name[];
};

struct slot {
	uint64_t ino;
	struct census_dir *dir;
};

struct census {
	const struct census_judge *judge;
	void *user;
	const struct bulk *bulk;
	uint64_t dev, salt;
	enum census_proof proof;
	size_t max_bytes, round;
	struct arena arena;
	struct census_dir *top;
	struct slot *slots; /* by number, open addressing */
	size_t n_slots, n_dirs;
	struct census_dir **order; /* those with a place, parents first */
	size_t n_order, cap_order;
	struct census_dir **lost; /* their parents are not known yet */
	size_t n_lost, cap_lost;
	uint64_t *doubts; /* directories that were not known then */
	size_t n_doubts, cap_doubts;
	bool settled; /* once at least */
	struct pen *pens;
	unsigned n_pens;
	struct block *waiting; /* names in directories without a place */
	_Atomic size_t noted;  /* bytes of blocks */
	_Atomic bool failed;
};

static inline size_t note_size(size_t name_len)
{
	return (sizeof(struct note) + name_len + 1 + 7) & ~(size_t)7;
}

static inline const struct note *note_at(const struct block *b, size_t at)
{
	return (const struct note *)(b->data + at);
}

static inline struct census_dir *census_above(const struct census_dir *dir)
{
	return (struct census_dir *)dir->d.parent;
}

/* census.c */
/* Room for a note with a name of @len bytes, or NULL: the census has failed. */
struct note *census_note(struct census *c, struct block **list, size_t len);

/* census_dirs.c; nobody else is at work.  Return 0, -ENOMEM or -EFBIG. */
int census_add_top(struct census *c, uint64_t ino, const char *path);
/* Directories that were noted, then what was said of them. */
int census_take_dirs(struct census *c);
/* NULL: not known.  Threads may ask while none is added. */
struct census_dir *census_find(const struct census *c, uint64_t ino);

/* census_judge.c */
/* Judge what has a place: directories from order[@first] on, and names.  Return 0 or -ENOMEM. */
int census_judge_all(struct census *c, unsigned threads, size_t first, const _Atomic bool *stop);
