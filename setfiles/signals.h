/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * signals: SIGINT, SIGTERM and SIGHUP end a run in order; the same one once more, at once.
 *
 * No call is interrupted by one, since output could be lost by that, but for signals_await().
 */
#pragma once

#include <signal.h>

struct lbl_relabel;

/** From now on they stop @relabel, which must live until signals_forget(). */
void signals_catch(struct lbl_relabel *relabel);
/** Not before the threads of the run are joined: one of them could be in the handler. */
void signals_forget(void);

/** The one that came; 0: none yet. */
int signals_came(void);

/** Wait until something can be read from @fd.  Return 0, or -errno: -EINTR if a signal came. */
int signals_await(int fd);

/** Keep them from the calling thread, and those it makes; @ret_saved: what was kept before. */
void signals_block(sigset_t *ret_saved);
