/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_rules_digest(struct lbl_rules *rules, unsigned char ret_digest[LBL_SHA1_SIZE])
{
	return -ENOSYS;
}

int lbl_rules_partial_digest(struct lbl_rules *rules, const char *path,
			     unsigned char ret_digest[LBL_SHA1_SIZE])
{
	return -ENOSYS;
}
