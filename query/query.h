/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * query: what the query tools share: options, the rules of a file or of the active policy, kinds
 * as letters.
 *
 * Whatever these functions print has control bytes escaped (relabel/safe.h).
 */
#pragma once

#include <getopt.h>

#include <stdbool.h>

#include "lbl-rules.h"
#include "lbl.h"
#include "relabel/policy.h"

enum {
	QUERY_OK = 0,
	QUERY_USAGE = 1,    /* how it was called is wrong */
	QUERY_FAILED = 255, /* upstream's -1 */
};

/** One program. */
struct query_tool {
	const char *name;
	const char *shorts;   /* for getopt, beginning with ':' */
	const char *synopsis; /* what follows the name in the usage line */
	const char *help;     /* what --help says below that, options one a line */
	bool root;	      /* it takes --root */
	bool validates;	      /* it takes --validate */
	int (*run)(const struct query_tool *tool, int argc, char **argv);
};

/** Options without a letter, as query_option() returns them. */
enum {
	QUERY_ROOT = 0x100,
	QUERY_VALIDATE,
	QUERY_LAST = QUERY_VALIDATE,
};

/**
 * The next option, its argument in optarg; -1 at the end.  Does not return from --help, --version
 * and options that are none.
 */
int query_option(const struct query_tool *tool, int argc, char **argv);

/** "usage: ..." on standard error.  Return QUERY_USAGE. */
int query_usage(const struct query_tool *tool, const char *argv0);

/** A kind from the first letter of @text (bcdplsf); -EINVAL when it is none of them. */
int query_kind(const char *text, enum lbl_kind *ret_kind);

/** Zero-initialised is valid. */
struct query_rules {
	struct lbl_policy *policy; /* NULL when nothing was asked of it */
	struct lbl_rules *rules;
	const char *root;   /* of the system paths are part of; NULL: this one */
	char *real_root;    /* that without links; malloc'ed */
	lbl_check_fn check; /* who judges contexts; NULL: the running kernel */
};

/**
 * Read the rules that @from says, which must live on.  What is wrong with them is told on standard
 * error.
 *
 * With LBL_RULES_VALIDATE all contexts are judged first: -ENOENT when the kernel is to and cannot.
 * Return 0, or -errno and nothing to close.
 */
int query_open(struct query_rules *q, const struct policy_from *from, unsigned flags);
void query_close(struct query_rules *q);

/**
 * What the rules are asked for @path, malloc'ed: without the root, if there is one.  NULL: it is
 * not below the root, or there is no memory; told.
 */
char *query_inside(const struct query_rules *q, const char *path);

/** The kind of what is at @path, no link being followed at its end; LBL_ANY: nothing. */
enum lbl_kind query_kind_of(const struct query_rules *q, const char *path);
