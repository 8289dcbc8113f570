/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/diag.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 8192

void diag_say(const struct diag *d, enum lbl_severity severity, const char *file, unsigned line,
	      const char *fmt, ...)
{
	struct lbl_diag out = {.severity = severity, .file = file, .line = line};
	char text[TEXT_MAX];
	va_list ap;

	if (!d->fn)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	out.text = text;
	d->fn(d->user, &out);
}
