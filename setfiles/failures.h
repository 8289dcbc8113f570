/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * failures: what could not be labelled, by class, for a few lines at the end.
 *
 * Each failure has its line when it happens, but for those that are told once for a file system
 * or a context; and nobody counts lines.
 */
#pragma once

#include <pthread.h>

#include "lbl.h"

enum { FAILURES_FIRST = 3 };

struct failures {
	struct failure_class {
		uint64_t n;		     /* that were told */
		char *first[FAILURES_FIRST]; /* by name */
	} v[LBL_CLASSES];
	pthread_mutex_t lock;
};

struct ui;

void failures_init(struct failures *f);
void failures_done(struct failures *f);
/** Take note of an LBL_EV_ERROR or LBL_EV_READ_ONLY, which has a line or not.  Thread-safe. */
void failures_note(struct failures *f, const struct lbl_event *event, bool told);
/** The lines at the end, if not each failure was told, or there are many. */
void failures_show(const struct ui *ui, const struct lbl_counters *counters);
