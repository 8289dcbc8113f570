/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_rules_partial(struct lbl_rules *rules, const char *path)
{
	return -ENOSYS;
}
