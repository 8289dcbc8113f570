/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service: manners towards the service manager and the kernel: notifications, the watchdog, one
 * instance, and no more privileges than needed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * Tell the service manager, if there is one: "READY=1", "STATUS=...", "RELOADING=1" (the time it
 * wants with that is added), "STOPPING=1", "WATCHDOG=1".
 */
void service_notify(const char *state);
/** Milliseconds between two signs of life, half of what the watchdog waits; 0: it is off. */
unsigned service_watchdog_ms(void);

/**
 * Be the only instance that holds @path, a file of ours (0600) that is made when missing; links are
 * not followed.  It holds our pid, for people.
 *
 * Return a descriptor to be kept; -EEXIST: another one runs; -EPERM: @path is no plain file of
 * ours; another -errno.
 */
int service_lock(const char *path);

/**
 * Give up, for good, every capability but those needed (docs/SECURITY.md says what for), and gain
 * none by running a program.
 *
 * CAP_DAC_READ_SEARCH and CAP_FOWNER stay; CAP_SYS_ADMIN with @fanotify, or where SELinux is off:
 * the kernel then wants it for security.* attributes.  What we do not have is not asked for.
 * Return 0, also when there is nothing to give up; 1: the policy denies it (EACCES), and no more
 * than the three are held, which is what the unit leaves; -errno: more is left than should be.
 */
int service_drop_privileges(bool fanotify, bool selinux_off);
