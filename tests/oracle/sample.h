/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sample: repeatable random numbers, and paths made from regexes or from other paths.
 */
#pragma once

#include "base/buf.h"
#include "base/common.h"

/** Any seed is fine; the same seed gives the same numbers everywhere. */
struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *rng);

/** A number below @n (n > 0). */
static inline unsigned rng_below(struct rng *rng, unsigned n)
{
	return (unsigned)((rng_next(rng) >> 33) % n);
}

/**
 * Append a string that @regex probably matches: groups, alternation, classes and quantifiers are
 * followed, assertions and back-references are not.  Stops near 4,000 bytes.
 */
void sample_regex(struct rng *rng, const char *regex, struct buf *out);

/** Spoil one to four bytes of @path; it stays absolute, without NUL, and ends in no newline. */
void sample_mutate(struct rng *rng, struct buf *path);

/** A path close to @path: shorter, longer, a level deeper or higher, one byte off. */
void sample_near(struct rng *rng, struct buf *path);
