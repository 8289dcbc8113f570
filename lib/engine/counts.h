/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * counts: how many entries trees had when they were last gone through, in a file of root's.
 *
 * Some file systems (btrfs) do not say how many inodes they have, and none says how many are below
 * a directory.  What is remembered is shown to people as an estimate and decides nothing; so
 * whatever is wrong with the file, it is as if there were none, and the next run writes a new one.
 *
 *	relabel-counts 1
 *	ENTRIES FSID TYPE ROOT			newest first; ROOT: path in the file system
 */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"

struct counts_row {
	const char *key;
	uint64_t entries;
};

/** Zero-initialised is valid: nothing is known. */
struct counts {
	struct counts_row *v;
	size_t n, cap;
	struct arena arena;
};

/** The key of the directory at @root in the file system of @fsid and @type; any bytes but NUL. */
void counts_key(struct buf *b, uint64_t fsid, const char *type, const char *root);

/** Read @file, if it is one, and nobody but root (or this user) can write to it.  -ENOMEM or 0. */
int counts_load(struct counts *c, const char *file);
/** 0: not known. */
uint64_t counts_find(const struct counts *c, const char *key);
/**
 * Note the number for @key, which is copied.  Return 1; 0: that is about what was known, and not
 * worth writing; -ENOMEM.
 */
int counts_put(struct counts *c, const char *key, uint64_t entries);
/**
 * Put what is known, but for the oldest of too much, in the place of @file, whose directory is made
 * if need be.  Return 0 or -errno.
 */
int counts_save(const struct counts *c, const char *file);
void counts_done(struct counts *c);
