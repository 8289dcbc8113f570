/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nearest: which of some words was meant by one that is none of them.
 *
 *	nearest_init(&near, "recursve");
 *	nearest_try(&near, "recursive");
 *	if (near.best)		// "recursive"
 */
#pragma once

#include <stddef.h>

#define NEAREST_MAX 32 /* longer words are like nothing */

struct nearest {
	char word[NEAREST_MAX]; /* "": it was too long */
	const char *best;	/* of those tried; NULL: none is like it */
	unsigned distance;
};

void nearest_init(struct nearest *n, const char *word);
/** @candidate is kept as it is. */
void nearest_try(struct nearest *n, const char *candidate);
