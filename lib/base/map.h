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
	bool mapped;	/* else malloc'ed: small files are read, mapping them costs more */
};

/**
 * Read @path (relative to @dirfd, which may be AT_FDCWD; symlinks are followed).
 *
 * Return 0, or -errno: -EISDIR for a directory, -EINVAL for anything else that is no regular file,
 * -EFBIG beyond @max bytes.  A file cut short while mapped cannot crash the reader when it is
 * read (files below 1 MiB, so every real rule file); larger ones are mapped.  Thread-safe.
 */
int map_open(struct map *m, int dirfd, const char *path, size_t max);
void map_done(struct map *m);
