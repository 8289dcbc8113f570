/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * links: the few inodes with several names that seem to need another label.
 *
 * Only mismatches come here, so a correct tree costs no entry.  Filled by many threads in a first
 * pass, completed by a second over the names only (d_ino), used by a third that labels each inode
 * by the one name that won.  A million entries cost 112 MB (bench/links.py); an entry holds no
 * path, but for the names of a conflict, and of those only so much is kept.
 */
#pragma once

#include "base/common.h"

struct links_entry {
	uint64_t dev, ino;
	uint64_t hash;	  /* of the path of the best name; among equal ranks the smallest */
	const void *want; /* the best name's spec (the engine's); NULL: no name counts so far */
	uint64_t other_hash;
	char *name, *other; /* of a conflict: the best name and another; NULL: none, or not kept */
	uint32_t nlink;
	uint32_t rank;	  /* of the best name's spec */
	uint32_t seen;	  /* names found at all */
	uint32_t trusted; /* names found where nobody else can make links */
	bool conflict;
	bool done; /* labelled, refused or failed: nothing is left to do */
};

struct links;

int links_new(struct links **ret_links);
struct links *links_free(struct links *links);
/** Note an inode.  Thread-safe.  Return 1 new, 0 known, -ENOMEM. */
int links_add(struct links *links, uint64_t dev, uint64_t ino, uint32_t nlink);
/** Might an inode of that number be in the table (of any device)?  Thread-safe, no lock. */
bool links_maybe(const struct links *links, uint64_t ino);
/** The entry, locked against others until links_put(); NULL if not in the table. */
struct links_entry *links_get(struct links *links, uint64_t dev, uint64_t ino);
void links_put(struct links *links, struct links_entry *entry);
/**
 * Put a copy of @path into @slot of a locked entry, if it fits into what is kept of names in all
 * (they are for messages only); else the slot stays as it is.
 */
void links_keep(struct links *links, char **slot, const char *path);
size_t links_count(const struct links *links);
/**
 * All entries, in (dev, ino) order; @pos starts at 0.  Not while others add.  1 item, 0 end,
 * -ENOMEM.
 */
int links_next(struct links *links, size_t *pos, struct links_entry **ret_entry);
