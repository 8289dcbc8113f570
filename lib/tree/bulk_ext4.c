/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inode tables of an ext4, through the block device.
 *
 * A mounted ext4 keeps its metadata in the device's page cache and changes it there, so a buffered
 * read of the device sees what the file system sees, written to the disk or not.  It may see a
 * change half made.
 *
 *	superblock, descriptors of groups --> pieces of inode tables, read by several threads:
 *		label in the inode	-> table
 *		label in a block	-> noted; those blocks are read in a second round
 *		directory		-> where its entries are; they are read at last, for a
 *					   census, or brought in for the walk
 */
#include "tree/bulk_ext4_impl.h"

#include <string.h>
#include <sys/stat.h>

enum {
	/* a group is left to the walk when so few of the inodes to be read are in use */
	SPARSE = 16,
	/* labels in blocks, and pieces of directories, noted by all threads; 16 bytes each */
	NOTES_MAX = 1 << 21,
};

static void scan_done(struct ext4_scan *s)
{
	for (unsigned i = 0; s->hands && i < s->job->threads; i++) {
		free(s->hands[i].outside);
		ranges_done(&s->hands[i].dirs);
		ranges_done(&s->hands[i].nodes);
		free(s->hands[i].listings);
	}
	free(s->hands);
	free(s->tables);
	free(s->outside);
	free(s->listings);
	ranges_done(&s->pieces);
}

/* ---- what is to be read --------------------------------------------------------------------- */

static int read_super(struct ext4_scan *s, bool mounted)
{
	_Alignas(8) char super[EXT4_SUPER_SIZE];
	uint64_t size;
	int r = ranges_size(s->fd, &size);

	if (r == 0 && pread(s->fd, super, sizeof(super), EXT4_SUPER_OFFSET) != sizeof(super))
		r = -EIO;
	if (r < 0)
		return bulk_fail(s->job, r, "its block device cannot be read");
	r = ext4_take_super(&s->fs, super, size, mounted);
	return r < 0 ? bulk_fail(s->job, r, "a feature of it is not known") : 0;
}

/* Room for the group's inodes, and the pieces of its table. */
static int plan_group(struct ext4_scan *s, uint32_t group)
{
	char desc[EXT4_DESC_MAX];
	struct ext4_group g;
	uint32_t slots;
	int r;

	if (pread(s->fd, desc, s->fs.desc_size, (off_t)ext4_group_offset(&s->fs, group)) !=
	    (ssize_t)s->fs.desc_size)
		return 0; /* the walk will see what there is */
	if (ext4_take_group(&s->fs, desc, group, &g) < 0 || g.used * SPARSE < g.slots)
		return 0;
	slots = g.slots;
	if (slots == 0)
		return 0;
	s->tables[group] = g.table;
	s->used += g.used;
	r = bulk_reserve_block(s->job, group, slots);
	if (r == 0)
		r = ranges_add_pieces(&s->pieces, g.table, (uint64_t)slots * s->fs.inode_size,
				      group);
	return r;
}

static int plan(struct ext4_scan *s)
{
	int r = bulk_reserve(s->job, 1, s->fs.inodes_per_group, s->fs.groups);

	s->tables = calloc(s->fs.groups, sizeof(*s->tables));
	s->hands = calloc(s->job->threads, sizeof(*s->hands));
	if (r == 0 && (!s->tables || !s->hands))
		r = -ENOMEM;
	for (unsigned i = 0; i < s->job->threads && r == 0; i++)
		s->hands[i].most = NOTES_MAX / s->job->threads;
	for (uint32_t group = 0; group < s->fs.groups && r == 0; group++)
		r = plan_group(s, group);
	return r;
}

/* ---- inode tables --------------------------------------------------------------------------- */

static void note_outside(struct ext4_hand *h, uint64_t offset, uint32_t group, uint32_t slot)
{
	if (h->n_outside >= h->most)
		return;
	if (array_reserve(&h->outside, &h->cap_outside, h->n_outside + 1, sizeof(*h->outside)) <
	    0) {
		h->no_memory = true;
		return;
	}
	h->outside[h->n_outside++] =
		(struct outside){.offset = offset, .group = group, .slot = slot};
}

