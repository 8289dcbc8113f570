/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buf.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

static bool make_room(struct buf *b, size_t more)
{
	size_t need;
	int r = -EOVERFLOW;

	if (b->error)
		return false;
	if (!__builtin_add_overflow(b->len, more, &need) &&
	    !__builtin_add_overflow(need, (size_t)1, &need))
		r = array_reserve(&b->data, &b->cap, need, 1);
	b->error = r;
	return r == 0;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!make_room(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		if (!b->error)
			b->error = -EINVAL;
		return;
	}
	if (!make_room(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	b->len += (size_t)n;
}
