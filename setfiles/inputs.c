/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/common.h"
#include "signals.h"

#define BRACES_MAX 8

/* "*" with GLOB_PERIOD also gives "." and "..": nobody means those. */
static bool is_dots(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;

	return strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

/*
 * {a,b}{a,b}... doubles with each group: a name of 255 bytes could ask for more words than there
 * is memory, and names come from hostile directories when a shell expanded them a moment ago.
 */
static bool too_many_braces(const char *pattern)
{
	unsigned n = 0;

	for (; *pattern; pattern++)
		n += *pattern == '{';
	return n > BRACES_MAX;
}

static bool expand(const char *pattern, input_fn fn, void *user)
{
	glob_t g = {0};
	bool go = true;

	if (too_many_braces(pattern))
		return fn(user, pattern);
	if (glob(pattern, GLOB_TILDE | GLOB_BRACE | GLOB_PERIOD, NULL, &g) != 0) {
		globfree(&g);
		return fn(user, pattern);
	}
	for (size_t i = 0; i < g.gl_pathc && go; i++)
		if (!is_dots(g.gl_pathv[i]))
			go = fn(user, g.gl_pathv[i]);
	globfree(&g);
	return go;
}

bool inputs_operands(const struct args *a, input_fn fn, void *user)
{
	for (size_t i = 0; i < a->operand_count; i++) {
		struct stat st;
		const char *path = a->operands[i];
		bool go;

		/* a path that is no pattern is not touched here: it might not answer */
		if (!strpbrk(path, "*?[]{}~\\") || lstat(path, &st) == 0)
			go = fn(user, path);
		else
			go = expand(path, fn, user);
		if (!go)
			return false;
	}
	return true;
}

/* Who sends paths may first want to see what came of those before. */
static int await_more(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, 0) > 0)
		return 0;
	fflush(stdout);
	return signals_await(fd);
}

static ssize_t read_more(void *cookie, char *data, size_t size)
{
	const int *fd = cookie;
	ssize_t n;

	do {
		int r = await_more(*fd);

		if (r < 0) {
			errno = -r;
			return -1;
		}
		n = read(*fd, data, size);
	} while (n < 0 && errno == EAGAIN); /* others read it, too */
	return n;
}

int inputs_list(const struct args *a, input_fn fn, void *user)
{
	_cleanup_close_ int opened = -1;
	int fd = STDIN_FILENO;
	FILE *f = NULL;
	int delim = a->list_nul ? '\0' : '\n';
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int error = 0;

	if (strcmp(a->list, "-") != 0) /* to wait for who writes to a FIFO is not open()'s */
		fd = opened = open(a->list, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		f = fopencookie(&fd, "r", (cookie_io_functions_t){.read = read_more});
	if (!f)
		return errno;
	errno = 0;
	/* the beginning of a line that could not be read to its end is another path */
	while ((n = getdelim(&line, &cap, delim, f)) > 0 && !ferror(f)) {
		if (line[n - 1] == delim)
			line[n - 1] = '\0';
		if (!fn(user, line))
			break;
		errno = 0;
	}
	if (ferror(f) || (n < 0 && !feof(f)))
		error = errno ? errno : EIO;
	free(line);
	fclose(f);
	return error;
}
