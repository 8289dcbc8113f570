/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ranges: many pieces of one device or image, read in their order by several threads, with enough
 * of them in flight that a disk is never idle: in a ring for each thread, or where there is none,
 * asked for ahead.
 *
 * Reads go through the page cache: it is what a mounted ext4 works in, so they see its present
 * state, and what they bring in the file system finds there.
 */
#pragma once

#include <stdatomic.h>

#include "base/common.h"

struct ring_gate;

struct range {
	uint64_t offset;
	uint32_t len;
	uint32_t tag; /* the caller's */
};

enum {
	RANGE_MAX = 128 * 1024, /* longest; the kernel asks for no more ahead at a time */
};

struct ranges {
	struct range *v;
	size_t n, cap;
};

/** Return 0 or -ENOMEM. */
int ranges_add(struct ranges *r, struct range range);
/** Add @len bytes from @offset in pieces of RANGE_MAX, all with @tag.  0 or -ENOMEM. */
int ranges_add_pieces(struct ranges *r, uint64_t offset, uint64_t len, uint32_t tag);
void ranges_done(struct ranges *r);

/** How many bytes the regular file or block device @fd has.  0; -ENODEV: it is neither; -errno. */
int ranges_size(int fd, uint64_t *ret_size);

struct ranges_reading {
	int fd;
	unsigned threads;
	const _Atomic bool *stop; /* may be NULL; true: end soon */
	struct ring_gate *gate;	  /* may be NULL; whether rings may be had */
	/** A range that was read whole.  @number is the thread's, below `threads`. */
	void (*got)(void *user, unsigned number, const struct range *range, const char *data);
	void *user;
};

/**
 * Read all of @ranges.  What cannot be read, or is not all there, is passed over.  Return 0,
 * -ECANCELED or -ENOMEM.
 */
int ranges_read(const struct ranges_reading *reading, const struct ranges *ranges);

/** Are they in memory already, as far as a few of them tell? */
bool ranges_cached(int fd, const struct ranges *ranges);
/**
 * Bring them into memory, in order of their offsets, neighbours together, but no more than a
 * quarter of what memory there is.  They are sorted.  A hint: nothing is told of failures.
 */
void ranges_prefetch(int fd, struct ranges *ranges, const _Atomic bool *stop);
