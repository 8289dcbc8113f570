/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hash: XXH3 (xxhash.h), to notice damage and change.  Not for secrets: who wants to can make
 * two texts of one hash.
 */
#pragma once

#include "base/common.h"

uint64_t hash64(const void *data, size_t len);

struct hash128 {
	uint64_t low, high;
};
struct hash128 hash128(const void *data, size_t len);
