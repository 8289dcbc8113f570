/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/job.h"

int lbl_dir_open(struct lbl_dir **ret_dir, struct lbl_relabel *relabel, const char *path)
{
	return -ENOSYS;
}

struct lbl_dir *lbl_dir_free(struct lbl_dir *dir)
{
	return NULL;
}

int lbl_dir_fd(const struct lbl_dir *dir)
{
	return -1;
}

int lbl_dir_entry(struct lbl_dir *dir, const char *name)
{
	return -ENOSYS;
}

int lbl_dir_self(struct lbl_dir *dir)
{
	return -ENOSYS;
}
