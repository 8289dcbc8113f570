/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/ext4.h"

#include <endian.h>
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2_ext_attr.h>
#include <ext2fs/ext3_extents.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "rules/kind.h"

/*
 * Features that change where labels are, or how to find them.  Those of the compatible and the
 * read-only compatible sets change nothing for who only reads.
 */
#define INCOMPAT_KNOWN                                                                             \
	(EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_RECOVER |                          \
	 EXT2_FEATURE_INCOMPAT_META_BG | EXT3_FEATURE_INCOMPAT_EXTENTS |                           \
	 EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_MMP | EXT4_FEATURE_INCOMPAT_FLEX_BG | \
	 EXT4_FEATURE_INCOMPAT_EA_INODE | EXT4_FEATURE_INCOMPAT_CSUM_SEED |                        \
	 EXT4_FEATURE_INCOMPAT_LARGEDIR | EXT4_FEATURE_INCOMPAT_INLINE_DATA |                      \
	 EXT4_FEATURE_INCOMPAT_ENCRYPT | EXT4_FEATURE_INCOMPAT_CASEFOLD)

#define CHECKSUM_FEATURES (EXT4_FEATURE_RO_COMPAT_GDT_CSUM | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM)

/* first of the entries in an attribute block */
#define BLOCK_ENTRIES sizeof(struct ext2_ext_attr_header)
/* room behind the fixed part of an inode: its size, then the magic number, then entries */
#define GOOD_OLD EXT2_GOOD_OLD_INODE_SIZE

/* ---- the whole ------------------------------------------------------------------------------ */

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool sizes_make_sense(const struct ext4 *fs)
{
	return fs->inode_size >= GOOD_OLD && is_power_of_two(fs->inode_size) &&
	       fs->inode_size <= fs->block_size && fs->desc_size >= 32 &&
	       fs->desc_size <= EXT4_DESC_MAX && is_power_of_two(fs->desc_size) &&
	       fs->inodes_per_group >= fs->block_size / fs->inode_size &&
	       fs->inodes_per_group <= fs->block_size * 8 && fs->blocks_per_group > 0 &&
	       fs->first_data_block <= 1 && fs->blocks > fs->first_data_block;
}

static void take_features(struct ext4 *fs, const struct ext2_super_block *sb)
{
	uint32_t incompat = le32toh(sb->s_feature_incompat);
	uint32_t ro = le32toh(sb->s_feature_ro_compat);

	fs->wide = incompat & EXT4_FEATURE_INCOMPAT_64BIT;
	fs->meta_bg = incompat & EXT2_FEATURE_INCOMPAT_META_BG;
	fs->sparse = ro & EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER;
	fs->sparse2 = le32toh(sb->s_feature_compat) & EXT4_FEATURE_COMPAT_SPARSE_SUPER2;
	fs->checksums = ro & CHECKSUM_FEATURES;
}

static int check_features(const struct ext2_super_block *sb, bool mounted)
{
	uint32_t incompat = le32toh(sb->s_feature_incompat);

	if (incompat & ~(uint32_t)INCOMPAT_KNOWN)
		return -ENOTSUP;
	/* what the journal holds is newer than what is in its place */
	if ((incompat & EXT3_FEATURE_INCOMPAT_RECOVER) && !mounted)
		return -ENOTSUP;
	return 0;
}

int ext4_take_super(struct ext4 *fs, const void *super, uint64_t size, bool mounted)
{
	const struct ext2_super_block *sb = super;
	uint32_t shift = le32toh(sb->s_log_block_size);
	bool old = le32toh(sb->s_rev_level) == EXT2_GOOD_OLD_REV;
	uint64_t groups;
	int r;

	if (le16toh(sb->s_magic) != EXT2_SUPER_MAGIC || shift > 6)
		return -EINVAL;
	r = check_features(sb, mounted);
	if (r < 0)
		return r;
	*fs = (struct ext4){
		.block_size = UINT32_C(1024) << shift,
		.inode_size = old ? GOOD_OLD : le16toh(sb->s_inode_size),
		.inodes_per_group = le32toh(sb->s_inodes_per_group),
		.blocks_per_group = le32toh(sb->s_blocks_per_group),
		.inodes = le32toh(sb->s_inodes_count),
		.first_data_block = le32toh(sb->s_first_data_block),
		.first_meta_bg = le32toh(sb->s_first_meta_bg),
		.backup_groups = {le32toh(sb->s_backup_bgs[0]), le32toh(sb->s_backup_bgs[1])},
		.blocks = le32toh(sb->s_blocks_count),
	};
	take_features(fs, sb);
	fs->desc_size = fs->wide ? le16toh(sb->s_desc_size) : 32;
	if (fs->wide)
		fs->blocks |= (uint64_t)le32toh(sb->s_blocks_count_hi) << 32;
	if (!sizes_make_sense(fs) || fs->blocks > size / fs->block_size)
		return -EINVAL;
	groups = (fs->blocks - fs->first_data_block + fs->blocks_per_group - 1) /
		 fs->blocks_per_group;
	if (groups > UINT32_MAX || groups * fs->inodes_per_group != fs->inodes)
		return -EINVAL;
	fs->groups = (uint32_t)groups;
	return 0;
}

