/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * places: the directories that targets lead to, as a tree from "/" down, each watched as little as
 * will do.
 *
 * A directory that targets only lead through tells when it goes itself; if what they want in it is
 * missing, or a pattern, it tells of new names until that is there.  So nothing is ever polled:
 *
 *	/            goes?                          for /srv/www/up/ *, when there is no "up" yet
 *	└── srv      goes?
 *	    └── www  goes?  new names?
 *
 * A new directory is watched first, looked at then: nothing falls between.  When a directory goes,
 *it and all below it are forgotten, and its parent waits for another one of that name.
 *
 * Of a tree every directory is such a place with inotify.  With fanotify only its top is; places
 * below it are lazy: made when an event or a scan comes to them, not watched themselves, forgotten
 * soon after.  The same where there is no watch left for a directory: it is lazy, and its parent is
 * polled: looked through, with all below it, from time to time.
 */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mountmap.h"
#include "targets.h"
#include "watch.h"

struct batch;
struct labeller;
struct lbl_dir;
struct status_counts;

enum places_back_end { PLACES_AUTO, PLACES_INOTIFY, PLACES_FANOTIFY };

struct places_options {
	enum places_back_end back_end;
	bool attrib;	 /* changed attributes as well */
	size_t max_dirs; /* watched one by one */
	size_t max_open; /* held open at a time */
	size_t max_lazy; /* known without being watched themselves; see places_read() */
};

struct place {
	uint32_t number;
	uint64_t serial; /* numbers are used again, these are not */
	struct place *parent, *child, *next, *prev;
	struct place *chain;
	struct wants wants;
	struct place *newer, *older; /* of those held open */
	struct lbl_dir *dir;
	uint64_t used_ms;
	dev_t dev;
	ino_t ino;
	uint64_t relabelled;
	pid_t pid; /* who made a wrong label here last, if known */
	bool lazy, polled, fan_dir, fan_tree, watched, missing; /* how it is watched, see above */
	bool mount_point, has_mounts; /* something is mounted here, on entries of it */
	bool automount;		      /* an automount point: never opened */
	bool names;		      /* inotify tells of names */
	bool deep, free_of_charge;    /* the scan that waits */
	bool scanning, again;	      /* it is looked through; and once more after that */
	uid_t uid;		      /* its owner; until it was opened, what is known of that */
	uint32_t depth;
	char comm[16]; /* of that process, if it was still there */
	char name[];
};

struct places {
	struct places_options options;
	struct labeller *labeller;
	struct batch *batch;
	struct status_counts *counts;
	struct mountmap mounts;
	struct targets targets;
	struct want *scratch;		  /* room for the wants of one directory */
	struct watch *inotify, *fanotify; /* each NULL: not to be had */
	struct place *root, **by_number, **buckets;
	size_t n_numbers, cap_numbers, n_buckets;
	uint32_t *unused; /* numbers */
	size_t n_unused, cap_unused;
	size_t n, n_lazy, n_watched, n_marked, n_trees, n_polled, n_scanning, n_open, lazy_limit;
	struct place *newest, *oldest;
	uint64_t serial, now, seed;
	uint64_t turn_ends;  /* when others want their turn */
	uint64_t full_until; /* there is no room, and no use to look for some */
	bool lost;	     /* events were: all is to be looked at */
	bool told_limit, told_fanotify;
};

/** @labeller is borrowed; what could not be opened is told to the log.  0 or -errno. */
int places_open(struct places *p, const struct places_options *options, struct labeller *labeller,
		struct batch *batch, struct status_counts *counts);
void places_close(struct places *p);

/**
 * From now on it is these targets (taken over); what is new among them is scanned, @at_once (@free)
 * as in place_scan(); what is the same is not looked at (retarget.c).  0 or -errno.
 */
int places_retarget(struct places *p, struct targets *targets, bool at_once);
/** "/" wants all targets; made where it is missing (no memory: p->lost). */
void places_make_root(struct places *p);
/** Another labeller, before the old one goes. */
void places_relabel(struct places *p, struct labeller *labeller);
/** Mounts have changed: read the table again, and act upon it.  0 or -errno. */
int places_remount(struct places *p);
/** A back end is dead: another one in its place.  0 or -errno; then the old one is still there. */
int places_reopen(struct places *p, const struct watch_ops *ops);
/** All places are to be looked at again. */
void places_rescan(struct places *p);
/** What waits to be scanned free of charge is charged. */
void places_end_free(struct places *p);
/** Those that cannot be watched are. */
void places_rescan_polled(struct places *p);

#define ENTER_COST                                                                    \
	3 /* names that could be labelled in the time a directory takes to be watched \
	   */

