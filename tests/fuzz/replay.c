/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main() of a fuzz target built without libFuzzer: run it once on each file of the folders. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "fuzz.h"

static unsigned replay_file(int dirfd, const char *name)
{
	struct map m = {0};
	int r = map_open(&m, dirfd, name, 1 << 24);
	uint8_t *copy;

	if (r < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(-r));
		exit(1);
	}
	fprintf(stderr, "%s\n", name); /* an abort comes after the name of its input */
	copy = malloc(m.len ? m.len : 1);
	if (!copy)
		exit(1);
	if (m.len)
		memcpy(copy, m.data, m.len);
	(void)LLVMFuzzerTestOneInput(copy, m.len); /* returns 0 always */
	free(copy);
	map_done(&m);
	return 1;
}

static unsigned replay(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	if (!d)
		return replay_file(AT_FDCWD, path);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] != '.')
			n += replay_file(dirfd(d), e->d_name);
	}
	closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("%u inputs replayed\n", n);
	return n ? 0 : 1;
}