static bool is_power_of(uint32_t n, uint32_t base)
{
	while (n > 1 && n % base == 0)
		n /= base;
	return n == 1;
}

/* Does the group begin with a copy of the superblock? */
static bool has_super(const struct ext4 *fs, uint32_t group)
{
	if (group == 0)
		return true;
	if (fs->sparse2)
		return group == fs->backup_groups[0] || group == fs->backup_groups[1];
	if (group == 1 || !fs->sparse)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

uint64_t ext4_group_offset(const struct ext4 *fs, uint32_t group)
{
	uint32_t per_block = fs->block_size / fs->desc_size, n = group / per_block;
	/* the block that holds the superblock, from which the descriptors are counted */
	uint64_t super = fs->block_size == 1024 ? 1 : 0, block = super + 1 + n;

	if (fs->meta_bg && n >= fs->first_meta_bg) {
		uint32_t first = n * per_block;

		block = fs->first_data_block + (uint64_t)first * fs->blocks_per_group +
			has_super(fs, first);
		/* blocks of 1 KiB that are counted from 0: the superblock is in the second */
		if (n == 0 && super > fs->first_data_block)
			block++;
	}
	return block * fs->block_size + (uint64_t)(group % per_block) * fs->desc_size;
}

/* @len bytes from block @block on: are they all within the file system? */
static bool within(const struct ext4 *fs, uint64_t block, uint64_t len)
{
	return block > 0 && block < fs->blocks && len <= (fs->blocks - block) * fs->block_size;
}

static uint32_t pair(uint16_t low, uint16_t high)
{
	return le16toh(low) | (uint32_t)le16toh(high) << 16;
}

int ext4_take_group(const struct ext4 *fs, const void *desc, uint32_t group, struct ext4_group *ret)
{
	struct ext4_group_desc d = {0};
	uint32_t unused, unallocated;
	uint64_t block;

	memcpy(&d, desc, MIN((size_t)fs->desc_size, sizeof(d)));
	block = le32toh(d.bg_inode_table) | (uint64_t)le32toh(d.bg_inode_table_hi) << 32;
	unused = pair(d.bg_itable_unused, d.bg_itable_unused_hi);
	unallocated = pair(d.bg_free_inodes_count, d.bg_free_inodes_count_hi);
	if (!fs->checksums)
		unused = 0;
	else if (le16toh(d.bg_flags) & EXT2_BG_INODE_UNINIT)
		unused = fs->inodes_per_group;
	*ret = (struct ext4_group){
		.slots = fs->inodes_per_group - MIN(unused, fs->inodes_per_group),
		.used = fs->inodes_per_group - MIN(unallocated, fs->inodes_per_group),
	};
	if (!within(fs, block, (uint64_t)ret->slots * fs->inode_size))
		return -EINVAL;
	ret->table = block * fs->block_size;
	return 0;
}

/* ---- attributes ----------------------------------------------------------------------------- */

int ext4_attr_of_name(struct ext4_attr *ret, const char *xattr)
{
	static const struct {
		const char *prefix;
		uint8_t index;
	} known[] = {{"user.", 1}, {"trusted.", 4}, {"security.", 6}};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t n = strlen(known[i].prefix), len = strlen(xattr);

		if (strncmp(xattr, known[i].prefix, n) == 0 && len > n && len - n <= UINT8_MAX) {
			*ret = (struct ext4_attr){.index = known[i].index,
						  .len = (uint8_t)(len - n),
						  .name = xattr + n};
			return 0;
		}
	}
	return -ENOTSUP;
}

/*
 * Look through the entries from @first on, in an area of @size bytes; values are counted from
 * @values.  Entries are as long as their names, a multiple of 4; four zero bytes end them.
 */