/**
 * Take what a back end has to say, at most @most events.  Return how many, @most also when the turn
 * is over; -errno.
 *
 * Places that are not watched, but known since something of them waits, are bounded in number: when
 * there is no room for more, those go first whose owners have used up their allowance.  Nothing is
 * lost by that: everything is looked through again.
 */
int places_read(struct places *p, const struct watch_ops *ops, struct watch *watch, unsigned most);
/** Has this part of the turn taken so long that signals, the watchdog and others must have theirs?
 */
bool places_turn_is_over(const struct places *p);
/** Close what has not been used for a while.  Return milliseconds until there is more to do, or -1.
 */
int places_idle(struct places *p);

/* ---- single places ----------------------------------------------------------------------------
 */

struct place *place_get(const struct places *p, uint32_t number);
/** A new one, with the first @n_wants of p->scratch; NULL: no memory. */
struct place *place_new(struct places *p, struct place *parent, const char *name, uint32_t n_wants);
/** It wants these, copied, instead.  0 or -ENOMEM. */
int place_set_wants(struct place *c, const struct want *wants, uint32_t n);
/** What is known at @name in @parent, or NULL. */
struct place *place_child(const struct places *p, const struct place *parent, const char *name);
/** Its path in @path, or NULL: it is too long. */
const char *place_path(const struct place *c, char path[PATH_MAX]);
/** Its directory, open.  -ESTALE: it is another one than is watched; -errno. */
int place_dir(struct places *p, struct place *c, struct lbl_dir **ret_dir);
/** Label a name in it, made by process @pid (0: not known), if it is wanted. */
void place_label(struct places *p, struct place *c, const char *name, int pid);
/** Do places below it begin as lazy ones? */
static inline bool place_leads_to_lazy(const struct place *c)
{
	return c->lazy || c->fan_tree || c->polled;
}
/** What it costs to open it, in names. */
static inline unsigned place_cost(const struct place *c)
{
	return 1 + c->depth / 16;
}
/** It belongs to @uid. */
void place_owner(struct places *p, struct place *c, uid_t uid);
/** Is to be scanned.  @deep: also those below it that are known; @free: see batch_scan(). */
void place_scan(struct places *p, struct place *c, bool deep, bool free);
/**
 * The directory @name in @c, if it leads anywhere: it is watched when this returns.  @recheck: it
 * may be another one than was there before.
 *
 * Return 1: it is new, or more is wanted of it: to be scanned; 0: known, or not wanted (@ret_child
 * NULL); -errno.
 */
int place_enter(struct places *p, struct place *c, const char *name, bool recheck,
		struct place **ret_child);
/** Directories in it that are wanted by their very names are entered, and scanned. */
void place_enter_known(struct places *p, struct place *c, bool deep, bool free);
/** What has failed for want of memory or descriptors is to be tried again.  Return @error. */
int place_failed(struct places *p, int error);
/**
 * It is not there any more: wait for it.  Another one of that name may be there already, and what
 * told of it may have been taken for this one.
 */
void place_gone(struct places *p, struct place *c);
/** Forget it and all below it. */
void place_drop(struct places *p, struct place *c);
/** Lazy places that nothing waits for are forgotten. */
void places_collect(struct places *p);

/* ---- watching (place_watch.c) ------------------------------------------------------------------
 */

/** Watch it for the first time.  0 or -errno. */
int place_watch_start(struct places *p, struct place *c);
/** A lazy place that was opened: if another file system begins there, it is watched itself. */
void place_watch_mount(struct places *p, struct place *c);
/** A polled one is about to be looked through: perhaps there are watches now. */
void place_watch_retry(struct places *p, struct place *c);
/** What it is to tell has changed. */
void place_watch_settle(struct places *p, struct place *c);
void place_watch_stop(struct places *p, struct place *c);
/** Is it still the directory that was watched? */
bool place_is_same(struct places *p, struct place *c);
/** As mountmap_open_dir(), to be led through. */
int place_open_path(const struct places *p, const char *path);
void place_close(struct places *p, struct place *c);

/* ---- mounts (place_mounts.c) -------------------------------------------------------------------
 */

/** May the directory @name in @up, with @n @wants, be entered, as far as mounts go? */
bool place_may_enter(const struct places *p, const struct place *up, const char *name,
		     const struct want *wants, uint32_t n);
/** Is there a mount point among the entries of @path? */
bool place_has_mounts(const struct places *p, const char *path);
/** Is @name in @c, whose directory is open, a mount point?  Such is not labelled, nor touched. */
bool place_is_mount_point(const struct places *p, const struct place *c, const char *name);
/** Enter what is mounted on the automount point @c; that is all there is to be found. */
void place_enter_mounts(struct places *p, struct place *c, bool deep, bool free);
