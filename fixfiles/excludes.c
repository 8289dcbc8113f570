/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "excludes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "lbl.h"

#define BLANKS	 " \t\r\n"
#define FILE_MAX (1 << 20) /* another system's may be of any size */

static int take_line(char *line, const char *root, struct paths *dirs, struct paths *real)
{
	_cleanup_free_ char *path = NULL, *full = NULL;
	enum lbl_kind kind;
	size_t len;
	int r;

	line += strspn(line, BLANKS);
	len = strlen(line);
	while (len > 0 && strchr(BLANKS, line[len - 1]))
		len--;
	line[len] = '\0';
	if (line[0] != '/')
		return 0;
	if (asprintf(&path, "%s%s", root ? root : "", line) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lbl_look(root, path, 0, &full, &kind);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (kind != LBL_DIR && kind != LBL_ANY)
		return 0;
	r = strcmp(full, path) != 0 ? paths_add(real, full) : 0;
	return r < 0 ? r : paths_add(dirs, path);
}

static int open_file(const char *root, FILE **ret_file)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (asprintf(&path, "%s" EXCLUDES_FILE, root ? root : "") < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = lbl_root_open(root, path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	*ret_file = fdopen(fd, "r");
	if (!*ret_file)
		return -errno;
	(void)TAKE_FD(fd);
	return 0;
}

int excludes_read(const char *root, struct paths *dirs, struct paths *real)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *f;
	int r = open_file(root, &f);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	errno = 0;
	while (r == 0 && getline(&line, &cap, f) >= 0)
		r = take_line(line, root, dirs, real);
	if (r == 0 && ferror(f))
		r = errno ? -errno : -EIO;
	free(line);
	fclose(f);
	return r;
}
