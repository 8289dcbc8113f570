/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * util: what every file of the daemon says often.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define _cleanup_(f)  __attribute__((cleanup(f)))

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void close_fdp(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_	_cleanup_(freep)
#define _cleanup_close_ _cleanup_(close_fdp)

/** Monotonic; what batch and all timers count in. */
static inline uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/** Room for one more item in the array at @p (grows by half).  0 or -ENOMEM; untouched then. */
static inline int array_grow(void *p, size_t *cap, size_t n, size_t item_size)
{
	size_t want = *cap + *cap / 2 + 8, bytes;
	void *q;

	if (n < *cap)
		return 0;
	if (__builtin_mul_overflow(want, item_size, &bytes))
		return -ENOMEM;
	q = realloc(*(void **)p, bytes);
	if (!q)
		return -ENOMEM;
	*(void **)p = q;
	*cap = want;
	return 0;
}
