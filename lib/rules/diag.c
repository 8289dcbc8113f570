/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/diag.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 8192

/** @text with control characters as \ooo, cut to fit. */
static void escape(char *out, size_t size, const char *text)
{
	char *end = out + size - 1;

	for (const unsigned char *p = (const unsigned char *)text; *p && end - out >= 4; p++) {
		if (*p >= 0x20 && *p != 0x7f)
			*out++ = (char)*p;
		else
			out += snprintf(out, 5, "\\%03o", *p);
	}
	*out = '\0';
}

void diag_say(const struct diag *d, enum lbl_severity severity, const char *file, unsigned line,
	      const char *fmt, ...)
{
	struct lbl_diag out = {.severity = severity, .file = file, .line = line};
	char raw[TEXT_MAX], text[TEXT_MAX];
	va_list ap;

	if (!d->fn)
		return;
	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	escape(text, sizeof(text), raw);
	out.text = text;
	d->fn(d->user, &out);
}
