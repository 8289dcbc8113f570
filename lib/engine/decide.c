/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/decide.h"

#include <string.h>

#include "rules/context.h"

static int set_to(struct buf *set, const char *context, size_t len)
{
	buf_reset(set);
	buf_add(set, context, len);
	return buf_error(set) < 0 ? buf_error(set) : DECIDE_SET;
}

int decide(const struct decide_rules *rules, const char *have, size_t have_len, const char *want,
	   size_t want_len, struct buf *ret_set)
{
	struct context old, new;
	int r;

	if (have && have_len == want_len && memcmp(have, want, want_len) == 0)
		return DECIDE_KEEP;
	if (!have || have_len == 0 || rules->force || memchr(have, '\0', have_len) ||
	    context_parse(&old, have) < 0)
		return set_to(ret_set, want, want_len);

	if (rules->customizable && customizable_has(rules->customizable, old.type, old.type_len))
		return DECIDE_CUSTOMIZED;

	r = context_parse(&new, want);
	if (r < 0)
		return r;
	buf_reset(ret_set);
	context_join(ret_set, &old, &new,
		     rules->user_role ? CONTEXT_USER | CONTEXT_ROLE | CONTEXT_TYPE : CONTEXT_TYPE);
	if (buf_error(ret_set) < 0)
		return buf_error(ret_set);
	if (ret_set->len == have_len && memcmp(ret_set->data, have, have_len) == 0)
		return DECIDE_KEEP;
	return DECIDE_SET;
}
