/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decide: what to do with one inode, from what it has and what the rules want.
 *
 *	              type differs   only user/role   only range   no label   customizable
 *	default       U:R:t:L        keep             keep         u:r:t:l    keep
 *	user + role   u:r:t:L        u:r:T:L          keep         u:r:t:l    keep
 *	force         u:r:t:l        u:r:t:l          u:r:t:l      u:r:t:l    u:r:t:l
 *
 * U:R:T:L is the present label, u:r:t:l the wanted one.  A present label that is empty or cannot be
 * taken apart holds nothing worth keeping and counts as none (upstream fails on it).
 */
#pragma once

#include "base/buf.h"
#include "system/customizable.h"

struct decide_rules {
	bool force;
	bool user_role;
	const struct customizable *customizable; /* may be NULL */
};

enum decide_action {
	DECIDE_KEEP,
	DECIDE_SET,
	DECIDE_CUSTOMIZED, /* keep, because the present type is customizable */
};

/**
 * @have      present label without trailing NULs, may hold any byte; NULL: none
 * @want      wanted context, NUL-terminated
 * @ret_set   with DECIDE_SET: the context to set (its former contents are lost)
 * Return an action; -EINVAL: @want is no context; -ENOMEM.  Thread-safe.
 */
int decide(const struct decide_rules *rules, const char *have, size_t have_len, const char *want,
	   size_t want_len, struct buf *ret_set);
