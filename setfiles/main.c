/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * setfiles, restorecon and relabel: one program; the name it is called by chooses.
 *
 *	setfiles ...            restorecon ...
 *	relabel setfiles ...    relabel restorecon ...
 */
#include <stdio.h>
#include <string.h>

#include "base/common.h"
#include "exit.h"
#include "lbl.h"
#include "relabel/command.h"
#include "run.h"
#include "streams.h"

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int as_setfiles(int argc, char **argv)
{
	return run(SETFILES, argc, argv);
}

static int as_restorecon(int argc, char **argv)
{
	return run(RESTORECON, argc, argv);
}

static const struct {
	const char *name, *help;
	int (*fn)(int argc, char **argv);
} commands[] = {
	{"setfiles", "label trees as a spec file says", as_setfiles},
	{"restorecon", "label files as the active policy says", as_restorecon},
	{"explain", "why does this file get this label?", command_explain},
	{"lint", "find mistakes in rules", command_lint},
	{"diff", "which paths do two sets of rules label differently?", command_diff},
	{"compile", "write the compiled form of a set of rules", command_compile},
	{"sort", "put specs in order, from general to specific", command_sort},
};

static int relabel_help(FILE *f, int status)
{
	fprintf(f, "Usage: relabel COMMAND [OPTION...] ...\n"
		   "       relabel --version\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-12s %s\n", commands[i].name, commands[i].help);
	fprintf(f, "\n'relabel COMMAND --help' says more.\n");
	return status;
}

static int front(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : NULL;

	if (!command)
		return relabel_help(stderr, EXIT_ERROR);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(command, commands[i].name) == 0)
			return commands[i].fn(argc - 1, argv + 1);
	if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0)
		return relabel_help(stdout, EXIT_OK);
	if (strcmp(command, "--version") == 0) {
		printf("relabel %s\n", lbl_version());
		return EXIT_OK;
	}
	fprintf(stderr, "relabel: unknown command '%s'\n", command);
	return relabel_help(stderr, EXIT_ERROR);
}

static int dispatch(int argc, char **argv)
{
	const char *name = last_name(argv[0]);

	if (strcmp(name, "relabel") == 0)
		return front(argc, argv);
	if (strcmp(name, "setfiles") == 0)
		return run(SETFILES, argc, argv);
	if (strcmp(name, "restorecon") != 0)
		fprintf(stderr,
			"Executed with unrecognized name (%s), defaulting to restorecon "
			"behavior.\n",
			name);
	return run(RESTORECON, argc, argv);
}

int main(int argc, char **argv)
{
	if (argc < 1)
		return EXIT_ERROR;
	streams_reserve();
	return streams_finish(argv[0], dispatch(argc, argv));
}
