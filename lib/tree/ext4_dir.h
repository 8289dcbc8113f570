/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ext4_dir: inodes and directories of an ext4, read from its device or image.
 *
 * Whatever the bytes say, what is returned is within bounds: numbers of inodes that there can be,
 * names without slashes, none of them twice.  -EUCLEAN: damaged; -ENOSYS: kept in a way we do not
 * read; another -errno of reading, or -ENOMEM.
 */
#pragma once

#include "base/alloc.h"
#include "rules/kind.h"
#include "tree/ext4.h"

struct ext4_source {
	struct ext4 fs;
	int fd;
};

struct ext4_inode {
	_Alignas(8) char bytes[1 << 16]; /* fs.inode_size of them count */
	_Alignas(8) char block[1 << 16]; /* its attributes', once they were asked for */
	uint32_t ino, nlink, uid, gid;
	uint16_t mode;
	enum lbl_kind kind;
};

struct ext4_entry {
	const char *name;
	uint64_t offset; /* in the image: no other entry has it */
	uint32_t ino;
	enum lbl_kind kind;
};

struct ext4_listing {
	struct ext4_entry *v; /* in their order, "." and ".." left out */
	size_t n, cap;
	const struct ext4_entry **by_name; /* sorted */
	struct arena names;
	size_t bytes;	 /* of memory, all in all */
	uint32_t parent; /* ".." */
};

/** Inodes that are not in use are damage, for somebody led here. */
int ext4_inode_read(const struct ext4_source *s, uint32_t ino, struct ext4_inode *ret);
/** The label's length; -ENODATA: it has none.  @ret points into @inode. */
int ext4_label_read(const struct ext4_source *s, struct ext4_inode *inode,
		    const struct ext4_attr *attr, struct ext4_label *ret);
/** @max_bytes: of memory; more is -ENOMEM. */
int ext4_listing_read(const struct ext4_source *s, uint32_t ino, size_t max_bytes,
		      struct ext4_listing **ret_dir);
const struct ext4_entry *ext4_listing_find(const struct ext4_listing *dir, const char *name);
struct ext4_listing *ext4_listing_free(struct ext4_listing *dir);
