/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names in the directories of an ext4, through the block device.
 *
 * The blocks of directories, too, are changed in the device's pages; but while they are being read,
 * entries may move from one to another.  So each directory's inode is read once more when all
 * blocks have been: the kernel counts each change there, and the size tells of blocks that were
 * added.  Only for what is unchanged, and wholly known, the census has our word that no name is
 * missing.
 *
 *	inode -> mark, pieces -> names ... -> inode again: the same mark?  vouched
 */
#include "tree/bulk_ext4_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

enum {
	GAP = 16 * 1024,	 /* between two pieces: rather read it than call twice */
	SLICE = 8 * 1024 * 1024, /* read between two looks at how full the census is */
};

/* ---- noting directories --------------------------------------------------------------------- */

/* Return the bytes that will be read. */
static uint64_t note_piece(struct ext4_hand *h, const struct ext4_piece *piece, uint32_t ino)
{
	struct ranges *to = piece->node ? &h->nodes : &h->dirs;

	if (to->n >= h->most)
		return 0;
	if (ranges_add_pieces(to, piece->offset, piece->len, ino) < 0) {
		h->no_memory = true;
		return 0;
	}
	return piece->node ? 0 : piece->len;
}

void ext4_note_dir(struct ext4_scan *s, struct ext4_hand *h, const char *inode, uint32_t ino)
{
	struct ext4_piece piece;
	struct ext4_dir dir;
	uint64_t known = 0;
	unsigned pos = 0;

	while (ext4_dir_next(&s->fs, inode, &pos, &piece) > 0)
		known += note_piece(h, &piece, ino);
	if (pos == 0 || !s->job->bulk->census || h->n_listings >= h->most ||
	    !ext4_take_dir(&s->fs, inode, &dir))
		return;
	if (array_reserve(&h->listings, &h->cap_listings, h->n_listings + 1, sizeof(*h->listings)) <
	    0) {
		h->no_memory = true;
		return;
	}
	h->listings[h->n_listings++] =
		(struct ext4_listing){.mark = dir.mark, .missing = dir.size - known, .ino = ino};
}

