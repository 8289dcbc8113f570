/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/shape.h"

#include <string.h>

enum shape shape_next(enum shape shape, unsigned char byte)
{
	switch (shape) {
	case SHAPE_TOP:
	case SHAPE_CUT: return byte == '/' ? SHAPE_SLASH : SHAPE_BAD;
	case SHAPE_SLASH: return byte == '/' ? SHAPE_BAD : byte == '.' ? SHAPE_DOT : SHAPE_NAME;
	case SHAPE_DOT: return byte == '/' ? SHAPE_BAD : byte == '.' ? SHAPE_DOTS : SHAPE_NAME;
	case SHAPE_DOTS: return byte == '/' ? SHAPE_BAD : SHAPE_NAME;
	case SHAPE_NAME: return byte == '/' ? SHAPE_SLASH : SHAPE_NAME;
	default: return SHAPE_BAD;
	}
}

bool shape_ends(enum shape before, enum shape now)
{
	return now == SHAPE_NAME || (before == SHAPE_TOP && now == SHAPE_SLASH);
}

bool path_is_clean(const char *path)
{
	enum shape before = SHAPE_BAD, now = SHAPE_TOP;

	for (; *path; path++) {
		before = now;
		now = shape_next(now, (unsigned char)*path);
	}
	return shape_ends(before, now);
}

bool path_is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (n == 1 && top[0] == '/')
		return true;
	return strncmp(path, top, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
