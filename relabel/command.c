/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "base/common.h"
#include "colour.h"
#include "nearest.h"
#include "safe.h"

static _printf_(3, 0) void complain(const char *command, enum colour colour, const char *fmt,
				    va_list ap)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "relabel %s", command);
	fflush(stdout);
	flockfile(stderr);
	colour_prefix(stderr, colour_on(stderr), colour, prefix);
	safe_vprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void command_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(command, COLOUR_ERROR, fmt, ap);
	va_end(ap);
}

int command_no_memory(const char *command)
{
	command_error(command, "out of memory");
	return COMMAND_ERROR;
}

static _printf_(2, 3) void warn(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(command, COLOUR_WARNING, fmt, ap);
	va_end(ap);
}

void command_diag(void *user, const struct lbl_diag *diag)
{
	if (diag->severity == LBL_ERROR)
		command_error(user, "%s", diag->text);
	else if (diag->severity == LBL_WARNING)
		warn(user, "%s", diag->text);
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

static bool choose_colour(const char *command, const char *word)
{
	enum colour_when when;

	if (!colour_parse(word, &when)) {
		command_error(command, "--color takes auto, always or never, not '%s'", word);
		return false;
	}
	colour_choose(when);
	return true;
}

int command_option(int argc, char **argv, const char *shorts, const struct option *longs)
{
	const char *word;
	char letter[3] = "-";
	int c;

	opterr = 0;
	do {
		c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == COMMAND_COLOUR && !choose_colour(argv[0], optarg))
			return '?';
	} while (c == COMMAND_COLOUR);
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
