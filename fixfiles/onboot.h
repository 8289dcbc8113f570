/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * onboot: the file that has the next boot label everything, and what is to be kept of the options
 * till then.
 */
#pragma once

#include "options.h"
#include "setfiles/ui.h"

/* in the root directory */
#define ONBOOT_FILE	".autorelabel"
#define ONBOOT_PROGRESS ".relabel-onboot" /* of what was asked before; onboot/state.h */

/** Write the file; @enabled: SELinux.  Return an exit status. */
int onboot_write(const struct options *o, const struct ui *ui, bool enabled);
