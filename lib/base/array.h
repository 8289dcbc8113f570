/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * array: growable arrays with checked sizes.  All of it is here, so that programs have it, too.
 *
 *	if (array_reserve(&names, &cap, n + 1, sizeof(*names)) < 0)
 *		return -ENOMEM;
 *	names[n++] = name;
 */
#pragma once

#include <string.h>

#include "base/common.h"

/**
 * Make room for @need items in a malloc'ed array; grows by half, so pushes cost O(1) amortised.
 *
 * @p     address of the array pointer (may hold NULL)
 * @cap   its capacity in items, updated
 * Return 0, -ENOMEM or -EOVERFLOW; the array is untouched on failure.
 */
static inline int array_reserve(void *p, size_t *cap, size_t need, size_t item_size)
{
	void *old, *fresh;
	size_t want, bytes;

	if (need <= *cap)
		return 0;
	want = *cap + *cap / 2;
	if (want < need)
		want = need;
	if (want < 8)
		want = 8;
	if (__builtin_mul_overflow(want, item_size, &bytes))
		return -EOVERFLOW;
	memcpy(&old, p, sizeof(old));
	fresh = realloc(old, bytes);
	if (!fresh)
		return -ENOMEM;
	memcpy(p, &fresh, sizeof(fresh));
	*cap = want;
	return 0;
}
