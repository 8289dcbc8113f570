/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* paths: a list of paths, any bytes but NUL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct paths {
	char **v;
	size_t n, cap;
};

/** Append a copy of @path.  Return 0 or -ENOMEM. */
int paths_add(struct paths *p, const char *path);
/** Put in the order of their bytes. */
void paths_sort(struct paths *p);
/** Where the @len bytes of @path are in a sorted list; -1: nowhere. */
ssize_t paths_find(const struct paths *p, const char *path, size_t len);
/** Leave only those for which @wanted is true. */
void paths_keep(struct paths *p, bool (*wanted)(void *user, const char *path), void *user);
void paths_done(struct paths *p);
