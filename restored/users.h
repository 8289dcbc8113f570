/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users: the homes of who is logged in: from systemd-logind where it runs (its runtime files, or
 * libsystemd), else from utmp; neither of them there is nobody logged in, not an error.
 *
 * A home is what the account says, links resolved: absolute, a directory of the user's own, at
 * least two components deep (but "/root" for root), so that neither "/" nor "/bin" is somebody's.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct user_home {
	uid_t uid;
	char *name, *home;
};

struct users {
	struct user_home *v; /* by uid, each once */
	size_t n, cap;
	const char *source; /* "logind", "utmp", "none" */
};

/** Who is logged in now.  Asks the account database, so it may take a while.  Return 0 or -ENOMEM.
 */
int users_read(struct users *u);
void users_done(struct users *u);

/**
 * A descriptor that becomes readable when that may have changed; -ENOENT: nothing to watch; -errno.
 * Watch first, then read, and read again after each drain.
 */
int users_watch(void);
/** Take what it has to say, and watch what has come since.  0 or -errno: nothing was taken. */
int users_watch_drain(int fd);

/* ---- with other files, for tests --------------------------------------------------------------
 */

struct users_sources {
	const char *logind; /* directory with one file per user id */
	const char *utmp;
};

int users_read_from(struct users *u, const struct users_sources *from);
int users_watch_from(const struct users_sources *from);
int users_watch_drain_from(int fd, const struct users_sources *from);
/** Is @home (as in the header's words) one that may be watched for @uid?  Return it resolved,
 * malloc'ed, or NULL.
 */
char *users_check_home(uid_t uid, const char *home);
