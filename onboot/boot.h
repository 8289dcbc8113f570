/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * boot: label all file systems of a system that is starting, one after the other, remembering which
 * are done; then have it go on.
 */
#pragma once

/** `relabel onboot`.  Return an exit status. */
int command_onboot(int argc, char **argv);
