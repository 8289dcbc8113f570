/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * args: the command line of setfiles, restorecon, `relabel restore` and `relabel check`, from one
 * table of options; help, usage and completions are made of the same table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lbl.h"
#include "relabel/colour.h"

enum personality {
	SETFILES = 1 << 0,
	RESTORECON = 1 << 1,
	RESTORE = 1 << 2,
	CHECK = 1 << 3,
};

#define UPSTREAMS (SETFILES | RESTORECON) /* whose command lines others wrote */
#define OURS	  (RESTORE | CHECK)
#define ALL	  (UPSTREAMS | OURS)

enum option_group { WHAT, HOW, OUTPUT, REST, OPTION_GROUPS };

/** One option as some of the programs have it. */
struct option_row {
	int letter;	  /* from 0x100 on: none */
	const char *name; /* long form, or NULL */
	const char *arg;
	unsigned who; /* personalities */
	enum option_group group;
	const char *help; /* NULL: not shown */
};

struct args {
	enum personality who;
	const char *argv0;   /* the prefix of messages: as typed, or "relabel COMMAND" */
	const char *program; /* who asks, if none of the personalities: fixfiles */
	unsigned flags;	     /* LBL_* */
	unsigned verbose;    /* how many -v */
	bool progress, no_progress, json, summary, print0, count, log, list_nul, tolerant_exit;
	bool plan, background;
	bool check;  /* 1 if anything differs */
	bool image;  /* paths are those of images */
	bool strict; /* exit statuses by class */
	bool quiet;
	bool help, version, usage; /* usage: -h */
	const char *policy_root;
	const char *spec;      /* setfiles, --rules */
	const char *binpolicy; /* -c POLICY: what judges contexts */
	const char *validate;  /* --validate WHO: the same, and more; NULL: not given */
	const char *alt_root;
	bool foreign;	      /* that is the top of another system, whose policy counts */
	const char *list;     /* -f FILE, "-" for standard input */
	const char **exclude; /* malloc'ed array of borrowed strings */
	size_t exclude_count;
	unsigned threads;
	enum lbl_bulk bulk;
	enum lbl_io io;
	enum colour_when colour;
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
/** Leave out @dir (borrowed), as -e does.  False: out of memory. */
bool args_exclude(struct args *a, const char *dir);

/** The number -T takes.  False after storing a reason, as above. */
bool args_threads(const char *text, unsigned *ret_threads, char **ret_error);
/** The word --color takes; the same. */
bool args_colour(const char *text, enum colour_when *ret_when, char **ret_error);

/** Store a reason, malloc'ed (NULL: no memory), and return false. */
bool args_fail(char **ret_error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** "ARGV0: @error" on standard error, of a reason as above. */
void args_complain(const char *argv0, const char *error);

/** All rows; each belongs to whoever is in its `who`. */
const struct option_row *args_rows(size_t *ret_n);

/* help.c */

/** "setfiles", "relabel check" */
const char *args_name(enum personality who);
/** One screen of help. */
void args_help(FILE *f, enum personality who);
/** The short form upstream prints after an error. */
void args_usage(FILE *f, enum personality who);
