/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/report.h"

#include <string.h>

#include "base/alloc.h"

_Static_assert(sizeof(struct lbl_counters) % sizeof(uint64_t) == 0, "counters are all 64 bits");

int report_init(struct report *report, lbl_event_fn event, void *user)
{
	*report = (struct report){.event = event, .user = user};
	return -pthread_mutex_init(&report->mounts_lock, NULL);
}

void report_done(struct report *report)
{
	pthread_mutex_destroy(&report->mounts_lock);
	free(report->mounts);
}

void report_pour(struct report *report, struct lbl_counters *local)
{
	uint64_t values[REPORT_COUNTERS];

	memcpy(values, local, sizeof(values));
	for (size_t i = 0; i < REPORT_COUNTERS; i++)
		if (values[i])
			atomic_fetch_add_explicit(&report->sums[i], values[i],
						  memory_order_relaxed);
	*local = (struct lbl_counters){0};
}

void report_sums(const struct report *report, struct lbl_counters *ret)
{
	uint64_t values[REPORT_COUNTERS];

	for (size_t i = 0; i < REPORT_COUNTERS; i++)
		values[i] = atomic_load_explicit(&report->sums[i], memory_order_relaxed);
	memcpy(ret, values, sizeof(values));
}

enum lbl_class report_class(int error)
{
	switch (-error) {
	case ENOENT: return LBL_CLASS_VANISHED;
	case EROFS: return LBL_CLASS_READ_ONLY;
	case EOPNOTSUPP: return LBL_CLASS_UNSUPPORTED;
	case EPERM:
	case EACCES: return LBL_CLASS_DENIED;
	case ENOSPC:
	case EDQUOT: return LBL_CLASS_NO_SPACE;
	case EINVAL: return LBL_CLASS_INVALID;
	default: return LBL_CLASS_OTHER;
	}
}

bool report_is_error(enum lbl_class klass)
{
	return klass != LBL_CLASS_VANISHED && klass != LBL_CLASS_READ_ONLY;
}

bool report_first_on_mount(struct report *report, uint64_t id, uint64_t dev)
{
	bool first = true;

	pthread_mutex_lock(&report->mounts_lock);
	for (size_t i = 0; i < report->mounts_count && first; i++)
		first = report->mounts[i].id != id || report->mounts[i].dev != dev;
	if (first && array_reserve(&report->mounts, &report->mounts_cap, report->mounts_count + 1,
				   sizeof(*report->mounts)) == 0)
		report->mounts[report->mounts_count++] = (struct told_mount){id, dev};
	pthread_mutex_unlock(&report->mounts_lock);
	return first;
}
