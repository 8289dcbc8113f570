/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ruleset: the policy a run goes by, its rules, and who judges their contexts.
 *
 *	struct ruleset set = {0};
 *	r = ruleset_find(&set, args, ui);
 *	if (r == 0)
 *		r = ruleset_read(&set, args, ui);
 *	...
 *	ruleset_done(&set);
 */
#pragma once

#include "args.h"
#include "relabel/judge.h"
#include "relabel/policy.h"
#include "ui.h"

/** Zero-initialised is valid. */
struct ruleset {
	struct policy_from from;
	struct lbl_policy *policy;
	struct judge judge;
	struct lbl_rules *rules;
};

/**
 * Which policy @args ask for, and who judges: what can be known before the rules are read.  @args
 * must outlive @set.  Return 0 or -errno (told).
 */
int ruleset_find(struct ruleset *set, const struct args *args, const struct ui *ui);

/** Read the rules.  @ui must outlive @set.  Return 0 or -errno (told). */
int ruleset_read(struct ruleset *set, const struct args *args, struct ui *ui);

/** Also after a failure. */
void ruleset_done(struct ruleset *set);
