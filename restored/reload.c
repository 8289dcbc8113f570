/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reload.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "config.h"
#include "lbl.h"
#include "util.h"

#define SETTLE_MS 200  /* without another change */
#define LATEST_MS 2000 /* but no longer than this after the first */
#define KINDS	  2
#define MASK                                                                                     \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR)

#define MASK_WAY (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD)

enum match { WHOLE, START, END };

/* Files in a directory, and what it means when they change. */
struct item {
	char *dir;
	char *name; /* all of it, or how it starts or ends */
	enum match match;
	unsigned what;
	int wd;	      /* of the directory, or of one above it */
	bool waiting; /* that */
};

struct reload {
	int fd;
	struct item *items;
	size_t n, cap;
	uint64_t first[KINDS], last[KINDS]; /* change not yet told; 0: none */
};

/* ---- what is watched --------------------------------------------------------------------------
 */

static int add_item(struct reload *r, const char *dir, const char *name, enum match match,
		    unsigned what)
{
	struct item i = {
		.dir = strdup(dir), .name = strdup(name), .match = match, .what = what, .wd = -1};

	if (!i.dir || !i.name || array_reserve(&r->items, &r->cap, r->n + 1, sizeof(i)) < 0) {
		free(i.dir);
		free(i.name);
		return -ENOMEM;
	}
	r->items[r->n++] = i;
	return 0;
}

/* @path's directory to @dir; return its last component. */
static const char *split(const char *path, char dir[PATH_MAX])
{
	const char *slash = strrchr(path, '/'), *from = slash ? path : ".";
	size_t len = slash > path ? (size_t)(slash - path) : 1; /* "/" and "." are one byte */

	if (len >= PATH_MAX)
		len = PATH_MAX - 1;
	memcpy(dir, from, len);
	dir[len] = '\0';
	return slash ? slash + 1 : path;
}

static int add_file(struct reload *r, const char *path, enum match match, unsigned what)
{
	char dir[PATH_MAX];
	const char *name;

	if (!path)
		return 0;
	name = split(path, dir);
	return add_item(r, dir, name, match, what);
}

/* file_contexts and all that is named after it, in its directory; drop-ins; customizable types. */
static int add_rules(struct reload *r, const char *path)
{
	char dir[PATH_MAX], more[PATH_MAX];
	int e = add_file(r, path, START, RELOAD_RULES);

	split(path, dir);
	if (e == 0 && (size_t)snprintf(more, sizeof(more), "%s.local.d", path) < sizeof(more))
		e = add_item(r, more, ".fc", END, RELOAD_RULES);
	split(dir, more);
	if (e == 0)
		e = add_item(r, more, "customizable_types", WHOLE, RELOAD_RULES);
	if (e == 0)
		e = add_item(r, LBL_COMPILED_DIR, "", START, RELOAD_RULES);
	return e;
}

/* The way to it may be taken away above it, too: whole policies are put in place by a rename. */
static void guard_way(struct reload *r, const char *path)
{
	char dir[PATH_MAX], up[PATH_MAX];

	for (snprintf(dir, sizeof(dir), "%s", path); strchr(dir + 1, '/');) {
		split(dir, up);
		memcpy(dir, up, sizeof(dir));
		(void)inotify_add_watch(r->fd, dir, MASK_WAY); /* what is missing is waited for */
	}
}

/* Watch its directory, or what is there of the way to it. */
static void arm(struct reload *r, struct item *i)
{
	char dir[PATH_MAX];

	i->waiting = false;
	guard_way(r, i->dir);
	snprintf(dir, sizeof(dir), "%s", i->dir);
	for (;;) {
		char up[PATH_MAX];

		i->wd = inotify_add_watch(r->fd, dir, MASK);
		if (i->wd >= 0 || strcmp(dir, "/") == 0 || strcmp(dir, ".") == 0)
			break;
		split(dir, up);
		memcpy(dir, up, sizeof(dir));
		i->waiting = true;
	}
	if (i->waiting) { /* it may have come before that watch */
		int wd = inotify_add_watch(r->fd, i->dir, MASK);

		i->waiting = wd < 0;
		i->wd = wd < 0 ? i->wd : wd;
	}
}

/* ---- events -----------------------------------------------------------------------------------
 */

static bool matches(const struct item *i, const char *name)
{
	size_t len = strlen(name), want = strlen(i->name);

	switch (i->match) {
	case START: return strncmp(name, i->name, want) == 0;
	case END: return len >= want && strcmp(name + len - want, i->name) == 0;
	default: return strcmp(name, i->name) == 0;
	}
}

