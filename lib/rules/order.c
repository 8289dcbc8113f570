/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_sort_specs(const char *name, const char *text, size_t len, enum lbl_order order,
		   lbl_diag_fn diag, void *user, char **ret_text, size_t *ret_len)
{
	return -ENOSYS;
}
