/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nearest.h"

#include <string.h>

#include "base/common.h"

/* How many letters have to be put in, taken out, exchanged, or swapped with the next one. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][NEAREST_MAX + 1], *older = rows[0], *old = rows[1], *now = rows[2];

	for (size_t j = 0; j <= nb; j++)
		old[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *spare = older;

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = MIN(MIN(old[j], now[j - 1]) + 1,
				     old[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], older[j - 2] + 1);
		}
		older = old;
		old = now;
		now = spare;
	}
	return old[nb];
}

void nearest_init(struct nearest *n, const char *word)
{
	size_t len = strlen(word);

	*n = (struct nearest){0};
	if (len < sizeof(n->word))
		memcpy(n->word, word, len);
}

void nearest_try(struct nearest *n, const char *candidate)
{
	size_t len = strlen(n->word), other = strlen(candidate);
	unsigned d;

	if (len == 0 || other >= NEAREST_MAX)
		return;
	/* who gives the beginning of a word means it; else a third may be wrong */
	d = len > 1 && strncmp(candidate, n->word, len) == 0
		    ? 1
		    : distance(n->word, len, candidate, other);
	if (d > 1 + len / 4 || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
