/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bulk_ext4_impl: what the files of this reader share.
 *
 *   bulk_ext4.c         inode tables and attribute blocks: labels, and where directories are
 *   bulk_ext4_names.c   directories: names for a census, or only brought in for the walk
 */
#pragma once

#include "tree/bulk_impl.h"
#include "tree/ext4.h"
#include "tree/ranges.h"

/* An inode whose label, if any, is in a block. */
struct outside {
	uint64_t offset;
	uint32_t group, slot;
};

/* A directory whose names are to be read. */
struct ext4_listing {
	uint64_t mark;
	_Atomic uint64_t missing; /* bytes of it that no piece is known of */
	uint32_t ino;
};

/* One thread's. */
struct ext4_hand {
	struct contexts_view view;
	struct outside *outside;
	size_t n_outside, cap_outside;
	struct ranges dirs;  /* entries of directories; tags are their numbers */
	struct ranges nodes; /* of their extent trees */
	struct ext4_listing *listings;
	size_t n_listings, cap_listings;
	size_t most; /* of each of these */
	bool no_memory;
};

struct ext4_scan {
	struct bulk_job *job;
	struct ext4 fs;
	struct ext4_attr attr;
	int fd;
	uint64_t *tables; /* offset of each group's */
	struct ranges pieces;
	uint64_t used; /* inodes in them */
	struct ext4_hand *hands;
	struct outside *outside; /* of all hands, by offset */
	size_t n_outside;
	struct ext4_listing *listings; /* of all hands, by number */
	size_t n_listings;
	/* of the pass that is being made: names that are passed over, and where to read, by offset
	 */
	bool no_files, no_dirs;
	const struct ranges *now;
	void (*got)(struct ext4_scan *s, unsigned number, const struct range *piece,
		    const char *data);
};

/* bulk_ext4.c */
/* Read @ranges by all threads, which have a hand each.  Return 0, -ECANCELED or -ENOMEM. */
int ext4_read(struct ext4_scan *s, const struct ranges *ranges,
	      void (*got)(void *scan, unsigned number, const struct range *range,
			  const char *data));

/* bulk_ext4_names.c */
/* Note where the entries of inode @ino are, if it is a directory. */
void ext4_note_dir(struct ext4_scan *s, struct ext4_hand *h, const char *inode, uint32_t ino);
/* Have them judged, if there is a census, or bring them in.  Return 0 or -ECANCELED. */
int ext4_read_names(struct ext4_scan *s);
