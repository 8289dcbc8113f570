/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore: one run over what the options name: check, verify, restore and relabel.
 */
#pragma once

#include "options.h"
#include "paths.h"
#include "setfiles/live.h"
#include "setfiles/ui.h"

/** What became of a file system. */
struct restore_mount {
	const char *path;
	bool well; /* nothing in it failed */
	uint64_t files, changed, errors, usec;
};

/** Who wants to know of each file system. */
struct restore_watch {
	/* these are to come; NULL: of no interest */
	void (*begin)(void *user, const struct paths *mounts);
	bool (*skip)(void *user, const char *mount);
	void (*done)(void *user, const struct restore_mount *m);
	/* how far it is, now and then and from another thread; NULL: of no interest */
	void (*tell)(void *user, const struct status *s);
	void *user;
};

/** @watch: NULL for none.  Return an exit status. */
int restore(const struct options *o, const struct ui *ui, const struct restore_watch *watch);
