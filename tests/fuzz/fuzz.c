/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "corpus.h"

static void found(const struct set *s, const char *path, size_t len)
{
	fprintf(stderr, "%s", s->why);
	if (path) {
		fprintf(stderr, "; path \"");
		for (size_t i = 0; i < len; i++)
			fprintf(stderr, path[i] >= ' ' && path[i] < 0x7f ? "%c" : "\\%03o",
				(unsigned char)path[i]);
		fprintf(stderr, "\"");
	}
	fprintf(stderr, "\n");
	abort();
}

bool fuzz_open(struct set *s, const char *path)
{
	int r = set_open(s, path, 512 * 1024, 4096); /* sanitizers are slow with large blocks */

	if (r < 0)
		found(s, NULL, 0);
	return r == 0;
}

void fuzz_path(struct set *s, const char *path, size_t len)
{
	char whole[5000] = "/", clean[5002];
	size_t n = 0;

	if (!len || path[0] != '/')
		n = 1;
	for (size_t i = 0; i < len && n < 4096; i++)
		whole[n++] = path[i] ? path[i] : 'x';
	n = ours_normalise(whole, n, clean);
	if (set_check(s, clean, n) < 0)
		found(s, clean, n);
}

int fuzz_memfd(const void *data, size_t size, char path[64])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		perror("memfd");
		abort();
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

const char *fuzz_field(const uint8_t **data, size_t *size, size_t *ret_len)
{
	const char *start = (const char *)*data;
	const uint8_t *nul = *size ? memchr(*data, 0, *size) : NULL;
	size_t n = nul ? (size_t)(nul - *data) : *size, step = n + (nul != NULL);

	*data += step;
	*size -= step;
	*ret_len = n;
	return start;
}

static char dir[64];

static void remove_dir(void)
{
	corpus_remove_dir(dir);
}

const char *fuzz_name(const char *name)
{
	static char path[128];

	if (!dir[0]) {
		strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/relabel-fuzz.XXXXXX"
						     : "/dev/shm/relabel-fuzz.XXXXXX");
		if (!mkdtemp(dir))
			abort();
		atexit(remove_dir);
	}
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

void fuzz_put(const char *name, const void *data, size_t size)
{
	const char *path = fuzz_name(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		perror(path);
		abort();
	}
	close(fd);
}
