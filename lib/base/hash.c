/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#if defined(__x86_64__)
uint64_t hash64_avx2(const void *data, size_t len);
#endif

uint64_t hash64(const void *data, size_t len)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return hash64_avx2(data, len);
#endif
	return XXH3_64bits(len ? data : "", len);
}

struct hash128 hash128(const void *data, size_t len)
{
	XXH128_hash_t h = XXH3_128bits(len ? data : "", len);

	return (struct hash128){h.low64, h.high64};
}
