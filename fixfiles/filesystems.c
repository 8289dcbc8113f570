/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filesystems.h"

#include <string.h>

#include "base/common.h"

struct finding {
	struct filesystems *fs;
	const struct ui *ui;
	const char *root; /* of another system; NULL: this one's */
	bool by_type;	  /* as the kernel does not say which hold labels, or labels are to last */
};

static bool keeps_labels(const char *type)
{
	static const char *const types[] = {"bcachefs", "btrfs", "erofs", "ext2",    "ext3",
					    "ext4",	"f2fs",	 "jfs",	  "overlay", "squashfs",
					    "tmpfs",	"xfs",	 "zfs"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static int take(void *user, const struct lbl_plan_mount *m)
{
	const struct finding *f = user;
	const char *path = m->path;

	if (m->skip && m->tell)
		ui_warning(f->ui, "%s: not entered: %s", m->path, m->skip);
	if (m->skip || (f->by_type && !keeps_labels(m->type)))
		return 0;
	/* the one it lies on may have more in it */
	if (f->root && strncmp(path, f->root, strlen(f->root)) != 0)
		path = f->root;
	return paths_add(m->read_only ? &f->fs->read_only : &f->fs->writable, path);
}

int filesystems_find(struct filesystems *ret_fs, const struct run_parts *parts, const char *root,
		     unsigned flags, bool lasting)
{
	/* a run of its own: that of the labels goes through one mount at a time */
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = LBL_RECURSE | (flags & LBL_REMOTE),
		.rules = parts->rules,
		.policy = parts->policy,
		.alt_root = root,
	};
	struct finding f = {
		.fs = ret_fs,
		.ui = parts->ui,
		.root = root,
		.by_type = lasting || !lbl_policy_enabled(parts->policy),
	};
	struct lbl_relabel *rl;
	int r = lbl_relabel_new(&rl, &o);

	if (r < 0)
		return r;
	r = lbl_relabel_plan(rl, root ? root : "/", take, &f);
	lbl_relabel_free(rl);
	paths_sort(&ret_fs->writable);
	paths_sort(&ret_fs->read_only);
	return r;
}

void filesystems_done(struct filesystems *fs)
{
	paths_done(&fs->writable);
	paths_done(&fs->read_only);
}
