/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/ext4_dir.h"

#include <endian.h>
#include <ext2fs/ext2_fs.h>
#include <string.h>
#include <unistd.h>

enum {
	LEVELS = 6, /* of an extent tree, with the inode's own */
};

static int read_at(const struct ext4_source *s, void *buf, size_t len, uint64_t offset)
{
	char *at = buf;

	while (len > 0) {
		ssize_t n = pread(s->fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EUCLEAN;
		at += n;
		len -= (size_t)n;
		offset += (size_t)n;
	}
	return 0;
}

/* ---- inodes --------------------------------------------------------------------------------- */

static int inode_place(const struct ext4_source *s, uint32_t ino, uint64_t *ret_offset)
{
	uint32_t group = (ino - 1) / s->fs.inodes_per_group;
	uint32_t slot = (ino - 1) % s->fs.inodes_per_group;
	char desc[EXT4_DESC_MAX];
	struct ext4_group g;
	int r;

	if (ino == 0 || ino > s->fs.inodes)
		return -EUCLEAN;
	r = read_at(s, desc, s->fs.desc_size, ext4_group_offset(&s->fs, group));
	if (r < 0)
		return r;
	if (ext4_take_group(&s->fs, desc, group, &g) < 0 || slot >= g.slots)
		return -EUCLEAN;
	*ret_offset = g.table + (uint64_t)slot * s->fs.inode_size;
	return 0;
}

int ext4_inode_read(const struct ext4_source *s, uint32_t ino, struct ext4_inode *ret)
{
	const struct ext2_inode_large *i = (const struct ext2_inode_large *)ret->bytes;
	uint64_t offset;
	int r = inode_place(s, ino, &offset);

	if (r == 0)
		r = read_at(s, ret->bytes, s->fs.inode_size, offset);
	if (r < 0)
		return r;
	ret->ino = ino;
	ret->mode = le16toh(i->i_mode);
	ret->nlink = le16toh(i->i_links_count);
	ret->uid = le16toh(i->i_uid) | (uint32_t)le16toh(i->osd2.linux2.l_i_uid_high) << 16;
	ret->gid = le16toh(i->i_gid) | (uint32_t)le16toh(i->osd2.linux2.l_i_gid_high) << 16;
	ret->kind = kind_of_mode(ret->mode);
	return ret->nlink == 0 || ret->kind == LBL_ANY ? -EUCLEAN : 0;
}

int ext4_label_read(const struct ext4_source *s, struct ext4_inode *inode,
		    const struct ext4_attr *attr, struct ext4_label *ret)
{
	enum ext4_answer answer = ext4_inode_label(&s->fs, inode->bytes, attr, ret);
	int r = 0;

	if (answer == EXT4_IN_BLOCK) {
		r = read_at(s, inode->block, s->fs.block_size, ret->block);
		if (r == 0)
			answer = ext4_block_label(&s->fs, inode->block, attr, ret);
	}
	if (r < 0)
		return r;
	if (answer == EXT4_LABEL)
		return (int)MIN(ret->len, (size_t)INT32_MAX);
	return answer == EXT4_NO_LABEL ? -ENODATA : -EUCLEAN;
}

/* ---- where a directory is ------------------------------------------------------------------- */

struct pieces {
	struct ext4_piece *v;
	size_t n, cap;
	size_t most; /* more there cannot be */
	bool nodes;  /* there are some among them */
};

static void pieces_done(struct pieces *p)
{
	free(p->v);
}

static int add_piece(struct pieces *p, const struct ext4_piece *piece)
{
	int r = p->n < p->most ? array_reserve(&p->v, &p->cap, p->n + 1, sizeof(*p->v)) : -EUCLEAN;

	if (r == 0) {
		p->v[p->n++] = *piece;
		p->nodes |= piece->node;
	}
	return r;
}

/* Put what each node leads to in its place. */
static int expand(const struct ext4_source *s, struct pieces *p, char *block)
{
	struct pieces below = {.most = p->most};
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++) {
		struct ext4_piece piece;
		unsigned pos = 0;

		if (!p->v[i].node) {
			r = add_piece(&below, &p->v[i]);
			continue;
		}
		r = read_at(s, block, s->fs.block_size, p->v[i].offset);
		while (r == 0 && ext4_node_next(&s->fs, block, &pos, &piece) > 0)
			r = add_piece(&below, &piece);
	}
	pieces_done(p);
	*p = below;
	return r;
}

/* The pieces of a directory of @size bytes, in their order. */
static int map_dir(const struct ext4_source *s, const struct ext4_inode *inode, uint64_t size,
		   struct pieces *p, char *block)
{
	struct ext4_piece piece;
	unsigned pos = 0;
	uint64_t sum = 0;
	int r = 0;

	p->most = (size_t)(size / s->fs.block_size);
	while (r == 0 && p->n < p->most && ext4_dir_next(&s->fs, inode->bytes, &pos, &piece) > 0)
		r = add_piece(p, &piece);
	for (unsigned level = 1; r == 0 && p->nodes && level < LEVELS; level++)
		r = expand(s, p, block);
	if (r == 0 && p->nodes)
		r = -EUCLEAN;
	for (size_t i = 0; i < p->n; i++)
		sum += p->v[i].len;
	return r == 0 && sum != size ? -EUCLEAN : r;
}

