/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * util: what every file of the daemon says often: base's words, and what time it is.
 */
#pragma once

#include <time.h>

#include "base/array.h"
#include "base/common.h"

/** Monotonic; what batch and all timers count in. */
static inline uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
