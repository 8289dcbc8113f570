/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/queue_ext4.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "tree/ext4_dir.h"
#include "tree/queue_sync.h"
#include "tree/ranges.h"

/*
 * A directory is read whole when it is opened, and its names are checked: none twice, none that
 * leads to a directory which another name leads to.  With its ".." it must agree, too.  So what is
 * reached from the top is a tree.  Nor are directories bigger, all together, than the image: those
 * that share blocks, each of which would be read once more for each of them, come to an end there.
 *
 * Descriptors are slots in a table, and begin where the kernel's never come to: whoever takes one
 * for a real one gets EBADF.
 */
enum {
	FD_BASE = 1 << 30,
	SLOTS = 1 << 16,
};

#define DIRS_MEMORY ((size_t)1 << 30) /* of all that are open */
#define COUNTED	    ((uint64_t)1 << 63)

struct slot {
	uint32_t ino;
	uint32_t next_free;
	struct ext4_listing *dir; /* NULL: not opened for reading */
	size_t pos;		  /* of what is listed next */
};

struct ext4_image {
	struct ext4_source source;
	char *xattr;
	struct ext4_attr attr;
	/* of each inode that is a directory: the entry that leads to it, and COUNTED in `sizes` */
	_Atomic uint64_t *claims;
	_Atomic uint64_t sizes; /* of directories, as they lie in the image */
	_Atomic size_t bytes;	/* of memory for those that are open */
	pthread_mutex_t lock;	/* of the slots that are free */
	struct slot *slots;
	uint32_t first_free, n_used;
};

/* ---- the image ------------------------------------------------------------------------------ */

static int take_image(struct ext4_image *image, const char **ret_why)
{
	_Alignas(8) char super[EXT4_SUPER_SIZE];
	uint64_t size;
	int fd = image->source.fd, r = ranges_size(fd, &size);

	*ret_why = "it is neither a file nor a block device";
	if (r < 0)
		return r;
	*ret_why = "it is no ext4, or damaged";
	if (pread(fd, super, sizeof(super), EXT4_SUPER_OFFSET) != sizeof(super))
		return -EINVAL;
	r = ext4_take_super(&image->source.fs, super, size, false);
	if (r == -ENOTSUP)
		*ret_why = "it has a feature that is not known, or a journal that is not empty";
	if (r < 0)
		return r;
	*ret_why = "labels of this kind are not read so";
	return ext4_attr_of_name(&image->attr, image->xattr);
}

int ext4_image_open(struct ext4_image **ret_image, int fd, const char *xattr, const char **ret_why)
{
	struct ext4_image *image = calloc(1, sizeof(*image));
	int r = -ENOMEM;

	*ret_why = "out of memory";
	if (!image)
		return r;
	pthread_mutex_init(&image->lock, NULL);
	image->source.fd = fd;
	image->xattr = strdup(xattr);
	image->slots = calloc(SLOTS, sizeof(*image->slots));
	image->first_free = SLOTS;
	if (image->xattr && image->slots)
		r = take_image(image, ret_why);
	if (r == 0) {
		image->claims = calloc((size_t)image->source.fs.inodes + 1, sizeof(*image->claims));
		if (!image->claims) {
			*ret_why = "out of memory";
			r = -ENOMEM;
		}
	}
	if (r < 0) {
		ext4_image_free(image);
		return r;
	}
	*ret_image = image;
	return 0;
}

