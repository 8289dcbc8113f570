/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * screen: one line on the terminal that standard error is, and messages that do not mix with it.
 *
 * The line is drawn with wrapping off, and the cursor goes back to where it begins.  So what is
 * from there to the end of the screen is the line and nothing else, also after the terminal was
 * made narrower and wrapped the line itself; and each drawing is one write, so whatever ends us
 * leaves the terminal as it was.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Is standard error a terminal that can do this? */
bool screen_can(void);

/**
 * Show @text (UTF-8, no controls), cut to the width of the terminal.  Nothing while another job has
 * the terminal.
 */
void screen_show(const char *text);
/** Take the line away. */
void screen_clear(void);

/** Write whole lines to @to, with the line out of their way.  Thread-safe. */
void screen_write(FILE *to, const char *text, size_t len);

/**
 * How many bytes of @text (valid UTF-8) fit in @columns; what is not ASCII is taken to be as wide
 * as a character can be.
 */
size_t screen_fit(const char *text, size_t columns);
