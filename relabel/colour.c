/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/common.h"
#include "safe.h"

#define RESET "\033[0m"

/* Of the eight colours those that can be read on black and on white: no yellow, no cyan. */
static const char *const begins[] = {
	[COLOUR_PATH] = "\033[1m",	 [COLOUR_OLD] = "\033[31m",
	[COLOUR_NEW] = "\033[32m",	 [COLOUR_ERROR] = "\033[1;31m",
	[COLOUR_WARNING] = "\033[1;35m", [COLOUR_HEADING] = "\033[1m",
	[COLOUR_DIM] = "\033[2m",
};

static bool out_on, err_on;

bool colour_parse(const char *word, enum colour_when *ret_when)
{
	static const char *const words[] = {
		[COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret_when = (enum colour_when)i;
			return true;
		}
	}
	return false;
}

bool colour_terminal(int fd)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

void colour_choose(enum colour_when when)
{
	const char *no = getenv("NO_COLOR"); /* no-color.org */
	bool may = when == COLOUR_AUTO && (!no || !*no), always = when == COLOUR_ALWAYS;

	out_on = always || (may && colour_terminal(STDOUT_FILENO));
	err_on = always || (may && colour_terminal(STDERR_FILENO));
}

bool colour_on(FILE *to)
{
	return to == stdout ? out_on : to == stderr && err_on;
}

void colour_put_n(FILE *f, bool on, enum colour colour, const char *text, size_t len)
{
	on = on && len > 0;
	if (on)
		fputs(begins[colour], f);
	safe_put_n(f, text, len);
	if (on)
		fputs(RESET, f);
}

void colour_put(FILE *f, bool on, enum colour colour, const char *text)
{
	colour_put_n(f, on, colour, text, strlen(text));
}

void colour_prefix(FILE *f, bool on, enum colour colour, const char *prefix)
{
	colour_put(f, on, colour, prefix);
	fputs(": ", f);
}

/* ---- contexts ------------------------------------------------------------------------------- */

enum { PARTS = 4 };

/*
 * User, role, type and range, which may hold colons itself and may be missing; each with the colon
 * before it.  False: @context is no context.
 */
static bool cut(const char *context, const char *ret_begin[PARTS + 1])
{
	const char *end = context + strlen(context), *at = context;

	for (int i = 0; i < PARTS; i++) {
		ret_begin[i] = at ? at : end;
		at = at ? strchr(at + (i > 0), ':') : NULL;
	}
	ret_begin[PARTS] = end;
	return ret_begin[2] < end;
}

void colour_put_context(FILE *f, bool on, enum colour colour, const char *context,
			const char *other)
{
	const char *mine[PARTS + 1], *theirs[PARTS + 1];

	if (!on || !other || !cut(context, mine) || !cut(other, theirs)) {
		colour_put(f, on, colour, context);
		return;
	}
	for (int i = 0; i < PARTS; i++) {
		size_t n = (size_t)(mine[i + 1] - mine[i]), colon = i > 0 && n > 0;
		bool same = n == (size_t)(theirs[i + 1] - theirs[i]) &&
			    memcmp(mine[i], theirs[i], n) == 0;

		safe_put_n(f, mine[i], colon);
		colour_put_n(f, !same, colour, mine[i] + colon, n - colon);
	}
}

/* ---- help ----------------------------------------------------------------------------------- */

/* How much of the @len bytes at @line is a heading, with its colon. */
static size_t heading(const char *line, size_t len)
{
	static const char *const leads[] = {"Usage:", "Exit status:"};

	for (size_t i = 0; i < ARRAY_SIZE(leads); i++)
		if (strncmp(line, leads[i], strlen(leads[i])) == 0)
			return strlen(leads[i]);
	return len > 1 && line[0] != ' ' && line[len - 1] == ':' ? len : 0;
}

void colour_help(FILE *f, const char *text)
{
	bool on = colour_on(f);

	while (*text) {
		size_t len = strcspn(text, "\n"), head = heading(text, len);

		if (head)
			colour_put_n(f, on, COLOUR_HEADING, text, head);
		fprintf(f, "%.*s\n", (int)(len - head), text + head);
		text += len + (text[len] == '\n');
	}
}
