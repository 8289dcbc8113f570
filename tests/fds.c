/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fds: for LD_PRELOAD: a process that ends with other descriptors than it began with says so, and
 * exits with 67.
 *
 * With FDS_LEAK in the environment one is left open, so that it can be seen that this is noticed;
 * with FDS_SHOW all that are open at the end are shown.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned at_start;

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void show(void)
{
	char link[64], to[256];

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, to, sizeof(to));
		if (n >= 0)
			fprintf(stderr, "fds: %d is %.*s\n", fd, (int)n, to);
	}
}

static __attribute__((constructor)) void begin(void)
{
	at_start = open_files();
	if (getenv("FDS_LEAK"))
		(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static __attribute__((destructor)) void end(void)
{
	unsigned n = open_files();

	if (n != at_start || getenv("FDS_SHOW"))
		show();
	if (n == at_start)
		return;
	fprintf(stderr, "fds: %u descriptors at the start, %u at the end\n", at_start, n);
	_exit(67);
}
