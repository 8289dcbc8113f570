/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/classes.h"

void classes_begin(struct classes *c, const struct regex_set *set)
{
	c->v[0] = *set;
	c->n = !regex_set_empty(set);
}

void classes_split(struct classes *c, const struct regex_set *set)
{
	for (unsigned i = 0, n = c->n; i < n; i++) {
		struct regex_set in = regex_set_and(&c->v[i], set), out;

		for (unsigned k = 0; k < 4; k++)
			out.w[k] = c->v[i].w[k] & ~set->w[k];
		if (regex_set_empty(&in) || regex_set_empty(&out))
			continue;
		c->v[i] = in;
		c->v[c->n++] = out;
	}
}

void classes_split_byte(struct classes *c, unsigned char byte)
{
	struct regex_set set = regex_set_of(byte);

	classes_split(c, &set);
}

/** The byte of a set, not empty, that is read most easily. */
static unsigned char readable_byte(const struct regex_set *set)
{
	static const char order[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "_-/.+,=@:%~#";

	for (const char *p = order; *p; p++)
		if (regex_set_has(set, (unsigned char)*p))
			return (unsigned char)*p;
	for (unsigned b = ' '; b < 256 + ' '; b++)
		if (b != 0x7f && regex_set_has(set, (unsigned char)b))
			return (unsigned char)b;
	return 0x7f;
}

static int letters_first(const void *a, const void *b)
{
	const unsigned char *x = a, *y = b;

	return (*x >= 'a' && *x <= 'z' ? *x : *x + 256) - (*y >= 'a' && *y <= 'z' ? *y : *y + 256);
}

unsigned classes_bytes(const struct classes *c, unsigned char ret_bytes[256])
{
	for (unsigned i = 0; i < c->n; i++)
		ret_bytes[i] = readable_byte(&c->v[i]);
	qsort(ret_bytes, c->n, 1, letters_first);
	return c->n;
}
