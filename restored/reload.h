/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reload: have the config or the rules changed?
 *
 * The directories their files are in are watched, not the files, so that nothing is lost when one
 * is put in place by a rename.  Directories that are missing, or taken away anywhere on the way,
 * are waited for.  Changes are told when there has been no other for a moment: who writes several
 * files is let finish.
 */
#pragma once

#include <stdint.h>

struct config_paths;

enum {
	RELOAD_CONFIG = 1 << 0,
	RELOAD_RULES = 1 << 1,
};

struct reload;

/** @rules_path: the base file of the rules.  0 or -errno. */
int reload_open(struct reload **ret_reload, const struct config_paths *config,
		const char *rules_path);
struct reload *reload_free(struct reload *reload);
/** To be polled. */
int reload_fd(const struct reload *reload);
/** Take what there is to read.  0 or -errno: it is still there, and wakes who polls. */
int reload_read(struct reload *reload, uint64_t now_ms);
/** Watch with another descriptor; all counts as changed.  0 or -errno: nothing was done. */
int reload_reopen(struct reload *reload, uint64_t now_ms);
/** What has changed, and has been told by no call before: RELOAD_*. */
unsigned reload_due(struct reload *reload, uint64_t now_ms);
/** Milliseconds until reload_due() may have something; -1: nothing waits. */
int reload_wait_ms(const struct reload *reload, uint64_t now_ms);
