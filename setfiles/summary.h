/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * summary: changes by what became what, and by which rule, instead of a line for each.
 *
 * Memory is bounded, whatever labels and names there are: of so many groups each is told apart,
 * with a few paths, which are the first by name.
 */
#pragma once

#include <pthread.h>

#include "lbl.h"

enum { SUMMARY_PATHS = 3, SUMMARY_GROUPS = 1024 };

struct summary_group {
	char *from, *to;   /* types; from NULL: no context */
	const char *regex; /* the rule's strings belong to the rules */
	const char *file;
	unsigned line;
	uint64_t n;
	char *paths[SUMMARY_PATHS]; /* NULL behind the last */
};

/** Zero-initialised and summary_init()ed. */
struct summary {
	pthread_mutex_t lock;
	struct summary_group v[SUMMARY_GROUPS];
	uint16_t slots[4 * SUMMARY_GROUPS]; /* hash -> index + 1 */
	size_t n;
	uint64_t others; /* changes of groups beyond those */
	uint64_t all;
};

int summary_new(struct summary **ret_summary);
struct summary *summary_free(struct summary *summary);
/** Take note of an LBL_EV_CHANGED.  Thread-safe. */
void summary_note(struct summary *summary, const struct lbl_event *event);
/** Largest groups first; nothing may be noted any more. */
void summary_sort(struct summary *summary);
/** Lines for people on standard output. */
void summary_show(struct summary *summary, bool dry_run);
