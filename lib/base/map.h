/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * map: the whole of one regular file, read-only in memory.
 */
#pragma once

#include <sys/stat.h>

#include "base/common.h"

/** Zero-initialised is valid (empty).  `data` is not NUL-terminated; NULL when the file is empty.
 */
struct map {
	const char *data;
	size_t len;
	struct stat st; /* of the very file that was read */
	bool mapped;	/* by somebody else than map_open(), which reads; else malloc'ed */
};

/**
 * Read @path (relative to @dirfd, which may be AT_FDCWD; symlinks are followed).
 *
 * Return 0, or -errno: -EISDIR for a directory, -EINVAL for anything else that is no regular file,
 * -EFBIG beyond @max bytes.  What was read stays as it is, whatever becomes of the file: a mapped
 * one could change after it was checked, or crash us when it is cut short.  Thread-safe.
 */
int map_open(struct map *m, int dirfd, const char *path, size_t max);
/** The same for an open file that nothing was read from yet. */
int map_read(struct map *m, int fd, size_t max);
void map_done(struct map *m);