struct ext4_image *ext4_image_free(struct ext4_image *image)
{
	if (image) {
		pthread_mutex_destroy(&image->lock);
		free(image->claims);
		free(image->slots);
		free(image->xattr);
		free(image);
	}
	return NULL;
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static struct slot *slot_of(struct ext4_image *image, int fd)
{
	uint32_t i = (uint32_t)fd - FD_BASE;

	return fd >= FD_BASE && i < SLOTS && image->slots[i].ino ? &image->slots[i] : NULL;
}

static long slot_take(struct ext4_image *image, uint32_t ino, struct ext4_listing *dir)
{
	uint32_t i;

	pthread_mutex_lock(&image->lock);
	i = image->first_free;
	if (i < SLOTS)
		image->first_free = image->slots[i].next_free;
	else if (image->n_used < SLOTS)
		i = image->n_used++;
	if (i < SLOTS)
		image->slots[i] = (struct slot){.ino = ino, .dir = dir};
	pthread_mutex_unlock(&image->lock);
	return i < SLOTS ? (long)(FD_BASE + i) : -EMFILE;
}

static void dir_drop(struct ext4_image *image, struct ext4_listing *dir)
{
	if (dir)
		atomic_fetch_sub(&image->bytes, dir->bytes);
	ext4_listing_free(dir);
}

static long slot_close(struct ext4_image *image, int fd)
{
	struct slot *s = slot_of(image, fd);

	if (!s)
		return -EBADF;
	dir_drop(image, s->dir);
	pthread_mutex_lock(&image->lock);
	*s = (struct slot){.next_free = image->first_free};
	image->first_free = (uint32_t)fd - FD_BASE;
	pthread_mutex_unlock(&image->lock);
	return 0;
}

/* ---- directories ---------------------------------------------------------------------------- */

/* Is entry @e the one that leads to its directory? */
static bool is_claimed_by(struct ext4_image *image, const struct ext4_entry *e)
{
	uint64_t by = 0;

	if (e->ino == EXT4_ROOT_INO)
		return false;
	return atomic_compare_exchange_strong(&image->claims[e->ino], &by, e->offset) ||
	       (by & ~COUNTED) == e->offset;
}

/* Count the size of a directory that is opened for the first time; false: there is no room for it.
 */
static bool count_size(struct ext4_image *image, const struct ext4_inode *inode)
{
	const struct ext4 *fs = &image->source.fs;
	uint64_t most = fs->blocks * fs->block_size;
	struct ext4_dir dir;

	/* what is no directory that we read, or has no end, is refused in its own way */
	if (!ext4_take_dir(fs, inode->bytes, &dir))
		return true;
	if (dir.size > most)
		return false;
	if (atomic_fetch_or(&image->claims[inode->ino], COUNTED) & COUNTED)
		return atomic_load(&image->sizes) <= most;
	return atomic_fetch_add(&image->sizes, dir.size) + dir.size <= most;
}

/* Read directory @inode, which @parent leads to (0: the top). */
static int dir_load(struct ext4_image *image, const struct ext4_inode *inode, uint32_t parent,
		    struct ext4_listing **ret_dir)
{
	size_t used = atomic_load(&image->bytes);
	struct ext4_listing *dir;
	int r;

	if (!count_size(image, inode))
		return -EUCLEAN;
	if (used >= DIRS_MEMORY)
		return -ENOMEM;
	r = ext4_listing_read(&image->source, inode->ino, DIRS_MEMORY - used, &dir);
	if (r < 0)
		return r;
	atomic_fetch_add(&image->bytes, dir->bytes);
	if (parent && dir->parent != parent)
		r = -EUCLEAN;
	for (size_t i = 0; i < dir->n && r == 0; i++)
		if (dir->v[i].kind == LBL_DIR && !is_claimed_by(image, &dir->v[i]))
			r = -EUCLEAN;
	if (r < 0) {
		dir_drop(image, dir);
		return r;
	}
	*ret_dir = dir;
	return 0;
}

/* What @name in the directory @s leads to; @ret_kind: what the entry says it is. */
static int look_up(const struct slot *s, const char *name, uint32_t *ret_ino,
		   enum lbl_kind *ret_kind)
{
	const struct ext4_entry *e;

	if (!s->dir)
		return -EBADF;
	*ret_kind = LBL_DIR;
	*ret_ino = strcmp(name, ".") == 0 ? s->ino : s->dir->parent;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	e = ext4_listing_find(s->dir, name);
	if (!e)
		return -ENOENT;
	*ret_ino = e->ino;
	*ret_kind = e->kind;
	return 0;
}

/* The inode that a request is about: @name below its descriptor, or that itself (""). */
static int find(struct ext4_image *image, const struct queue_req *req, const char *name,
		struct ext4_inode *ret)
{
	const struct slot *s = slot_of(image, req->fd);
	enum lbl_kind kind = LBL_ANY;
	uint32_t ino;
	int r = 0;