static void changed(struct reload *r, unsigned what, uint64_t now)
{
	for (unsigned k = 0; k < KINDS; k++) {
		if (!(what & 1u << k))
			continue;
		r->last[k] = now;
		if (!r->first[k])
			r->first[k] = now;
	}
}

/* Something on the way to a directory of ours, or that itself, is not where it was. */
static void arm_all(struct reload *r, uint64_t now)
{
	for (size_t n = 0; n < r->n; n++) {
		struct item *i = &r->items[n];
		bool waited = i->waiting;
		int before = i->wd;

		arm(r, i);
		if (i->wd != before && !(waited && i->waiting))
			changed(r, i->what, now);
	}
}

static void on_event(struct reload *r, const struct inotify_event *e, uint64_t now)
{
	bool gone = e->mask & (IN_UNMOUNT | IN_IGNORED);

	if (e->mask & IN_Q_OVERFLOW)
		changed(r, RELOAD_CONFIG | RELOAD_RULES, now);
	if (e->mask & IN_MOVE_SELF) /* it is at another place now */
		(void)inotify_rm_watch(r->fd, e->wd);
	if (e->mask & (IN_MOVE_SELF | IN_DELETE_SELF)) {
		arm_all(r, now);
		return;
	}
	for (size_t n = 0; n < r->n; n++) {
		struct item *i = &r->items[n];
		bool waited = i->waiting;

		if (i->wd != e->wd)
			continue;
		if (gone || (waited && e->mask & IN_ISDIR)) {
			arm(r, i);
			if (!i->waiting || !waited)
				changed(r, i->what, now);
		} else if (!waited && e->len && matches(i, e->name)) {
			changed(r, i->what, now);
		}
	}
}

int reload_read(struct reload *r, uint64_t now)
{
	_Alignas(struct inotify_event) char buffer[4096];
	ssize_t n;

	while ((n = read(r->fd, buffer, sizeof(buffer))) > 0) {
		for (const char *p = buffer; p < buffer + n;) {
			const struct inotify_event *e = (const void *)p;

			on_event(r, e, now);
			p += sizeof(*e) + e->len;
		}
	}
	return n < 0 && errno != EAGAIN ? -errno : 0;
}

int reload_reopen(struct reload *r, uint64_t now)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return -errno;
	close(r->fd);
	r->fd = fd;
	for (size_t n = 0; n < r->n; n++)
		arm(r, &r->items[n]);
	changed(r, RELOAD_CONFIG | RELOAD_RULES, now); /* whatever was missed */
	return 0;
}

static uint64_t due_at(const struct reload *r, unsigned k)
{
	uint64_t quiet = r->last[k] + SETTLE_MS, latest = r->first[k] + LATEST_MS;

	return quiet < latest ? quiet : latest;
}

unsigned reload_due(struct reload *r, uint64_t now)
{
	unsigned what = 0;

	for (unsigned k = 0; k < KINDS; k++) {
		if (r->first[k] && due_at(r, k) <= now) {
			what |= 1u << k;
			r->first[k] = 0;
		}
	}
	return what;
}

int reload_wait_ms(const struct reload *r, uint64_t now)
{
	int least = -1;

	for (unsigned k = 0; k < KINDS; k++) {
		uint64_t at = due_at(r, k);
		int wait = at > now ? (int)(at - now) : 0;

		if (r->first[k] && (least < 0 || wait < least))
			least = wait;
	}
	return least;
}

/* ---- the object -------------------------------------------------------------------------------
 */

struct reload *reload_free(struct reload *r)
{
	if (!r)
		return NULL;
	for (size_t n = 0; n < r->n; n++) {
		free(r->items[n].dir);
		free(r->items[n].name);
	}
	if (r->fd >= 0)
		close(r->fd);
	free(r->items);
	free(r);
	return NULL;
}

int reload_open(struct reload **ret_reload, const struct config_paths *config,
		const char *rules_path)
{
	struct reload *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	e = r->fd < 0 ? -errno : add_file(r, config->file, WHOLE, RELOAD_CONFIG);
	if (e == 0 && config->dir)
		e = add_item(r, config->dir, ".conf", END, RELOAD_CONFIG);
	if (e == 0)
		e = add_file(r, config->old, WHOLE, RELOAD_CONFIG);
	if (e == 0)
		e = add_rules(r, rules_path);
	if (e < 0) {
		reload_free(r);
		return e;
	}
	for (size_t n = 0; n < r->n; n++)
		arm(r, &r->items[n]);
	*ret_reload = r;
	return 0;
}

int reload_fd(const struct reload *r)
{
	return r->fd;
}
