/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/remote.h"

#include <string.h>

#include "base/alloc.h"
#include "tree/mounts.h"
#include "tree/probe.h"

struct remote_mount {
	char *path;
	bool asked, dead;
};

static int note_mount(void *user, const struct lbl_mount *m)
{
	struct remotes *r = user;
	int e;

	if (!m->remote || m->autofs)
		return 0;
	e = array_reserve(&r->v, &r->cap, r->n + 1, sizeof(*r->v));
	if (e < 0)
		return e;
	r->v[r->n] = (struct remote_mount){.path = strdup(m->path)};
	return r->v[r->n].path ? (r->n++, 0) : -ENOMEM;
}

int remotes_load(struct remotes *r, const char *mountinfo)
{
	return mounts_each(mountinfo, note_mount, r);
}

void remotes_done(struct remotes *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].path);
	free(r->v);
	*r = (struct remotes){0};
}

static bool is_entered(const struct scope *scope, const char *path)
{
	const struct scope_node *node = scope_find(scope, path);

	return node && !node->skip && !scope_excluded(scope, path);
}

int remotes_ask(struct remotes *r, struct scope *scope, const char *path, bool below,
		const char **ret_dead)
{
	_cleanup_free_ struct probe *v = NULL;
	_cleanup_free_ size_t *which = NULL;
	size_t n = 0;

	if (likely(r->n == 0))
		return 0;
	v = calloc(r->n, sizeof(*v));
	which = calloc(r->n, sizeof(*which));
	if (!v || !which)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++) {
		const char *at = r->v[i].path;

		if (r->v[i].asked || !(scope_below(path, at) ||
				       (below && scope_below(at, path) && is_entered(scope, at))))
			continue;
		r->v[i].asked = true;
		v[n].path = at;
		which[n++] = i;
	}
	probe_all(v, n, r->ms);
	for (size_t k = 0; k < n; k++) {
		struct remote_mount *m = &r->v[which[k]];

		/* other failures are the walk's to meet */
		m->dead = v[k].result == -ETIMEDOUT;
		if (m->dead)
			scope_fail(scope, m->path, "does not answer", -ETIMEDOUT);
	}
	for (size_t i = 0; i < r->n; i++) {
		if (r->v[i].dead && scope_below(path, r->v[i].path)) {
			*ret_dead = r->v[i].path;
			return -ETIMEDOUT;
		}
	}
	return 0;
}
