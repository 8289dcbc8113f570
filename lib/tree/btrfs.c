/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/btrfs.h"

#include <endian.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <string.h>

#include "rules/kind.h"

int btrfs_item_next(const char *buf, size_t size, size_t *pos, struct btrfs_item *ret)
{
	struct btrfs_ioctl_search_header h;

	if (size - *pos < sizeof(h))
		return *pos == size ? 0 : -EINVAL;
	memcpy(&h, buf + *pos, sizeof(h)); /* not aligned */
	*pos += sizeof(h);
	if (h.len > size - *pos)
		return -EINVAL;
	*ret = (struct btrfs_item){.ino = h.objectid,
				   .offset = h.offset,
				   .type = h.type,
				   .data = buf + *pos,
				   .len = h.len};
	*pos += h.len;
	return 1;
}

bool btrfs_item_label(const struct btrfs_item *item, const char *xattr, size_t xattr_len,
		      const char **ret_label, size_t *ret_len)
{
	const size_t head = sizeof(struct btrfs_dir_item);
	const char *at = item->data, *end = at + item->len;

	if (item->type != BTRFS_XATTR_ITEM_KEY)
		return false;
	while ((size_t)(end - at) >= head) {
		struct btrfs_dir_item d;
		size_t name, value;

		memcpy(&d, at, head);
		name = le16toh(d.name_len);
		value = le16toh(d.data_len);
		at += head;
		if (name + value > (size_t)(end - at))
			return false;
		if (name == xattr_len && memcmp(at, xattr, name) == 0) {
			while (value > 0 && at[name + value - 1] == '\0')
				value--;
			*ret_label = at + name;
			*ret_len = value;
			return true;
		}
		at += name + value;
	}
	return false;
}

enum lbl_kind btrfs_item_kind(const struct btrfs_item *item)
{
	struct btrfs_inode_item inode;

	if (item->type != BTRFS_INODE_ITEM_KEY || item->len < sizeof(inode))
		return LBL_ANY;
	memcpy(&inode.mode, item->data + offsetof(struct btrfs_inode_item, mode),
	       sizeof(inode.mode));
	return kind_of_mode(le32toh(inode.mode));
}

/* The name of @len bytes behind a head of @head bytes at @pos, which moves behind it. */
static int take_name(const struct btrfs_item *item, size_t *pos, size_t head, size_t len,
		     struct btrfs_name *ret)
{
	if (len > item->len - *pos - head)
		return -EINVAL;
	ret->name = item->data + *pos + head;
	ret->len = len;
	*pos += head + len;
	return 1;
}

int btrfs_item_name(const struct btrfs_item *item, size_t *pos, struct btrfs_name *ret)
{
	struct btrfs_inode_extref far;
	struct btrfs_inode_ref near;
	bool is_far = item->type == BTRFS_INODE_EXTREF_KEY;
	size_t head = is_far ? sizeof(far) : sizeof(near);

	if (*pos == item->len || (!is_far && item->type != BTRFS_INODE_REF_KEY))
		return 0;
	if (item->len - *pos < head)
		return -EINVAL;
	if (is_far) {
		memcpy(&far, item->data + *pos, head);
		ret->dir = le64toh(far.parent_objectid);
		return take_name(item, pos, head, le16toh(far.name_len), ret);
	}
	memcpy(&near, item->data + *pos, head);
	ret->dir = item->offset;
	return take_name(item, pos, head, le16toh(near.name_len), ret);
}

int btrfs_item_entry(const struct btrfs_item *item, size_t *pos, uint64_t *ret_number)
{
	struct btrfs_dir_item d;
	struct btrfs_name name;

	if (*pos == item->len || item->type != BTRFS_DIR_ITEM_KEY)
		return 0;
	if (item->len - *pos < sizeof(d))
		return -EINVAL;
	memcpy(&d, item->data + *pos, sizeof(d));
	*ret_number = le64toh(d.location.objectid);
	return take_name(item, pos, sizeof(d), (size_t)le16toh(d.name_len) + le16toh(d.data_len),
			 &name);
}
