/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known: failures that were told of, so that a later pass over the same names does not tell, and
 * count, each of them once more.
 *
 * Kept are hashes of the path and the class, as many as KNOWN_MAX; what is beyond is told again.
 * Who makes two paths of one hash has a failure passed over that is of the class of one that was
 * told: the exit status is the same.
 */
#pragma once

#include <pthread.h>

#include "base/common.h"

enum { KNOWN_MAX = 1 << 16 };

struct known {
	pthread_mutex_t lock;
	uint64_t *slots; /* open addressing, 0 is free */
	size_t n, n_slots;
};

int known_init(struct known *k);
void known_done(struct known *k);

/** Note a failure.  True: it was noted before.  Thread-safe; without memory nothing is noted. */
bool known_note(struct known *k, const char *path, size_t len, unsigned klass);
