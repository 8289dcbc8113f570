/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "users.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#if HAVE_SYSTEMD
#include <systemd/sd-login.h>
#endif

#include "util.h"

#define PASSWD_MAX (1u << 20) /* no account has more to say */

static const struct users_sources usual = {"/run/systemd/users", "/run/utmp"};

/* ---- homes ------------------------------------------------------------------------------------
 */

static bool deep_enough(uid_t uid, const char *home)
{
	return strchr(home + 1, '/') || (uid == 0 && strcmp(home, "/root") == 0);
}

char *users_check_home(uid_t uid, const char *home)
{
	struct stat st;
	char *path = home[0] == '/' ? realpath(home, NULL) : NULL;

	if (path && deep_enough(uid, path) && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == uid)
		return path;
	free(path);
	return NULL;
}

static int append(struct users *u, uid_t uid, const char *name, char *home)
{
	if (array_reserve(&u->v, &u->cap, u->n + 1, sizeof(*u->v)) < 0)
		return -ENOMEM;
	u->v[u->n] = (struct user_home){uid, strdup(name), home};
	return u->v[u->n].name ? (u->n++, 0) : -ENOMEM;
}

/* Look an account up by @uid, or by @name if that is not NULL, and add its home if it is one. */
static int add_account(struct users *u, uid_t uid, const char *name)
{
	int r = ERANGE;
	struct passwd pw, *found = NULL;
	char *memory = NULL, *home;

	for (size_t size = 4096; r == ERANGE && size <= PASSWD_MAX; size *= 4) {
		free(memory);
		memory = malloc(size);
		if (!memory)
			return -ENOMEM;
		r = name ? getpwnam_r(name, &pw, memory, size, &found)
			 : getpwuid_r(uid, &pw, memory, size, &found);
	}
	home = r == 0 && found && pw.pw_dir ? users_check_home(pw.pw_uid, pw.pw_dir) : NULL;
	r = home ? append(u, pw.pw_uid, pw.pw_name, home) : 0;
	if (r < 0)
		free(home);
	free(memory);
	return r;
}

/* ---- who --------------------------------------------------------------------------------------
 */

/* Is the user of logind's file NAME there?  One who lingers is: programs of his may run. */
static bool is_here(int dirfd, const char *name)
{
	char line[256];
	bool here = true;
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (fgets(line, sizeof(line), f))
		if (strcmp(line, "STATE=offline\n") == 0)
			here = false;
	fclose(f);
	return here;
}

static int add_from_directory(struct users *u, const char *path)
{
	DIR *dir = opendir(path);
	int r = 0;

	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e && r == 0; e = readdir(dir)) {
		char *end;
		unsigned long uid = strtoul(e->d_name, &end, 10);

		if (e->d_name[0] >= '0' && e->d_name[0] <= '9' && !*end && uid < UINT32_MAX &&
		    is_here(dirfd(dir), e->d_name))
			r = add_account(u, (uid_t)uid, NULL);
	}
	closedir(dir);
	return r;
}

static int add_from_logind(struct users *u, const char *path)
{
#if HAVE_SYSTEMD
	if (strcmp(path, usual.logind) == 0) {
		uid_t *uids = NULL;
		int r = 0, n = sd_get_uids(&uids);

		for (int i = 0; i < n && r == 0; i++)
			r = add_account(u, uids[i], NULL);
		free(uids);
		return r;
	}
#endif
	return add_from_directory(u, path);
}

static int add_from_utmp(struct users *u, const char *path)
{
	struct utmpx *e;
	int r = 0;

	if (utmpxname(path) < 0)
		return 0;
	setutxent();
	while (r == 0 && (e = getutxent())) {
		char name[sizeof(e->ut_user) + 1];

		/* who crashed is not logged out in this file */
		if (e->ut_type != USER_PROCESS || (kill(e->ut_pid, 0) < 0 && errno == ESRCH))
			continue;
		memcpy(name, e->ut_user, sizeof(e->ut_user));
		name[sizeof(e->ut_user)] = '\0';
		r = add_account(u, 0, name);
	}
	endutxent();
	return r;
}

static int by_uid(const void *a, const void *b)
{
	uid_t x = ((const struct user_home *)a)->uid, y = ((const struct user_home *)b)->uid;

	return x < y ? -1 : x > y;
}

static void each_once(struct users *u)
{
	size_t n = 0;

	if (u->n > 1)
		qsort(u->v, u->n, sizeof(*u->v), by_uid);
	for (size_t i = 0; i < u->n; i++) {
		if (n > 0 && u->v[n - 1].uid == u->v[i].uid) {
			free(u->v[i].name);
			free(u->v[i].home);
		} else {
			u->v[n++] = u->v[i];
		}
	}
	u->n = n;
}

int users_read_from(struct users *u, const struct users_sources *from)
{
	struct users mine = {.source = "none"};
	int r = 0;

	if (access(from->logind, R_OK) == 0) {
		mine.source = "logind";
		r = add_from_logind(&mine, from->logind);
	}
	/* the directory may be there without logind */
	if (r == 0 && mine.n == 0 && access(from->utmp, R_OK) == 0) {
		mine.source = "utmp";
		r = add_from_utmp(&mine, from->utmp);
	}
	if (r < 0) {
		users_done(&mine);
		return r;
	}
	each_once(&mine);
	*u = mine;
	return 0;
}

int users_read(struct users *u)
{
	return users_read_from(u, &usual);
}

void users_done(struct users *u)
{
	for (size_t i = 0; i < u->n; i++) {
		free(u->v[i].name);
		free(u->v[i].home);
	}
	free(u->v);
	*u = (struct users){0};
}

/* ---- when that changes ------------------------------------------------------------------------
 */

#define WATCH_DIR  (IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF)
#define WATCH_FILE (IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB)
#define WATCH_COME (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_ONESHOT)

/*
 * Watch @path, or wait in the nearest directory above it that is there for something to come.  To
 * be called again after each event: IN_ATTRIB says that the last name of a file is gone, and what
 * is watched already stays so.
 */
static bool watch_one(int fd, const char *path, uint32_t mask)
{
	char parent[PATH_MAX];
	char *slash;

	if (inotify_add_watch(fd, path, mask) >= 0)
		return true;
	if (strlen(path) >= sizeof(parent))
		return false;
	strcpy(parent, path);
	while ((slash = strrchr(parent, '/')) && slash > parent) {
		*slash = '\0';
		if (inotify_add_watch(fd, parent, WATCH_COME) >= 0) {
			/* it may have come just before that */
			(void)inotify_add_watch(fd, path, mask);
			return true;
		}
	}
	return false;
}

static bool watch_all(int fd, const struct users_sources *from)
{
	bool logind = watch_one(fd, from->logind, WATCH_DIR);

	return watch_one(fd, from->utmp, WATCH_FILE) || logind;
}

int users_watch_from(const struct users_sources *from)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!watch_all(fd, from)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int users_watch(void)
{
	return users_watch_from(&usual);
}

int users_watch_drain_from(int fd, const struct users_sources *from)
{
	char events[4096] __attribute__((aligned(8)));
	ssize_t n;

	do
		n = read(fd, events, sizeof(events));
	while (n > 0);
	if (n < 0 && errno != EAGAIN)
		return -errno;
	(void)watch_all(fd, from); /* what cannot be watched now may be at the next event */
	return 0;
}

int users_watch_drain(int fd)
{
	return users_watch_drain_from(fd, &usual);
}
