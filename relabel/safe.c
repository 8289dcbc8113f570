/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "safe.h"

#include <stdbool.h>
#include <string.h>

size_t safe_utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80	 ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* longer than need be, surrogates, beyond the last character */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

/*
 * What turns the direction of text, or ends a line for some who show it (Unicode, UAX #9 and #14):
 * a name with such characters looks like another.
 */
static bool is_turn(const unsigned char *s)
{
	if (s[0] == 0xd8)
		return s[1] == 0x9c;
	if (s[0] != 0xe2)
		return false;
	if (s[1] == 0x80)
		return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

void safe_put_n(FILE *f, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const unsigned char *s = (const unsigned char *)text;
		size_t n = safe_utf8_length(text);

		if (n == 0 || is_control(s) || is_turn(s)) {
			fprintf(f, "\\%03o", *s);
			n = 1;
		} else {
			(void)fwrite(s, 1, n, f); /* ferror() is looked at when we end */
		}
		text += n;
	}
}

void safe_put(FILE *f, const char *text)
{
	safe_put_n(f, text, strlen(text));
}

void safe_vprintf(FILE *f, const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		if (fmt[0] != '%') {
			putc_unlocked(*fmt, f);
		} else if (*++fmt == 's') {
			safe_put(f, va_arg(ap, const char *));
		} else if (*fmt == 'd') {
			fprintf(f, "%d", va_arg(ap, int));
		} else if (*fmt == 'u') {
			fprintf(f, "%u", va_arg(ap, unsigned));
		} else if (*fmt == 'z') {
			fmt++;
			fprintf(f, "%zu", va_arg(ap, size_t));
		} else if (*fmt == 'l') {
			fmt += 2;
			fprintf(f, "%llu", va_arg(ap, unsigned long long));
		} else {
			putc_unlocked(*fmt, f);
		}
	}
}

void safe_printf(FILE *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	safe_vprintf(f, fmt, ap);
	va_end(ap);
}
