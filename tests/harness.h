/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* harness: how a test program of its own ends, with its reason as its last line. */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static inline _Noreturn void leave(int code, const char *fmt,
									 ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	exit(code);
}

/* Everything of the set-up must work: half an attack would pass for a safe relabeller. */
#define must(expr)                                                          \
	do {                                                                \
		if ((expr) < 0)                                             \
			leave(1, "set-up: %s: %s", #expr, strerror(errno)); \
	} while (0)
