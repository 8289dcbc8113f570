/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * batch: names waiting to be labelled: each once, grouped by directory, bounded, and no faster than
 * allowed, so that nobody who makes names can make root burn CPU or memory.
 *
 * Pure: time is handed in, nothing is opened.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch_limits {
	size_t names;	      /* waiting in all; more of one directory: that one is to be scanned */
	unsigned rate, burst; /* names a second and at once, in all; 0: no limit */
	unsigned dir_rate, dir_burst; /* the same for one directory */
	unsigned delay_ms;	      /* how long a name waits at least */
};

struct batch;

int batch_new(struct batch **ret_batch, const struct batch_limits *limits);
struct batch *batch_free(struct batch *batch);

/**
 * @name of directory @dir waits from @now_ms on (monotonic).  A name that waits already is one
 * name. Return 0; 1: there was no room, and all of @dir waits to be scanned instead; -ENOMEM
 * (likewise).
 */
int batch_add(struct batch *batch, uint32_t dir, const char *name, uint64_t now_ms);
/** All of @dir waits to be scanned; names of it that wait are done with. */
void batch_scan(struct batch *batch, uint32_t dir, uint64_t now_ms);
/** Forget all about @dir. */
void batch_drop(struct batch *batch, uint32_t dir);

/**
 * What may be done at @now_ms: a name of a directory, valid until the next call, or (@ret_name
 * NULL) a scan of it.  Neighbours of one directory come one after the other.  Return 1 item, 0 none
 * yet.
 */
int batch_next(struct batch *batch, uint64_t now_ms, uint32_t *ret_dir, const char **ret_name);
/** Milliseconds from @now_ms until batch_next() may have something; -1: nothing waits. */
int batch_wait_ms(const struct batch *batch, uint64_t now_ms);

struct batch_stats {
	size_t waiting, peak;
	uint64_t added, coalesced, overflowed, throttled;
};
void batch_stats(const struct batch *batch, struct batch_stats *ret_stats);
