/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan: looking at all names of directories, a few at a time, so that events are not kept waiting.
 *
 * A walk begins where the batch says so and goes down depth first, however deep:
 *
 *	walk ── level /srv/www ── level www/a ── level a/b      <- a few names of this one
 *	walk ── level /home/ann                                 <- then a few of this one
 *
 * Walks take turns.  What belongs to somebody else than the directory it is in becomes a walk of
 * its own, if there is room for it to wait: so nobody's directories hold up those of others.  A
 * walk that is not free of charge rests while the owner of what it is at has used up his allowance.
 *
 * Bounds: SCAN_WALKS walks, each as deep as a path may be long (a place and a level of some dozen
 * bytes each); SCAN_OPEN descriptors.  A level that had to be closed goes on where it was; if its
 * directory has changed meanwhile, that is not sure to be the same place, and it is looked through
 * once more afterwards.
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define SCAN_WALKS 32
#define SCAN_OPEN  48

struct place;
struct places;

struct scan_level {
	uint64_t serial;
	uint32_t number;
	uint32_t want; /* without a listing: the next one to be looked at */
	DIR *d;	       /* NULL: closed, or without a listing */
	long at;       /* where it was closed */
	struct timespec mtime;
	dev_t dev;
	ino_t ino;
	unsigned seen; /* and not paid for */
	bool listing, changed, deep, free_of_charge;
};

struct scan_walk {
	struct scan_level *levels;
	size_t n, cap;
	size_t open; /* levels from here on may be open */
	unsigned owner;
};

struct scan {
	struct places *places;
	struct scan_walk walks[SCAN_WALKS];
	unsigned n, n_open, turn;
};

/** Begin with @place (see place_scan()), which the batch handed out. */
void scan_begin(struct scan *scan, struct place *place);
/** Look at @most names more, if so many may be looked at now. */
void scan_step(struct scan *scan, unsigned most);
/** Milliseconds until scan_step() has something to do; -1: nothing. */
int scan_wait_ms(const struct scan *scan);
/** Is there a walk free of charge? */
bool scan_is_free(const struct scan *scan);
/** From now on they are paid for, all of them, and those that wait. */
void scan_end_free(struct scan *scan);
void scan_done(struct scan *scan);
