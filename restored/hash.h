/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hash: of names that somebody else chose.  With a seed nobody outside knows he cannot make them
 * collide.
 */
#pragma once

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "util.h"

static inline uint64_t hash_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)&seed ^ now_ms(); /* before the kernel has any: better than 0 */
	return seed;
}

/** @salt: what else tells one name from another, as the directory it is in. */
static inline uint64_t hash_name(uint64_t seed, uint64_t salt, const char *s, size_t len)
{
	uint64_t h = seed ^ salt * 0x9e3779b97f4a7c15u;

	while (len) {
		uint64_t word = 0;
		size_t n = len < sizeof(word) ? len : sizeof(word);
		__uint128_t product;

		memcpy(&word, s, n);
		product = (__uint128_t)(h ^ word) * (seed | 1);
		h = (uint64_t)product ^ (uint64_t)(product >> 64) ^ len;
		s += n;
		len -= n;
	}
	return h ^ h >> 32;
}
