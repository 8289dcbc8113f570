/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "safe.h"

void command_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	flockfile(stderr);
	safe_printf(stderr, "relabel %s: ", command);
	va_start(ap, fmt);
	safe_vprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void command_diag(void *user, const struct lbl_diag *diag)
{
	if (diag->severity != LBL_INFO)
		command_error(user, "%s", diag->text);
}

static void unknown_option(const char *command, const char *word, const struct option *longs)
{
	struct nearest near;

	nearest_init(&near, word[1] == '-' ? word + 2 : "");
	for (; longs->name; longs++)
		nearest_try(&near, longs->name);
	if (near.best)
		command_error(command, "unknown option '%s'; did you mean '--%s'?", word,
			      near.best);
	else
		command_error(command, "unknown option '%s'", word);
}

int command_option(int argc, char **argv, const char *shorts, const struct option *longs)
{
	const char *word;
	char letter[3] = "-";
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	if (c != '?' && c != ':')
		return c;
	word = argv[optind - 1];
	letter[1] = (char)optopt;
	if (strncmp(word, "--", 2) != 0)
		word = letter;
	if (c == ':')
		command_error(argv[0], "option '%s' needs an argument", word);
	else if (word != letter && optopt)
		command_error(argv[0], "option '%s' takes no argument", word);
	else
		unknown_option(argv[0], word, longs);
	fprintf(stderr, "Try 'relabel %s --help'.\n", argv[0]);
	return '?';
}
