/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/place.h"

#include <limits.h>
#include <string.h>

#include "tree/queue.h"

static int ask(int fd, struct statx *stx)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, QUEUE_IDENTITY, stx) < 0 ? -errno : 0;
}

/*
 * Can only root change what a name, opened as @entry (-1: it was not), is in the directory @fd?  In
 * a sticky one what belongs to root is safe, once it is there; but who owns a mount point can take
 * it away, from a mount namespace in which it is none, whatever is mounted there.  Group bits may
 * be an ACL's mask.
 */
static bool is_roots_alone(int fd, int entry)
{
	struct statx stx, in;

	if (ask(fd, &stx) < 0 || stx.stx_uid != 0)
		return false;
	if (!(stx.stx_mode & (S_IWGRP | S_IWOTH)))
		return true;
	return (stx.stx_mode & S_ISVTX) && entry >= 0 && ask(entry, &in) == 0 && in.stx_uid == 0 &&
	       queue_mount_id(&in) == queue_mount_id(&stx);
}

static int open_name(int fd, const char *at, size_t len)
{
	char name[NAME_MAX + 1];
	int r;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, at, len);
	name[len] = '\0';
	r = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

static int identify(int fd, struct place *p)
{
	struct statx stx;
	int r = ask(fd, &stx);

	if (r < 0)
		return r;
	p->known = true;
	p->dev = queue_dev(&stx);
	p->ino = stx.stx_ino;
	p->mnt_id = queue_mount_id(&stx);
	return 0;
}

int place_look(const struct scope *scope, const char *path, struct place *ret_place)
{
	_cleanup_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct scope_node *node = &scope->root;
	struct place p = {.firm = true};
	int r = fd < 0 ? -errno : 0;

	for (path += strspn(path, "/"); r == 0 && *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		int next;

		node = node ? scope_child(node, path, len) : NULL;
		if (node && node->unasked) {
			p.firm = p.firm && is_roots_alone(fd, -1) && !path[len];
			*ret_place = p;
			return 0;
		}
		next = open_name(fd, path, len);
		if (next < 0)
			return next; /* ENOTDIR: a link, or a file, in the middle */
		p.firm = p.firm && is_roots_alone(fd, next);
		close(fd);
		fd = next;
		path += len;
	}
	if (r == 0)
		r = identify(fd, &p);
	if (r == 0)
		*ret_place = p;
	return r;
}
