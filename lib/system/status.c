/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/policy.h"

#include <errno.h>

int lbl_policy_status(struct lbl_policy *policy, struct lbl_status *ret_status)
{
	return -ENOSYS;
}
