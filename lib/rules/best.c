/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_rules_best_match(struct lbl_rules *rules, const char *path, const char *const *aliases,
			 enum lbl_kind kind, struct lbl_match *ret_match)
{
	return -ENOSYS;
}