static int listing_compare(const void *a, const void *b)
{
	const struct ext4_listing *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static int gather_listings(struct ext4_scan *s)
{
	size_t n = 0;

	for (unsigned i = 0; i < s->job->threads; i++)
		n += s->hands[i].n_listings;
	s->listings = calloc(n + 1, sizeof(*s->listings));
	if (!s->listings)
		return -ENOMEM;
	for (unsigned i = 0; i < s->job->threads; i++) {
		struct ext4_hand *h = &s->hands[i];

		if (h->n_listings > 0)
			memcpy(s->listings + s->n_listings, h->listings,
			       h->n_listings * sizeof(*h->listings));
		s->n_listings += h->n_listings;
	}
	qsort(s->listings, s->n_listings, sizeof(*s->listings), listing_compare);
	return 0;
}

static struct ext4_listing *find_listing(struct ext4_scan *s, uint32_t ino)
{
	struct ext4_listing key = {.ino = ino};

	return bsearch(&key, s->listings, s->n_listings, sizeof(key), listing_compare);
}

/* ---- where they are ------------------------------------------------------------------------- */

static void got_node(void *user, unsigned number, const struct range *range, const char *data)
{
	struct ext4_scan *s = user;
	struct ext4_listing *l = find_listing(s, range->tag);
	struct ext4_piece piece;
	uint64_t known = 0;
	unsigned pos = 0;

	while (ext4_node_next(&s->fs, data, &pos, &piece) > 0)
		if (!piece.node) /* deeper trees are those of directories nobody has */
			known += note_piece(&s->hands[number], &piece, range->tag);
	if (l)
		l->missing -= known;
}

/* Move what all hands noted to @to. */
static int gather(struct ext4_scan *s, bool nodes, struct ranges *to)
{
	int r = 0;

	for (unsigned i = 0; i < s->job->threads; i++) {
		struct ranges *from = nodes ? &s->hands[i].nodes : &s->hands[i].dirs;

		for (size_t k = 0; k < from->n && r == 0; k++)
			r = ranges_add(to, from->v[k]);
		ranges_done(from);
	}
	return r;
}

static int find_pieces(struct ext4_scan *s, struct ranges *ret_dirs)
{
	struct ranges nodes = {0};
	int r = gather_listings(s);

	if (r == 0)
		r = gather(s, true, &nodes);
	if (r == 0)
		r = ext4_read(s, &nodes, got_node);
	if (r == 0)
		r = gather(s, false, ret_dirs);
	ranges_done(&nodes);
	return r;
}

/* ---- many small pieces ---------------------------------------------------------------------- */

static int range_compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Neighbours become one run, whose tag leads to the first of them. */
static int make_runs(const struct ranges *pieces, struct ranges *runs)
{
	int r = 0;

	for (size_t i = 0; i < pieces->n && r == 0; i++) {
		const struct range *piece = &pieces->v[i];
		struct range *run = runs->n > 0 ? &runs->v[runs->n - 1] : NULL;
		uint64_t end = piece->offset + piece->len, so_far;

		so_far = run ? run->offset + run->len : 0;
		if (run && piece->offset <= so_far + GAP && end - run->offset <= RANGE_MAX)
			run->len = (uint32_t)(MAX(end, so_far) - run->offset);
		else
			r = ranges_add(runs, (struct range){.offset = piece->offset,
							    .len = piece->len,
							    .tag = (uint32_t)i});
	}
	return r;
}

/* The first piece that is not in this run is the next one's: it ends behind this one. */
static void got_run(void *user, unsigned number, const struct range *run, const char *data)
{
	struct ext4_scan *s = user;

	for (size_t i = run->tag; i < s->now->n; i++) {
		const struct range *piece = &s->now->v[i];

		if (piece->offset + piece->len > run->offset + run->len)
			break;
		s->got(s, number, piece, data + (piece->offset - run->offset));
	}
}

/* Judge what was found whenever that has become much.  Without a census it ends there. */
static int read_pieces(struct ext4_scan *s, struct ranges *pieces,
		       void (*got)(struct ext4_scan *, unsigned, const struct range *,
				   const char *))
{
	const struct bulk *b = s->job->bulk;
	struct ranges runs = {0};
	size_t at = 0;
	int r;

	if (pieces->n > 0)
		qsort(pieces->v, pieces->n, sizeof(*pieces->v), range_compare);
	s->now = pieces;
	s->got = got;
	r = make_runs(pieces, &runs);
	while (r == 0 && b->census && at < runs.n) {
		struct ranges slice = {.v = runs.v + at};

		for (uint64_t len = 0; at < runs.n && len < SLICE; at++, slice.n++)
			len += runs.v[at].len;
		r = ext4_read(s, &slice, got_run);
		if (r == 0 && census_is_full(b->census))
			r = bulk_settle(s->job);
	}
	ranges_done(&runs);
	return r;
}

/* ---- names ---------------------------------------------------------------------------------- */

static void got_names(struct ext4_scan *s, unsigned number, const struct range *piece,
		      const char *data)
{
	struct census *census = s->job->bulk->census;
	struct ext4_name n;
	size_t pos;
	int r;

	for (uint32_t at = 0; at < piece->len; at += s->fs.block_size) {
		pos = 0;
		while ((r = ext4_name_next(&s->fs, data + at, &pos, &n)) > 0)
			if (!(n.kind == LBL_DIR ? s->no_dirs : s->no_files))
				census_name(census, number, piece->tag, n.ino, n.kind, n.name,
					    n.len);
		if (r < 0)
			census_doubt(census, number, piece->tag);
	}
}

static void got_inode_again(struct ext4_scan *s, unsigned number, const struct range *piece,
			    const char *data)
{
	struct ext4_dir dir;

	if (ext4_take_dir(&s->fs, data, &dir) && dir.mark == s->listings[piece->tag].mark)
		census_vouch(s->job->bulk->census, number, s->listings[piece->tag].ino);
}

static int read_inodes_again(struct ext4_scan *s)
{
	struct ranges inodes = {0};
	int r = 0;

	for (size_t i = 0; i < s->n_listings && r == 0; i++) {
		uint32_t group = (s->listings[i].ino - 1) / s->fs.inodes_per_group;
		uint32_t slot = (s->listings[i].ino - 1) % s->fs.inodes_per_group;

		if (s->listings[i].missing == 0)
			r = ranges_add(&inodes,
				       (struct range){.offset = s->tables[group] +
								(uint64_t)slot * s->fs.inode_size,
						      .len = s->fs.inode_size,
						      .tag = (uint32_t)i});
	}
	if (r == 0)
		r = read_pieces(s, &inodes, got_inode_again);
	ranges_done(&inodes);
	return r;
}

/* Directories that would fill the memory may be those of an image that was made to do that. */
static bool is_too_much(const struct ranges *dirs)
{
	uint64_t left = (uint64_t)sysconf(_SC_PHYS_PAGES) / 4 * (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < dirs->n; i++) {
		if (dirs->v[i].len > left)
			return true;
		left -= dirs->v[i].len;
	}
	return false;
}

/*
 * Directories lie anywhere, so names would wait for that of their own directory, the more the
 * longer.  Where there are many, it is done twice: when files are named all directories are known.
 */
static int read_names(struct ext4_scan *s, struct ranges *dirs)
{
	int r = 0;

	if (!census_has_room(s->job->bulk->census, s->used)) {
		s->no_files = true;
		r = read_pieces(s, dirs, got_names);
		if (r == 0)
			r = bulk_settle(s->job);
		s->no_files = false;
		s->no_dirs = true;
	}
	return r == 0 ? read_pieces(s, dirs, got_names) : r;
}

static int take_census(struct ext4_scan *s, struct ranges *dirs)
{
	int r = is_too_much(dirs) ? -EFBIG : read_names(s, dirs);

	if (r == 0)
		r = read_inodes_again(s);
	return r == 0 ? bulk_settle(s->job) : r;
}

/* But for a wish to stop nothing of this is a failure: the walk reads directories by itself. */
int ext4_read_names(struct ext4_scan *s)
{
	struct bulk *b = s->job->bulk;
	struct ranges dirs = {0};
	int r = find_pieces(s, &dirs);

	log_debug(LOG_TREE, "bulk", "%zu directories, %zu pieces", s->n_listings, dirs.n);
	if (r == 0 && b->census)
		r = take_census(s, &dirs);
	else if (r == 0 && !ranges_cached(s->fd, &dirs)) /* so that getdents finds them */
		ranges_prefetch(s->fd, &dirs, s->job->o->stop);
	ranges_done(&dirs);
	if (r < 0)
		b->census = census_free(b->census);
	return r == -ECANCELED ? r : 0;
}
