/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * customizable: the types an administrator may set by hand and a relabel leaves alone.
 *
 * Source: contexts/customizable_types of a policy, one type per line, compared exactly.
 */
#pragma once

#include "base/common.h"

/** Zero-initialised is valid: no type is customizable.  Immutable after loading. */
struct customizable {
	char *text;
	const char **types; /* sorted */
	size_t count;
};

/** Read @path, below @root as base/root.h has it.  Return 0 (also when it is not there) or -errno.
 */
int customizable_load(struct customizable *c, const char *root, const char *path);
/** Is the type @type (@len bytes) customizable?  Thread-safe. */
bool customizable_has(const struct customizable *c, const char *type, size_t len);
void customizable_done(struct customizable *c);
