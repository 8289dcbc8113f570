/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config: what is to be watched: restored.conf, its drop-ins, or restorecond.conf.
 *
 *	/etc/resolv.conf		this name in this directory
 *	/root/.ssh/ *			names that match a pattern (fnmatch), one level
 *	/srv/ * /upload/ *		patterns in directories as well, now and later
 *	/srv/www/ **			a whole tree: all that is below the directory
 *	!/srv/www/cache/ **		but not what is below this one
 *	!/srv/www/ *.tmp		nor these; of a directory of such a name nothing at all
 *	~/public_html/ *		for each logged-in user
 *
 * (Without the blanks around the stars.)  One entry a line; blanks at both ends do not count, "#"
 * begins a comment where a line begins; empty lines are fine, and so are lines of one character
 * (restorecond takes them for empty).  An exclusion wins over every entry.  Empty components and
 * "." are left out, ".." is an error.  The grammar of restorecond.conf is a part of this one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_FILE	 "/etc/selinux/restored.conf"
#define CONFIG_DIR	 "/etc/selinux/restored.conf.d"	 /* *.conf in it, by name */
#define CONFIG_FILE_OLD	 "/etc/selinux/restorecond.conf" /* where there is nothing of ours */
#define CONFIG_FILE_USER "restored.conf" /* below $XDG_CONFIG_HOME: restored --user */

/** One entry.  Strings belong to the config. */
struct config_entry {
	const char *text;    /* as written, without blanks at the ends */
	const char *dir;     /* absolute pattern of directories; with home: relative, or "" */
	const char *pattern; /* of names in it; NULL: the whole tree */
	bool home;	     /* dir counts from each user's home */
	bool exclude;
	bool dir_is_pattern; /* dir holds *, ?, [ or a backslash */
	const char *file;
	unsigned line;
};

struct config {
	struct config_entry *entries;
	size_t n, cap;
	char **files; /* that were read, in order */
	size_t n_files, cap_files;
	bool old; /* it is restorecond's */
	void *memory;
};

/** One line about what is wrong: "FILE:LINE: ...".  It may hold any bytes the file holds. */
typedef void (*config_complain_fn)(void *user, const char *text);

/** Where to look; each may be NULL. */
struct config_paths {
	const char *file, *dir;
	const char *old; /* instead, where there is neither file nor a *.conf in dir */
};
extern const struct config_paths config_system;

/**
 * Read a config into @c, which is empty ({0}).  Every error is told, with file and line.  Return 0;
 * -EINVAL after errors; -ENOENT: there is none; -errno (told).  @c is to be released in any case.
 */
int config_read(struct config *c, const struct config_paths *paths, config_complain_fn complain,
		void *user);
/** The same for the text of one file; entries are added.  For tests and fuzzing. */
int config_parse(struct config *c, const char *name, const char *text, size_t len,
		 config_complain_fn complain, void *user);
void config_done(struct config *c);
