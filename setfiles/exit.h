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
	EXIT_DIFFERS = 1, /* --check: something has another label than it should have */
	EXIT_ERROR = 255,
};

/** --strict-exit, and what relabel's own commands always say: the highest that is true. */
enum {
	STRICT_OK = 0,
	STRICT_DIFFERS = 1, /* nothing was written, and labels differ */
	STRICT_FILES = 2,   /* files below the paths have not got their labels */
	STRICT_OPERAND = 3, /* a path could not be opened, or is one that is never entered */
	STRICT_RULES = 4,   /* no rules to go by */
	STRICT_USAGE = 5,
	STRICT_BROKEN = 255, /* the run broke off, or its output was lost */
};

/** Statuses for what keeps a run from beginning. */
int exit_usage(const struct args *a);
int exit_rules(const struct args *a);
/** SELinux is off, and no policy was named. */
int exit_disabled(const struct args *a);

/** How many failures make a run one that failed: what vanished, or cannot be written at all, does
 * not. */
uint64_t exit_failures(const struct lbl_counters *c);

/** Status after a run with these sums. */
int exit_status(const struct args *a, const struct lbl_counters *c);
