/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config: what is to be watched: restored.conf, its drop-ins, or restorecond.conf.
 *
 *	/etc/resolv.conf		this name in this directory
 *	/root/.ssh/ *			names that match a pattern (fnmatch), one level
 *	/srv/ * /upload/ *		patterns in directories as well, now and later
 *later /srv/www/ **			a whole tree
 *	!/srv/www/cache/ **		but not this part of it
 *	~/public_html/ *		for each logged-in user
 *
 * (Without the blanks around the stars.)  One entry a line; blanks at both ends do not count, "#"
 * begins a comment where a line begins; empty lines are fine.  The grammar of restorecond.conf is a
 * part of this one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_FILE	 "/etc/selinux/restored.conf"
#define CONFIG_DIR	 "/etc/selinux/restored.conf.d"	 /* *.conf in it, by name */
#define CONFIG_FILE_OLD	 "/etc/selinux/restorecond.conf" /* where there is no CONFIG_FILE */
#define CONFIG_FILE_USER "restored.conf" /* below $XDG_CONFIG_HOME: restored --user */

/** One entry.  Strings belong to the config. */
struct config_entry {
	const char *dir;     /* absolute pattern of directories; below a home: relative to it */
	const char *pattern; /* of names in it; NULL: the whole tree */
	bool home;	     /* dir counts from each user's home */
	bool exclude;
	bool dir_is_pattern; /* dir holds *, ? or [ */
	const char *file;
	unsigned line;
};

struct config {
	struct config_entry *entries;
	size_t n, cap;
	char **files; /* that were read, in order; to be watched */
	size_t n_files;
	bool old; /* it is restorecond's */
	void *memory;
};

/** One line about what is wrong: "FILE:LINE: ...". */
typedef void (*config_complain_fn)(void *user, const char *text);

/**
 * Read @file (NULL: CONFIG_FILE and CONFIG_DIR, or CONFIG_FILE_OLD).  Every error is told, with
 * file and line.  Return 0; -EINVAL after errors; -ENOENT: there is none; -errno.
 */
int config_read(struct config *c, const char *file, config_complain_fn complain, void *user);
/** The same for the text of one file; entries are added.  For tests and fuzzing. */
int config_parse(struct config *c, const char *name, const char *text, size_t len,
		 config_complain_fn complain, void *user);
void config_done(struct config *c);
