/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/label.h"

int label_take(struct queue *q, struct queue_req *req, char *buf, size_t size)
{
	long n;

	if (size < 2)
		return -ERANGE; /* a length of 0 would ask for the size instead of the value */
	req->buf = buf;
	req->len = size - 1;
	n = queue_call(q, req);
	if (n < 0)
		return (int)n;
	while (n > 0 && buf[n - 1] == '\0')
		n--;
	buf[n] = '\0';
	return (int)n;
}

int label_read_at(struct queue *q, int dirfd, uint64_t dir_id, const char *name, const char *xattr,
		  char *buf, size_t size)
{
	struct queue_req req = {
		.op = QUEUE_GETXATTR_AT,
		.fd = dirfd,
		.dir_id = dir_id,
		.name = name,
		.xattr = xattr,
	};

	return label_take(q, &req, buf, size);
}

int label_read_fd(struct queue *q, int fd, const char *xattr, char *buf, size_t size)
{
	struct queue_req req = {.op = QUEUE_GETXATTR_FD, .fd = fd, .xattr = xattr};

	return label_take(q, &req, buf, size);
}
