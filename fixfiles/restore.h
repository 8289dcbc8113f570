/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore: one run over what the options name: check, verify, restore and relabel.
 */
#pragma once

#include "options.h"
#include "setfiles/ui.h"

/** Who wants to know of each file system; @done gets whether nothing in it failed. */
struct restore_watch {
	bool (*skip)(void *user, const char *mount);
	void (*done)(void *user, const char *mount, bool well);
	void *user;
};

/** @watch: NULL for none.  Return an exit status. */
int restore(const struct options *o, const struct ui *ui, const struct restore_watch *watch);
