/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue: the system calls of a walk, through exchangeable back ends.
 *
 * Everything the walk, the label reader and the writer ask of the kernel is a request, so that
 * one back end can batch some (io_uring), another fail them on purpose (tests), and the default
 * simply makes them.  A queue belongs to one thread.
 *
 *	struct queue_req req = { .op = QUEUE_OPENAT, .fd = dir, .name = name,
 *				 .flags = O_PATH | O_NOFOLLOW };
 *	r = queue_call(q, &req);	// an fd, or -errno
 *
 * What need not be known at once can be submitted, and reaped when it is done:
 *
 *	r = queue_submit(q, &req);	// req, and what it points to, stay as they are
 *	queue_flush(q);			// no more of them for now: begin
 *	while (queue_reap(q, true, &done) > 0)
 *		...
 *
 * In the form FCHDIR the thread's working directory moves about, so a request names a descriptor
 * of the caller's; AT_FDCWD is for absolute names only.
 */
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "base/common.h"
#include "rules/kind.h"

enum queue_op {
	QUEUE_OPENAT,	/* fd, name, flags (O_CLOEXEC is added) -> fd */
	QUEUE_CLOSE,	/* fd */
	QUEUE_GETDENTS, /* fd, buf, len -> bytes, 0 at the end */
	QUEUE_STATX,	/* fd, name ("" for the fd itself), flags, mask, stx; nothing is followed */
	QUEUE_GETXATTR_AT,  /* fd, name, xattr, buf, len: of the entry itself, links not followed */
	QUEUE_GETXATTR_FD,  /* fd (a real one), xattr, buf, len */
	QUEUE_GETXATTR_PIN, /* fd (O_PATH), xattr, buf, len: of the pinned inode */
	QUEUE_SETXATTR_FD,  /* fd (a real one), xattr, buf, len, flags (XATTR_CREATE) */
	QUEUE_SETXATTR_PIN, /* fd (O_PATH), xattr, buf, len, flags: of the pinned inode */
	QUEUE_OPS
};

struct queue_req {
	enum queue_op op;
	int fd;
	int flags;
	unsigned mask;
	uint64_t dir_id; /* QUEUE_GETXATTR_AT: names the directory behind fd, never used again */
	const char *name;
	const char *xattr;
	void *buf;
	size_t len;
	struct statx *stx;
	void *user;  /* the submitter's */
	long result; /* >= 0, or -errno */
};

struct queue;

/** A back end.  Each function serves one queue from one thread. */
struct queue_ops {
	const char *name;
	/** Set up @q->impl.  @arg is the back end's own (the script of the fake one). */
	int (*open)(struct queue *q, void *arg);
	void (*close)(struct queue *q);
	/**
	 * Take @req, to be made no later than at the next flush; what is taken together is made in
	 * any order.  It stays untouched by the caller until reaped, and so do the descriptor and
	 * all else it names.  Return 0, or -ENOMEM: not taken.
	 */
	int (*submit)(struct queue *q, struct queue_req *req);
	/** Begin with all that was taken.  NULL: submit() does. */
	void (*flush)(struct queue *q);
	/**
	 * Finish what has not been begun with -ECANCELED, as far as that can be done; all is reaped
	 * as ever.  The queue is of no other use then.  NULL: nothing ever waits.
	 */
	void (*cancel)(struct queue *q);
	/**
	 * A finished request; @wait blocks for one (and flushes).  1 item, 0 none ready, or with
	 * @wait none in flight.
	 */
	int (*reap)(struct queue *q, bool wait, struct queue_req **ret_req);
	/** Start @req and wait for it: the way of everything that is needed at once. */
	long (*call)(struct queue *q, struct queue_req *req);
};

/** How QUEUE_GETXATTR_AT is made. */
enum queue_form {
	QUEUE_FORM_AUTO,   /* the best that works here */
	QUEUE_FORM_AT,	   /* getxattrat(2), Linux 6.13 */
	QUEUE_FORM_FCHDIR, /* unshare(CLONE_FS), fchdir, lgetxattr: only in threads of our own */
	QUEUE_FORM_PROC,   /* lgetxattr of /proc/self/fd/DIR/name */
	QUEUE_FORM_NONE,   /* none works here: -ENOSYS, all else does */
};

struct queue {
	const struct queue_ops *ops;
	void *impl;
	enum queue_form form; /* in force, never AUTO after queue_open() */
	bool own_thread;      /* the thread's cwd is ours to change */
	int proc_fd;	      /* /proc/self/fd, checked to be procfs, or -1; opened per queue */
	uint64_t calls[QUEUE_OPS]; /* system calls made, by op; fchdir counts as GETXATTR_AT */
};

extern const struct queue_ops queue_sync;
/* Where there is no io_uring, the same as queue_sync.  Its argument is a ring_gate, or NULL. */
extern const struct queue_ops queue_uring;
extern const struct queue_ops queue_fake;

/**
 * AUTO takes the first form that works here: AT, FCHDIR (with @own_thread), PROC, NONE.
 *
 * @ops         NULL for queue_sync
 * @own_thread  the calling thread was created by us, so its working directory may be changed
 * Return 0 or -errno: -ENOSYS when the kernel or a missing /proc does not allow @form,
 * -EINVAL for FCHDIR without @own_thread.
 */
int queue_open(struct queue *q, const struct queue_ops *ops, void *arg, enum queue_form form,
	       bool own_thread);
void queue_close(struct queue *q);

/** What identifies an inode and its place: ask for this, then queue_mount_id(). */
#define QUEUE_IDENTITY \
	(STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_GID | STATX_INO | STATX_MNT_ID)

static inline uint64_t queue_dev(const struct statx *stx)
{
	return (uint64_t)stx->stx_dev_major << 32 | stx->stx_dev_minor;
}

/** The mount's id; before Linux 5.8, which does not tell it, the device stands in for it. */
static inline uint64_t queue_mount_id(const struct statx *stx)
{
	return stx->stx_mask & STATX_MNT_ID ? stx->stx_mnt_id : queue_dev(stx);
}

static inline long queue_call(struct queue *q, struct queue_req *req)
{
	return q->ops->call(q, req);
}

static inline int queue_submit(struct queue *q, struct queue_req *req)
{
	return q->ops->submit(q, req);
}

static inline int queue_reap(struct queue *q, bool wait, struct queue_req **ret_req)
{
	return q->ops->reap(q, wait, ret_req);
}

static inline void queue_flush(struct queue *q)
{
	if (q->ops->flush)
		q->ops->flush(q);
}

static inline void queue_cancel(struct queue *q)
{
	if (q->ops->cancel)
		q->ops->cancel(q);
}

/**
 * What @mask asks of @name below @fd, or of @fd itself ("").  By name it triggers nothing and asks
 * no server.  Return 0 or -errno.
 */
int queue_identify(struct queue *q, int fd, const char *name, unsigned mask, struct statx *stx);
/** Open the directory @name below @fd for reading, no link followed.  Return an fd or -errno. */
int queue_open_dir(struct queue *q, int fd, const char *name);
