/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * progress: how far a run is with an operand, mount by mount, and how far it has to go.
 *
 * Workers pour numbers in now and then; where they are is written down only when somebody asked,
 * by the first that comes to a directory.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "lbl.h"

struct walk_dir;

struct progress_mount {
	uint64_t id; /* STATX_MNT_ID */
	uint64_t entries, expected;
	char *path, *key; /* NULL: not looked at; the key is that of counts.h */
	bool told;	  /* `expected` is what the file system says of itself */
};

struct progress {
	pthread_mutex_t lock;	  /* of what is below, down to the next blank line */
	struct progress_mount *v; /* the first is the operand's */
	size_t n, cap;
	struct buf path; /* the directory that was noted, and its mount */
	uint64_t path_mount;

	_Atomic enum lbl_step step;
	_Atomic bool asked; /* a directory is to be noted */
	bool narrowed;	    /* by exclusions: what is counted is not all there is */
	char *file;	    /* of counts.h; NULL: none */
	uint64_t least;	    /* smaller trees are not worth it */
};

void progress_init(struct progress *p);
void progress_done(struct progress *p);

/** Another operand. */
void progress_reset(struct progress *p);
/** With LBL_PROGRESS: estimate the mounts that a walk from @top (clean, resolved) will enter. */
void progress_begin(struct lbl_relabel *rl, const char *top);
/** All was gone through: remember its size if that serves anybody. */
void progress_remember(struct lbl_relabel *rl, const char *top);

/** @n more entries on the mount @mnt_id.  Thread-safe, as are those below. */
void progress_count(struct progress *p, uint64_t mnt_id, uint64_t n);
/** @n entries are to be expected there, if nothing better is known. */
void progress_expect(struct progress *p, uint64_t mnt_id, uint64_t n);
void progress_here(struct progress *p, const struct walk_dir *dir);

static inline void progress_step(struct progress *p, enum lbl_step step)
{
	atomic_store_explicit(&p->step, step, memory_order_relaxed);
}

static inline bool progress_is_asked(const struct progress *p)
{
	return atomic_load_explicit(&p->asked, memory_order_relaxed);
}
