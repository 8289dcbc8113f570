/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/witness.h"

int witness_new(struct witness **ret_witness, struct db *db)
{
	return -ENOSYS;
}

struct witness *witness_free(struct witness *witness)
{
	return NULL;
}

int witness_find(struct witness *witness, const struct witness_query *query, struct buf *ret_path)
{
	return -EAGAIN;
}

int witness_wins(struct witness *witness, uint32_t spec, enum lbl_kind kind, struct buf *ret_path)
{
	return -EAGAIN;
}
