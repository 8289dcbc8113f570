/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bulk: the labels of a whole file system, read at once, asked by inode number.
 *
 *	struct bulk_options o = {.dirfd = dir, .mnt_id = id, .xattr = "security.selinux"};
 *	r = bulk_open(&bulk, &o, &why);
 *	...
 *	if (dev == bulk->dev && bulk_label(bulk, ino, &c) == BULK_LABEL)
 *		...
 *
 * The table says what was on disk when it was made, and that is a hint: who finds it right has
 * looked as thoroughly as by one call for each file, at another moment of the run; who finds it
 * wrong looks again before anything is written.
 *
 * It costs two bytes for each inode of a group of inodes that is in use, BULK_MEMORY at most; and
 * while it is made some 100 MiB at most, where labels are not in the inodes.  What a census costs
 * comes on top (census.h).
 */
#pragma once

#include <stdatomic.h>

#include "tree/census.h"
#include "tree/contexts.h"

#define BULK_MEMORY ((size_t)256 * 1024 * 1024)

/* what is kept for an inode: a context's number plus BULK_LABEL, or */
enum {
	BULK_UNKNOWN, /* read it yourself */
	BULK_NONE,    /* it has no label */
	BULK_LABEL,
};

struct bulk_block {
	uint16_t *ids;
	uint32_t n;
};

struct bulk {
	const char *source; /* "ext4", "btrfs" */
	uint64_t dev;	    /* st_dev of what is in it, as queue_dev() */
	uint64_t first;	    /* number of the first inode of the first block */
	uint32_t per_block;
	size_t n_blocks;
	struct bulk_block *blocks;
	struct contexts contexts;
	struct census *census; /* of the names; NULL: none was taken */
	_Atomic size_t bytes;
};

enum {
	/* Only if the directory is the top of its file system; else -EXDEV */
	BULK_WHOLE_ONLY = 1 << 0,
	/*
	 * Make a table even where SELinux is on.  What counts there is the label in core, which is
	 * the one on disk unless the policy did not know it when the inode was loaded.  Without
	 * this flag nothing is even tried there: the domain of setfiles may not read devices, and
	 * each try would leave a denial in the log.
	 */
	BULK_TRUST_DISK = 1 << 1,
};

struct ring_gate;

struct bulk_options {
	int dirfd;	 /* a directory of the file system, open for reading */
	uint64_t mnt_id; /* its mount's */
	const char *xattr;
	unsigned flags;
	unsigned threads; /* 0: as many as there are processors */
	size_t max_bytes; /* 0: BULK_MEMORY */
	const _Atomic bool *stop;
	struct ring_gate *gate; /* may be NULL; whether its device may be read through rings */
	/* Have the names judged, too, where the reader can; the label is in the table then. */
	const struct census_options *census;
};

/** May this be the top of a file system that can be read so? */
static inline bool bulk_is_top(uint64_t ino)
{
	return ino == 2 || ino == 256; /* ext4; a subvolume of btrfs */
}

/**
 * Read the labels of the file system that @options->dirfd is on.
 *
 * Return 0; -ECANCELED; or another -errno, and @ret_why
 * says in a few words what stands against it (-EOPNOTSUPP: this file system or mount; -EACCES,
 * -EPERM: its device; -EFBIG: too many inodes).  Changes nothing.  Blocks; the threads it makes are
 * joined.
 */
int bulk_open(struct bulk **ret_bulk, const struct bulk_options *options, const char **ret_why);
/**
 * The same of an image of an unmounted ext4 that is open for reading; dirfd and mnt_id of
 * @options do not count.
 */
int bulk_open_image(struct bulk **ret_bulk, int fd, const struct bulk_options *options,
		    const char **ret_why);
struct bulk *bulk_free(struct bulk *bulk);

/** Inodes whose label, or that they have none, is known. */
uint64_t bulk_known(const struct bulk *bulk);

/** @ret: with BULK_LABEL, the table's.  Thread-safe. */
static inline int bulk_label(const struct bulk *bulk, uint64_t ino, const struct context **ret)
{
	uint64_t at = ino - bulk->first, block = at / bulk->per_block;
	uint32_t slot = (uint32_t)(at % bulk->per_block);
	uint16_t id;

	if (ino < bulk->first || block >= bulk->n_blocks || slot >= bulk->blocks[block].n)
		return BULK_UNKNOWN;
	id = bulk->blocks[block].ids[slot];
	if (id < BULK_LABEL)
		return id;
	*ret = contexts_get(&bulk->contexts, id - BULK_LABEL);
	return BULK_LABEL;
}
