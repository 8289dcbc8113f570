/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ext4: labels and names as they lie on disk: bytes in, answers out.
 *
 * Nothing here reads a file.  Whatever the bytes say, nothing outside of them is looked at, and
 * every place they name lies within the file system.
 *
 *	struct ext4 fs;
 *	struct ext4_group g;
 *	struct ext4_label l;
 *
 *	r = ext4_take_super(&fs, bytes, size, true);
 *	ext4_take_group(&fs, bytes_at(ext4_group_offset(&fs, 0)), 0, &g);
 *	what = ext4_inode_label(&fs, bytes_at(g.table), &attr, &l);
 */
#pragma once

#include "base/common.h"
#include "lbl.h"

enum {
	EXT4_SUPER_OFFSET = 1024,
	EXT4_SUPER_SIZE = 1024,
	EXT4_DESC_MAX = 64,
	EXT4_ROOT_INO = 2,
};

struct ext4 {
	uint32_t block_size, inode_size, desc_size;
	uint32_t groups, inodes_per_group, blocks_per_group;
	uint32_t inodes;
	uint32_t first_data_block, first_meta_bg;
	uint32_t backup_groups[2];
	uint64_t blocks;
	bool meta_bg, sparse, sparse2, checksums, wide;
};

struct ext4_group {
	uint64_t table; /* offset of its inode table */
	uint32_t slots; /* inodes from there on that may be in use */
	uint32_t used;	/* how many are */
};

/** An attribute by its number for the name's first part, and the rest of it. */
struct ext4_attr {
	uint8_t index;
	uint8_t len;
	const char *name;
};

enum ext4_answer {
	EXT4_UNKNOWN, /* kept in a way we leave to the kernel, or damaged */
	EXT4_FREE,    /* no inode at all */
	EXT4_NO_LABEL,
	EXT4_LABEL,    /* `label` and `len` */
	EXT4_IN_BLOCK, /* `block` must be asked */
};

struct ext4_label {
	const char *label; /* points into the bytes given */
	size_t len;	   /* without NULs at its end */
	uint64_t block;	   /* offset */
};

/** What may come of an extent tree's node. */
struct ext4_piece {
	uint64_t offset;
	uint64_t len;
	bool node; /* one more node of the tree, and not a piece of the file */
};

/**
 * @super    EXT4_SUPER_SIZE bytes from EXT4_SUPER_OFFSET
 * @size     of the device
 * @mounted  by the kernel at this moment; otherwise a journal that is not empty is refused
 * Return 0; -EINVAL: no such file system, or damaged; -ENOTSUP: a feature that is not known here.
 */
int ext4_take_super(struct ext4 *fs, const void *super, uint64_t size, bool mounted);

/** Offset of the descriptor (fs->desc_size bytes) of a group below fs->groups. */
uint64_t ext4_group_offset(const struct ext4 *fs, uint32_t group);
/** Return 0 or -EINVAL: its table is not within the file system. */
int ext4_take_group(const struct ext4 *fs, const void *desc, uint32_t group,
		    struct ext4_group *ret);

/** "security.selinux" as they are kept.  Return 0, or -ENOTSUP: not a name of a kind we know. */
int ext4_attr_of_name(struct ext4_attr *ret, const char *xattr);

/** @inode: fs->inode_size bytes, aligned to 8. */
enum ext4_answer ext4_inode_label(const struct ext4 *fs, const void *inode,
				  const struct ext4_attr *attr, struct ext4_label *ret);
/** @block: fs->block_size bytes, aligned to 8, as told by EXT4_IN_BLOCK. */
enum ext4_answer ext4_block_label(const struct ext4 *fs, const void *block,
				  const struct ext4_attr *attr, struct ext4_label *ret);

/**
 * Where the entries of a directory are: its extents, or its first blocks.
 *
 * @inode  as above; @pos starts at 0.  Return 1 item, 0 end, or no directory.
 */
int ext4_dir_next(const struct ext4 *fs, const void *inode, unsigned *pos, struct ext4_piece *ret);
/** The same of a node: fs->block_size bytes. */
int ext4_node_next(const struct ext4 *fs, const void *node, unsigned *pos, struct ext4_piece *ret);

struct ext4_dir {
	uint64_t size; /* of its entries; that of the pieces, if none is missed */
	uint64_t mark; /* as long as it stays the same, so do its entries and their places */
};

/** Return 1; 0: it is no directory, or one whose names are not there in clear. */
int ext4_take_dir(const struct ext4 *fs, const void *inode, struct ext4_dir *ret);

struct ext4_name {
	uint32_t ino;
	enum lbl_kind kind; /* LBL_ANY: it is not told */
	const char *name;
	size_t len;
};

/**
 * The entries in a block of a directory (fs->block_size bytes); @pos, where in it the next one is,
 * starts at 0.  Return 1 entry, 0 end; -EINVAL.
 */
int ext4_entry_next(const struct ext4 *fs, const void *block, size_t *pos, struct ext4_name *ret);
/** The same without itself and its parent. */
int ext4_name_next(const struct ext4 *fs, const void *block, size_t *pos, struct ext4_name *ret);
