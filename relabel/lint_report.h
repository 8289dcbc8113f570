/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lint_report: which findings are told, how, and what the exit status is. */
#pragma once

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "lbl-rules.h"

#define LINT_CODES_MAX 64

struct lint_report {
	bool json, verbose, strict;
	bool off[LINT_CODES_MAX]; /* by number of the code */
	bool any_only;		  /* --only was given: all were off at first */
	unsigned counts[3];	  /* told, by severity */
	cJSON *findings;	  /* with json */
	bool no_memory;
};

/** The name of what the command itself finds. */
extern const char lint_unused[];

/** Print every code with its meaning. */
void lint_report_codes(void);

/** --disable, --only: @codes is one, or several with commas.  Return false: told. */
bool lint_report_choose(struct lint_report *r, const char *command, const char *codes, bool only);
/** Is @code to be told? */
bool lint_report_wants(const struct lint_report *r, const char *code);

/** An lbl_finding_fn; @user is the report. */
void lint_report_finding(void *user, const struct lbl_finding *finding);

/** Print what is printed at the end; the exit status. */
int lint_report_end(struct lint_report *r, const char *command);
