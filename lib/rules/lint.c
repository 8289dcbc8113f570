/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_lint_rules(const struct lbl_lint_options *options)
{
	return -ENOSYS;
}

int lbl_lint_source(const struct lbl_lint_options *options)
{
	return -ENOSYS;
}
