/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/context.h"

#include <string.h>

#define COLONS_MIN 2
#define COLONS_MAX 5

static bool well_formed(const char *s)
{
	unsigned colons = 0;

	for (; *s; s++) {
		if (*s == '\t' || *s == '\n' || *s == '\r')
			return false;
		if (*s == ' ' && colons < 3)
			return false;
		colons += *s == ':';
	}
	return colons >= COLONS_MIN && colons <= COLONS_MAX;
}

int context_parse(struct context *ret_context, const char *s)
{
	struct context c = {.user = s};

	if (!well_formed(s))
		return -EINVAL;
	c.role = strchr(s, ':') + 1;
	c.user_len = (size_t)(c.role - s) - 1;
	c.type = strchr(c.role, ':') + 1;
	c.role_len = (size_t)(c.type - c.role) - 1;
	c.type_len = strcspn(c.type, ":");
	if (c.type[c.type_len] == ':') {
		c.range = c.type + c.type_len + 1;
		c.range_len = strlen(c.range);
	}
	*ret_context = c;
	return 0;
}

static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (!a || !b)
		return a == b;
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

bool context_equal(const struct context *a, const struct context *b, unsigned parts)
{
	return (!(parts & CONTEXT_USER) || same(a->user, a->user_len, b->user, b->user_len)) &&
	       (!(parts & CONTEXT_ROLE) || same(a->role, a->role_len, b->role, b->role_len)) &&
	       (!(parts & CONTEXT_TYPE) || same(a->type, a->type_len, b->type, b->type_len)) &&
	       (!(parts & CONTEXT_RANGE) || same(a->range, a->range_len, b->range, b->range_len));
}

void context_format(struct buf *b, const struct context *c)
{
	context_join(b, c, c, 0);
}

void context_join(struct buf *b, const struct context *base, const struct context *from,
		  unsigned parts)
{
	const struct context *c;

	c = parts & CONTEXT_USER ? from : base;
	buf_add(b, c->user, c->user_len);
	buf_addc(b, ':');
	c = parts & CONTEXT_ROLE ? from : base;
	buf_add(b, c->role, c->role_len);
	buf_addc(b, ':');
	c = parts & CONTEXT_TYPE ? from : base;
	buf_add(b, c->type, c->type_len);
	c = parts & CONTEXT_RANGE ? from : base;
	if (c->range) {
		buf_addc(b, ':');
		buf_add(b, c->range, c->range_len);
	}
}
