/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bulk_impl: what bulk.c and the readers of single file systems share.
 */
#pragma once

#include "tree/bulk.h"
#include "tree/census.h"

/** What a reader is given. */
struct bulk_job {
	struct bulk *bulk; /* empty; its dev is set */
	const struct bulk_options *o;
	unsigned threads;
	size_t max_bytes;
	_Atomic bool too_many; /* for the memory it may take */
	const char *why;       /* the reader's, when it fails */
};

/** Make room for @n_blocks blocks of @per_block inodes from @first on.  0, -EFBIG or -ENOMEM. */
int bulk_reserve(struct bulk_job *job, uint64_t first, uint32_t per_block, uint64_t n_blocks);
/**
 * Room for the first @n inodes of block @block, none known yet.  Threads may do that at the same
 * time for different blocks.  0, -EFBIG or -ENOMEM.
 */
int bulk_reserve_block(struct bulk_job *job, size_t block, uint32_t n);
/** Note a label; threads may not share a slot. */
void bulk_note(struct bulk *bulk, struct contexts_view *view, size_t block, uint32_t slot,
	       const char *label, size_t len);

/**
 * Begin a census, if one is wanted, with as many writers; it is in the bulk then.  Without memory
 * there is none.
 */
void bulk_census(struct bulk_job *job, enum census_proof proof, unsigned writers);
/**
 * Judge what was written, by the job's threads.  A census that gets too big ends there.  Return 0
 * or -ECANCELED.
 */
int bulk_settle(struct bulk_job *job);

static inline int bulk_fail(struct bulk_job *job, int error, const char *why)
{
	job->why = why;
	return error;
}

/** The subvolume of the job's directory. */
int bulk_read_btrfs(struct bulk_job *job);
/** An open device or image; @mounted: by the kernel at this moment. */
int bulk_read_ext4(struct bulk_job *job, int fd, bool mounted);
