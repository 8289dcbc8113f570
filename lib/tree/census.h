/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * census: the names of a whole file system, judged without a directory being opened.
 *
 * A reader hands in names as it comes upon them, in any order: "312, a regular file, is called
 * passwd in directory 300".  Now and then it settles them: directories get their places below the
 * top, and each name is shown to the judge, who knows rules and labels.  In the end it is known
 * of each directory whether all in it, and all below, was found right; then nobody has to go there.
 *
 *	census_name(c, writer, 300, 312, LBL_REG, "passwd", 6);	// in several threads
 *	if (census_is_full(c))
 *		...					// all threads come to an end
 *	census_settle(c, threads, stop);		// then go on
 *	census_conclude(c);
 *	...
 *	if (census_clean(c, &entry, &counts))
 *		...
 *
 * Like the labels it is a hint, of another moment.  A name counts as right only in a place that is
 * known from names; what never got a place is not below the top.
 *
 * Memory: 200 bytes and its name for each directory; names wait in a few MiB, and in 64 at
 * most, whatever is told between two rounds: what is more is a failure.
 */
#pragma once

#include "tree/walk.h"

enum census_answer {
	CENSUS_NOTHING, /* the rules want nothing of it */
	CENSUS_RIGHT,
	CENSUS_LOOK,   /* somebody must look where it stands */
	CENSUS_CLOSED, /* a directory: CENSUS_NOTHING, and no walk would read it */
};

struct bulk;

/** Calls come from several threads at once, those with one hand from one thread. */
struct census_judge {
	/** Labels are those of @bulk, which lasts as long as the hand.  NULL: no memory. */
	void *(*start)(void *user, const struct bulk *bulk);
	void (*stop)(void *hand);
	/** Set the cookie.  Perhaps more than once, in different threads. */
	enum census_answer (*dir)(void *hand, struct walk_dir *dir);
	/** Of an entry that is no directory; its kind is known. */
	enum census_answer (*entry)(void *hand, const struct walk_entry *e);
};

struct census_options {
	const struct census_judge *judge;
	void *user;
	uint64_t top;	  /* number of the directory that paths begin with */
	const char *path; /* and its path; borrowed */
	size_t max_bytes; /* 0: CENSUS_MEMORY */
	size_t round;	  /* bytes of names that wait to be settled; 0: 8 MiB */
};

#define CENSUS_MEMORY ((size_t)128 * 1024 * 1024)

/** What a walk through a directory would have counted. */
struct census_counts {
	uint64_t entries, directories;
	uint64_t right; /* of `entries`; of the others the rules want nothing */
};

struct census;

/** How it is known that no name in a directory is missing. */
enum census_proof {
	CENSUS_SUMS,	/* what it lists are the numbers that names were handed in for */
	CENSUS_VOUCHED, /* the reader says so */
};

/** @writers: threads that hand in names, each by a number below that. */
int census_new(struct census **ret_census, const struct census_options *options,
	       const struct bulk *bulk, enum census_proof proof, unsigned writers);
struct census *census_free(struct census *census);

void census_name(struct census *c, unsigned writer, uint64_t dir, uint64_t ino, enum lbl_kind kind,
		 const char *name, size_t len);
/** Something is odd about a directory: somebody must look. */
void census_doubt(struct census *c, unsigned writer, uint64_t dir);
/**
 * With CENSUS_SUMS: the numbers that a directory lists, as the sum of their census_mix() with
 * census_salt().  What is not listed sums up to 0.
 */
void census_list(struct census *c, unsigned writer, uint64_t dir, uint64_t sum);
/** With CENSUS_VOUCHED: all names in the directory were handed in. */
void census_vouch(struct census *c, unsigned writer, uint64_t dir);

/** Another one in each process: who makes files cannot choose numbers that come to the same. */
uint64_t census_salt(const struct census *c);

static inline uint64_t census_mix(uint64_t salt, uint64_t ino)
{
	ino ^= salt;
	ino = (ino ^ ino >> 32) * 0x9e3779b97f4a7c15u;
	return (ino ^ ino >> 29) * 0xbf58476d1ce4e5b9u;
}

/** Will so many names be judged at once, so that none waits for its directory? */
bool census_has_room(const struct census *c, uint64_t names);
/** Bytes of what waits to be settled. */
size_t census_noted(const struct census *c);
/** Is it time to settle? */
bool census_is_full(const struct census *c);
/** While no writer is at work.  Return 0, -ECANCELED, -ENOMEM or -EFBIG; then give it up. */
int census_settle(struct census *c, unsigned threads, const _Atomic bool *stop);
/** After the last census_settle(): what is known of directories is complete. */
void census_conclude(struct census *c);

/**
 * Is the directory that entry @e names, where it is, and all below it right?  Then @ret_counts
 * is what is there.  Thread-safe.
 */
bool census_clean(const struct census *c, const struct walk_entry *e,
		  struct census_counts *ret_counts);
