/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The loader has asked the processor already; to ask again costs more than a short hash. */
#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>

#include "base/hash_avx2.h"

#define HAVE_WIDE CPU_FEATURE_ACTIVE(AVX2)
#else
#define HAVE_WIDE		false
#define hash64_avx2(data, len)	(0)
#define hash128_avx2(data, len) ((struct hash128){0})
#endif

uint64_t hash64(const void *data, size_t len)
{
	if (HAVE_WIDE)
		return hash64_avx2(data, len);
	return XXH3_64bits(len ? data : "", len);
}

struct hash128 hash128(const void *data, size_t len)
{
	XXH128_hash_t h;

	if (HAVE_WIDE)
		return hash128_avx2(data, len);
	h = XXH3_128bits(len ? data : "", len);
	return (struct hash128){h.low64, h.high64};
}
