/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hash_avx2: hash, for processors that have AVX2; private to it. */
#pragma once

#include "base/hash.h"

uint64_t hash64_avx2(const void *data, size_t len);
struct hash128 hash128_avx2(const void *data, size_t len);
