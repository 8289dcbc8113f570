/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * policy: which policy a command works by.
 *
 *	struct policy_from from = {.root = root, .policy_root = policy_root_wanted(option)};
 *	r = policy_find(&from, &policy, &error);
 *	...
 *	policy_rules(&from, policy, &rules_options);
 *	r = lbl_rules_open(&rules, &rules_options);
 */
#pragma once

#include "lbl.h"

/**
 * The policy's directory: @option (--policy-root) if there is one, else LBL_POLICY_ROOT; NULL: the
 * system's own.  An empty LBL_POLICY_ROOT counts as none; an empty @option does not, it is a
 * script's variable that was not set, and policy_find() refuses it.
 */
const char *policy_root_wanted(const char *option);

/** What --root was given: NULL for "/", which is this system's. */
const char *policy_root_taken(const char *option);

/** What the command line says; zero-initialised: nothing. */
struct policy_from {
	const char *root;	 /* --root: the top of another system; NULL: none */
	const char *policy_root; /* --policy-root, or the environment */
	const char *spec;	 /* a file_contexts that was named */
};

/**
 * Open it.  For a spec without a policy_root it is the one the file lies in, so that an image is
 * labelled by its own customizable types; for one that lies elsewhere that of the root, if it has
 * any, or the system's.
 *
 * Return 0; or -errno after storing a one-line reason (malloc'ed, or NULL: out of memory) in
 * @ret_error.
 */
int policy_find(const struct policy_from *from, struct lbl_policy **ret_policy, char **ret_error);

/** Have @options read its rules, or the spec if one was named: path and root are filled in. */
void policy_rules(const struct policy_from *from, const struct lbl_policy *policy,
		  struct lbl_rules_options *options);

/** @root, if the file @path is below it by the text; else NULL. */
const char *policy_root_of(const char *root, const char *path);

/**
 * What @path, as it is seen here, is called in the system below @root.  Return 0, or -errno after
 * storing a reason as above.
 */
int policy_inside(const char *root, const char *path, char **ret_inside, char **ret_error);

/** One line about a @path that is not below @root; malloc'ed, NULL: out of memory. */
char *policy_outside(const char *root, const char *path);
