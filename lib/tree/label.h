/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * label: read the label of an entry by name, without opening or following it.
 */
#pragma once

#include "tree/queue.h"

/** Longest label read; the kernel's own limit is one page. */
#define LABEL_MAX 4096

/**
 * Read attribute @xattr of the entry @name below @dirfd into @buf (@size bytes, one kept for a
 * NUL that is always added).
 *
 * @dir_id  names the directory, never used again for another (see queue_req.dir_id)
 * Return the length without the NULs at its end, which may be 0 (an empty attribute); -ENODATA: no
 * label; another -errno (-ERANGE: longer than @size - 1).
 */
int label_read_at(struct queue *q, int dirfd, uint64_t dir_id, const char *name, const char *xattr,
		  char *buf, size_t size);
/** The same of a real descriptor. */
int label_read_fd(struct queue *q, int fd, const char *xattr, char *buf, size_t size);
/**
 * Make the QUEUE_GETXATTR_* request @req, all but its buffer filled in; the length as above.  For
 * neighbours that reach the inode in another way.
 */
int label_take(struct queue *q, struct queue_req *req, char *buf, size_t size);
