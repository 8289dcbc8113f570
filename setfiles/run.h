/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run: one call of setfiles or restorecon, from arguments to exit status; and of other programs,
 * whose paths come from elsewhere.
 */
#pragma once

#include "args.h"
#include "inputs.h"
#include "live.h"
#include "ui.h"

int run(enum personality who, int argc, char **argv);

/** What a run has opened. */
struct run_parts {
	struct lbl_policy *policy;
	struct lbl_rules *rules;
	struct lbl_relabel *relabel; /* NULL before the options are complete */
	struct ui *ui;
};

/** Where the paths of a run come from, if not from a command line of setfiles or restorecon. */
struct run_source {
	/* complete @options; NULL: they are complete.  False ends the run (told) */
	bool (*options)(void *user, const struct run_parts *parts,
			struct lbl_relabel_options *options);
	/* give each path to @take, until that returns false.  False: it failed (told) */
	bool (*feed)(void *user, const struct run_parts *parts, input_fn take, void *taker);
	/* label one path; NULL: lbl_relabel_path() */
	int (*label)(void *user, const struct run_parts *parts, const char *path);
	/* at least: what went wrong before the run */
	int status;
	/* let go of what belongs to the parts, which end after that; NULL: nothing */
	void (*close)(void *user);
	struct live_listener listener;
	void *user;
};

/**
 * A run over the paths of @source as @args say, which was filled as args_parse() would have; its
 * operands and list do not count.  Return an exit status.
 */
int run_source(const struct args *args, const struct run_source *source);

/** "NAME VERSION", and what it was built with. */
void print_version(const char *name);
