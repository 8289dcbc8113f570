/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hex: bytes as digits.
 *
 *	char text[HEX_SIZE(LBL_SHA1_SIZE)];
 *	puts(hex_text(digest, sizeof(digest), text));
 */
#pragma once

#include <stddef.h>

/** The room that @n bytes take, with the NUL. */
#define HEX_SIZE(n) (2 * (n) + 1)

/** Write the @len bytes at @bytes to @out, which has HEX_SIZE(@len).  Return @out.  Thread-safe. */
static inline char *hex_text(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}
