/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * context: user:role:type[:range], taken apart and put together.
 *
 *	struct context have, want;
 *	if (context_parse(&have, old) == 0 && context_parse(&want, new) == 0 &&
 *	    !context_equal(&have, &want, CONTEXT_TYPE)) {
 *		context_join(&b, &have, &want, CONTEXT_TYPE);	// old user, role, range; new type
 *		r = buf_error(&b);
 *	}
 */
#pragma once

#include "base/buf.h"

/** Views into the parsed string, not NUL-terminated. */
struct context {
	const char *user, *role, *type;
	const char *range; /* NULL: there is none; may hold colons itself */
	size_t user_len, role_len, type_len, range_len;
};

enum {
	CONTEXT_USER = 1 << 0,
	CONTEXT_ROLE = 1 << 1,
	CONTEXT_TYPE = 1 << 2,
	CONTEXT_RANGE = 1 << 3,
	CONTEXT_ALL = CONTEXT_USER | CONTEXT_ROLE | CONTEXT_TYPE | CONTEXT_RANGE,
};

/**
 * Take @s apart: two to five colons, no tab, newline or carriage return, no space before the third
 * colon.  Parts may be empty.  Whether a policy knows such a context is another question.
 *
 * Return 0 or -EINVAL (@ret_context untouched).  Allocates nothing; @s must outlive the views.
 */
int context_parse(struct context *ret_context, const char *s);

/** Are all the parts named in @parts (CONTEXT_*) the same?  No range equals only no range. */
bool context_equal(const struct context *a, const struct context *b, unsigned parts);

/** Append @c as text. */
void context_format(struct buf *b, const struct context *c);

/** Append @base with the parts named in @parts taken from @from. */
void context_join(struct buf *b, const struct context *base, const struct context *from,
		  unsigned parts);
