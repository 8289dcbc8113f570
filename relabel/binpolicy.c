/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binpolicy.h"

#include <errno.h>

#include "config.h"

#if HAVE_SEPOL
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sepol/context.h>
#include <sepol/debug.h>
#include <sepol/policydb.h>
#include <sepol/sepol.h>

static int open_file(const char *path, FILE **ret_file)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0)
		return -errno;
	/* anything else would have us wait, or read for ever */
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if (!(*ret_file = fdopen(fd, "r")))
		r = -errno;
	if (r < 0)
		close(fd);
	return r;
}

int binpolicy_load(const char *path)
{
	FILE *f = NULL;
	int r = open_file(path, &f);

	if (r < 0)
		return r;
	sepol_debug(0); /* it would tell the same in several lines, and our words are enough */
	r = sepol_set_policydb_from_file(f);
	fclose(f);
	return r < 0 ? -EINVAL : 0;
}

int binpolicy_check(void *user, const char *context, char **ret_canonical)
{
	return sepol_check_context(context) == 0;
}
#else
int binpolicy_load(const char *path)
{
	return -ENOTSUP;
}

int binpolicy_check(void *user, const char *context, char **ret_canonical)
{
	return -ENOTSUP;
}
#endif
