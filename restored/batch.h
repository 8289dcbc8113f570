/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * batch: names waiting to be labelled: each once, grouped by directory and owner, bounded, and no
 * faster than allowed, so that nobody who makes names can make root burn CPU or memory.
 *
 * Pure: time is handed in, nothing is opened.  Directories are small numbers; there may be
 * many, and each costs a few dozen bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct batch_limits {
	size_t names;	      /* waiting in all; more of one directory: that one is to be scanned */
	unsigned rate, burst; /* names a second and at once, in all; 0: no limit */
	unsigned dir_rate, dir_burst; /* the same for one directory */
	unsigned delay_ms;	      /* how long a name waits at least */
	unsigned scans;		      /* that may go on at a time; 0: no limit */
};

struct batch;

int batch_new(struct batch **ret_batch, const struct batch_limits *limits);
struct batch *batch_free(struct batch *batch);

/**
 * @name of directory @dir, made by process @pid (0: not known), waits from @now_ms on (monotonic).
 * A name that waits already is one name, made by whoever was the last.  Return 0; 1: there was no
 * room, and all of @dir waits to be scanned instead; -ENOMEM: there is no memory even to remember
 * that @dir is to be scanned.
 */
int batch_add(struct batch *batch, uint32_t dir, const char *name, int pid, uint64_t now_ms);
/**
 * All of @dir waits to be scanned; names of it that wait are done with.  @at_once: rates and delays
 * do not count: nobody but us wants it.  0 or -ENOMEM.
 */
int batch_scan(struct batch *batch, uint32_t dir, bool at_once, uint64_t now_ms);
/**
 * @dir belongs to @owner, and to do a name of it costs as much as @cost names.  What one owner's
 * directories may have done together is limited, as are their scans.  0 or -ENOMEM.
 */
int batch_know(struct batch *batch, uint32_t dir, uid_t owner, unsigned cost);
/** No scan that waits is at once any more: each is paid for, and waits, by its owner. */
void batch_scans_wait_their_turn(struct batch *batch);
/** Forget all about @dir, but for what its owner has used up. */
void batch_drop(struct batch *batch, uint32_t dir);
/** Is there anything of @dir? */
bool batch_waits(const struct batch *batch, uint32_t dir);

/**
 * What may be done at @now_ms: a name of a directory, valid until the next call of any but
 * batch_add(), or (@ret_name NULL) a scan of it, which goes on until batch_scan_ends() with what
 * batch_owner() says now.  Neighbours of one directory come one after the other, as many as make a
 * round; then it is the next directory's turn, and soon the next owner's.  Return 1 item, 0 none
 * yet.
 */
int batch_next(struct batch *batch, uint64_t now_ms, uint32_t *ret_dir, const char **ret_name);
/** Who made the name, as long as that is valid; 0: not known. */
int batch_pid(const struct batch *batch);
/** Whose it is: a number that stays the same when @dir is forgotten. */
unsigned batch_owner(const struct batch *batch, uint32_t dir);
void batch_scan_ends(struct batch *batch, unsigned owner);
/** As much work as @names was done for @dir: by a scan, as it goes. */
void batch_charge(struct batch *batch, uint32_t dir, size_t names, uint64_t now_ms);
/**
 * May as much work as @names be done for @dir, at once?  If so it is paid for.  For what cannot
 * wait, or else is left to a scan.
 */
bool batch_take(struct batch *batch, uint32_t dir, size_t names, uint64_t now_ms);
/** When may more be done for @dir: at @now_ms or before, or later? */
uint64_t batch_ready(struct batch *batch, uint32_t dir, uint64_t now_ms);
/** Milliseconds from @now_ms until batch_next() may have something; -1: nothing waits. */
int batch_wait_ms(const struct batch *batch, uint64_t now_ms);

struct batch_stats {
	size_t waiting, peak; /* names */
	size_t dirs;	      /* that something of waits */
	size_t at_once;	      /* scans at once that wait */
	uint64_t added, coalesced, overflowed, throttled;
};
void batch_stats(const struct batch *batch, struct batch_stats *ret_stats);
