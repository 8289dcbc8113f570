/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/common.h"
#include "command.h"
#include "lbl.h"
#include "sealed.h"

#define SAID_MAX 16384

/* What asking takes and leaves behind. */
struct asking {
	struct packages *packages;
	const struct ui *ui;
	const char *root; /* of another system; NULL: this one */
	int said;	  /* on standard error, by all of them */
};

/*
 * rpm lists the directories that belong to a package, and what its programs made in them counts as
 * the package's.  The others list each directory on the way as well, / to begin with.
 */
struct manager {
	const char *argv[6]; /* the name of the package follows */
	bool with_all;
	char *(*path)(char *line); /* the path in a line; NULL: none */
	bool (*is_kept)(const struct asking *a, const struct manager *m); /* NULL: ask and see */
	const char *files[4];	/* of which a database has one */
	const char *dirs[4];	/* where other systems keep theirs */
	const char *options[3]; /* to look at it on COMMAND_PLACE */
};

/* "STATE PATH"; 0 is a file that is there */
static char *path_of_rpm(char *line)
{
	return strncmp(line, "0 /", 3) == 0 ? line + 2 : NULL;
}

/* A path, or where a file of the package has been diverted to. */
static char *path_of_dpkg(char *line)
{
	static const char diverted[] = "diverted ", to[] = " to: /";
	char *at;

	if (line[0] == '/')
		return strcmp(line, "/.") == 0 ? strcpy(line, "/") : line;
	if (strncmp(line, "locally ", 8) == 0)
		line += 8;
	at = strncmp(line, diverted, strlen(diverted)) == 0 ? strstr(line, to) : NULL;
	return at ? at + strlen(to) - 1 : NULL;
}

/* Directories end in a slash, and may be links here. */
static char *path_of_pacman(char *line)
{
	size_t len = strlen(line);

	while (len > 1 && line[len - 1] == '/')
		line[--len] = '\0';
	return line[0] == '/' ? line : NULL;
}

static bool has_database(const char *root, const struct manager *m, const char *dir)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->files) && m->files[i]; i++) {
		_cleanup_free_ char *path = NULL, *real = NULL;
		enum lbl_kind kind;

		if (asprintf(&path, "%s/%s", dir, m->files[i]) < 0)
			path = NULL;
		if (path && lbl_look(root, path, LBL_LOOK_SELF, &real, &kind) == 0)
			return true;
	}
	return false;
}

/* Where no database is kept rpm would make one, on being asked. */
static bool is_kept_by_rpm(const struct asking *a, const struct manager *m)
{
	static const char *const argv[] = {"rpm", "--eval", "%{_dbpath}", NULL};
	_cleanup_free_ char *dir = NULL;
	size_t len;

	if (command_ask(argv, a->said, -1, &dir, &len) != 0 || dir[0] != '/')
		return true; /* not to be known */
	dir[strcspn(dir, "\n")] = '\0';
	return has_database(NULL, m, dir);
}

static const struct manager managers[] = {
	{{"rpm", "-q", "--qf", "[%{FILESTATES} %{FILENAMES}\\n]", "--"},
	 true,
	 path_of_rpm,
	 is_kept_by_rpm,
	 {"rpmdb.sqlite", "Packages.db", "Packages"},
	 {"/usr/lib/sysimage/rpm", "/var/lib/rpm", "/root/.rpmdb"},
	 {"--dbpath=" COMMAND_PLACE}},
	{{"dpkg-query", "-L", "--"},
	 false,
	 path_of_dpkg,
	 NULL,
	 {"status"},
	 {"/var/lib/dpkg"},
	 {"--admindir=" COMMAND_PLACE}},
	{{"pacman", "-Qlq", "--"},
	 false,
	 path_of_pacman,
	 NULL,
	 {"local"},
	 {"/var/lib/pacman"},
	 {"--dbpath=" COMMAND_PLACE, "--config=/dev/null"}},
};

/* A path of another system, whatever it holds, as it is named here.  malloc'ed, NULL: no memory. */
static char *below_root(const char *root, const char *path)
{
	_cleanup_free_ char *clean = NULL;
	char *out;

	if (lbl_root_inside(NULL, path, &clean) < 0 || asprintf(&out, "%s%s", root, clean) < 0)
		return NULL;
	return out;
}

static int take_path(const struct asking *a, const struct manager *m, const char *path)
{
	struct paths *to = m->with_all ? &a->packages->with_all : &a->packages->alone;
	_cleanup_free_ char *whole = NULL;

	if (!a->root)
		return paths_add(to, path);
	whole = below_root(a->root, path);
	return whole ? paths_add(to, whole) : -ENOMEM;
}

static int take_lines(const struct asking *a, const struct manager *m, char *text)
{
	char *save = NULL;
	int r = 0;

	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char *path = m->path(line);

		if (path)
			r = take_path(a, m, path);
	}
	return r;
}

/*
 * The directory of the other system's database, sealed.  Its programs are not run, and ours would
 * follow links in it, and make what they do not find.  -ENOENT: it has none.
 */
static int open_database(const struct asking *a, const struct manager *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->dirs) && m->dirs[i]; i++) {
		_cleanup_free_ char *dir = below_root(a->root, m->dirs[i]);

		if (!dir)
			return -ENOMEM;
		if (has_database(a->root, m, dir))
			return sealed_open(a->root, dir);
	}
	return -ENOENT;
}

