/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * colour: what stands out in lines for people.  Nothing is said by colour alone: without the
 * escapes a line is, byte for byte, what it is without colour.
 *
 * Off until a program that has --color asks for it.  Whatever else is put out here is made safe
 * (safe.h), so that no name can end a colour or begin one.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum colour_when {
	COLOUR_AUTO, /* where it is seen: on a terminal, unless NO_COLOR or TERM says otherwise */
	COLOUR_ALWAYS,
	COLOUR_NEVER,
};

/** What it means; how it looks is colour.c's. */
enum colour {
	COLOUR_PATH,
	COLOUR_OLD,
	COLOUR_NEW,
	COLOUR_ERROR,
	COLOUR_WARNING,
	COLOUR_HEADING,
	COLOUR_DIM, /* what most will skip */
};

/** "auto", "always", "never".  False: it is none of them, and *ret_when stays as it is. */
bool colour_parse(const char *word, enum colour_when *ret_when);

/**
 * From now on, of standard output and of standard error each for itself.  Not while another thread
 * writes.
 */
void colour_choose(enum colour_when when);

/** Is what goes to @to, standard output or standard error, in colour?  Of other streams: no. */
bool colour_on(FILE *to);

/** Is @fd a terminal that knows escapes? */
bool colour_terminal(int fd);

/** Put @text, made safe, on @f; in colour if @on, which is that of where @f ends up. */
void colour_put(FILE *f, bool on, enum colour colour, const char *text);

/** The same with the first @len bytes of @text. */
void colour_put_n(FILE *f, bool on, enum colour colour, const char *text, size_t len);

/** "@prefix: ", as messages begin. */
void colour_prefix(FILE *f, bool on, enum colour colour, const char *prefix);

/** colour_put() with those parts of @context in colour that @other (NULL: there is none) has not.
 */
void colour_put_context(FILE *f, bool on, enum colour colour, const char *context,
			const char *other);

/** A text of --help on @f: in it headings are what stands alone before a colon, and "Usage:". */
void colour_help(FILE *f, const char *text);
