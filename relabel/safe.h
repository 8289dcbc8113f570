/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * safe: text whose words come from file names and rule files, put out so that one line stays one
 * line and no terminal is driven by it.
 *
 * Bytes that could do either become \ooo: controls, also those of UTF-8 and of 8-bit terminals.
 * All else stays as it is, a backslash too: unit names are full of them.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/** Length of the UTF-8 sequence at @s (1 for ASCII, controls too); 0: there is none. */
size_t safe_utf8_length(const char *s);

void safe_put(FILE *f, const char *text);
/** The first @len bytes of a string, which end where a character does. */
void safe_put_n(FILE *f, const char *text, size_t len);
/** @fmt knows %s, which is made safe, %d, %u, %zu, %llu and %%, and nothing else. */
void safe_printf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void safe_vprintf(FILE *f, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
