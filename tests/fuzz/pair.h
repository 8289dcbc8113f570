/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pair: two rule sets and what lbl_diff_*() says of them, held against asking both.
 */
#pragma once

#include "base/common.h"
#include "lbl-rules.h"

/** Zero-initialised is valid. */
struct pair {
	struct lbl_rules *rules[2];
	struct lbl_diff *diff;
	bool decided; /* no item may be undecided */
	char why[4096], path[512];
	unsigned long items, undecided, differing, same, below[2]; /* in all */
};

/** Return 1; 0: a set is malformed; -1 and why.  pair_close() is due in any case. */
int pair_open(struct pair *p, const char *old_base, const char *new_base);
void pair_close(struct pair *p);

/** Note what is wrong, and at which path (may be NULL).  Return -1. */
__attribute__((format(printf, 3, 4))) int pair_wrong(struct pair *p, const char *path,
						     const char *fmt, ...);
/** Is each item true, and there once?  0, or -1 and why. */
int pair_check_items(struct pair *p);
/** Is a difference at @path among the items, and seen from above?  0, or -1 and why. */
int pair_check_path(struct pair *p, const char *path);
