/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/look.h"

#include <string.h>

#include "base/array.h"
#include "base/path.h"
#include "base/root.h"
#include "tree/mounts.h"

struct mount_point {
	char *path;
	bool unasked; /* what is mounted there last may never answer */
};

struct mount_points {
	struct mount_point *v;
	size_t n, cap;
};

static void points_done(struct mount_points *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].path);
	free(p->v);
}

static struct mount_point *find(const struct mount_points *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].path, path) == 0)
			return &p->v[i];
	return NULL;
}

/* Automount points, too: to look for a name there is to have something mounted. */
static int note(void *user, const struct lbl_mount *m)
{
	struct mount_points *p = user;
	struct mount_point *at = find(p, m->path);
	bool unasked = m->remote || m->autofs;
	int r;

	if (at) {
		at->unasked = unasked;
		return 0;
	}
	if (!unasked)
		return 0;
	r = array_reserve(&p->v, &p->cap, p->n + 1, sizeof(*p->v));
	if (r < 0)
		return r;
	p->v[p->n] = (struct mount_point){.path = strdup(m->path), .unasked = true};
	return p->v[p->n].path ? (p->n++, 0) : -ENOMEM;
}

static bool is_unasked(void *user, const char *path)
{
	const struct mount_point *at = find(user, path);

	return at && at->unasked;
}

int look(const char *path, const struct operand_root *root, unsigned flags, struct buf *ret_path,
	 mode_t *ret_mode)
{
	_cleanup_(points_done) struct mount_points points = {0};
	_cleanup_(buf_done) struct buf whole = {0};
	int r = operand_inside(path, root, &whole);

	if (r < 0)
		return r;
	r = mounts_each(NULL, note, &points);
	if (r < 0 && r != -ENOENT) /* no /proc: nothing is known */
		return r;
	return root_look(root->path.len ? root->path.data : "/", whole.data, flags, is_unasked,
			 &points, ret_path, ret_mode);
}

int lbl_look(const char *root, const char *path, unsigned flags, char **ret_path,
	     enum lbl_kind *ret_kind)
{
	_cleanup_(operand_root_done) struct operand_root top = {0};
	_cleanup_(buf_done) struct buf real = {0};
	mode_t mode;
	int r = *path ? operand_root_init(&top, root ? root : "", true) : -EINVAL;

	if (r == 0)
		r = look(path, &top, flags & LBL_LOOK_SELF ? ROOT_KEEP_LAST : 0, &real, &mode);
	if (r < 0)
		return r;
	*ret_path = TAKE_PTR(real.data);
	*ret_kind = mode ? lbl_kind_of_mode(mode) : LBL_ANY;
	return 0;
}
