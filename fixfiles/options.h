/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options: the command line of fixfiles.  Options come before the verb, after it all is a path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "relabel/colour.h"

enum verb {
	VERB_NONE,
	VERB_CHECK,
	VERB_VERIFY,
	VERB_RESTORE,
	VERB_RELABEL,
	VERB_ONBOOT,
};

/** What is gone through. */
enum mode {
	MODE_ALL,     /* all file systems that are mounted */
	MODE_BOOT,    /* there, what is newer than the boot */
	MODE_SINCE,   /* there, what is newer than a moment */
	MODE_CHANGES, /* there, what other rules say otherwise */
	MODE_PACKAGES,
	MODE_PATHS,
	MODE_TREES, /* as they are: no link is followed, no other mount entered */
};

struct options {
	const char *argv0; /* as typed: the prefix of messages */
	enum verb verb;
	enum mode mode;
	bool verbose, force, clean_tmp, remote, strict;
	bool check; /* exit 1 if anything differs */
	bool json, summary;
	bool lasting; /* only file systems whose labels outlast this boot */
	bool foreign; /* another system's root: none of its programs is started */
	bool hidden;  /* -M */
	bool help, version;
	enum colour_when colour;
	unsigned threads;
	const char *log;      /* -l */
	const char *moment;   /* -N */
	const char *packages; /* -R */
	const char *previous; /* -C */
	const char *policy_root;
	const char *root;      /* --root: the top of another system; NULL: this one */
	const char *real_root; /* that, without links */
	const char *validate;  /* --validate */
	char **paths;	       /* borrowed, as all strings here */
	size_t n_paths;
};

/**
 * Take @argv apart.  False after storing a one-line reason (malloc'ed) in @ret_error.
 */
bool options_parse(struct options *o, int argc, char **argv, char **ret_error);

/** The exit status of a command line that makes no sense; @o as far as it was understood. */
int options_status(const struct options *o);

void options_help(FILE *f);
void options_usage(FILE *f);
