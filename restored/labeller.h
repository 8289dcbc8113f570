/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labeller: policy, rules and the relabel made of them: what changes together when the policy does;
 * and what becomes of each name: counted, and told to the log.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lbl-rules.h"

struct status_counts;

struct labeller_options {
	const char *policy_root; /* NULL: the active policy */
	bool dry_run, verbose, user;
};

struct labeller {
	struct lbl_policy *policy;
	struct lbl_rules *rules;
	struct lbl_relabel *relabel;
	struct status_counts *counts;
	bool verbose, dry_run;
	unsigned said; /* about the name at hand */
	int pid;       /* who made it, if known */
};

/** Errors are told to the log.  0 or -errno. */
int labeller_open(struct labeller **ret_labeller, const struct labeller_options *options,
		  struct status_counts *counts);
struct labeller *labeller_free(struct labeller *labeller);
/** Mounts have changed: know them anew.  No directory of its relabel may be open.  0 or -errno. */
int labeller_remount(struct labeller *labeller);
/** The path of the rules; belongs to the labeller. */
const char *labeller_rules_path(const struct labeller *labeller);
/** SHA-1 of the rules in hexadecimal digits; "" when it cannot be told. */
void labeller_digest(struct labeller *labeller, char ret_hex[2 * LBL_SHA1_SIZE + 1]);

/** Label @name of @dir, which @pid (0: unknown) made.  As lbl_dir_entry(), counted. */
int labeller_entry(struct labeller *labeller, struct lbl_dir *dir, const char *name, int pid);
