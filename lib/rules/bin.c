/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/bin.h"

bool bin_is(const void *data, size_t len)
{
	return false;
}

int bin_parse(struct bin *b, const void *data, size_t len)
{
	return -EBADMSG;
}

void bin_done(struct bin *b)
{
	free(b->v);
	*b = (struct bin){0};
}

int bin_format(struct buf *out, const struct bin_spec *v, size_t n, unsigned version)
{
	return -EINVAL;
}
