/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk: every entry below a directory, in parallel, nothing followed, nothing kept.
 *
 * The walk knows directories, names and threads; what is done with an entry is the visitor's.
 * Each directory is pinned by a descriptor while its entries are visited; a child is opened by
 * name below it with O_DIRECTORY | O_NOFOLLOW, never by path and never through "..".
 *
 *	struct walk_options o = { .visitor = &v, .user = job, .dirfd = parent, .name = "srv",
 *				  .path = "/srv", .kind = LBL_DIR };
 *	r = walk_run(&o);
 *
 * Order: a directory before its entries.  Everything else is unordered and concurrent.
 */
#pragma once

#include <stdatomic.h>

#include "base/buf.h"
#include "lbl.h"
#include "tree/queue.h"
#include "tree/scope.h"

/** One directory that is being walked; counted references, freed when the last child is done. */
struct walk_dir {
	struct walk_dir *parent; /* NULL for the operand's own parent */
	/*
	 * A real descriptor; valid inside callbacks for this directory and its entries, but -1 in
	 * done() and in failed("reopen").
	 */
	int fd;
	uint64_t id;			/* never used again */
	_Atomic uint64_t cookie;	/* the visitor's: automaton state of this path */
	uintptr_t note;			/* the visitor's, free use */
	void *data;			/* the same; what is behind it is his to free in done() */
	const struct scope_node *scope; /* NULL: nothing known at or below */
	uint64_t dev, ino, mnt_id;
	uint32_t uid, gid, mode;
	size_t name_len;
	const char *name; /* as in the parent; the operand's whole path at the top */
};

struct walk_entry {
	struct walk_dir *dir;
	const char *name;
	size_t name_len;
	enum lbl_kind kind; /* from d_type; asked by statx where the file system does not say */
	uint64_t ino;	    /* d_ino: of the underlying inode where something is mounted */
	const struct scope_node *scope;
};

/** One thread of the walk. */
struct walk_worker {
	void *user; /* made by worker_start */
	struct queue queue;
	struct walk *walk;
};

/**
 * What the visitor does.  All calls come from worker threads, several at once; those for one
 * directory's entries may be spread over several workers.  A NULL function is left out.
 */
struct walk_visitor {
	/** First and last call in each worker thread; the first may fail with -errno. */
	int (*worker_start)(void *user, struct walk_worker *w);
	void (*worker_stop)(void *user, struct walk_worker *w);
	/** Shall this subdirectory be opened?  1 yes, 0 no (it is then not visited at all). */
	int (*want)(void *user, struct walk_worker *w, const struct walk_entry *e);
	/**
	 * A directory was opened: dir->fd is real, its identity filled in.  Set the cookie.
	 * 1: read its entries, 0: do not.
	 */
	int (*dir)(void *user, struct walk_worker *w, struct walk_dir *dir);
	/**
	 * An entry that is no directory; or a directory that could not be opened for reading
	 * (kind LBL_DIR; the failure is reported as well, just before).
	 */
	void (*entry)(void *user, struct walk_worker *w, const struct walk_entry *e);
	/**
	 * All entries and all directories below were visited, or failed.  Once for each dir() call,
	 * also in a walk that is being stopped.
	 */
	void (*done)(void *user, struct walk_worker *w, struct walk_dir *dir);
	/**
	 * The walk could not do @what with @name (NULL: with @dir itself).  @error is negative.
	 *
	 * "open"            -ENOENT, -ENOTDIR, -ELOOP: gone, or no directory any more
	 * "read directory"  entries may be missing
	 * "stat"            kind or mount of an entry is not known, so it was not visited
	 * "cycle"           -ELOOP: the directory is one of its own parents, or what it was reached
	 *                   by is not above it any more; not descended
	 * "reopen"          -ESTALE: a directory closed for the descriptor budget is elsewhere now
	 *
	 * @dir is NULL when it is about the top, whose path is @name then.
	 */
	void (*failed)(void *user, struct walk_worker *w, const struct walk_dir *dir,
		       const char *name, const char *what, int error);
	/** A directory (or entry) on another mount was left out because of WALK_ONE_MOUNT. */
	void (*crossed)(void *user, struct walk_worker *w, const struct walk_dir *dir,
			const char *name);
	/**
	 * The worker has visited what one read of a directory gave, or done with one; or, @idle,
	 * there is nothing to do, and it is about to sleep until there is: it must let go then of
	 * what it holds.
	 */
	void (*between)(void *user, struct walk_worker *w, bool idle);
	/**
	 * No descriptor is left: let go of those held by this worker.  Return whether there were
	 * any; the walk tries again then.
	 */
	bool (*spare)(void *user, struct walk_worker *w);
	/** An entry was left out by the scope, untouched: e->scope->skip says why. */
	void (*skipped)(void *user, struct walk_worker *w, const struct walk_entry *e);
};

