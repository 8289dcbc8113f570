/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image of ext4, of any bytes.  What is known of it afterwards must be possible to ask for; no
 * answer is judged, since damage may change any.
 */
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "tree/bulk.h"
#include "tree/census.h"
#include "tree/ext4.h"
#include "tree/label.h"
#include "tree/queue_ext4.h"
#include "tree/walk.h"

/* Names that lie outside of their block would be read there. */
static void ask_names(const struct ext4 *fs, const char *block)
{
	struct ext4_name n;
	size_t pos = 0;

	while (ext4_name_next(fs, block, &pos, &n) > 0)
		if (n.name < block || n.len > UINT8_MAX || n.name + n.len > block + fs->block_size)
			abort();
}

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
			while (ext4_dir_next(&fs, inode, &pos, &piece) > 0) {
				if (piece.offset > size || piece.len > size - piece.offset)
					abort();
				ask_names(&fs, (const char *)data + piece.offset);
			}
		}
	}
}

/* ---- a judge who reads all that he is shown ---- */

static void *start(void *user, const struct bulk *bulk)
{
	return user;
}

static void stop(void *hand)
{
}

static enum census_answer dir(void *hand, struct walk_dir *d)
{
	atomic_store_explicit(&d->cookie, 1, memory_order_relaxed);
	return CENSUS_RIGHT;
}

static enum census_answer entry(void *hand, const struct walk_entry *e)
{
	if (strlen(e->name) != e->name_len || !e->name_len || strchr(e->name, '/') ||
	    e->kind == LBL_ANY || e->kind == LBL_DIR || !e->dir->cookie)
		abort();
	return e->ino % 2 ? CENSUS_RIGHT : CENSUS_LOOK;
}

static const struct census_judge judge = {.start = start, .stop = stop, .dir = dir, .entry = entry};

/* ---- as an image that nobody has mounted ---- */

struct seen {
	size_t entries, dirs;
};

static void read_label(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	char label[LABEL_MAX + 1];
	struct seen *seen = user;

	seen->entries++;
	(void)label_read_at(&w->queue, e->dir->fd, e->dir->id, e->name, "security.selinux", label,
			    sizeof(label));
	if (strchr(e->name, '/') || !*e->name)
		abort();
}

static int read_dir(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	struct seen *seen = user;

	seen->dirs++;
	return 1;
}

/* A walk ends, and comes to no directory twice. */
static void walk_image(int fd, size_t size)
{
	static const struct walk_visitor visitor = {.entry = read_label, .dir = read_dir};
	struct seen seen = {0};
	struct ext4_image *image;
	struct walk_options o = {
		.visitor = &visitor,
		.user = &seen,
		.dirfd = AT_FDCWD,
		.name = "/",
		.path = "/",
		.threads = 1,
		.queue_ops = &queue_ext4,
	};
	const char *why;

	if (ext4_image_open(&image, fd, "security.selinux", &why) < 0)
		return;
	o.queue_arg = image;
	(void)walk_run(&o, NULL);
	if (seen.dirs > size / 128) /* each has an inode */
		abort();
	ext4_image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct census_options census = {.judge = &judge,
					      .user = &(char){0},
					      .top = EXT4_ROOT_INO,
					      .path = "/",
					      .max_bytes = (size_t)1 << 20};
	struct bulk_options o = {.xattr = "security.selinux",
				 .threads = 1,
				 .max_bytes = (size_t)1 << 20,
				 .census = &census};
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
	walk_image(fd, size);
	close(fd);
	return 0;
}