/* Is it one that we can read?  Then how big it is. */
static int dir_size(const struct ext4_source *s, const struct ext4_inode *inode, uint64_t *ret_size)
{
	const struct ext2_inode_large *i = (const struct ext2_inode_large *)inode->bytes;
	uint64_t size = le32toh(i->i_size) | (uint64_t)le32toh(i->i_size_high) << 32;
	uint32_t flags = le32toh(i->i_flags);

	if (inode->kind != LBL_DIR)
		return -ENOTDIR;
	if (flags & (EXT4_INLINE_DATA_FL | EXT4_ENCRYPT_FL))
		return -ENOSYS;
	if (!(flags & EXT4_EXTENTS_FL) && size > (uint64_t)EXT2_NDIR_BLOCKS * s->fs.block_size)
		return -ENOSYS;
	if (size == 0 || size % s->fs.block_size != 0)
		return -EUCLEAN;
	*ret_size = size;
	return 0;
}

/* ---- what is in it -------------------------------------------------------------------------- */

struct reading {
	const struct ext4_source *s;
	struct ext4_listing *dir;
	uint32_t ino;
	size_t max_bytes;
	struct ext4_inode inode;
	_Alignas(8) char block[1 << 16];
};

static size_t memory_of(const struct ext4_listing *dir)
{
	return sizeof(*dir) + dir->names.total +
	       dir->cap * (sizeof(*dir->v) + sizeof(*dir->by_name));
}

static int take_name(struct reading *rd, const struct ext4_name *n, uint64_t offset)
{
	struct ext4_listing *dir = rd->dir;
	struct ext4_entry new = {.offset = offset, .ino = n->ino, .kind = n->kind};
	int r = 0;

	if (n->len == 0 || n->ino > rd->s->fs.inodes || memchr(n->name, '/', n->len) ||
	    memchr(n->name, '\0', n->len))
		return -EUCLEAN;
	if (n->len == 1 && n->name[0] == '.')
		return n->ino == rd->ino ? 0 : -EUCLEAN;
	if (n->len == 2 && memcmp(n->name, "..", 2) == 0) {
		dir->parent = n->ino;
		return 0;
	}
	if (new.kind == LBL_ANY) { /* not told: the inode is asked */
		r = ext4_inode_read(rd->s, new.ino, &rd->inode);
		new.kind = rd->inode.kind;
	}
	if (r == 0)
		r = array_reserve(&dir->v, &dir->cap, dir->n + 1, sizeof(*dir->v));
	if (r < 0)
		return r;
	new.name = arena_strndup(&dir->names, n->name, n->len);
	if (!new.name || memory_of(dir) > rd->max_bytes)
		return -ENOMEM;
	dir->v[dir->n++] = new;
	return 0;
}

static int take_block(struct reading *rd, uint64_t offset)
{
	int r = read_at(rd->s, rd->block, rd->s->fs.block_size, offset);
	struct ext4_name n;
	size_t pos = 0;

	if (r < 0)
		return r;
	while ((r = ext4_entry_next(&rd->s->fs, rd->block, &pos, &n)) > 0) {
		/* where its name is, nothing else is */
		r = take_name(rd, &n, offset + (uint64_t)(n.name - rd->block));
		if (r < 0)
			return r;
	}
	return r < 0 ? -EUCLEAN : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct ext4_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int sort(struct ext4_listing *dir)
{
	dir->by_name = calloc(dir->n + 1, sizeof(*dir->by_name));
	if (!dir->by_name)
		return -ENOMEM;
	for (size_t i = 0; i < dir->n; i++)
		dir->by_name[i] = &dir->v[i];
	qsort(dir->by_name, dir->n, sizeof(*dir->by_name), by_name);
	for (size_t i = 1; i < dir->n; i++)
		if (strcmp(dir->by_name[i - 1]->name, dir->by_name[i]->name) == 0)
			return -EUCLEAN;
	return 0;
}

static int read_dir(struct reading *rd)
{
	_cleanup_(pieces_done) struct pieces p = {0};
	uint32_t block = rd->s->fs.block_size;
	uint64_t size;
	int r = ext4_inode_read(rd->s, rd->ino, &rd->inode);

	if (r == 0)
		r = dir_size(rd->s, &rd->inode, &size);
	if (r == 0 && size > rd->max_bytes)
		r = -ENOMEM;
	if (r == 0)
		r = map_dir(rd->s, &rd->inode, size, &p, rd->block);
	for (size_t i = 0; i < p.n && r == 0; i++)
		for (uint64_t at = 0; at < p.v[i].len && r == 0; at += block)
			r = take_block(rd, p.v[i].offset + at);
	if (r == 0 && rd->dir->parent == 0)
		r = -EUCLEAN;
	return r == 0 ? sort(rd->dir) : r;
}

int ext4_listing_read(const struct ext4_source *s, uint32_t ino, size_t max_bytes,
		      struct ext4_listing **ret_dir)
{
	_cleanup_free_ struct reading *rd = malloc(sizeof(*rd));
	int r;

	if (!rd)
		return -ENOMEM;
	rd->s = s;
	rd->ino = ino;
	rd->max_bytes = max_bytes;
	rd->dir = calloc(1, sizeof(*rd->dir));
	if (!rd->dir)
		return -ENOMEM;
	r = read_dir(rd);
	if (r < 0) {
		ext4_listing_free(rd->dir);
		return r;
	}
	rd->dir->bytes = memory_of(rd->dir);
	*ret_dir = rd->dir;
	return 0;
}

const struct ext4_entry *ext4_listing_find(const struct ext4_listing *dir, const char *name)
{
	const struct ext4_entry key = {.name = name}, *k = &key;
	const struct ext4_entry **e =
		bsearch(&k, dir->by_name, dir->n, sizeof(*dir->by_name), by_name);

	return e ? *e : NULL;
}

struct ext4_listing *ext4_listing_free(struct ext4_listing *dir)
{
	if (dir) {
		arena_done(&dir->names);
		free(dir->by_name);
		free(dir->v);
		free(dir);
	}
	return NULL;
}
