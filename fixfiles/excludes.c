/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "excludes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"

#define BLANKS " \t\r\n"

static int take_line(char *line, struct paths *dirs, struct paths *real)
{
	_cleanup_free_ char *full = NULL;
	struct stat st;
	size_t len;
	int r;

	line += strspn(line, BLANKS);
	len = strlen(line);
	while (len > 0 && strchr(BLANKS, line[len - 1]))
		len--;
	line[len] = '\0';
	if (line[0] != '/' || stat(line, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	full = realpath(line, NULL);
	r = full && strcmp(full, line) != 0 ? paths_add(real, full) : 0;
	return r < 0 ? r : paths_add(dirs, line);
}

int excludes_read(const char *file, struct paths *dirs, struct paths *real)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t cap = 0;
	int r = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	errno = 0;
	while (r == 0 && getline(&line, &cap, f) >= 0)
		r = take_line(line, dirs, real);
	if (r == 0 && ferror(f))
		r = errno ? -errno : -EIO;
	free(line);
	fclose(f);
	return r;
}
