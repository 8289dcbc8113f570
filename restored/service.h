/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service: manners towards the service manager and the kernel: notifications, the watchdog, one
 * instance, and no more privileges than needed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Tell the service manager, if there is one: "READY=1", "STATUS=...", "RELOADING=1", "STOPPING=1".
 */
void service_notify(const char *state);
/** Milliseconds between two signs of life that the watchdog wants; 0: it is off. */
unsigned service_watchdog_ms(void);

/**
 * Be the only instance that holds @path.  Return a descriptor to be kept; -EEXIST: another one
 * runs; -errno.
 */
int service_lock(const char *path);

/**
 * Give up every capability but those needed: CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, CAP_FOWNER,
 * CAP_MAC_ADMIN, CAP_SYS_ADMIN only with @fanotify (and where SELinux is off, for security.*
 * attributes); and set no_new_privs.  Return 0 or -errno.
 */
int service_drop_privileges(bool fanotify, bool selinux_off);
