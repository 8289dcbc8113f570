/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rescan: when everything is looked through again: one look at a time, and between two of them time
 * for other work.
 *
 * Pure: time is handed in.  Zeroed at first.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rescan {
	bool wanted, going_on;
	uint64_t since, not_before;
};

/**
 * @done: nothing of the last look is left to be done.  Return whether one begins now; it goes on
 * until this is called with @done.
 */
bool rescan_turn(struct rescan *rescan, bool done, uint64_t now_ms);
/** It takes so long that what is left of it should not be waited for. */
bool rescan_is_overdue(const struct rescan *rescan, uint64_t now_ms);
/** Milliseconds until one may begin; -1: that does not depend on time. */
int rescan_wait_ms(const struct rescan *rescan, uint64_t now_ms);
