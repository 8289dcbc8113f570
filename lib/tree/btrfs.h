/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * btrfs: labels and names among the items of a subvolume's tree, as TREE_SEARCH_V2 hands them out.
 *
 * Bytes in, answers out, as with ext4.h.
 */
#pragma once

#include "base/common.h"
#include "lbl.h"

struct btrfs_item {
	uint64_t ino; /* objectid */
	uint64_t offset;
	uint32_t type;
	const char *data;
	uint32_t len;
};

/** The item at @pos of @buf; moves @pos behind it.  Return 1, 0 at the end or -EINVAL. */
int btrfs_item_next(const char *buf, size_t size, size_t *pos, struct btrfs_item *ret);
/**
 * Is this the item of attribute @xattr?  Then its value, without NULs at the end.  Several
 * attributes share an item where their names have the same hash.
 */
bool btrfs_item_label(const struct btrfs_item *item, const char *xattr, size_t xattr_len,
		      const char **ret_label, size_t *ret_len);

/** The kind of an inode, from its item; LBL_ANY: this is not it. */
enum lbl_kind btrfs_item_kind(const struct btrfs_item *item);

struct btrfs_name {
	uint64_t dir; /* that it is in */
	const char *name;
	size_t len;
};

/**
 * The names of inode @item->ino that @item holds; @pos starts at 0.  Return 1 name, 0 end, or
 * an item of another type; -EINVAL.
 */
int btrfs_item_name(const struct btrfs_item *item, size_t *pos, struct btrfs_name *ret);
/**
 * The numbers of the entries that @item lists of directory @item->ino, as btrfs_item_name().  Of a
 * subvolume that is its own.
 */
int btrfs_item_entry(const struct btrfs_item *item, size_t *pos, uint64_t *ret_number);
