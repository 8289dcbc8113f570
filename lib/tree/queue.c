/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/queue.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/log.h"
#include "tree/queue_sync.h"

/*
 * Is @fd the directory of our own descriptors?  Its entry for a pipe leads to that pipe, which no
 * file of another file system can do: pipes have no path.
 */
static bool leads_to_pipes(int fd)
{
	_cleanup_close_ int in = -1, out = -1;
	struct stat direct, through;
	char name[12];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	in = ends[0];
	out = ends[1];
	snprintf(name, sizeof(name), "%d", in);
	return fstat(in, &direct) == 0 && fstatat(fd, name, &through, 0) == 0 &&
	       S_ISFIFO(through.st_mode) && direct.st_dev == through.st_dev &&
	       direct.st_ino == through.st_ino;
}

/*
 * Anything but a procfs there, say in a half-built chroot, must not be asked what fd 5 is.  Asking
 * for the file system's type may be denied (Debian's policy does, to restorecond_t).
 */
static int open_proc(void)
{
	_cleanup_close_ int fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &st) == 0 ? st.f_type != PROC_SUPER_MAGIC : !leads_to_pipes(fd))
		return -1;
	return TAKE_FD(fd);
}

/* Use @form if it works here. */
static int take_form(struct queue *q, enum queue_form form)
{
	switch (form) {
	case QUEUE_FORM_AT:
		if (!sync_has_xattrat())
			return -ENOSYS;
		break;
	case QUEUE_FORM_FCHDIR:
		if (!q->own_thread)
			return -EINVAL;
		/* the thread gets a working directory of its own; needs no privilege */
		if (unshare(CLONE_FS) < 0)
			return -errno;
		break;
	case QUEUE_FORM_PROC:
		if (q->proc_fd < 0)
			return -ENOSYS;
		break;
	case QUEUE_FORM_NONE: break;
	default: return -EINVAL;
	}
	q->form = form;
	return 0;
}

int queue_open(struct queue *q, const struct queue_ops *ops, void *arg, enum queue_form form,
	       bool own_thread)
{
	struct queue new = {
		.ops = ops ? ops : &queue_sync,
		.own_thread = own_thread,
		.proc_fd = open_proc(),
	};
	int r;

	if (form == QUEUE_FORM_AUTO) {
		r = take_form(&new, QUEUE_FORM_AT);
		if (r < 0)
			r = take_form(&new, QUEUE_FORM_FCHDIR);
		if (r < 0)
			r = take_form(&new, QUEUE_FORM_PROC);
		if (r < 0)
			r = take_form(&new, QUEUE_FORM_NONE);
	} else {
		r = take_form(&new, form);
	}
	if (r == 0)
		r = new.ops->open(&new, arg);
	if (r < 0) {
		close_fd(new.proc_fd);
		return r;
	}
	log_debug(LOG_TREE, "queue", "%s, form %d, proc %s", new.ops->name, (int)new.form,
		  new.proc_fd < 0 ? "missing" : "found");
	*q = new;
	return 0;
}

void queue_close(struct queue *q)
{
	if (!q->ops)
		return;
	q->ops->close(q);
	q->proc_fd = close_fd(q->proc_fd);
	q->ops = NULL;
}

int queue_identify(struct queue *q, int fd, const char *name, unsigned mask, struct statx *stx)
{
	struct queue_req req = {
		.op = QUEUE_STATX,
		.fd = fd,
		.name = name,
		.mask = mask,
		.stx = stx,
		/* by name it may be a mount of a server that is gone: what is known will do */
		.flags = *name ? AT_STATX_DONT_SYNC : 0,
	};

	return (int)queue_call(q, &req);
}

int queue_open_dir(struct queue *q, int fd, const char *name)
{
	struct queue_req req = {
		.op = QUEUE_OPENAT,
		.fd = fd,
		.name = name,
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME,
	};
	long r = queue_call(q, &req);

	if (r == -EPERM) { /* not ours: its atime will have to change */
		req.flags &= ~O_NOATIME;
		r = queue_call(q, &req);
	}
	return (int)r;
}
