/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flags: what the file that asks for a relabel says of how: options of fixfiles, between blanks.
 */
#pragma once

#include "fixfiles/options.h"

/** The file as words, which the options point into. */
struct flags {
	char *text;
	char **words;
};

/**
 * Read /.autorelabel in the directory @rootfd, as the command line of `fixfiles ... restore`, whose
 * messages begin with @argv0.  No file is an empty one; what cannot be understood is told, and
 * counts as `-F`: rather too much than too little.  0 or -errno; flags_done() in any case.
 */
int flags_read(struct flags *flags, struct options *o, int rootfd, char *argv0);
void flags_done(struct flags *flags);