static enum ext4_answer find(const char *area, size_t size, size_t first, size_t values,
			     const struct ext4_attr *attr, struct ext4_label *ret)
{
	size_t at = first;

	for (;;) {
		const struct ext2_ext_attr_entry *e;
		size_t offset, len;

		if (size - at < sizeof(uint32_t))
			return EXT4_UNKNOWN;
		e = (const struct ext2_ext_attr_entry *)(area + at);
		if (!e->e_name_len && !e->e_name_index && !e->e_value_offs)
			return EXT4_NO_LABEL;
		if (size - at < sizeof(*e) + e->e_name_len)
			return EXT4_UNKNOWN;
		if (e->e_name_index != attr->index || e->e_name_len != attr->len ||
		    memcmp(e + 1, attr->name, attr->len) != 0) {
			at += EXT2_EXT_ATTR_LEN((size_t)e->e_name_len);
			if (at > size)
				return EXT4_UNKNOWN;
			continue;
		}
		offset = values + le16toh(e->e_value_offs);
		len = le32toh(e->e_value_size);
		if (e->e_value_inum || offset > size || len > size - offset)
			return EXT4_UNKNOWN;
		while (len > 0 && area[offset + len - 1] == '\0')
			len--;
		ret->label = area + offset;
		ret->len = len;
		return EXT4_LABEL;
	}
}

/* What the inode itself holds. */
static enum ext4_answer find_inside(const struct ext4 *fs, const struct ext2_inode_large *inode,
				    const struct ext4_attr *attr, struct ext4_label *ret)
{
	const char *bytes = (const char *)inode;
	size_t header;
	uint32_t magic;

	if (fs->inode_size < sizeof(*inode) || !inode->i_extra_isize)
		return EXT4_NO_LABEL;
	header = GOOD_OLD + (size_t)le16toh(inode->i_extra_isize);
	if (header % 4 || header > fs->inode_size)
		return EXT4_UNKNOWN;
	if (fs->inode_size - header < sizeof(magic))
		return EXT4_NO_LABEL;
	memcpy(&magic, bytes + header, sizeof(magic));
	if (le32toh(magic) != EXT2_EXT_ATTR_MAGIC)
		return EXT4_NO_LABEL;
	header += sizeof(magic);
	return find(bytes, fs->inode_size, header, header, attr, ret);
}

enum ext4_answer ext4_inode_label(const struct ext4 *fs, const void *inode,
				  const struct ext4_attr *attr, struct ext4_label *ret)
{
	const struct ext2_inode_large *i = inode;
	enum ext4_answer answer;
	uint64_t block;

	if (!i->i_mode || !i->i_links_count)
		return EXT4_FREE;
	answer = find_inside(fs, i, attr, ret);
	if (answer != EXT4_NO_LABEL)
		return answer;
	block = le32toh(i->i_file_acl);
	if (fs->wide)
		block |= (uint64_t)le16toh(i->osd2.linux2.l_i_file_acl_high) << 32;
	if (!block)
		return EXT4_NO_LABEL;
	if (!within(fs, block, fs->block_size))
		return EXT4_UNKNOWN;
	ret->block = block * fs->block_size;
	return EXT4_IN_BLOCK;
}

enum ext4_answer ext4_block_label(const struct ext4 *fs, const void *block,
				  const struct ext4_attr *attr, struct ext4_label *ret)
{
	const struct ext2_ext_attr_header *h = block;

	if (le32toh(h->h_magic) != EXT2_EXT_ATTR_MAGIC || le32toh(h->h_blocks) != 1)
		return EXT4_UNKNOWN;
	return find(block, fs->block_size, BLOCK_ENTRIES, 0, attr, ret);
}

/* ---- where directories are ------------------------------------------------------------------ */

/* Item @pos of a node of @size bytes, those that lie outside passed over. */
static int next_of_node(const struct ext4 *fs, const void *node, size_t size, unsigned *pos,
			struct ext4_piece *ret)
{
	const struct ext3_extent_header *h = node;
	const struct ext3_extent *extents = (const struct ext3_extent *)(h + 1);
	const struct ext3_extent_idx *indices = (const struct ext3_extent_idx *)(h + 1);
	size_t room = (size - sizeof(*h)) / sizeof(*extents);
	bool node_below = h->eh_depth != 0;

	if (le16toh(h->eh_magic) != EXT3_EXT_MAGIC || le16toh(h->eh_depth) > 5)
		return 0;
	while (*pos < MIN((size_t)le16toh(h->eh_entries), room)) {
		unsigned i = (*pos)++;
		uint64_t block, n = 1;

		if (node_below) {
			block = le32toh(indices[i].ei_leaf) |
				(uint64_t)le16toh(indices[i].ei_leaf_hi) << 32;
		} else {
			block = le32toh(extents[i].ee_start) |
				(uint64_t)le16toh(extents[i].ee_start_hi) << 32;
			n = le16toh(extents[i].ee_len);
			if (n > EXT_INIT_MAX_LEN) /* not written yet */
				continue;
		}
		if (!within(fs, block, n * fs->block_size))
			continue;
		*ret = (struct ext4_piece){.offset = block * fs->block_size,
					   .len = n * fs->block_size,
					   .node = node_below};
		return 1;
	}
	return 0;
}

int ext4_node_next(const struct ext4 *fs, const void *node, unsigned *pos, struct ext4_piece *ret)
{
	return next_of_node(fs, node, fs->block_size, pos, ret);
}

