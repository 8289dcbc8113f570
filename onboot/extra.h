/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * extra: single trees that are to be labelled once, at the next boot: files in
 * /etc/relabel-extra.d and /run/relabel-extra.d, in the form that systemd reads in
 * /run/systemd/relabel-extra.d.
 *
 *	/etc/relabel-extra.d/web.relabel	absolute paths, one a line; nothing else is in it
 *	web.relabel.1, .2			an attempt or two have been made
 *	web.relabel.failed			three: it is left alone
 *
 * The name says how often it was tried, and changes before each attempt; so a machine that does not
 * live through one does not try for ever.  A file goes when all its trees are labelled.
 */
#pragma once

#include "fixfiles/restore.h"

#define EXTRA_ATTEMPTS 3

/**
 * Label what the files below the directory @rootfd, which is /, name.  A directory or file that
 * others than root can write to is told and left alone.
 *
 * @o      by which policy
 * Return an exit status: EXIT_OK when no file is left for another attempt, EXIT_ERROR.
 */
int extra_relabel(int rootfd, const struct options *o, const struct ui *ui);
