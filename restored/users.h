/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users: the homes of who is logged in: from systemd-logind where it runs (its runtime files, or
 * libsystemd), else from utmp; neither of them there is nobody logged in, not an error.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct user_home {
	uid_t uid;
	char *name, *home; /* home: absolute, belongs to the user, at least two components deep */
};

struct users {
	struct user_home *v; /* by uid, each once */
	size_t n, cap;
	const char *source; /* "logind", "utmp", "none" */
};

/** Who is logged in now.  Return 0 or -ENOMEM. */
int users_read(struct users *u);
void users_done(struct users *u);

/** A descriptor that becomes readable when that may have changed; -ENOENT: nothing to watch. */
int users_watch(void);
/** Take what it has to say. */
void users_watch_drain(int fd);