int ext4_dir_next(const struct ext4 *fs, const void *inode, unsigned *pos, struct ext4_piece *ret)
{
	const struct ext2_inode_large *i = inode;
	uint32_t flags = le32toh(i->i_flags);

	if (!S_ISDIR(le16toh(i->i_mode)) || !i->i_links_count || (flags & EXT4_INLINE_DATA_FL))
		return 0;
	if (flags & EXT4_EXTENTS_FL)
		return next_of_node(fs, i->i_block, sizeof(i->i_block), pos, ret);
	while (*pos < EXT2_NDIR_BLOCKS) {
		uint64_t block = le32toh(i->i_block[(*pos)++]);

		if (within(fs, block, fs->block_size)) {
			*ret = (struct ext4_piece){.offset = block * fs->block_size,
						   .len = fs->block_size};
			return 1;
		}
	}
	return 0;
}

/* ---- what is in directories ----------------------------------------------------------------- */

int ext4_take_dir(const struct ext4 *fs, const void *inode, struct ext4_dir *ret)
{
	const struct ext2_inode_large *i = inode;
	uint32_t flags = le32toh(i->i_flags);
	struct {
		uint32_t version[2], time[2], time_extra[2], size[2], flags, block[EXT2_N_BLOCKS];
	} mark = {
		.version[0] = i->osd1.linux1.l_i_version,
		.time = {i->i_ctime, i->i_mtime},
		.size = {i->i_size, i->i_size_high},
		.flags = i->i_flags,
	};

	if (!S_ISDIR(le16toh(i->i_mode)) || !i->i_links_count ||
	    (flags & (EXT4_INLINE_DATA_FL | EXT4_ENCRYPT_FL)))
		return 0;
	memcpy(mark.block, i->i_block, sizeof(mark.block));
	if (fs->inode_size >= sizeof(*i)) {
		mark.version[1] = i->i_version_hi;
		mark.time_extra[0] = i->i_ctime_extra;
		mark.time_extra[1] = i->i_mtime_extra;
	}
	ret->size = le32toh(i->i_size) | (uint64_t)le32toh(i->i_size_high) << 32;
	ret->mark = hash64(&mark, sizeof(mark));
	return 1;
}

/* Blocks of 64 KiB have records longer than the field can tell. */
static uint32_t record_len(const struct ext4 *fs, uint16_t len)
{
	if (fs->block_size < 65536)
		return len;
	if (len == 0 || len == UINT16_MAX)
		return fs->block_size;
	return (len & 65532u) | (len & 3u) << 16;
}

static enum lbl_kind kind_of_entry(uint8_t type)
{
	static const enum lbl_kind kinds[EXT2_FT_MAX] = {
		[EXT2_FT_UNKNOWN] = LBL_ANY, [EXT2_FT_REG_FILE] = LBL_REG,
		[EXT2_FT_DIR] = LBL_DIR,     [EXT2_FT_CHRDEV] = LBL_CHR,
		[EXT2_FT_BLKDEV] = LBL_BLK,  [EXT2_FT_FIFO] = LBL_FIFO,
		[EXT2_FT_SOCK] = LBL_SOCK,   [EXT2_FT_SYMLINK] = LBL_LNK,
	};

	return type < EXT2_FT_MAX ? kinds[type] : LBL_ANY;
}

static bool is_dot(const struct ext4_name *n)
{
	return n->name[0] == '.' && (n->len == 1 || (n->len == 2 && n->name[1] == '.'));
}

/*
 * The inner nodes of an index look like records that are not in use, the length of the block; so
 * does what is behind ".." in its root, and the checksum at the end of a block.
 */
int ext4_entry_next(const struct ext4 *fs, const void *block, size_t *pos, struct ext4_name *ret)
{
	const size_t head = offsetof(struct ext2_dir_entry_2, name);

	while (*pos < fs->block_size) {
		size_t left = fs->block_size - *pos;
		const struct ext2_dir_entry_2 *e = (const void *)((const char *)block + *pos);
		uint32_t len;

		if (left < head)
			return -EINVAL;
		len = record_len(fs, le16toh(e->rec_len));
		if (len % 4 || len > left || len < head + e->name_len)
			return -EINVAL;
		*pos += len;
		*ret = (struct ext4_name){.ino = le32toh(e->inode),
					  .kind = kind_of_entry(e->file_type),
					  .name = e->name,
					  .len = e->name_len};
		if (ret->ino)
			return 1;
	}
	return 0;
}

int ext4_name_next(const struct ext4 *fs, const void *block, size_t *pos, struct ext4_name *ret)
{
	int r;

	do
		r = ext4_entry_next(fs, block, pos, ret);
	while (r > 0 && ret->len > 0 && is_dot(ret));
	return r;
}
