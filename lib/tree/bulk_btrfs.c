/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The items of a btrfs subvolume, through TREE_SEARCH_V2 on a directory of it.
 *
 * Attributes and names are put into the tree at once, so a search sees what the file system sees.
 * A search goes from key to key, and the inode's number is a key's first part, so other items come
 * along; but hundreds come with one call.  One search reads leaf after leaf: while they must come
 * from the disk several searches, each in a range of numbers of its own, wait at the same time.
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

/* Take what is in @args; the next search goes on behind it. */
static int take_items(struct scan *s, struct contexts_view *view,
		      const struct btrfs_ioctl_search_args_v2 *args, int n,
		      struct btrfs_ioctl_search_key *key)
{
	const char *buf = (const char *)args->buf, *label;
	struct btrfs_item item;
	size_t pos = 0, len;
	int r = 1;

	for (int i = 0; i < n; i++) {
		r = btrfs_item_next(buf, BUFFER, &pos, &item);
		if (r <= 0)
			return -EIO;
		r = 0;
		if (btrfs_item_label(&item, s->job->o->xattr, s->xattr_len, &label, &len) &&
		    item.ino >= key->min_objectid && item.ino <= key->max_objectid)
			r = take_label(s, view, item.ino, label, len);
		if (r < 0)
			return r;
	}
	key->min_objectid = item.ino;
	key->min_type = item.type;
	key->min_offset = item.offset + 1;
	if (key->min_offset == 0 && ++key->min_type > UINT8_MAX) {
		key->min_type = 0;
		key->min_objectid++;
	}
	return 0;
}

static bool stopped(const struct scan *s)
{
	return atomic_load(&s->error) < 0 ||
	       (s->job->o->stop && atomic_load_explicit(s->job->o->stop, memory_order_relaxed));
}

static int search_chunk(struct scan *s, struct contexts_view *view,
			struct btrfs_ioctl_search_args_v2 *args, uint64_t first)
{
	struct btrfs_ioctl_search_key key = whole_range(first, MIN(s->end, first + s->chunk) - 1);
	int r;

	while (!stopped(s) && key.min_objectid <= key.max_objectid) {
		r = search(s->job->o->dirfd, &key, args);
		if (r <= 0)
			return r;
		r = take_items(s, view, args, r, &key);
		if (r < 0)
			return r;
	}
	return 0;
}

static void search_some(void *user, unsigned number)
{
	struct scan *s = user;
	_cleanup_free_ struct contexts_view *view = calloc(1, sizeof(*view));
	_cleanup_free_ struct btrfs_ioctl_search_args_v2 *args = new_args();
	uint64_t first;
	int r = view && args ? 0 : -ENOMEM;

	while (r == 0 && !stopped(s)) {
		first = atomic_fetch_add(&s->next, s->chunk);
		if (first >= s->end)
			break;
		r = search_chunk(s, view, args, first);
	}
	if (r < 0)
		atomic_store(&s->error, r);
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
	thread_crew(job->o->threads ? MIN(job->o->threads, (unsigned)SEARCHES) : SEARCHES,
		    search_some, &s);
	if (job->o->stop && atomic_load(job->o->stop))
		return -ECANCELED;
	r = atomic_load(&s.error);
	return r < 0 && r != -ENOMEM ? bulk_fail(job, r, "its tree cannot be searched") : r;
}
