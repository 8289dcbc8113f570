/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pin: hold one inode so that what is checked is what is written.
 *
 *	_cleanup_(pin_done) struct pin p = PIN_NONE;
 *	r = pin_open(&p, q, dirfd, name);
 *	if (r == 0 && p.kind == kind && p.mnt_id == dir->mnt_id && p.nlink == 1)
 *		r = pin_label_write(&p, xattr, context, len);
 *
 * Whoever owns the directory may exchange the name at any moment; after pin_open() that no longer
 * matters, and before it he can only choose which inode of his own directory we look at.
 */
#pragma once

#include "lbl.h"
#include "tree/queue.h"

struct pin {
	struct queue *queue;
	int dirfd;	  /* where it was found; borrowed, as is the name, until pin_done() */
	const char *name; /* NULL after pin_dir() */
	int fd;		  /* O_PATH, or a real descriptor when `real` */
	bool real;	  /* the descriptor can be used for f*xattr calls */
	bool borrowed;	  /* the descriptor is somebody else's */
	enum lbl_kind kind;
	uint64_t dev, ino, mnt_id;
	uint32_t nlink, uid, gid, mode;
};

#define PIN_NONE ((struct pin){.fd = -1})

/**
 * Hold the entry @name of @dirfd itself; links are not followed.  Return 0 or -errno.
 *
 * @dirfd and @name must outlive the pin: without /proc they are needed once more.
 */
int pin_open(struct pin *p, struct queue *q, int dirfd, const char *name);
/** Use an open directory as a pin; @fd stays the caller's. */
int pin_dir(struct pin *p, struct queue *q, int fd);
/**
 * Is the name it was opened by the pinned inode's only one, at this moment?  pin.nlink alone does
 * not say so: whoever owns the directory can take a planted link away between the opening and the
 * counting.  Return 1, 0 or -errno.  Not after pin_dir().
 */
int pin_is_only_name(struct pin *p);
/** Label of the pinned inode; as label_read_at(). */
int pin_label_read(struct pin *p, const char *xattr, char *buf, size_t size);
/**
 * Set the label: @context and its NUL, @len bytes without it.  ENOTSUP with the right label
 * already there is success.  Return 0 or -errno.
 *
 * An O_PATH descriptor is reached through /proc/self/fd.  Where there is no /proc, directories and
 * regular files are opened once more and compared with the pin (-ESTALE: another inode has taken
 * the name); every other kind is -ENOSYS then, since opening a device is not harmless.
 */
int pin_label_write(struct pin *p, const char *xattr, const char *context, size_t len);
/** The same if it has no label at this moment; -EEXIST: it has one, which stays. */
int pin_label_create(struct pin *p, const char *xattr, const char *context, size_t len);
/**
 * Writing in two steps, for those who have many pins: @ret_req is to be submitted to the pin's
 * queue, and its result to be given to pin_label_result(), which says what pin_label_write() would
 * have said.  The pin stays open, and @xattr and @context as they are, until then.
 */
int pin_label_request(struct pin *p, const char *xattr, const char *context, size_t len,
		      struct queue_req *ret_req);
int pin_label_result(struct pin *p, const char *xattr, const char *context, size_t len,
		     long result);
void pin_done(struct pin *p);
