/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_diff_new(struct lbl_diff **ret_diff, struct lbl_rules *old_rules,
		 struct lbl_rules *new_rules)
{
	return -ENOSYS;
}

struct lbl_diff *lbl_diff_free(struct lbl_diff *diff)
{
	return NULL;
}

int lbl_diff_next(const struct lbl_diff *diff, size_t *pos, struct lbl_diff_item *ret_item)
{
	return 0;
}

int lbl_diff_below(const struct lbl_diff *diff, const char *dir)
{
	return -ENOSYS;
}
