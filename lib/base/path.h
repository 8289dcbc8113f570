/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path: what can be said of a path by its text alone.
 */
#pragma once

#include "base/buf.h"

/**
 * Make @path absolute (from the working directory) and free of ".", ".." and double slashes.
 * Return 0 or -errno.
 */
int path_clean(const char *path, struct buf *ret_clean);

/**
 * Is the clean path @path @top, or below it?  Then the part below, with its slash; else NULL.
 * @top is clean as well, or "": the root.
 */
const char *path_below(const char *path, const char *top);

/** Is @path "", or nothing but slashes? */
bool path_is_top(const char *path);
