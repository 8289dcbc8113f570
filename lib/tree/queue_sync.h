/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue_sync: the plain back end's inside, for back ends that wrap it.
 */
#pragma once

#include "tree/queue.h"

struct sync {
	uint64_t cwd; /* form FCHDIR: dir_id of the working directory, 0: none of ours */
	struct queue_req **done;
	size_t n_done, cap_done;
};

/** Make the system call of @req; sets and returns the result.  Counts in q->calls. */
long sync_run(struct queue *q, struct sync *s, struct queue_req *req);
/** Put a finished request on the done list.  Return 0 or -ENOMEM. */
int sync_finish(struct sync *s, struct queue_req *req);
/** Take the oldest (or the @newest) finished request.  1 item, 0 none. */
int sync_take(struct sync *s, bool newest, struct queue_req **ret_req);
void sync_done(struct sync *s);

/** Can this thread make getxattrat(2)?  False on ENOSYS and on EPERM (a seccomp filter). */
bool sync_has_xattrat(void);
