/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state: how far a relabel at boot has come, in a file beside the flag that asks for it, since no
 * other file system need be there when it is read.  Text, a fact a line:
 *
 *	attempts 1	begun so often since something was last finished
 *	done /home	this mount is relabelled
 *	answered	what the kernel command line asked for is done
 *
 * Without the file nothing was begun.  Lines that are not understood are passed over.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ONBOOT_FLAG  ".autorelabel"
#define ONBOOT_STATE ".relabel-onboot"

/* Where this boot is to go on although a relabel is asked for: it could not even be begun. */
#define ONBOOT_NOT_NOW "run/relabel-onboot.not-now"

struct onboot_state {
	unsigned attempts;
	bool answered;
	char **done; /* mount points */
	size_t n, cap;
};

/**
 * Read it from the directory @rootfd.  A file that is not root's own, or no regular file, counts as
 * none.  0 or -errno; to be freed with onboot_state_done() in any case.
 */
int onboot_state_read(struct onboot_state *state, int rootfd);
/** Write it, at one stroke and to the disk. */
int onboot_state_write(const struct onboot_state *state, int rootfd);
/** Nothing is begun any more.  0, also if there was no file, or -errno. */
int onboot_state_remove(int rootfd);

bool onboot_state_has(const struct onboot_state *state, const char *mount);
/** @mount is done; that is progress, so the attempts are counted anew.  0 or -ENOMEM. */
int onboot_state_add(struct onboot_state *state, const char *mount);
void onboot_state_done(struct onboot_state *state);
