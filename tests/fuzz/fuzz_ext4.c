/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image of ext4, of any bytes.  What is known of it afterwards must be possible to ask for; no
 * answer is judged, since damage may change any.
 */
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "tree/bulk.h"
#include "tree/ext4.h"

/* Some of what would be asked for if it were mounted: every inode, and where directories are. */
static void ask(const uint8_t *data, size_t size)
{
	_Alignas(8) char inode[4096];
	struct ext4_group g;
	struct ext4 fs;

	if (size < EXT4_SUPER_OFFSET + EXT4_SUPER_SIZE ||
	    ext4_take_super(&fs, data + EXT4_SUPER_OFFSET, size, true) < 0 ||
	    fs.inode_size > sizeof(inode))
		return;
	for (uint32_t group = 0; group < fs.groups && group < 16; group++) {
		uint64_t at = ext4_group_offset(&fs, group);

		if (at > size || fs.desc_size > size - at ||
		    ext4_take_group(&fs, data + at, group, &g) < 0)
			continue;
		for (uint32_t slot = 0; slot < g.slots; slot++) {
			struct ext4_piece piece;
			unsigned pos = 0;

			memcpy(inode, data + g.table + (size_t)slot * fs.inode_size, fs.inode_size);
			while (ext4_dir_next(&fs, inode, &pos, &piece) > 0)
				if (piece.offset > size || piece.len > size - piece.offset)
					abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bulk_options o = {
		.xattr = "security.selinux", .threads = 1, .max_bytes = (size_t)1 << 20};
	const struct context *c;
	struct bulk *b = NULL;
	const char *why;
	int fd;

	ask(data, size);
	fd = memfd_create("image", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (bulk_open_image(&b, fd, &o, &why) == 0) {
		for (uint64_t ino = 0; ino < 4096; ino++)
			if (bulk_label(b, ino, &c) == BULK_LABEL &&
			    (!c->s || strnlen(c->s, c->len + 1) > c->len))
				abort();
		bulk_free(b);
	}
	close(fd);
	return 0;
}
