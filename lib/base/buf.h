/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * buf: a growable byte string, always NUL-terminated, that remembers its first failure.
 *
 *	_cleanup_(buf_done) struct buf b = { 0 };
 *	buf_add(&b, path, len);
 *	buf_printf(&b, ": line %u", line);
 *	r = buf_error(&b);
 */
#pragma once

#include "base/common.h"

/** Zero-initialised is valid: an empty string.  Not thread-safe. */
struct buf {
	char *data; /* NULL until something was added; use buf_str() */
	size_t len;
	size_t cap;
	int error; /* sticky: 0 or the first negative errno */
};

void buf_done(struct buf *b);
/** Forget the contents and the error, keep the memory. */
void buf_reset(struct buf *b);
/** Cut to @len bytes (no-op when shorter). */
void buf_cut(struct buf *b, size_t len);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) _printf_(2, 3);

static inline const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

static inline int buf_error(const struct buf *b)
{
	return b->error;
}
