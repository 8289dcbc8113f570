/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place_mounts: what mounts have to do with places.
 *
 * A mount point is a place of its own, watched by itself.  When something is mounted on a place, or
 * unmounted, the place and all below it are forgotten, and what is there now is found anew: so what
 * is held, watched and known never is of a mount that is covered, or gone.
 */
#include "places.h"

#include <stdio.h>
#include <string.h>

#include "labeller.h"
#include "log.h"
#include "status.h"
#include "util.h"

/* The path of @name in @c; false: it is too long. */
static bool path_in(const struct place *c, const char *name, char path[PATH_MAX])
{
	size_t len, room;

	if (!place_path(c, path))
		return false;
	len = strlen(path);
	len -= len == 1; /* "/" */
	room = PATH_MAX - len;
	return (size_t)snprintf(path + len, room, "/%s", name) < room;
}

/* Does an entry name it, with no pattern on the way? */
static bool is_spelled(const struct places *p, const struct want *wants, uint32_t n, uint32_t depth)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct target *t = &p->targets.v[wants[i].target];
		bool spelled = !t->exclude && wants[i].depth == depth;

		for (uint32_t k = 0; spelled && k < depth; k++)
			spelled = !t->components[k].pattern;
		if (spelled)
			return true;
	}
	return false;
}

/*
 * What is mounted from a network, or by a program, may never answer, and hold up all else: it is
 * entered where an entry says so by its name only; if a user serves it himself, not even there, for
 * he may well mean it.
 */
bool place_may_enter(const struct places *p, const struct place *up, const char *name,
		     const struct want *wants, uint32_t n)
{
	const struct mountpoint *point;
	char path[PATH_MAX];

	if (up->depth >= p->mounts.deepest) /* nothing is mounted so far down */
		return true;
	point = path_in(up, name, path) ? mountmap_at(&p->mounts, path) : NULL;
	if (!point || !point->remote)
		return true;
	if (!point->by_user && is_spelled(p, wants, n, up->depth + 1))
		return true;
	log_say(LOG_LEVEL_DEBUG, "\"%s\" is left out: a %s", path,
		point->by_user ? "FUSE mount of a user's"
			       : "network or FUSE mount that no entry names");
	return false;
}

bool place_has_mounts(const struct places *p, const char *path)
{
	const struct mountpoint *m = mountmap_below(&p->mounts, path);
	const struct mountpoint *end = p->mounts.v + p->mounts.n;
	size_t len = strlen(path);

	for (; m && m < end && mountpoint_is_below(m, path); m++)
		if (!strchr(m->path + len + (len > 1), '/'))
			return true;
	return false;
}

bool place_is_mount_point(const struct places *p, const struct place *c, const char *name)
{
	char path[PATH_MAX];

	return c->has_mounts && path_in(c, name, path) && mountmap_at(&p->mounts, path);
}

/* ---- mounts come and go ------------------------------------------------------------------------
 */

/*
 * See what is at @path now.  @anew: whatever is known of it is of another mount.  @deep, @free: as
 * in place_scan().
 */
static void look_at(struct places *p, const char *path, bool anew, bool deep, bool free)
{
	struct place *c = p->root, *child;
	char name[NAME_MAX + 1];

	while (c && *path) {
		size_t len = strcspn(++path, "/");
		int r;

		if (len == 0 || len > NAME_MAX)
			return;
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		child = anew && !*path ? place_child(p, c, name) : NULL;
		if (child)
			place_drop(p, child);
		r = place_enter(p, c, name, false, &child);
		if (r < 0) /* its parent waits for it */
			place_enter_known(p, c, false, free);
		if (r > 0 || (child && deep && !*path))
			place_scan(p, child, deep, free);
		c = r < 0 ? NULL : child;
	}
}

static void on_change(void *user, const char *path)
{
	struct places *p = user;

	log_say(LOG_LEVEL_DEBUG, "mounted or unmounted: \"%s\"", path);
	if (strcmp(path, "/") == 0)
		p->lost = true; /* everything */
	else if (p->root)
		look_at(p, path, true, false, false);
}

int places_remount(struct places *p)
{
	struct mountmap old;
	int r = mountmap_renew(&p->mounts, &old), told;

	p->counts->remounts++;
	if (r < 0)
		return r;
	while (p->oldest) /* they are of the labeller's old table */
		place_close(p, p->oldest);
	told = labeller_remount(p->labeller);
	mountmap_compare(&p->mounts, &old, on_change, p);
	return told;
}

void place_enter_mounts(struct places *p, struct place *c, bool deep, bool free)
{
	const struct mountpoint *end = p->mounts.v + p->mounts.n, *m;
	char path[PATH_MAX];

	m = place_path(c, path) ? mountmap_below(&p->mounts, path) : NULL;
	for (; m && m < end && mountpoint_is_below(m, path); m++)
		look_at(p, m->path, false, deep, free);
}
