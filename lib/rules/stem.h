/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stem: where libselinux (3.8 and later) keeps a spec in its tree: at the node of the plain
 * directories the spec begins with, at most three levels below the root.
 *
 * A node's way is its components, each with a NUL: "usr\0lib\0"; that of the root is empty.  So a
 * way that is the beginning of another belongs to a node above, and memcmp() puts nodes before
 * what is below them, children in the order of their names.
 */
#pragma once

#include "base/common.h"

#define STEM_LEVELS 3

/** Way of the node that holds the spec @regex; at most @len bytes at @out.  Return its length. */
size_t stem_of_spec(const char *regex, size_t len, char *out);

/** Way of the directory @path is in, whatever its depth; at most @len bytes.  Return its length. */
size_t stem_of_path(const char *path, size_t len, char *out);
