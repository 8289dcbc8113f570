/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/map.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/reopen.h"

static int read_all(struct map *m, int fd, size_t size)
{
	_cleanup_free_ char *data = malloc(size ? size : 1);
	size_t got = 0;

	if (!data)
		return -ENOMEM;
	while (got < size) {
		ssize_t n = read(fd, data + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	m->data = TAKE_PTR(data);
	m->len = got;
	return 0;
}

int map_read(struct map *m, int fd, size_t max)
{
	struct map out = {0};
	int r;

	if (fstat(fd, &out.st) < 0)
		return -errno;
	if (S_ISDIR(out.st.st_mode))
		return -EISDIR;
	if (!S_ISREG(out.st.st_mode))
		return -EINVAL;
	if ((uintmax_t)out.st.st_size > max)
		return -EFBIG;
	r = read_all(&out, fd, (size_t)out.st.st_size);
	if (r < 0)
		return r;
	*m = out;
	return 0;
}

int map_open(struct map *m, int dirfd, const char *path, size_t max)
{
	_cleanup_close_ int pin = openat(dirfd, path, O_PATH | O_CLOEXEC), fd = -1;

	if (pin < 0)
		return -errno;
	fd = reopen(pin, dirfd, path, O_RDONLY);
	return fd < 0 ? fd : map_read(m, fd, max);
}

void map_done(struct map *m)
{
	if (m->mapped)
		munmap((void *)m->data, m->len);
	else
		free((void *)m->data);
	*m = (struct map){0};
}
