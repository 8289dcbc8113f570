/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scratch: the end of a folder that a group of tests made for itself. */
#pragma once

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* With all that is in it, and if it is the working directory.  Return 0, or -1: for a tear-down. */
static inline int scratch_remove(const char *dir)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}
