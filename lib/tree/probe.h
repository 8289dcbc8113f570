/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe: does a file system answer?
 *
 * Whoever asks a dead server waits, often beyond the reach of signals.  So a child process asks,
 * and is left behind if it does not come back.
 */
#pragma once

#include "base/common.h"

struct probe {
	const char *path;
	/*
	 * 0: it answers; -ETIMEDOUT: it does not, or could not be asked: whoever can use up what a
	 * probe needs must not make us walk into what hangs; another -errno, of opening it
	 */
	int result;
	/* private */
	pid_t pid;
	int fd;
};

/**
 * Ask for all @n paths at the same time; takes at most @ms milliseconds.  Fills in the results.
 *
 * Makes children, and waits for those that end; a caller that reaps all children of its process,
 * or ignores SIGCHLD, does no harm.  A child that hangs holds no descriptor of ours.
 */
void probe_all(struct probe *v, size_t n, unsigned ms);
