/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * links: the few inodes with several names that seem to need another label.
 *
 * Only mismatches come here, so a correct tree costs no entry.  Filled by many threads in the
 * first pass, then completed by a second, names-only pass over d_ino, then decided once per inode:
 * the name whose spec has the highest rank wins, whatever the order of visits.
 */
#pragma once

#include "base/common.h"

struct links_entry {
	uint64_t dev, ino;
	uint32_t nlink;
	uint32_t trusted; /* names found where nobody else can make links */
	uint32_t seen;	  /* names found at all */
	uint32_t rank;	  /* of the best name's spec */
	char *path;	  /* best name, malloc'ed; NULL: none yet */
	char *other;	  /* a name that wants another context, or NULL */
	const void *want; /* best name's spec (the engine's) */
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
size_t links_count(const struct links *links);
/**
 * All entries, in (dev, ino) order; @pos starts at 0.  Not while others add.  1 item, 0 end,
 * -ENOMEM.
 */
int links_next(struct links *links, size_t *pos, struct links_entry **ret_entry);