/* Ask one.  Return 1 it knows the package, 0 it does not, -ENOENT it is not there, -errno. */
static int ask(struct asking *a, const struct manager *m, const char *name)
{
	const char *argv[ARRAY_SIZE(m->argv) + ARRAY_SIZE(m->options) + 2] = {m->argv[0]};
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int tree = -1;
	size_t n = 1, len;
	int r;

	if (a->root) {
		tree = open_database(a, m);
		if (tree < 0)
			return tree;
		for (size_t i = 0; i < ARRAY_SIZE(m->options) && m->options[i]; i++)
			argv[n++] = m->options[i];
	} else if (m->is_kept && !m->is_kept(a, m)) {
		return -ENOENT;
	}
	for (size_t i = 1; i < ARRAY_SIZE(m->argv) && m->argv[i]; i++)
		argv[n++] = m->argv[i];
	argv[n] = name;
	r = command_ask(argv, a->said, tree, &text, &len);
	if (r != 0)
		return r < 0 ? r : 0;
	r = take_lines(a, m, text);
	return r < 0 ? r : 1;
}

/* What they said matters if nobody could help. */
static void tell_said(const struct asking *a)
{
	char text[SAID_MAX + 1];
	ssize_t n = pread(a->said, text, SAID_MAX, 0);
	char *save = NULL;

	text[MAX(n, 0)] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ui_error(a->ui, "%s", line);
}

static int find_one(struct asking *a, const char *name)
{
	bool any = false;

	if (ftruncate(a->said, 0) < 0 || lseek(a->said, 0, SEEK_SET) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(managers); i++) {
		int r = ask(a, &managers[i], name);

		if (r > 0)
			return 0;
		if (r < 0 && r != -ENOENT) {
			ui_error(a->ui, "%s: %s", managers[i].argv[0], strerror(-r));
			return r;
		}
		any = any || r == 0;
	}
	tell_said(a);
	if (any)
		ui_error(a->ui, "%s not found", name);
	else
		ui_error(
			a->ui,
			a->root ? "%s not found: there is no rpm, dpkg-query or pacman here, or no "
				  "database of it there"
				: "%s not found: there is no rpm, dpkg-query or pacman with a "
				  "database here",
			name);
	return -ENOENT;
}

/* What is known of each path of a sorted list. */
struct inside {
	const char *root;
	const struct paths *list;
	enum { UNKNOWN, DIRECTORY, NO_DIRECTORY } * kinds;
};

/* Is it a directory, and no link on the way to it? */
static bool is_directory(struct inside *in, size_t i)
{
	_cleanup_free_ char *real = NULL;
	const char *path = in->list->v[i];
	enum lbl_kind kind;

	if (in->kinds[i] == UNKNOWN)
		in->kinds[i] = lbl_look(in->root, path, LBL_LOOK_SELF, &real, &kind) == 0 &&
					       kind == LBL_DIR && strcmp(real, path) == 0
				       ? DIRECTORY
				       : NO_DIRECTORY;
	return in->kinds[i] == DIRECTORY;
}

/* Is it met on the way through the directory that holds it, which is in the list, too? */
static bool is_met(struct inside *in, size_t i)
{
	const char *path = in->list->v[i], *slash = strrchr(path, '/');
	ssize_t parent;

	if (i > 0 && strcmp(path, in->list->v[i - 1]) == 0)
		return true;
	parent = slash > path ? paths_find(in->list, path, (size_t)(slash - path)) : -1;
	return parent >= 0 && is_directory(in, (size_t)parent);
}

/* Directories count with all that is in them: what is listed as well would be met twice. */
static int drop_met(struct paths *p, const char *root)
{
	struct inside in = {.root = root, .list = p};
	struct paths kept = {0};
	int r = 0;

	paths_sort(p);
	in.kinds = calloc(p->n + 1, sizeof(*in.kinds));
	if (!in.kinds)
		return -ENOMEM;
	for (size_t i = 0; i < p->n && r == 0; i++)
		if (!is_met(&in, i))
			r = paths_add(&kept, p->v[i]);
	free(in.kinds);
	if (r < 0) {
		paths_done(&kept);
		return r;
	}
	paths_done(p);
	*p = kept;
	return 0;
}

int packages_find(struct packages *p, const char *names, const char *root, const struct ui *ui)
{
	_cleanup_close_ int said = memfd_create("said", MFD_CLOEXEC);
	struct asking a = {.packages = p, .ui = ui, .root = root, .said = said};
	_cleanup_free_ char *copy = strdup(names);
	char *save = NULL;
	int missing = 0, r;

	if (said < 0)
		return -errno;
	if (!copy)
		return -ENOMEM;
	for (char *name = strtok_r(copy, PACKAGES_BETWEEN, &save); name;
	     name = strtok_r(NULL, PACKAGES_BETWEEN, &save)) {
		r = find_one(&a, name);
		if (r < 0 && r != -ENOENT)
			return r;
		missing = r < 0 ? r : missing;
	}
	r = drop_met(&p->with_all, root);
	if (r < 0)
		ui_error(ui, "%s", strerror(-r));
	return r < 0 ? r : missing;
}

void packages_done(struct packages *p)
{
	paths_done(&p->with_all);
	paths_done(&p->alone);
}
