/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packages: the files of packages, as the package manager lists them: rpm, dpkg or pacman,
 * whichever is there and knows the package first.
 */
#pragma once

#include <stdbool.h>

#include "paths.h"
#include "setfiles/ui.h"

#define PACKAGES_BETWEEN ", \t\n" /* what parts names from each other */

struct packages {
	struct paths with_all; /* to be labelled with what is below them */
	struct paths alone;
};

/**
 * Append the files of all packages in @names, with commas or blanks between.  What nobody knows is
 * told, and the others follow.  @root is the top of another system, which must have the manager's
 * database, while its program is this one's; paths have it in front then.  NULL: this system.
 * Return 0, -ENOENT (some were not found), another -errno (told).
 */
int packages_find(struct packages *p, const char *names, const char *root, const struct ui *ui);
void packages_done(struct packages *p);
