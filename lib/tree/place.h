/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place: what is at a path, and whether only root could bring something else there.
 */
#pragma once

#include "tree/scope.h"

struct place {
	/*
	 * No link on the way, and each directory that holds a name of it belongs to root and can be
	 * written to by nobody else.
	 */
	bool firm;
	bool known; /* it could be asked; below: */
	uint64_t dev, ino, mnt_id;
};

/**
 * Look at @path (absolute, normalised) name by name.  What may wait for somebody else
 * (SCOPE_UNASKED) is neither entered nor asked.  Return 0, or -errno: nothing can be said.
 */
int place_look(const struct scope *scope, const char *path, struct place *ret_place);

/** That, or what stands in for it. */
typedef int (*place_fn)(const struct scope *scope, const char *path, struct place *ret_place);