static void take_inode(struct ext4_scan *s, struct ext4_hand *h, const char *inode, uint32_t group,
		       uint32_t slot)
{
	struct bulk *b = s->job->bulk;
	struct ext4_label l;

	ext4_note_dir(s, h, inode, group * s->fs.inodes_per_group + slot + 1);
	switch (ext4_inode_label(&s->fs, inode, &s->attr, &l)) {
	case EXT4_LABEL: bulk_note(b, &h->view, group, slot, l.label, l.len); break;
	case EXT4_NO_LABEL: b->blocks[group].ids[slot] = BULK_NONE; break;
	case EXT4_IN_BLOCK: note_outside(h, l.block, group, slot); break;
	case EXT4_FREE:
	case EXT4_UNKNOWN: break;
	}
}

static void got_piece(void *user, unsigned number, const struct range *range, const char *data)
{
	struct ext4_scan *s = user;
	uint32_t group = range->tag, size = s->fs.inode_size;
	uint32_t slot = (uint32_t)((range->offset - s->tables[group]) / size);

	for (uint32_t at = 0; at < range->len; at += size)
		take_inode(s, &s->hands[number], data + at, group, slot++);
}

int ext4_read(struct ext4_scan *s, const struct ranges *ranges,
	      void (*got)(void *, unsigned, const struct range *, const char *))
{
	struct ranges_reading reading = {
		.fd = s->fd,
		.threads = s->job->threads,
		.stop = s->job->o->stop,
		.gate = s->job->o->gate,
		.got = got,
		.user = s,
	};
	int r = ranges_read(&reading, ranges);

	for (unsigned i = 0; i < s->job->threads && r == 0; i++)
		if (s->hands[i].no_memory)
			r = -ENOMEM;
	return r;
}

/* ---- attribute blocks ----------------------------------------------------------------------- */

static int outside_compare(const void *a, const void *b)
{
	const struct outside *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* A block that many inodes share is read once, with the range's tag leading to the first. */
static void got_block(void *user, unsigned number, const struct range *range, const char *data)
{
	struct ext4_scan *s = user;
	struct bulk *b = s->job->bulk;
	struct ext4_label l;
	enum ext4_answer answer = ext4_block_label(&s->fs, data, &s->attr, &l);

	for (size_t i = range->tag; i < s->n_outside && s->outside[i].offset == range->offset;
	     i++) {
		const struct outside *o = &s->outside[i];

		if (answer == EXT4_LABEL)
			bulk_note(b, &s->hands[number].view, o->group, o->slot, l.label, l.len);
		else if (answer == EXT4_NO_LABEL)
			b->blocks[o->group].ids[o->slot] = BULK_NONE;
	}
}

static int collect_outside(struct ext4_scan *s)
{
	size_t n = 0;

	for (unsigned i = 0; i < s->job->threads; i++)
		n += s->hands[i].n_outside;
	s->outside = calloc(n + 1, sizeof(*s->outside));
	if (!s->outside)
		return -ENOMEM;
	for (unsigned i = 0; i < s->job->threads; i++) {
		struct ext4_hand *h = &s->hands[i];

		if (h->n_outside > 0)
			memcpy(s->outside + s->n_outside, h->outside,
			       h->n_outside * sizeof(*h->outside));
		s->n_outside += h->n_outside;
	}
	qsort(s->outside, s->n_outside, sizeof(*s->outside), outside_compare);
	return 0;
}

static int read_blocks(struct ext4_scan *s)
{
	struct ranges blocks = {0};
	int r = collect_outside(s);

	for (size_t i = 0; i < s->n_outside && r == 0; i++)
		if (i == 0 || s->outside[i].offset != s->outside[i - 1].offset)
			r = ranges_add(&blocks, (struct range){.offset = s->outside[i].offset,
							       .len = s->fs.block_size,
							       .tag = (uint32_t)i});
	if (r == 0)
		r = ext4_read(s, &blocks, got_block);
	ranges_done(&blocks);
	return r;
}

int bulk_read_ext4(struct bulk_job *job, int fd, bool mounted)
{
	_cleanup_(scan_done) struct ext4_scan s = {.job = job, .fd = fd};
	int r = ext4_attr_of_name(&s.attr, job->o->xattr);

	if (r < 0)
		return bulk_fail(job, r, "labels of this kind are not read so");
	r = read_super(&s, mounted);
	if (r == 0)
		r = plan(&s);
	if (r == 0) {
		bulk_census(job, CENSUS_VOUCHED, job->threads);
		r = ext4_read(&s, &s.pieces, got_piece);
	}
	if (r == 0)
		r = read_blocks(&s);
	return r == 0 && (mounted || job->bulk->census) ? ext4_read_names(&s) : r;
}
