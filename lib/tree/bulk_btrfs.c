/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The items of a btrfs subvolume, through TREE_SEARCH_V2 on a directory of it.
 *
 * Attributes and names are put into the tree at once, so a search sees what the file system sees.
 * (What waits for a commit is the second list of a directory's entries, DIR_INDEX, and what changes
 * in an inode's own item; its kind never does.)  A search goes from key to key, and the inode's
 * number is a key's first part, so other items come along; but hundreds come with one call.  One
 * search reads leaf after leaf: while they must come from the disk several searches, each in a
 * range of numbers of its own, wait at the same time.
 *
 * For a census each inode tells its names.  What a directory lists must come to the same numbers:
 * it does not while names are being changed, nor where a subvolume hangs in it, which has no inode
 * here.  Then the walk looks there.
 */
#include "tree/bulk_impl.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/thread.h"
#include "tree/btrfs.h"

enum {
	PER_BLOCK = 512, /* inodes of a block of the table */
	CHUNK = PER_BLOCK,
	CHUNKS_MAX = 1 << 14,	   /* more, and chunks get bigger */
	BUFFER = 64 * 1024 + 4096, /* one item fits: they end at 64 KiB */
	SEARCHES = 64,		   /* at the same time, unless there is a limit to threads */
};

struct scan {
	struct bulk_job *job;
	size_t xattr_len;
	uint64_t end; /* numbers end before this one */
	uint64_t chunk;
	_Atomic uint64_t next;
	struct hand *hands; /* one for each thread */
	_Atomic unsigned n_busy;
	_Atomic int error;
};

/* Items from @key on; @ret_size: bytes in args->buf.  Return how many, or -errno. */
static int search(int fd, const struct btrfs_ioctl_search_key *key,
		  struct btrfs_ioctl_search_args_v2 *args)
{
	args->key = *key;
	args->buf_size = BUFFER;
	if (ioctl(fd, BTRFS_IOC_TREE_SEARCH_V2, args) < 0)
		return -errno;
	return (int)args->key.nr_items;
}

static struct btrfs_ioctl_search_args_v2 *new_args(void)
{
	return malloc(sizeof(struct btrfs_ioctl_search_args_v2) + BUFFER);
}

static struct btrfs_ioctl_search_key whole_range(uint64_t first, uint64_t last)
{
	return (struct btrfs_ioctl_search_key){
		.min_objectid = first,
		.max_objectid = last,
		.max_offset = UINT64_MAX,
		.max_transid = UINT64_MAX,
		.max_type = UINT32_MAX,
		.nr_items = UINT32_MAX,
	};
}

/* One more than the highest number in use. */
static int find_end(struct scan *s)
{
	_cleanup_free_ struct btrfs_ioctl_search_args_v2 *args = new_args();
	uint64_t lo = BTRFS_FIRST_FREE_OBJECTID, hi = BTRFS_LAST_FREE_OBJECTID;

	if (!args)
		return -ENOMEM;
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		struct btrfs_ioctl_search_key key = whole_range(mid, BTRFS_LAST_FREE_OBJECTID);
		int r;

		key.nr_items = 1;
		r = search(s->job->o->dirfd, &key, args);
		if (r < 0)
			return r;
		if (r > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	s->end = lo;
	return 0;
}

static int take_label(struct scan *s, struct contexts_view *view, uint64_t ino, const char *label,
		      size_t len)
{
	struct bulk *b = s->job->bulk;
	uint64_t at = ino - b->first;
	size_t block = (size_t)(at / PER_BLOCK);

	/* chunks begin with blocks, so no other thread has this one */
	if (!b->blocks[block].ids) {
		int r = bulk_reserve_block(s->job, block, PER_BLOCK);

		if (r < 0)
			return r;
	}
	bulk_note(b, view, block, (uint32_t)(at % PER_BLOCK), label, len);
	return 0;
}

/* What one thread is reading. */
struct hand {
	struct scan *scan;
	unsigned number;
	struct contexts_view view;
	struct btrfs_ioctl_search_key key; /* where its chunk goes on, */
	bool busy;			   /* if it has one */
	uint64_t ino;			   /* the inode that items are of, with */
	enum lbl_kind kind;
	uint64_t sum; /* of what it lists */
};

/* No more items of the inode will come. */
static void leave_inode(struct hand *h)
{
	if (h->sum)
		census_list(h->scan->job->bulk->census, h->number, h->ino, h->sum);
	h->sum = 0;
	h->kind = LBL_ANY;
}

/* What the names are for; an item that is damaged makes its directory doubtful. */
static void take_names(struct hand *h, struct census *census, const struct btrfs_item *item)
{
	uint64_t salt = census_salt(census), number;
	struct btrfs_name name;
	size_t pos = 0;
	int r;

	switch (item->type) {
	case BTRFS_INODE_ITEM_KEY: h->kind = btrfs_item_kind(item); break;
	case BTRFS_INODE_REF_KEY:
	case BTRFS_INODE_EXTREF_KEY:
		while ((r = btrfs_item_name(item, &pos, &name)) > 0)
			if (name.dir != item->ino) /* ".." of the top */
				census_name(census, h->number, name.dir, item->ino, h->kind,
					    name.name, name.len);
		break;
	case BTRFS_DIR_ITEM_KEY:
		while ((r = btrfs_item_entry(item, &pos, &number)) > 0)
			h->sum += census_mix(salt, number);
		if (r < 0)
			census_doubt(census, h->number, item->ino);
		break;
	}
}

static int take_item(struct hand *h, const struct btrfs_item *item)
{
	struct scan *s = h->scan;
	struct census *census = s->job->bulk->census;
	const char *label;
	size_t len;

	if (item->ino != h->ino) {
		if (census)
			leave_inode(h);
		h->ino = item->ino;
	}
	if (item->type == BTRFS_XATTR_ITEM_KEY)
		return btrfs_item_label(item, s->job->o->xattr, s->xattr_len, &label, &len)
			       ? take_label(s, &h->view, item->ino, label, len)
			       : 0;
	if (census)
		take_names(h, census, item);
	return 0;
}

/*
 * The next search goes on behind @item.  Behind attributes come the entries of directories, twice,
 * and where the contents of files are: only the first of these is of any use, and the rest may be
 * long.
 */
static void go_on(const struct hand *h, const struct btrfs_item *item,
		  struct btrfs_ioctl_search_key *key)
{
	uint32_t last = h->scan->job->bulk->census ? BTRFS_DIR_ITEM_KEY : BTRFS_XATTR_ITEM_KEY;

	key->min_objectid = item->ino;
	key->min_type = item->type;
	key->min_offset = item->offset + 1;
	if (key->min_offset == 0)
		key->min_type++;
	if (key->min_type > last) {
		key->min_objectid++;
		key->min_type = 0;
		key->min_offset = 0;
	}
}

/* Take what is in @args. */
static int take_items(struct hand *h, const struct btrfs_ioctl_search_args_v2 *args, int n,
		      struct btrfs_ioctl_search_key *key)
{
	const char *buf = (const char *)args->buf;
	struct btrfs_item item;
	size_t pos = 0;
	int r;

	for (int i = 0; i < n; i++) {
		r = btrfs_item_next(buf, BUFFER, &pos, &item);
		if (r <= 0 || item.ino < key->min_objectid || item.ino > key->max_objectid)
			return -EIO;
		r = take_item(h, &item);
		if (r < 0)
			return r;
	}
	go_on(h, &item, key);
	return 0;
}

static bool stopped(const struct scan *s)
{
	return atomic_load(&s->error) < 0 ||
	       (s->job->o->stop && atomic_load_explicit(s->job->o->stop, memory_order_relaxed));
}

/* False: all chunks are taken. */
static bool chunk_begin(struct hand *h)
{
	struct scan *s = h->scan;
	uint64_t first = atomic_fetch_add(&s->next, s->chunk);

	if (first >= s->end)
		return false;
	h->key = whole_range(first, MIN(s->end, first + s->chunk) - 1);
	h->busy = true;
	atomic_fetch_add(&s->n_busy, 1);
	return true;
}

static void chunk_end(struct hand *h)
{
	if (h->scan->job->bulk->census)
		leave_inode(h);
	h->busy = false;
	atomic_fetch_sub(&h->scan->n_busy, 1);
}

static int search_chunk(struct hand *h, struct btrfs_ioctl_search_args_v2 *args)
{
	int r = search(h->scan->job->o->dirfd, &h->key, args);
	bool more = r > 0;

	if (more)
		r = take_items(h, args, r, &h->key);
	if (!more || h->key.min_objectid > h->key.max_objectid)
		chunk_end(h);
	return r;
}

/*
 * Chunk by chunk, until all are read or it is time to judge what was found.  That may be in the
 * midst of one: few inodes can have millions of names.
 */
static void search_some(void *user, unsigned number)
{
	struct scan *s = user;
	struct hand *h = &s->hands[number];
	_cleanup_free_ struct btrfs_ioctl_search_args_v2 *args = new_args();
	const struct census *census = s->job->bulk->census;
	int r = args ? 0 : -ENOMEM;

	while (r == 0 && !stopped(s) && !(census && census_is_full(census)) &&
	       (h->busy || chunk_begin(h)))
		r = search_chunk(h, args);
	if (r < 0)
		atomic_store(&s->error, r);
}

static int search_all(struct scan *s)
{
	unsigned limit = s->job->o->threads;
	unsigned n = limit ? MIN(limit, (unsigned)SEARCHES) : SEARCHES;
	int r = 0;

	s->hands = calloc(n, sizeof(*s->hands));
	if (!s->hands)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		s->hands[i] = (struct hand){.scan = s, .number = i, .kind = LBL_ANY};
	bulk_census(s->job, CENSUS_SUMS, n);
	while (r == 0 && (s->next < s->end || s->n_busy > 0)) {
		thread_crew(n, search_some, s);
		r = stopped(s) ? atomic_load(&s->error) : bulk_settle(s->job);
		if (s->job->o->stop && atomic_load(s->job->o->stop))
			r = -ECANCELED;
	}
	return r;
}

int bulk_read_btrfs(struct bulk_job *job)
{
	struct scan s = {.job = job,
			 .xattr_len = strlen(job->o->xattr),
			 .chunk = CHUNK,
			 .next = BTRFS_FIRST_FREE_OBJECTID};
	int r = find_end(&s);

	if (r < 0)
		return bulk_fail(job, r, "its tree cannot be searched");
	while ((s.end - s.next) / s.chunk > CHUNKS_MAX)
		s.chunk *= 2;
	r = bulk_reserve(job, BTRFS_FIRST_FREE_OBJECTID, PER_BLOCK,
			 (s.end - BTRFS_FIRST_FREE_OBJECTID) / PER_BLOCK + 1);
	if (r < 0)
		return r;
	r = search_all(&s);
	free(s.hands);
	return r < 0 && r != -ENOMEM && r != -ECANCELED
		       ? bulk_fail(job, r, "its tree cannot be searched")
		       : r;
}
