/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk_impl: what the files of the walk share.
 *
 *   walk.c       directories and entries: opening, reading, telling the visitor
 *   walk_fds.c   the descriptors of directories: who needs them, closing and opening again
 *   walk_way.c   ways that lead back to themselves
 *   walk_pool.c  threads and deques
 *   walk_adapt.c how many threads
 *
 * The life of a directory:
 *
 *	TASK_SUBDIR --open, statx--> dir() --> read: a buffer of entries
 *	     ^                                  |  subdirectories: a TASK_SUBDIR each
 *	     +----------------------------------+  files: visited here, or a TASK_BATCH for whoever
 *	                                        |          is free (second full buffer and later)
 *	                                        +- too many subdirectories waiting: parked, and read
 *	                                        |  on by a TASK_READ when most of them were opened
 *	                                        +- end: `pending` drops; at 0 done(), free, parent
 */
#pragma once

#include <pthread.h>

#include "tree/walk.h"

enum {
	DENTS_SIZE = 32 * 1024,
	DENTS_RECORDS = DENTS_SIZE / 24 + 1, /* the smallest record has 24 bytes */
	BATCHES_MAX = 64,		     /* buffers of big directories in flight */
	PARK_HIGH = 1024,		     /* waiting subdirectories that stop a reader */
	PARK_LOW = 256,			     /* and that let it go on */
	THREADS_ADAPTIVE = 64,
	THREADS_MAX = 256,
	FDS_MAX = 32768,
	FDS_PER_THREAD = 4, /* a parent, a child, and two while climbing down again */
};

enum task_type {
	TASK_TOP,
	TASK_SUBDIR, /* data: name */
	TASK_READ,
	TASK_BATCH, /* data: records of getdents */
};

struct task {
	struct task *next, *prev;
	struct dir *dir; /* NULL: TASK_TOP */
	enum task_type type;
	const struct scope_node *scope;
	uint64_t ino;
	size_t len;
	char data[];
};

/* Tasks in the order in which they should be done. */
struct task_list {
	struct task *first, *last;
	size_t n;
};

struct dir {
	struct walk_dir d;
	size_t depth;
	_Atomic size_t pending; /* its reading, its tasks and its child directories */
	/* the reader's, handed on with TASK_READ */
	unsigned full_reads;
	size_t users; /* tasks that work with the fd now, the reading (parked too) included */
	_Atomic size_t waiting; /* TASK_SUBDIRs still queued: they will want the fd */
	struct task *parked;	/* the TASK_READ that goes on at PARK_LOW */
	struct dir *lru_next, *lru_prev;
	bool listed;
	char name[];
};

struct fds {
	pthread_mutex_t lock;
	struct dir *oldest, *newest; /* dirs whose fd only waiting tasks want: may be closed */
	_Atomic size_t open;	     /* reserved or open */
	_Atomic size_t peak;
	_Atomic uint64_t reopened;
	size_t max;
	size_t parked; /* readers that wait with their fd; under lock */
};

struct record {
	uint64_t ino;
	uint32_t offset;
};

struct worker {
	struct walk_worker w; /* first: the visitor's leads here */
	struct walk *walk;
	pthread_t thread;
	pthread_mutex_t lock;	   /* of the deque */
	struct task *first, *last; /* owner takes first, thieves last */
	char *buf;		   /* DENTS_SIZE */
	struct record *index;	   /* DENTS_RECORDS */
	unsigned number;
};

struct walk {
	const struct walk_options *o;
	const struct walk_visitor *v;
	struct fds fds;
	_Atomic uint64_t next_id;
	_Atomic unsigned batches;
	uint64_t top_mnt_id;
	int top_error;
	_Atomic bool cancelled;

	/* pool */
	struct worker **workers; /* `limit` of them, published by n_workers */
	_Atomic unsigned n_workers;
	unsigned limit;
	_Atomic size_t queued;
	_Atomic unsigned idle;	 /* without work, of the wanted */
	_Atomic unsigned wanted; /* workers below this number work, the others rest */
	_Atomic bool finished;
	pthread_mutex_t lock;
	pthread_cond_t work;	 /* something queued, or finished */
	pthread_cond_t more;	 /* more are wanted, or finished */
	pthread_cond_t news;	 /* finished, or a worker gone: for the controller */
	unsigned alive;		 /* under lock */
	int start_error;	 /* under lock; first failure to start a worker */
	struct walk_stats stats; /* under lock */
};

/* walk.c */
void walk_task(struct worker *wk, struct task *t);
void walk_between(struct worker *wk, bool idle);
/* Open a directory for reading; the descriptor must have been reserved. */
int walk_open_dir(struct worker *wk, int fd, const char *name);
void walk_close(struct worker *wk, int fd);

static inline bool walk_stopped(struct walk *walk)
{
	if (likely(!walk->o->stop || !atomic_load_explicit(walk->o->stop, memory_order_relaxed)))
		return false;
	atomic_store_explicit(&walk->cancelled, true, memory_order_relaxed);
	return true;
}

/* walk_way.c */
/* Does the directory behind @fd, opened below @parent, lead back or hang elsewhere by now? */
bool walk_comes_round(struct worker *wk, const struct dir *parent, int fd, const struct statx *stx);

/* walk_fds.c */
int fds_init(struct walk *walk, unsigned max);
void fds_done(struct walk *walk);
/* Count a descriptor that will be opened, closing others if there are too many. */
void fds_reserve(struct worker *wk);
/* Uncount one that is closed, or was not opened. */
void fds_unreserve(struct worker *wk);
/* Close one that only waiting tasks want.  False if there is none. */
bool fds_evict(struct worker *wk);
/* Note @n more waiting subdirectories. */
void dir_expect(struct worker *wk, struct dir *dir, size_t n);
/* One more user of the open fd. */
void dir_use(struct worker *wk, struct dir *dir);
/* A waiting subdirectory's turn: it becomes a user. */
void dir_claim(struct worker *wk, struct dir *dir);
/* Make sure that the fd of a directory we use is open.  Return 0 or -errno. */
int dir_ready(struct worker *wk, struct dir *dir);
/* One user less; the last one closes, if nobody waits. */
void dir_unuse(struct worker *wk, struct dir *dir);
/* Stop reading until few subdirectories wait.  False: read on. */
bool dir_park(struct worker *wk, struct dir *dir);

/* walk_pool.c */
int pool_run(struct walk *walk);
void pool_push(struct worker *wk, struct task_list *list);
void pool_finish(struct walk *walk);
struct task *task_new(struct dir *dir, enum task_type type, size_t size);

static inline void task_add(struct task_list *list, struct task *t)
{
	t->next = NULL;
	t->prev = list->last;
	*(list->last ? &list->last->next : &list->first) = t;
	list->last = t;
	list->n++;
}
