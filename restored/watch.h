/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch: who tells us that names come and go: inotify or fanotify behind one face.
 *
 * A back end watches directories it is handed as open descriptors, by a number of the caller's
 * choice, and hands events out one by one.  It knows nothing of entries, patterns and labels.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WATCH_NAME = 1 << 0,	 /* a name was created or moved in */
	WATCH_ATTRIB = 1 << 1,	 /* attributes of it changed (if asked for) */
	WATCH_GONE = 1 << 2,	 /* the directory itself was deleted, moved away or unmounted */
	WATCH_OVERFLOW = 1 << 3, /* events were lost, anywhere; no directory */
	WATCH_IS_DIR = 1 << 4,	 /* the name is a directory's */
	WATCH_MOVED = 1 << 5,	 /* with WATCH_IS_DIR: it was moved, with all that is in it; with
				    WATCH_GONE: the directory lives on, and perhaps is where it is
				    watched by another number */
};

struct watch_event {
	uint32_t dir; /* the caller's number */
	unsigned what;
	char name[NAME_MAX + 1];
	const char
		*below; /* of a tree: where in it the name is ("a/b"), or ""; until the next call */
	int pid;	/* who did it, where that is known; else 0 */
	int64_t owner;	/* of the directory, where that is known; else -1 */
};

struct mountmap;
struct watch;

/** What is to be told of a directory, besides WATCH_GONE; none of these: that only (inotify). */
enum {
	WATCH_ADD_NAMES = 1 << 0,
	WATCH_ADD_ATTRIB = 1 << 1, /* and WATCH_ATTRIB */
	WATCH_ADD_TREE = 1 << 2,   /* for all that is below it, on its file system (fanotify) */
};

struct watch_ops {
	const char *name; /* "inotify", "fanotify" */
	/** 0 or -errno: then it cannot be used here.  @mounts must outlive it. */
	int (*open)(struct watch **ret_watch, const struct mountmap *mounts);
	struct watch *(*free)(struct watch *watch);
	/** To be polled for reading. */
	int (*fd)(const struct watch *watch);
	/**
	 * Watch the directory @dirfd as number @dir, or change what is told of it.  @path: where it
	 * is.  -ENOSPC: no more watches to be had; -EXDEV, -EOPNOTSUPP, -ENODEV: this back end
	 * cannot watch that file system so.
	 */
	int (*add)(struct watch *watch, uint32_t dir, int dirfd, const char *path, unsigned flags);
	void (*remove)(struct watch *watch, uint32_t dir);
	/** The next event.  1; 0: none at the moment; -errno. */
	int (*next)(struct watch *watch, struct watch_event *ret_event);
};

extern const struct watch_ops watch_inotify, watch_fanotify;
