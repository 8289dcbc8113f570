/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * btrfs: labels among the items of a subvolume's tree, as TREE_SEARCH_V2 hands them out.
 *
 * Bytes in, answers out, as with ext4.h.
 */
#pragma once

#include "base/common.h"

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
