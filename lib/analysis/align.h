/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * align: which regexes two rule sets have in common, in the same order.
 *
 * Of two aligned pairs the one that is higher in one set is higher in the other as well.  Literals
 * have no place in that order and are never aligned.
 */
#pragma once

#include "rules/source.h"

#define ALIGN_NONE UINT32_MAX

/**
 * Partners have the same text and kind.
 *
 * @ret_a, @ret_b  by spec of @a (of @b): its partner in the other set, or ALIGN_NONE; to be freed
 * Return 0 or -ENOMEM.
 */
int align_sources(const struct source *a, const struct source *b, uint32_t **ret_a,
		  uint32_t **ret_b);
