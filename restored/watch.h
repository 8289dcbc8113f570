/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch: who tells us that names come and go: inotify or fanotify behind one face.
 *
 * A back end watches directories it is handed as open descriptors, by a number of the caller's
 * choice, and hands events out one by one.  It knows nothing of entries, patterns and labels.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WATCH_NAME = 1 << 0,	 /* a name was created or moved in */
	WATCH_ATTRIB = 1 << 1,	 /* attributes of it changed (if asked for) */
	WATCH_GONE = 1 << 2,	 /* the directory itself was deleted or moved away; no name */
	WATCH_OVERFLOW = 1 << 3, /* events were lost, anywhere; no directory */
	WATCH_IS_DIR = 1 << 4,	 /* the name is a directory's */
};

struct watch_event {
	uint32_t dir; /* the caller's number */
	unsigned what;
	char name[256];
	int pid; /* who did it, where that is known; else 0 */
};

struct watch;

struct watch_ops {
	const char *name; /* "inotify", "fanotify" */
	/** @attrib: tell of WATCH_ATTRIB as well.  0 or -errno: then it cannot be used here. */
	int (*open)(struct watch **ret_watch, bool attrib);
	struct watch *(*free)(struct watch *watch);
	/** To be polled for reading. */
	int (*fd)(const struct watch *watch);
	/**
	 * Watch the directory @dirfd as number @dir.  @tree: what is below it as well, if the back
	 * end can (then it returns 1).  -ENOSPC: no more watches to be had.
	 */
	int (*add)(struct watch *watch, uint32_t dir, int dirfd, bool tree);
	void (*remove)(struct watch *watch, uint32_t dir);
	/** The next event.  1; 0: none at the moment; -errno. */
	int (*next)(struct watch *watch, struct watch_event *ret_event);
};

extern const struct watch_ops watch_inotify, watch_fanotify;
