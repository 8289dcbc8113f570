/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * changes: files that have another context by older rules.
 *
 * The two sets of rules are compared as what they are, not as texts, so that only those directories
 * are entered below which something can differ, and only what does differ is meant.
 */
#pragma once

#include "lbl-rules.h"
#include "setfiles/run.h"

struct changes {
	struct lbl_rules *before;
	struct lbl_rules *now; /* borrowed: must outlive this */
	struct lbl_diff *diff;
	size_t skip; /* length of the root of another system */
};

/**
 * Compare the rules of a run with those in @previous.
 *
 * A copy of file_contexts alone, as packages of policies keep it, is read with the companions there
 * are now: they have not changed.  If it has companions of its own, those count.
 * With @root (without links) all are files of the system below it.
 * Return 0 or -errno (told); changes_close() in any case.
 */
int changes_open(struct changes *c, const struct run_parts *parts, const char *root,
		 const char *previous);
void changes_close(struct changes *c);

/** An lbl_enter_fn and an lbl_select_fn, @user being the changes. */
bool changes_enter(void *user, const char *dir);
/** The same for a mount point, which has the root in front. */
bool changes_in_mount(void *user, const char *mount);
bool changes_select(void *user, const char *path, enum lbl_kind kind, int fd);
