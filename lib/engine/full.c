/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/full.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#include "base/alloc.h"

/* what file systems keep back from everybody; ext4: 4096 blocks, or the 50th part */
#define KEPT_MAX  (17 * 1024 * 1024)
#define KEPT_PART 32

struct full_place {
	uint64_t dev;
	uint32_t uid, gid;
	bool whole; /* the device, not a quota of `uid` or `gid` on it */
};

int full_init(struct full *f)
{
	*f = (struct full){0};
	return -pthread_mutex_init(&f->lock, NULL);
}

void full_done(struct full *f)
{
	pthread_mutex_destroy(&f->lock);
	free(f->v);
}

/* Under the lock. */
static bool find_device(const struct full *f, uint64_t dev)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].whole && f->v[i].dev == dev)
			return true;
	return false;
}

/* Under the lock. */
static bool find_quota(const struct full *f, const struct pin *pin)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->v[i].whole && f->v[i].dev == pin->dev && f->v[i].uid == pin->uid &&
		    f->v[i].gid == pin->gid)
			return true;
	return false;
}

/*
 * May somebody else than root have filled its attributes?  Then there is no room for one more
 * however much the file system has.
 */
static bool may_be_stuffed(const struct pin *pin)
{
	char path[sizeof("/proc/self/fd/") + 12], names[1024];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", pin->fd);
	n = pin->real ? flistxattr(pin->fd, names, sizeof(names))
		      : listxattr(path, names, sizeof(names));
	if (n < 0)
		return true;
	for (const char *at = names; at < names + n; at += strlen(at) + 1)
		if (strncmp(at, "security.", 9) != 0 && strncmp(at, "trusted.", 8) != 0)
			return true;
	return false;
}

static bool is_full(const struct pin *pin)
{
	struct statfs st;
	uint64_t size, room;

	/* of a directory under a project's quota it tells what is left of that */
	if (pin->kind == LBL_DIR || fstatfs(pin->fd, &st) < 0 || st.f_blocks == 0)
		return false;
	if (st.f_type == BTRFS_SUPER_MAGIC) /* has none for metadata when it says so */
		return st.f_bavail == 0 && !may_be_stuffed(pin);
	size = (uint64_t)st.f_blocks * (uint64_t)st.f_bsize;
	room = (uint64_t)st.f_bfree * (uint64_t)st.f_bsize;
	return room < MIN((uint64_t)KEPT_MAX, size / KEPT_PART) && !may_be_stuffed(pin);
}

const char *full_note(struct full *f, const struct pin *pin, int error)
{
	bool whole = error == -ENOSPC, known;

	if (error != -EDQUOT && (!whole || !is_full(pin)))
		return NULL;
	pthread_mutex_lock(&f->lock);
	known = (whole ? find_device(f, pin->dev) : find_quota(f, pin)) ||
		array_reserve(&f->v, &f->cap, f->n + 1, sizeof(*f->v)) < 0;
	if (!known)
		f->v[f->n++] = (struct full_place){pin->dev, pin->uid, pin->gid, whole};
	pthread_mutex_unlock(&f->lock);
	atomic_store(&f->any, true);
	if (whole)
		atomic_store(&f->any_device, true);
	if (known)
		return NULL;
	return whole ? "its file system is full"
		     : "the quota of its owner, or of its group, is used up";
}

bool full_for(struct full *f, const struct pin *pin)
{
	bool found;

	if (likely(!atomic_load_explicit(&f->any, memory_order_relaxed)))
		return false;
	pthread_mutex_lock(&f->lock);
	found = find_device(f, pin->dev) || find_quota(f, pin);
	pthread_mutex_unlock(&f->lock);
	return found;
}

bool full_device(struct full *f, uint64_t dev)
{
	bool found;

	if (likely(!atomic_load_explicit(&f->any_device, memory_order_relaxed)))
		return false;
	pthread_mutex_lock(&f->lock);
	found = find_device(f, dev);
	pthread_mutex_unlock(&f->lock);
	return found;
}
