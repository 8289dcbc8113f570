/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

int paths_add(struct paths *p, const char *path)
{
	int r = array_reserve(&p->v, &p->cap, p->n + 1, sizeof(*p->v));

	if (r < 0)
		return r;
	p->v[p->n] = strdup(path);
	if (!p->v[p->n])
		return -ENOMEM;
	p->n++;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void paths_sort(struct paths *p)
{
	if (p->n)
		qsort(p->v, p->n, sizeof(*p->v), by_bytes);
}

ssize_t paths_find(const struct paths *p, const char *path, size_t len)
{
	size_t from = 0, till = p->n;

	while (from < till) {
		size_t i = from + (till - from) / 2;
		int order = strncmp(p->v[i], path, len);

		if (order == 0 && !p->v[i][len])
			return (ssize_t)i;
		if (order < 0)
			from = i + 1;
		else
			till = i;
	}
	return -1;
}

void paths_keep(struct paths *p, bool (*wanted)(void *user, const char *path), void *user)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (wanted(user, p->v[i]))
			p->v[kept++] = p->v[i];
		else
			free(p->v[i]);
	}
	p->n = kept;
}

void paths_done(struct paths *p)
{
	while (p->n)
		free(p->v[--p->n]);
	free(p->v);
	*p = (struct paths){0};
}
