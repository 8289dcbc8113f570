/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The loader has asked the processor already; to ask again costs more than a short hash. */
#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>

uint64_t hash64_avx2(const void *data, size_t len);

uint64_t hash64(const void *data, size_t len)
{
	if (CPU_FEATURE_ACTIVE(AVX2))
		return hash64_avx2(data, len);
	return XXH3_64bits(len ? data : "", len);
}
#else
uint64_t hash64(const void *data, size_t len)
{
	return XXH3_64bits(len ? data : "", len);
}
#endif

struct hash128 hash128(const void *data, size_t len)
{
	XXH128_hash_t h = XXH3_128bits(len ? data : "", len);

	return (struct hash128){h.low64, h.high64};
}
