/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A reply to a search of a btrfs tree, of any bytes: what is told of an item lies within it, and
 * each way through it ends.
 */
#include <string.h>

#include "fuzz.h"
#include "tree/btrfs.h"

static void must_be_inside(const struct btrfs_item *item, const char *s, size_t len)
{
	if (s < item->data || len > item->len || s + len > item->data + item->len)
		abort();
}

static void take_apart(const struct btrfs_item *item)
{
	static const char xattr[] = "security.selinux";
	struct btrfs_name name;
	const char *label;
	uint64_t number;
	size_t pos = 0, len;

	if (btrfs_item_label(item, xattr, strlen(xattr), &label, &len))
		must_be_inside(item, label, len);
	while (btrfs_item_name(item, &pos, &name) > 0)
		must_be_inside(item, name.name, name.len);
	pos = 0;
	while (btrfs_item_entry(item, &pos, &number) > 0)
		if (pos > item->len)
			abort();
	if (btrfs_item_kind(item) > LBL_REG)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btrfs_item item;
	size_t pos = 0;

	while (btrfs_item_next((const char *)data, size, &pos, &item) > 0)
		take_apart(&item);
	return 0;
}
