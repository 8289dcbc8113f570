/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify: what a service tells its manager, by the protocol of sd_notify(3): one datagram of
 * VARIABLE=VALUE lines to the socket that $NOTIFY_SOCKET names.  Where there is no manager nothing
 * is sent; one that does not listen is no reason to fail.
 */
#pragma once

#include <stdbool.h>

/** Is there a service manager to tell? */
bool notify_wanted(void);
/** Send @state as it is. */
void notify_send(const char *state);
