/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/btrfs.h"

#include <endian.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <string.h>

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
