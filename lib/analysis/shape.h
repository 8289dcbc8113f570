/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shape: what files can be called: absolute paths without empty, "." and ".." names.
 */
#pragma once

#include "base/common.h"

/** How far a path has come, byte by byte. */
enum shape {
	SHAPE_TOP, /* before the slash a path begins with */
	SHAPE_CUT, /* after a whole name, before a slash */
	SHAPE_SLASH,
	SHAPE_DOT, /* the name so far is "." */
	SHAPE_DOTS,
	SHAPE_NAME, /* within a name: all is possible that is possible anywhere */
	SHAPE_BAD,
};

enum shape shape_next(enum shape shape, unsigned char byte);
/** May a path end where @now is, @before being the shape one byte before? */
bool shape_ends(enum shape before, enum shape now);

/** Can a file be called so? */
bool path_is_clean(const char *path);
/** Is @path @top, or below it?  "" is above everything, and so is "/". */
bool path_is_below(const char *path, const char *top);
