/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/pin.h"

#include <string.h>
#include <sys/xattr.h>

#include "tree/label.h"

static int pin_identify(struct pin *p)
{
	struct statx stx;
	int r = queue_identify(p->queue, p->fd, "", QUEUE_IDENTITY, &stx);

	if (r < 0)
		return r;
	p->kind = kind_of_mode(stx.stx_mode);
	p->dev = queue_dev(&stx);
	p->ino = stx.stx_ino;
	p->mnt_id = queue_mount_id(&stx);
	p->nlink = stx.stx_nlink;
	p->uid = stx.stx_uid;
	p->gid = stx.stx_gid;
	p->mode = stx.stx_mode;
	return 0;
}

static long pin_openat(struct queue *q, int dirfd, const char *name, int flags)
{
	struct queue_req req = {.op = QUEUE_OPENAT, .fd = dirfd, .name = name, .flags = flags};

	return queue_call(q, &req);
}

int pin_open(struct pin *p, struct queue *q, int dirfd, const char *name)
{
	struct pin new = {.queue = q, .dirfd = dirfd, .name = name, .fd = -1};
	long fd = pin_openat(q, dirfd, name, O_PATH | O_NOFOLLOW);
	int r;

	if (fd < 0)
		return (int)fd;
	new.fd = (int)fd;
	r = pin_identify(&new);
	if (r < 0) {
		pin_done(&new);
		return r;
	}
	*p = new;
	return 0;
}

int pin_is_only_name(struct pin *p)
{
	struct statx stx;
	struct queue_req req = {
		.op = QUEUE_STATX,
		.fd = p->dirfd,
		.name = p->name,
		.mask = QUEUE_IDENTITY,
		.stx = &stx,
	};
	long r = queue_call(p->queue, &req);

	if (r < 0)
		return (int)r;
	return stx.stx_nlink == 1 && stx.stx_ino == p->ino && queue_dev(&stx) == p->dev;
}

int pin_dir(struct pin *p, struct queue *q, int fd)
{
	struct pin new = {.queue = q, .dirfd = -1, .fd = fd, .real = true, .borrowed = true};
	int r = pin_identify(&new);

	if (r < 0)
		return r;
	*p = new;
	return 0;
}

/*
 * The way without /proc: exchange the O_PATH descriptor for a real one of the same inode.  A
 * directory is its own way to itself; a regular file is opened by name again and compared.
 */
static int pin_make_real(struct pin *p)
{
	struct pin again = {.queue = p->queue, .fd = -1, .real = true};
	bool dir = p->kind == LBL_DIR;
	long fd;
	int r;

	if (!dir && p->kind != LBL_REG)
		return -ENOSYS;
	fd = pin_openat(p->queue, dir ? p->fd : p->dirfd, dir ? "." : p->name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return (int)fd;
	again.fd = (int)fd;
	r = pin_identify(&again);
	if (r == 0 && (again.dev != p->dev || again.ino != p->ino || again.mnt_id != p->mnt_id))
		r = -ESTALE;
	if (r < 0) {
		pin_done(&again);
		return r;
	}
	again.dirfd = p->dirfd;
	again.name = p->name;
	pin_done(p);
	*p = again;
	return 0;
}

/* Which of the two ways; without /proc it may have to become the other. */
static int pin_choose(struct pin *p)
{
	return p->real || p->queue->proc_fd >= 0 ? 0 : pin_make_real(p);
}

int pin_label_read(struct pin *p, const char *xattr, char *buf, size_t size)
{
	int r = pin_choose(p);
	struct queue_req req = {
		.op = p->real ? QUEUE_GETXATTR_FD : QUEUE_GETXATTR_PIN,
		.fd = p->fd,
		.xattr = xattr,
	};

	return r < 0 ? r : label_take(p->queue, &req, buf, size);
}

int pin_label_request(struct pin *p, const char *xattr, const char *context, size_t len,
		      struct queue_req *ret_req)
{
	int r = pin_choose(p);

	if (r < 0)
		return r;
	*ret_req = (struct queue_req){
		.op = p->real ? QUEUE_SETXATTR_FD : QUEUE_SETXATTR_PIN,
		.fd = p->fd,
		.xattr = xattr,
		.buf = (char *)context,
		.len = len + 1,
	};
	return 0;
}

int pin_label_result(struct pin *p, const char *xattr, const char *context, size_t len, long result)
{
	char have[LABEL_MAX + 1];
	int r = (int)result;

	if (r != -ENOTSUP)
		return r;
	r = pin_label_read(p, xattr, have, sizeof(have));
	return r == (int)len && memcmp(have, context, len) == 0 ? 0 : -ENOTSUP;
}

static int write_now(struct pin *p, const char *xattr, const char *context, size_t len, int flags)
{
	struct queue_req req;
	int r = pin_label_request(p, xattr, context, len, &req);

	if (r < 0)
		return r;
	req.flags = flags;
	return pin_label_result(p, xattr, context, len, queue_call(p->queue, &req));
}

int pin_label_write(struct pin *p, const char *xattr, const char *context, size_t len)
{
	return write_now(p, xattr, context, len, 0);
}

int pin_label_create(struct pin *p, const char *xattr, const char *context, size_t len)
{
	return write_now(p, xattr, context, len, XATTR_CREATE);
}

void pin_done(struct pin *p)
{
	if (p->fd >= 0 && !p->borrowed) {
		struct queue_req req = {.op = QUEUE_CLOSE, .fd = p->fd};

		(void)queue_call(p->queue, &req); /* nothing was written through it */
	}
	p->fd = -1;
}
