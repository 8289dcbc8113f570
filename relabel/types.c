/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "types.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/common.h"
#include "nearest.h"

#define UNSORTED 64 /* so many are put up with */

const char *types_of(const char *context, size_t *ret_len)
{
	const char *role = strchr(context, ':'), *type = role ? strchr(role + 1, ':') : NULL;

	if (!type) {
		*ret_len = strlen(context);
		return context;
	}
	*ret_len = strcspn(type + 1, ":");
	return type + 1;
}

static int compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool has(const struct types *t, const char *type)
{
	return t->sorted > 0 && bsearch(&type, t->v, t->sorted, sizeof(*t->v), compare);
}

/* What came since the last time is put in its place, each once. */
static void settle(struct types *t)
{
	size_t kept = 0;

	if (t->sorted == t->n)
		return;
	qsort(t->v, t->n, sizeof(*t->v), compare);
	for (size_t i = 0; i < t->n; i++) {
		if (kept > 0 && strcmp(t->v[i], t->v[kept - 1]) == 0)
			free(t->v[i]);
		else
			t->v[kept++] = t->v[i];
	}
	t->n = t->sorted = kept;
}

int types_note(struct types *t, const char *context)
{
	size_t len;
	const char *type = types_of(context, &len);
	_cleanup_free_ char *copy = strndup(type, len);

	if (!copy)
		return -ENOMEM;
	if (has(t, copy))
		return 0;
	/* when they have doubled: n log n comparisons in all, and at most twice the room */
	if (t->n - t->sorted >= MAX(t->sorted, UNSORTED))
		settle(t);
	if (array_reserve(&t->v, &t->cap, t->n + 1, sizeof(*t->v)) < 0)
		return -ENOMEM;
	t->v[t->n++] = TAKE_PTR(copy);
	return 0;
}

size_t types_count(struct types *t)
{
	settle(t);
	return t->n;
}

void types_drop(struct types *t, struct types *other)
{
	size_t kept = 0;

	settle(t);
	settle(other);
	for (size_t i = 0; i < t->n; i++) {
		if (has(other, t->v[i]))
			free(t->v[i]);
		else
			t->v[kept++] = t->v[i];
	}
	t->n = t->sorted = kept;
}

void types_done(struct types *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i]);
	free(t->v);
	*t = (struct types){0};
}

static void put_type(FILE *f, const char *type, const struct types *known)
{
	struct nearest near;

	fputs(type, f);
	nearest_init(&near, type);
	for (size_t i = 0; known && i < known->n; i++)
		nearest_try(&near, known->v[i]);
	if (near.best)
		fprintf(f, " (%s?)", near.best);
}

char *types_text(struct types *t, size_t most, struct types *known)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	settle(t);
	if (known)
		settle(known); /* of two as near as each other the first by name is meant */
	for (size_t i = 0; i < t->n && i < most; i++) {
		fputs(i ? ", " : "", f);
		put_type(f, t->v[i], known);
	}
	if (t->n > most)
		fprintf(f, " and %zu more", t->n - most);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
