/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/common.h"

/* A fixed name, which contexts/relabel.cil knows; only root makes files there. */
#define NEW_STATE ONBOOT_STATE ".new"
#define FILE_MAX  (1 << 20)

/* ---- mounts in lines ---------------------------------------------------------------------------
 */

/* A newline or a backslash in the name of a mount point is written as a backslash and its digits.
 */
static void put_path(FILE *f, const char *path)
{
	for (const unsigned char *s = (const unsigned char *)path; *s; s++) {
		if (*s == '\n' || *s == '\\')
			fprintf(f, "\\%03o", *s);
		else
			putc(*s, f);
	}
}

static bool is_octal(const char *s)
{
	for (int i = 0; i < 3; i++)
		if (s[i] < '0' || s[i] > (i ? '7' : '3'))
			return false;
	return true;
}

static void take_path(char *text)
{
	char *to = text;

	for (const char *s = text; *s;) {
		if (*s == '\\' && is_octal(s + 1)) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* ---- the file ----------------------------------------------------------------------------------
 */

static FILE *open_state(int rootfd)
{
	_cleanup_close_ int fd =
		openat(rootfd, ONBOOT_STATE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	FILE *f;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		errno = ENOENT;
		return NULL;
	}
	if (st.st_size > FILE_MAX) {
		errno = EFBIG;
		return NULL;
	}
	f = fdopen(fd, "r");
	if (f)
		(void)TAKE_FD(fd);
	return f;
}

static int take_line(struct onboot_state *s, char *line)
{
	unsigned attempts;
	char end;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "attempts %9u%c", &attempts, &end) == 1) {
		s->attempts = attempts;
	} else if (strcmp(line, "answered") == 0) {
		s->answered = true;
	} else if (strncmp(line, "done /", 6) == 0) {
		unsigned before = s->attempts;
		int r;

		take_path(line + 5);
		r = onboot_state_add(s, line + 5);
		s->attempts = before;
		return r;
	}
	return 0;
}

int onboot_state_read(struct onboot_state *s, int rootfd)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r = 0;
	FILE *f;

	*s = (struct onboot_state){0};
	f = open_state(rootfd);
	if (!f)
		return errno == ENOENT || errno == ELOOP ? 0 : -errno;
	while (r == 0 && getline(&line, &size, f) >= 0)
		r = take_line(s, line);
	if (r == 0 && ferror(f))
		r = -EIO;
	fclose(f);
	return r;
}

static int put_state(const struct onboot_state *s, int fd)
{
	FILE *f = fdopen(fd, "w");
	int r;

	if (!f) {
		r = -errno;
		close(fd);
		return r;
	}
	fprintf(f, "attempts %u\n", s->attempts);
	if (s->answered)
		fputs("answered\n", f);
	for (size_t i = 0; i < s->n; i++) {
		fputs("done ", f);
		put_path(f, s->done[i]);
		putc('\n', f);
	}
	r = fflush(f) == 0 && fsync(fd) == 0 ? 0 : -errno;
	if (fclose(f) != 0 && r == 0)
		r = -errno;
	return r;
}

int onboot_state_write(const struct onboot_state *s, int rootfd)
{
	int fd, r;

	if (unlinkat(rootfd, NEW_STATE, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(rootfd, NEW_STATE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = put_state(s, fd);
	if (r == 0 && renameat(rootfd, NEW_STATE, rootfd, ONBOOT_STATE) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(rootfd, NEW_STATE, 0);
	else if (fsync(rootfd) < 0)
		r = -errno;
	return r;
}

int onboot_state_remove(int rootfd)
{
	return unlinkat(rootfd, ONBOOT_STATE, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* ---- what is in it -----------------------------------------------------------------------------
 */

bool onboot_state_has(const struct onboot_state *s, const char *mount)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->done[i], mount) == 0)
			return true;
	return false;
}

int onboot_state_add(struct onboot_state *s, const char *mount)
{
	s->attempts = 0;
	if (onboot_state_has(s, mount))
		return 0;
	if (array_reserve(&s->done, &s->cap, s->n + 1, sizeof(*s->done)) < 0)
		return -ENOMEM;
	s->done[s->n] = strdup(mount);
	return s->done[s->n] ? (s->n++, 0) : -ENOMEM;
}

void onboot_state_done(struct onboot_state *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->done[i]);
	free(s->done);
	*s = (struct onboot_state){0};
}
