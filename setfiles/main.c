/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * setfiles, restorecon and relabel: one program; the name it is called by chooses.
 *
 *	setfiles ...            restorecon ...
 *	relabel setfiles ...    relabel restorecon ...
 *	relabel restore ...     relabel check ...         relabel explain ...
 */
#include <stdio.h>
#include <string.h>

#include "base/common.h"
#include "exit.h"
#include "lbl.h"
#include "onboot/boot.h"
#include "relabel/colour.h"
#include "relabel/command.h"
#include "relabel/nearest.h"
#include "relabel/safe.h"
#include "relabel/streams.h"
#include "run.h"

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

static int as_restore(int argc, char **argv)
{
	return run(RESTORE, argc, argv);
}

static int as_check(int argc, char **argv)
{
	return run(CHECK, argc, argv);
}

static const struct command {
	const char *name, *help;
	int (*fn)(int argc, char **argv);
} commands[] = {
	{"restore", "label what is below some paths as the rules say", as_restore},
	{"check", "show what has another label than the rules say", as_check},
	{"status", "which rules are there, and does the daemon run?", command_status},
	{"setfiles", "label trees as a spec file says", as_setfiles},
	{"restorecon", "label files as the active policy says", as_restorecon},
	{"explain", "why does this file get this label?", command_explain},
	{"lint", "find mistakes in rules", command_lint},
	{"diff", "which paths do two sets of rules label differently?", command_diff},
	{"compile", "write the compiled form of a set of rules", command_compile},
	{"onboot", "label all file systems while the machine starts", command_onboot},
	{"sort", "put specs in order, from general to specific", command_sort},
};

static int relabel_help(FILE *f, int status)
{
	colour_help(f, "Usage: relabel COMMAND [OPTION...] ...\n"
		       "       relabel --version\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-12s %s\n", commands[i].name, commands[i].help);
	fprintf(f, "\n'relabel help COMMAND' says more.\n");
	return status;
}

static const struct command *find_command(const char *name)
{
	struct nearest near;

	nearest_init(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
		nearest_try(&near, commands[i].name);
	}
	colour_prefix(stderr, colour_on(stderr), COLOUR_ERROR, "relabel");
	safe_printf(stderr,
		    near.best ? "unknown command '%s'; did you mean '%s'?\n"
			      : "unknown command '%s'\n",
		    name, near.best ? near.best : "");
	fputs("Try 'relabel help'.\n", stderr);
	return NULL;
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* "help", "help COMMAND": that is COMMAND --help. */
static int help(int argc, char **argv)
{
	static char option[] = "--help";
	const struct command *c;
	char *words[] = {argc > 1 ? argv[1] : NULL, option, NULL};

	if (argc < 2 || asks_for_help(argv[1]))
		return relabel_help(stdout, EXIT_OK);
	c = find_command(argv[1]);
	return c ? c->fn(2, words) : EXIT_ERROR;
}

static int front(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *c;

	colour_choose(COLOUR_AUTO);
	if (!name)
		return relabel_help(stderr, EXIT_ERROR);
	if (asks_for_help(name))
		return help(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0) {
		print_version("relabel");
		return EXIT_OK;
	}
	c = find_command(name);
	return c ? c->fn(argc - 1, argv + 1) : EXIT_ERROR;
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
	return streams_finish(argv[0], dispatch(argc, argv), EXIT_ERROR);
}
