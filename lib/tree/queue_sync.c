/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/queue_sync.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/alloc.h"

/* Linux 6.13; libc headers of today's distributions do not know the numbers. */
#ifndef __NR_getxattrat
#if defined(__alpha__)
#define __NR_setxattrat 573
#define __NR_getxattrat 574
#elif defined(__mips__)
#define __NR_setxattrat (__NR_Linux + 463)
#define __NR_getxattrat (__NR_Linux + 464)
#elif defined(__x86_64__) && defined(__ILP32__)
#define __NR_setxattrat (__X32_SYSCALL_BIT + 463)
#define __NR_getxattrat (__X32_SYSCALL_BIT + 464)
#else
#define __NR_setxattrat 463
#define __NR_getxattrat 464
#endif
#endif

struct xattrat_args {
	uint64_t value __attribute__((aligned(8)));
	uint32_t size;
	uint32_t flags;
};

static long getxattrat(int fd, const char *name, const char *xattr, void *buf, size_t len)
{
	struct xattrat_args args = {.value = (uintptr_t)buf, .size = (uint32_t)len};

	return syscall(__NR_getxattrat, fd, name, AT_SYMLINK_NOFOLLOW, xattr, &args, sizeof(args));
}

bool sync_has_xattrat(void)
{
	/* a call that cannot succeed: a working one says EBADF */
	return getxattrat(-1, "x", "user.x", NULL, 0) >= 0 || (errno != ENOSYS && errno != EPERM);
}

static long getxattr_by_name(struct queue *q, struct sync *s, struct queue_req *req)
{
	char path[sizeof("/proc/self/fd/") + 12 + NAME_MAX + 1];

	if (req->fd < 0)
		return errno = EBADF, -1;
	if (!*req->name)
		return errno = ENOENT, -1;
	switch (q->form) {
	case QUEUE_FORM_NONE: return errno = ENOSYS, -1;
	case QUEUE_FORM_AT: return getxattrat(req->fd, req->name, req->xattr, req->buf, req->len);
	case QUEUE_FORM_FCHDIR:
		if (!req->dir_id || req->dir_id != s->cwd) {
			s->cwd = 0;
			q->calls[QUEUE_GETXATTR_AT]++;
			if (fchdir(req->fd) < 0)
				return -1;
			s->cwd = req->dir_id;
		}
		return lgetxattr(req->name, req->xattr, req->buf, req->len);
	default:
		if ((size_t)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", req->fd,
				     req->name) >= sizeof(path))
			return errno = ENAMETOOLONG, -1;
		return lgetxattr(path, req->xattr, req->buf, req->len);
	}
}

/*
 * fgetxattr and fsetxattr refuse an O_PATH descriptor, and so do the *at calls with AT_EMPTY_PATH.
 * Its link in /proc/self/fd leads to the very inode, a symlink included, and is followed once.
 */
static long xattr_of_pin(struct queue *q, struct queue_req *req)
{
	char path[sizeof("/proc/self/fd/") + 12];
	struct xattrat_args args = {
		.value = (uintptr_t)req->buf,
		.size = (uint32_t)req->len,
		.flags = (uint32_t)req->flags,
	};

	if (q->proc_fd < 0)
		return errno = ENOSYS, -1;
	if (q->form == QUEUE_FORM_AT) {
		snprintf(path, sizeof(path), "%d", req->fd);
		return syscall(req->op == QUEUE_SETXATTR_PIN ? __NR_setxattrat : __NR_getxattrat,
			       q->proc_fd, path, 0, req->xattr, &args, sizeof(args));
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", req->fd);
	if (req->op == QUEUE_SETXATTR_PIN)
		return setxattr(path, req->xattr, req->buf, req->len, req->flags);
	return getxattr(path, req->xattr, req->buf, req->len);
}

static long make_call(struct queue *q, struct sync *s, struct queue_req *req)
{
	const char *name = req->name ? req->name : "";

	switch (req->op) {
	case QUEUE_OPENAT: return openat(req->fd, name, req->flags | O_CLOEXEC);
	case QUEUE_CLOSE: return close(req->fd);
	case QUEUE_GETDENTS: return syscall(SYS_getdents64, req->fd, req->buf, req->len);
	case QUEUE_STATX:
		return statx(req->fd, name,
			     req->flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
				     (*name ? 0 : AT_EMPTY_PATH),
			     req->mask, req->stx);
	case QUEUE_GETXATTR_AT: return getxattr_by_name(q, s, req);
	case QUEUE_GETXATTR_FD: return fgetxattr(req->fd, req->xattr, req->buf, req->len);
	case QUEUE_SETXATTR_FD:
		return fsetxattr(req->fd, req->xattr, req->buf, req->len, req->flags);
	case QUEUE_GETXATTR_PIN:
	case QUEUE_SETXATTR_PIN: return xattr_of_pin(q, req);
	case QUEUE_OPS: break;
	}
	return errno = EINVAL, -1;
}

long sync_run(struct queue *q, struct sync *s, struct queue_req *req)
{
	long r;

	if (req->op < QUEUE_OPS)
		q->calls[req->op]++;
	do
		r = make_call(q, s, req);
	while (r < 0 && errno == EINTR && req->op != QUEUE_CLOSE);
	req->result = r < 0 ? -errno : r;
	return req->result;
}

int sync_finish(struct sync *s, struct queue_req *req)
{
	int r = array_reserve(&s->done, &s->cap_done, s->n_done + 1, sizeof(*s->done));

	if (r < 0)
		return r;
	s->done[s->n_done++] = req;
	return 0;
}

int sync_take(struct sync *s, bool newest, struct queue_req **ret_req)
{
	if (s->n_done == 0)
		return 0;
	s->n_done--;
	if (newest) {
		*ret_req = s->done[s->n_done];
	} else {
		*ret_req = s->done[0];
		memmove(s->done, s->done + 1, s->n_done * sizeof(*s->done));
	}
	return 1;
}

void sync_done(struct sync *s)
{
	free(s->done);
	*s = (struct sync){0};
}

static int plain_open(struct queue *q, void *arg)
{
	q->impl = calloc(1, sizeof(struct sync));
	return q->impl ? 0 : -ENOMEM;
}

static void plain_close(struct queue *q)
{
	sync_done(q->impl);
	free(q->impl);
	q->impl = NULL;
}

static int plain_submit(struct queue *q, struct queue_req *req)
{
	struct sync *s = q->impl;

	/* room first: a call that was made must not be lost */
	int r = array_reserve(&s->done, &s->cap_done, s->n_done + 1, sizeof(*s->done));

	if (r < 0)
		return r;
	sync_run(q, s, req);
	return sync_finish(s, req);
}

static int plain_reap(struct queue *q, bool wait, struct queue_req **ret_req)
{
	return sync_take(q->impl, false, ret_req);
}

static long plain_call(struct queue *q, struct queue_req *req)
{
	return sync_run(q, q->impl, req);
}

const struct queue_ops queue_sync = {
	.name = "sync",
	.open = plain_open,
	.close = plain_close,
	.submit = plain_submit,
	.reap = plain_reap,
	.call = plain_call,
};
