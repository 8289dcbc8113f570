/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CONFIG [NUL PATH...]: a config; then paths gone to component by component, as the daemon does.
 * Entries are what config.h says they are, and say the same when they are read back.
 */
#include <string.h>

#include "fuzz.h"
#include "restored/config.h"
#include "restored/targets.h"
#include "restored/users.h"

#define MOST 64 /* targets; paths are the more work */

static void complain(void *user, const char *text)
{
	unsigned *n = user;

	if (strncmp(text, "conf:", 5) != 0)
		abort();
	++*n;
}

static void check_entry(const struct config_entry *e)
{
	if (e->home ? *e->dir == '/' : *e->dir != '/')
		abort();
	if (strstr(e->dir, "//") || (e->dir[0] && e->dir[1] && e->dir[strlen(e->dir) - 1] == '/'))
		abort();
	if (e->pattern && (!*e->pattern || strchr(e->pattern, '/') ||
			   strcmp(e->pattern, "..") == 0 || strcmp(e->pattern, ".") == 0))
		abort();
}

static void walk(const struct targets *t, const char *path)
{
	struct want a[MOST], b[MOST];
	struct wants w = {a, (uint32_t)t->n};

	for (uint32_t i = 0; i < w.n; i++)
		a[i] = (struct want){i, 0};
	while (w.n) {
		size_t len = strcspn(path, "/");
		char name[256];

		if (len >= sizeof(name))
			return;
		memcpy(name, path, len);
		name[len] = '\0';
		(void)wants_kind(t, &w);
		(void)wants_name(t, &w, name);
		w.n = wants_advance(t, &w, name, b);
		if (w.n > t->n)
			abort();
		memcpy(a, b, w.n * sizeof(*a));
		if (!path[len])
			return;
		path += len + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct user_home home = {1, (char *)"u", (char *)"/home/u"};
	struct users users = {&home, 1, 1, "none"};
	struct config c = {0};
	struct targets t = {0};
	unsigned complaints = 0;
	size_t len;
	const char *text = fuzz_field(&data, &size, &len);
	int r = config_parse(&c, "conf", text, len, complain, &complaints);

	if ((r < 0) != (complaints > 0))
		abort();
	for (size_t i = 0; i < c.n; i++)
		check_entry(&c.entries[i]);
	if (c.n > MOST)
		c.n = MOST;
	if (targets_make(&t, &c, &users) == 0) {
		for (int n = 0; n < 16 && size; n++) {
			char path[512];

			text = fuzz_field(&data, &size, &len);
			if (len >= sizeof(path))
				continue;
			memcpy(path, text, len);
			path[len] = '\0';
			walk(&t, path);
		}
	}
	targets_done(&t);
	config_done(&c);
	return 0;
}
