/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * command: what `relabel COMMAND` does beyond setfiles and restorecon.
 *
 * A command gets argv from its own name on, prints what it has to say and returns an exit status.
 * Unless its man page says more: 0 done, 1 an answer that is not "all well", 255 could not do it.
 * Whether standard output could be written is looked at by whoever called it.
 */
#pragma once

#include <getopt.h>

#include "lbl.h"

enum {
	COMMAND_OK = 0,
	COMMAND_NOT_WELL = 1,
	COMMAND_ERROR = 255,
};

int command_compile(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_sort(int argc, char **argv);
int command_status(int argc, char **argv);

/** "relabel COMMAND: ..." and a newline on standard error; @fmt as for safe_printf(). */
void command_error(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Tell that there is no memory.  Return COMMAND_ERROR. */
int command_no_memory(const char *command);

/** An lbl_diag_fn, @user being the command's name: errors and warnings on standard error. */
void command_diag(void *user, const struct lbl_diag *diag);

/** The row of --color in @longs of command_option(), which takes it itself. */
#define COMMAND_COLOUR 0x1000
#define COMMAND_COLOUR_OPTION                                    \
	{                                                        \
		"color", required_argument, NULL, COMMAND_COLOUR \
	}

/**
 * getopt_long() that words its errors as all commands do.  @shorts begins with ':'.  Return an
 * option, -1 at the end, '?' after an error was told.
 */
int command_option(int argc, char **argv, const char *shorts, const struct option *longs);
