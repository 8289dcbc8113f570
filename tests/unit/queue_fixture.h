/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* queue_fixture: a folder with a file, a link and a directory, for the tests of queues. */
#pragma once

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#define ATTR "user.relabel-test"

struct fixture {
	char tmp[32];
	int fd;
	bool attrs; /* the file system under /tmp keeps user attributes */
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	strcpy(f->tmp, "/tmp/relabel-queue-XXXXXX");
	if (!mkdtemp(f->tmp))
		return -1;
	f->fd = open(f->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(f->fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	f->attrs = fsetxattr(fd, ATTR, "value", 6, 0) == 0;
	close(fd);
	*state = f;
	return symlinkat("file", f->fd, "link") || mkdirat(f->fd, "other", 0755);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	unlinkat(f->fd, "file", 0);
	unlinkat(f->fd, "link", 0);
	unlinkat(f->fd, "other", AT_REMOVEDIR);
	close(f->fd);
	rmdir(f->tmp);
	free(f);
	return 0;
}

static inline bool need_attrs(struct fixture *f)
{
	if (f->attrs)
		return true;
	print_message("/tmp keeps no user attributes\n");
	return false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
