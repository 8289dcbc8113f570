/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * judge: who says which contexts of some rules are valid (--validate WHO), and what he refused.
 *
 *	struct judge j = {0};
 *	judge_choose(&j, "kernel");
 *	r = judge_open(&j, policy, &error);
 *	...
 *	options.check = judge_check_fn(&j);
 *	options.check_user = &j;
 *	if (lbl_rules_open(&rules, &options) < 0)
 *		text = judge_refusals(&j);
 */
#pragma once

#include <stdint.h>

#include "lbl.h"
#include "types.h"

enum judge_who {
	JUDGE_UNSAID, /* nobody was named: what that means is up to the program */
	JUDGE_KERNEL,
	JUDGE_NONE,   /* contexts need the form only */
	JUDGE_POLICY, /* a file, by libsepol; one at a time in a process */
};

/** Zero-initialised is valid; of one thread at a time. */
struct judge {
	enum judge_who who;
	const char *file;	   /* JUDGE_POLICY; borrowed */
	struct lbl_policy *policy; /* JUDGE_KERNEL; borrowed */
	uint64_t refused_count;	   /* distinct contexts */
	struct types known, refused;
};

/** As --validate takes it: "kernel", "none", or the file of a policy; NULL: nothing was said. */
void judge_choose(struct judge *j, const char *word);

/**
 * Can he judge?  @policy, borrowed, says how to ask the kernel; NULL: it is not known.  Return 0,
 * or -errno after storing a one-line reason (malloc'ed, or NULL: out of memory) in @ret_error.
 */
int judge_open(struct judge *j, struct lbl_policy *policy, char **ret_error);
void judge_done(struct judge *j);

/** What asks him, @j being its user; NULL: there is nobody to ask. */
lbl_check_fn judge_check_fn(const struct judge *j);

/**
 * A lbl_check_fn for JUDGE_NONE where contexts are judged first: nobody is asked, and what has not
 * even the form of a context is refused, before this is.
 */
int judge_form_alone(void *user, const char *context, char **ret_canonical);

/** "the running kernel", the name of the file, "their form alone" */
const char *judge_name(const struct judge *j);

/**
 * One line about what the kernel refused, malloc'ed; NULL: nothing to say.  To be asked once, when
 * all rules were judged.
 */
char *judge_refusals(struct judge *j);
