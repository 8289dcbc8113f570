/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * contexts: the few distinct labels of a file system, as small numbers.
 *
 *	struct contexts_view view = {0};		// one per thread
 *	id = contexts_id(contexts, &view, label, len);
 *	...
 *	const struct context *c = contexts_get(contexts, id);	// once all threads are done
 */
#pragma once

#include <pthread.h>

#include "base/alloc.h"

struct context {
	const char *s;
	size_t len;
	uint64_t hash;
};

enum {
	CONTEXTS_MAX = 65000, /* distinct labels */
	CONTEXTS_VIEW = 256,
};

/** What one thread has met last; zero-initialised is valid. */
struct contexts_view {
	struct {
		struct context context;
		uint16_t id;
	} slots[CONTEXTS_VIEW];
};

struct contexts {
	pthread_mutex_t lock;
	struct arena arena;
	struct context *v;
	size_t n, cap;
	uint16_t *slots; /* by hash, open addressing: id + 1, 0 is free */
	size_t n_slots;
};

void contexts_init(struct contexts *c);
void contexts_done(struct contexts *c);

/** The number of a label, from 0.  Thread-safe, one view a thread.  Negative: too many, or memory.
 */
int contexts_id(struct contexts *c, struct contexts_view *view, const char *label, size_t len);

/** Not while numbers are still given out. */
static inline const struct context *contexts_get(const struct contexts *c, size_t id)
{
	return &c->v[id];
}
