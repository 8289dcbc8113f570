/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "lbl-rules.h"

int lbl_explain_new(struct lbl_explain **ret_explain, struct lbl_rules *rules, const char *path,
		    enum lbl_kind kind)
{
	return -ENOSYS;
}

struct lbl_explain *lbl_explain_free(struct lbl_explain *explain)
{
	return NULL;
}

const char *lbl_explain_path(const struct lbl_explain *explain)
{
	return NULL;
}

int lbl_explain_next_step(const struct lbl_explain *explain, size_t *pos,
			  struct lbl_explain_step *ret_step)
{
	return 0;
}

int lbl_explain_next_candidate(const struct lbl_explain *explain, size_t *pos,
			       struct lbl_candidate *ret_candidate)
{
	return 0;
}
