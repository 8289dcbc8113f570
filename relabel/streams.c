/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "safe.h"

void streams_reserve(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0) /* the lowest is taken */
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int streams_finish(const char *argv0, int status, int lost)
{
	int error = fflush(stdout) == 0 ? 0 : errno;

	if (!error && ferror(stdout)) /* some time ago; nobody knows why any more */
		error = EIO;
	if (!error)
		return status;
	safe_printf(stderr, "%s: cannot write the output: %s\n", argv0, strerror(error));
	return status == 0 || status == 1 ? lost : status;
}