enum {
	WALK_ONE_MOUNT = 1 << 0, /* what has another mount id than the top is left out whole */
	WALK_SORT = 1 << 1,	 /* visit a batch in inode order (rotating disks) */
};

struct adapt_sample;

struct walk_options {
	const struct walk_visitor *visitor;
	void *user;
	unsigned flags;
	int dirfd; /* directory that holds the top entry; borrowed; AT_FDCWD for absolute names */
	const char *name;		/* the top entry in it; "." is allowed */
	const char *path;		/* its path for messages, borrowed for the run */
	const struct scope_node *scope; /* of the top entry; its own `skip` is not looked at */
	unsigned threads; /* most threads (of at most 256); 0: 64.  More than CPUs only while it
			     pays */
	const struct queue_ops *queue_ops; /* NULL: queue_sync */
	void *queue_arg;
	enum queue_form form;
	unsigned max_fds;	  /* directory descriptors held at once; 0: from RLIMIT_NOFILE */
	const _Atomic bool *stop; /* may be NULL; true: end soon */
	/** Tests: change what was measured of the walk, by which the number of threads changes. */
	void (*measured)(void *user, struct adapt_sample *sample);
};

struct walk_stats {
	uint64_t calls[QUEUE_OPS];
	unsigned peak_threads;
	uint64_t rests; /* times a thread had to rest, since fewer were of use */
	unsigned peak_fds;
	uint64_t reopened; /* directories opened again for the descriptor budget */
};

/**
 * Walk the top entry (a directory) and all below it.  Failures below are the visitor's.
 *
 * Return 0; -errno when the top could not be opened as a directory (also told to failed());
 * -ECANCELED when stopped; -ENOMEM, -EAGAIN (no thread), -EINVAL.  @ret_stats may be NULL.  Blocks;
 * threads are made and joined inside, no state is left behind.
 */
int walk_run(const struct walk_options *options, struct walk_stats *ret_stats);

/**
 * Raise the soft limit of open files to the hard one, for the whole process: the program's choice.
 * Return 0 or -errno.
 */
int walk_raise_fd_limit(void);

/**
 * Append the path of @name below @dir (@name NULL: of @dir itself; @dir NULL: @name alone) to @b.
 * Length is not limited.
 */
void walk_path(const struct walk_dir *dir, const char *name, struct buf *b);

/**
 * Keep @dir, its name and parents (not its descriptor) until walk_let_go() by the same worker: its
 * done() waits for that, and so does the walk.  In callbacks for @dir or an entry of it.
 */
void walk_hold(struct walk_dir *dir);
void walk_let_go(struct walk_worker *w, struct walk_dir *dir);

/**
 * May the visitor keep one more descriptor open?  Then it counts against the budget, of which it
 * gets what directories leave, half at most, until walk_return_fd().
 */
bool walk_spare_fd(struct walk_worker *w);
void walk_return_fd(struct walk_worker *w);

/** Top of the walk reached from @dir. */
static inline const struct walk_dir *walk_top(const struct walk_dir *dir)
{
	while (dir->parent)
		dir = dir->parent;
	return dir;
}