	if (!s)
		return -EBADF;
	ino = s->ino;
	if (*name)
		r = look_up(s, name, &ino, &kind);
	if (r == 0)
		r = ext4_inode_read(&image->source, ino, ret);
	/* the walk believes the entry */
	return r == 0 && kind != LBL_ANY && kind != ret->kind ? -EUCLEAN : r;
}

/* ---- requests ------------------------------------------------------------------------------- */

static long do_open(struct ext4_image *image, const struct queue_req *req, struct ext4_inode *inode)
{
	bool top = req->fd == AT_FDCWD && strcmp(req->name, "/") == 0;
	bool own = strcmp(req->name, ".") == 0, up = strcmp(req->name, "..") == 0;
	struct slot *s = slot_of(image, req->fd);
	struct ext4_listing *dir = NULL;
	long fd;
	int r;

	r = top ? ext4_inode_read(&image->source, EXT4_ROOT_INO, inode)
		: find(image, req, req->name, inode);
	if (r == 0 && inode->kind != LBL_DIR && (top || req->flags & O_DIRECTORY))
		r = -ENOTDIR;
	if (r == 0 && !(req->flags & O_PATH) && inode->kind == LBL_DIR && !up)
		r = dir_load(image, inode, top || own ? 0 : s->ino, &dir);
	if (r < 0)
		return r;
	fd = slot_take(image, inode->ino, dir);
	if (fd < 0)
		dir_drop(image, dir);
	return fd;
}

static long do_list(struct ext4_image *image, const struct queue_req *req)
{
	static const unsigned char types[] = {
		[LBL_REG] = DT_REG, [LBL_DIR] = DT_DIR,	  [LBL_LNK] = DT_LNK,  [LBL_CHR] = DT_CHR,
		[LBL_BLK] = DT_BLK, [LBL_SOCK] = DT_SOCK, [LBL_FIFO] = DT_FIFO};
	struct slot *s = slot_of(image, req->fd);
	size_t at = 0;

	if (!s || !s->dir)
		return -EBADF;
	for (; s->pos < s->dir->n; s->pos++) {
		const struct ext4_entry *e = &s->dir->v[s->pos];
		size_t len = strlen(e->name) + 1;
		size_t size = (offsetof(struct dirent64, d_name) + len + 7) / 8 * 8;
		struct dirent64 *de = (struct dirent64 *)((char *)req->buf + at);

		if (size > req->len - at)
			break;
		de->d_ino = e->ino;
		de->d_off = (off64_t)s->pos + 1;
		de->d_reclen = (unsigned short)size;
		de->d_type = types[e->kind];
		memcpy(de->d_name, e->name, len);
		at += size;
	}
	return (long)at;
}

static long do_stat(struct ext4_image *image, const struct queue_req *req, struct ext4_inode *inode)
{
	int r = find(image, req, req->name, inode);

	if (r < 0)
		return r;
	*req->stx = (struct statx){
		.stx_mask = QUEUE_IDENTITY,
		.stx_mode = inode->mode,
		.stx_nlink = inode->nlink,
		.stx_uid = inode->uid,
		.stx_gid = inode->gid,
		.stx_ino = inode->ino,
		.stx_mnt_id = 1,
		.stx_dev_minor = 1,
	};
	return 0;
}

static long do_label(struct ext4_image *image, const struct queue_req *req, const char *name,
		     struct ext4_inode *inode)
{
	struct ext4_label label;
	int r = find(image, req, name, inode);

	if (r == 0 && strcmp(req->xattr, image->xattr) != 0)
		r = -ENODATA;
	if (r == 0)
		r = ext4_label_read(&image->source, inode, &image->attr, &label);
	if (r < 0)
		return r;
	if (label.len > req->len)
		return -ERANGE;
	memcpy(req->buf, label.label, label.len);
	return (long)label.len;
}

/* ---- the back end --------------------------------------------------------------------------- */

struct reader {
	struct ext4_image *image;
	struct sync sync;
	struct ext4_inode inode; /* of the request */
};

static long carry_out(struct reader *reader, const struct queue_req *req)
{
	struct ext4_image *image = reader->image;
	struct ext4_inode *inode = &reader->inode;

	switch (req->op) {
	case QUEUE_OPENAT: return do_open(image, req, inode);
	case QUEUE_CLOSE: return slot_close(image, req->fd);
	case QUEUE_GETDENTS: return do_list(image, req);
	case QUEUE_STATX: return do_stat(image, req, inode);
	case QUEUE_GETXATTR_AT: return do_label(image, req, req->name, inode);
	case QUEUE_GETXATTR_FD:
	case QUEUE_GETXATTR_PIN: return do_label(image, req, "", inode);
	default: return -EROFS;
	}
}

static int reader_open(struct queue *q, void *arg)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->image = arg;
	q->impl = reader;
	return 0;
}

static void reader_close(struct queue *q)
{
	struct reader *reader = q->impl;

	sync_done(&reader->sync);
	free(reader);
	q->impl = NULL;
}

static long reader_call(struct queue *q, struct queue_req *req)
{
	struct reader *reader = q->impl;

	q->calls[req->op]++;
	req->result = carry_out(reader, req);
	return req->result;
}

static int reader_submit(struct queue *q, struct queue_req *req)
{
	struct reader *reader = q->impl;

	reader_call(q, req);
	return sync_finish(&reader->sync, req);
}

static int reader_reap(struct queue *q, bool wait, struct queue_req **ret_req)
{
	struct reader *reader = q->impl;

	return sync_take(&reader->sync, false, ret_req);
}

const struct queue_ops queue_ext4 = {
	.name = "ext4",
	.open = reader_open,
	.close = reader_close,
	.submit = reader_submit,
	.reap = reader_reap,
	.call = reader_call,
};
