/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * The one piece of file-level state in the library: a cache of an environment variable, which
 * belongs to the process as well.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned enabled;

static void read_environment(void)
{
	static const struct {
		const char *name;
		unsigned mask;
	} names[] = {
		{"rules", LOG_RULES},	{"system", LOG_SYSTEM}, {"tree", LOG_TREE},
		{"engine", LOG_ENGINE}, {"all", ~0u},
	};
	const char *s = secure_getenv("LBL_DEBUG");

	while (s && *s) {
		size_t n = strcspn(s, ",");

		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strlen(names[i].name) == n && strncmp(s, names[i].name, n) == 0)
				enabled |= names[i].mask;
		s += n;
		if (*s)
			s++;
	}
}

bool log_on(unsigned mask)
{
	pthread_once(&once, read_environment);
	return enabled & mask;
}

void log_write(const char *module, const char *fmt, ...)
{
	va_list ap;

	flockfile(stderr);
	fprintf(stderr, "lbl[%s]: ", module);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	putc_unlocked('\n', stderr);
	funlockfile(stderr);
}
