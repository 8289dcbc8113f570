/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/customizable.h"

#include <string.h>

#include "base/alloc.h"
#include "base/root.h"

#define FILE_MAX (1u << 20)

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int split(struct customizable *c)
{
	size_t cap = 0;

	for (char *line = c->text; line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		if (*line) {
			int r = array_reserve(&c->types, &cap, c->count + 1, sizeof(*c->types));

			if (r < 0)
				return r;
			c->types[c->count++] = line;
		}
		line = end;
	}
	if (c->count)
		qsort(c->types, c->count, sizeof(*c->types), compare);
	return 0;
}

int customizable_load(struct customizable *c, const char *root, const char *path)
{
	struct customizable fresh = {0};
	struct map m = {0};
	int r = root_map(&m, root, path, FILE_MAX);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	fresh.text = strndup(m.len ? m.data : "", m.len);
	map_done(&m);
	r = fresh.text ? split(&fresh) : -ENOMEM;
	if (r < 0) {
		customizable_done(&fresh);
		return r;
	}
	*c = fresh;
	return 0;
}

bool customizable_has(const struct customizable *c, const char *type, size_t len)
{
	size_t lo = 0, hi = c->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = strncmp(c->types[mid], type, len);

		if (d == 0 && c->types[mid][len] == '\0')
			return true;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

void customizable_done(struct customizable *c)
{
	free(c->text);
	free(c->types);
	*c = (struct customizable){0};
}
