/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * remote: mounts that may never answer, and whether they do.
 *
 * A mount is asked once, when an operand lies on it or a walk would enter it, in a child process
 * and with a limit of time (tree/probe.h).
 */
#pragma once

#include "base/buf.h"
#include "tree/scope.h"

struct remote_mount;

struct remotes {
	struct remote_mount *v;
	size_t n, cap;
	unsigned ms; /* to wait for answers */
};

/** Note the remote mounts there are; @mountinfo as for mounts_load().  Return 0 or -errno. */
int remotes_load(struct remotes *r, const char *mountinfo);

/**
 * Ask the mounts that @path (clean) lies on, and with @below those below it that @scope does not
 * leave out; from now on it leaves out those which do not answer.  @ret_dead (borrowed) is the one
 * that @path lies on, if it is dead.
 *
 * Return 0; -ETIMEDOUT: @path lies on a dead one; -ENOMEM.  Blocks for the limit at most; not while
 * a walk uses @scope.
 */
int remotes_ask(struct remotes *r, struct scope *scope, const char *path, bool below,
		const char **ret_dead);
void remotes_done(struct remotes *r);
