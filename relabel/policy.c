/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *policy_root_wanted(const char *option)
{
	if (!option || !*option)
		option = secure_getenv("LBL_POLICY_ROOT");
	return option && *option ? option : NULL;
}

char *policy_of_spec(const char *spec)
{
	static const char tail[] = "/contexts/files/";
	char *full = realpath(spec, NULL);
	char *slash = full ? strrchr(full, '/') : NULL;
	size_t n = strlen(tail);

	if (slash && (size_t)(slash + 1 - full) > n && strncmp(slash + 1 - n, tail, n) == 0) {
		slash[1 - (ptrdiff_t)n] = '\0';
		return full;
	}
	free(full);
	return NULL;
}
