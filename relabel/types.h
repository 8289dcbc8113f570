/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * types: the distinct types of some contexts, in order, and as few words.
 *
 *	struct types t = {0};
 *	types_note(&t, "system_u:object_r:etc_t:s0");
 *	text = types_text(&t, TYPES_SHOWN, NULL);	// "etc_t"
 *	types_done(&t);
 *
 * Nothing here is thread-safe.
 */
#pragma once

#include <stddef.h>

enum { TYPES_SHOWN = 20 }; /* that are named where nobody asked for all */

/** Zero-initialised is valid. */
struct types {
	char **v;      /* in order, each once, after types_count(); owned */
	size_t n, cap; /* n: with what came twice since then */
	size_t sorted; /* so many of v are in order */
};

/** Where the type of @context begins, and its length; of what is no context, all of it. */
const char *types_of(const char *context, size_t *ret_len);

/** Take note of the type of @context, which is copied.  Return 0 or -ENOMEM. */
int types_note(struct types *t, const char *context);
/** How many there are; from now until the next types_note() they can be read in t->v. */
size_t types_count(struct types *t);
/** Drop those that are also in @other. */
void types_drop(struct types *t, struct types *other);
void types_done(struct types *t);

/**
 * "a_t, b_t and 3 more", the first @most of them; with @known (may be NULL) also which of those may
 * have been meant: "ect_t (etc_t?)".  malloc'ed, NULL: out of memory.
 */
char *types_text(struct types *t, size_t most, struct types *known);
