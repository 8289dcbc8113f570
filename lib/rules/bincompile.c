/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_bin_compile(const struct lbl_bin_options *options)
{
	return -ENOSYS;
}
