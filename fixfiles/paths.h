/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* paths: a list of paths, any bytes but NUL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct paths {
	char **v;
	size_t n, cap;
};

/** Append a copy of @path.  Return 0 or -ENOMEM. */
int paths_add(struct paths *p, const char *path);
/** Put in the order of their bytes. */
void paths_sort(struct paths *p);
/** Leave only those for which @wanted is true. */
void paths_keep(struct paths *p, bool (*wanted)(void *user, const char *path), void *user);
void paths_done(struct paths *p);
