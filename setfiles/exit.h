/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exit: the one table from what happened to an exit status.
 */
#pragma once

#include "args.h"
#include "lbl.h"

enum {
	EXIT_OK = 0,
	EXIT_RULES = 1,	  /* the rules could not be read */
	EXIT_FILES = 1,	  /* -C: only files below operands failed */
	EXIT_NOTHING = 1, /* restorecon -c: nothing was relabelled */
	EXIT_ERROR = 255,
};

/** Status after a run with these sums. */
int exit_status(const struct args *a, const struct lbl_counters *c);
