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

/* Where @type is, or belongs. */
static size_t place_of(const struct types *t, const char *type, bool *ret_found)
{
	size_t low = 0, high = t->n;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(type, t->v[middle]);

		*ret_found |= order == 0;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int types_note(struct types *t, const char *context)
{
	size_t len, at;
	const char *type = types_of(context, &len);
	_cleanup_free_ char *copy = strndup(type, len);
	bool found;

	if (!copy)
		return -ENOMEM;
	at = place_of(t, copy, &found);
	if (found)
		return 0;
	if (array_reserve(&t->v, &t->cap, t->n + 1, sizeof(*t->v)) < 0)
		return -ENOMEM;
	memmove(&t->v[at + 1], &t->v[at], (t->n - at) * sizeof(*t->v));
	t->v[at] = TAKE_PTR(copy);
	t->n++;
	return 0;
}

void types_drop(struct types *t, const struct types *other)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		bool found;

		place_of(other, t->v[i], &found);
		if (found)
			free(t->v[i]);
		else
			t->v[kept++] = t->v[i];
	}
	t->n = kept;
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

char *types_text(const struct types *t, size_t most, const struct types *known)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
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
