/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * args: the command line of setfiles and restorecon, from one table of options.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lbl.h"

enum personality {
	SETFILES = 1 << 0,
	RESTORECON = 1 << 1,
};

struct args {
	enum personality who;
	const char *argv0; /* as typed: the prefix of messages */
	unsigned flags;	   /* LBL_* */
	unsigned verbose;  /* how many -v */
	bool progress, count, log, list_nul, tolerant_exit;
	bool plan, background;
	bool help, version, usage; /* usage: -h */
	const char *policy_root;
	const char *spec; /* setfiles */
	const char *alt_root;
	const char *list;     /* -f FILE, "-" for standard input */
	const char **exclude; /* malloc'ed array of borrowed strings */
	size_t exclude_count;
	unsigned threads;
	enum lbl_bulk bulk;
	enum lbl_io io;
	char **operands; /* borrowed, NULL-terminated */
	size_t operand_count;
	bool any; /* something was typed at all */
};

/**
 * Take @argv apart.  Return true; or false after storing a one-line reason (malloc'ed) in
 * @ret_error.  argv is reordered.  Call args_done() either way.
 */
bool args_parse(struct args *a, enum personality who, int argc, char **argv, char **ret_error);
void args_done(struct args *a);

/** One screen of help. */
void args_help(FILE *f, enum personality who);
/** The short form upstream prints after an error. */
void args_usage(FILE *f, enum personality who);
