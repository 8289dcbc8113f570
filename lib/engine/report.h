/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report: what happened, as events to the caller and as counters.
 *
 * Counters are kept per worker and poured into the shared ones now and then, so that counting
 * costs a plain addition and a reader on another thread is never far behind.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "lbl.h"

#include "base/common.h"

/** The shared sums, in the order of struct lbl_counters' members. */
#define REPORT_COUNTERS (sizeof(struct lbl_counters) / sizeof(uint64_t))

struct told_mount {
	uint64_t id, dev;
};

struct report {
	lbl_event_fn event;
	void *user;
	_Atomic uint64_t sums[REPORT_COUNTERS];
	pthread_mutex_t mounts_lock;
	struct told_mount *mounts; /* whose lack of support, or of writability, was told */
	size_t mounts_count, mounts_cap;
};

/** Return 0 or -errno. */
int report_init(struct report *report, lbl_event_fn event, void *user);
void report_done(struct report *report);

/** Add @local to the sums and clear it.  Thread-safe. */
void report_pour(struct report *report, struct lbl_counters *local);
void report_sums(const struct report *report, struct lbl_counters *ret);

/** The class of a failure below an operand.  @error is negative. */
enum lbl_class report_class(int error);

/** Is this class a failure of the run (and not merely something to count)? */
bool report_is_error(enum lbl_class klass);

/**
 * Is this the first time that @dev (a subvolume, perhaps) on mount @id is told of?  Thread-safe;
 * true when memory is short.
 */
bool report_first_on_mount(struct report *report, uint64_t id, uint64_t dev);

static inline void report_event(const struct report *report, const struct lbl_event *event)
{
	if (report->event)
		report->event(report->user, event);
}
