/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain: what there is to say about one path, gathered first, then put into words or JSON.
 *
 * What restorecon would do is not thought out anew: the library does a dry run on the path, once
 * plain and once with -F, and what it says is what is shown.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "lbl-rules.h"

/** What all paths of one call are asked about. */
struct explain_setup {
	const char *command; /* for messages */
	const char *root;    /* of the system the paths are part of; NULL: this one */
	struct lbl_rules *rules;
	struct lbl_policy *policy;
	enum lbl_kind kind; /* --type; LBL_ANY: the file's own */
	size_t losers;	    /* most that are shown */
	bool idle;	    /* restorecon does nothing: SELinux is off, and nobody names a policy */
};

enum outcome_action {
	OUTCOME_KEEP,
	OUTCOME_CHANGE, /* from (NULL: none), to */
	OUTCOME_CUSTOMIZED,
	OUTCOME_NO_LABEL,     /* the rules have none for it */
	OUTCOME_EXCLUDED,     /* why */
	OUTCOME_LINK_REFUSED, /* several names, and this one may be somebody else's */
	OUTCOME_FAILED,	      /* error, why: what was tried */
	OUTCOME_VANISHED,
};

/** What a dry run said. */
struct outcome {
	enum outcome_action action;
	char *from, *to, *why;
	int error; /* negative errno */
};

/** The rules' answer for some kinds. */
struct answer {
	unsigned kinds; /* 1 << kind */
	struct lbl_explain *explain;
	bool found;		     /* there is a winner */
	struct lbl_candidate winner; /* if so */
};

#define ANSWERS_MAX (LBL_REG - LBL_DIR + 1)

struct facts {
	const char *typed;
	char *path;	     /* absolute; links in directories followed */
	char *inside;	     /* what the rules are asked: that, without the root */
	int error;	     /* the file cannot be looked at: negative errno; else 0 */
	bool missing;	     /* it does not exist */
	enum lbl_kind found; /* what it is; LBL_ANY: nothing is there */
	bool on_disk;	     /* the rest is about the file that is there */
	size_t names;
	bool read_only; /* its mount */
	char *label;	/* NULL: none, or not to be read */
	int label_error;
	struct answer answers[ANSWERS_MAX];
	size_t n_answers;
	struct outcome plain, force;
};

/** Return 0 or -errno; facts_done() is due in any case. */
int facts_gather(struct facts *f, const struct explain_setup *s, const char *typed);
void facts_done(struct facts *f);
/** Does any answer name a winner? */
bool facts_answered(const struct facts *f);
/** Do both runs come to the same? */
bool outcome_same(const struct outcome *a, const struct outcome *b);

void explain_text(FILE *out, const struct facts *f, const struct explain_setup *s);
/** The files all of that came from. */
void explain_files(FILE *out, const struct explain_setup *s);
/** One object, or NULL (out of memory). */
cJSON *explain_json(const struct facts *f, const struct explain_setup *s);
