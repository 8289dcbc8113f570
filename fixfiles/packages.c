/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages.h"

#include <string.h>

#include "base/common.h"
#include "command.h"

/*
 * rpm lists the directories that belong to a package, and what its programs made in them counts as
 * the package's.  The others list each directory on the way as well, / to begin with.
 */
struct manager {
	const char *argv[6]; /* the name of the package follows */
	bool with_all;
	char *(*path)(char *line); /* the path in a line; NULL: none */
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

static const struct manager managers[] = {
	{{"rpm", "-q", "--qf", "[%{FILESTATES} %{FILENAMES}\\n]", "--"}, true, path_of_rpm},
	{{"dpkg-query", "-L", "--"}, false, path_of_dpkg},
	{{"pacman", "-Qlq", "--"}, false, path_of_pacman},
};

static int take_lines(struct packages *p, const struct manager *m, char *text)
{
	struct paths *to = m->with_all ? &p->with_all : &p->alone;
	char *save = NULL;
	int r = 0;

	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char *path = m->path(line);

		if (path)
			r = paths_add(to, path);
	}
	return r;
}

/* Ask one.  Return 1 it knows the package, 0 it does not, -ENOENT it is not there, -errno. */
static int ask(struct packages *p, const struct manager *m, const char *name)
{
	const char *argv[ARRAY_SIZE(m->argv) + 2] = {NULL};
	_cleanup_free_ char *text = NULL;
	size_t n = 0, len;
	int r;

	for (; n < ARRAY_SIZE(m->argv) && m->argv[n]; n++)
		argv[n] = m->argv[n];
	argv[n] = name;
	r = command_run(argv, &text, &len);
	if (r != 0)
		return r < 0 ? r : 0;
	r = take_lines(p, m, text);
	return r < 0 ? r : 1;
}

static int find_one(struct packages *p, const char *name, const struct ui *ui)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(managers); i++) {
		int r = ask(p, &managers[i], name);

		if (r > 0)
			return 0;
		if (r < 0 && r != -ENOENT) {
			ui_error(ui, "%s: %s", managers[i].argv[0], strerror(-r));
			return r;
		}
		any = any || r == 0;
	}
	if (any)
		ui_error(ui, "%s not found", name);
	else
		ui_error(ui, "%s not found: there is no rpm, dpkg-query or pacman here", name);
	return -ENOENT;
}

int packages_find(struct packages *p, const char *names, const struct ui *ui)
{
	_cleanup_free_ char *copy = strdup(names);
	char *save = NULL;
	int missing = 0;

	if (!copy)
		return -ENOMEM;
	for (char *name = strtok_r(copy, ", \t\n", &save); name;
	     name = strtok_r(NULL, ", \t\n", &save)) {
		int r = find_one(p, name, ui);

		if (r < 0 && r != -ENOENT)
			return r;
		missing = r < 0 ? r : missing;
	}
	return missing;
}

void packages_done(struct packages *p)
{
	paths_done(&p->with_all);
	paths_done(&p->alone);
}
