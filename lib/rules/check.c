/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/check.h"

#include <string.h>

#include "rules/side.h"

/** Would the automaton take it?  0, -EOPNOTSUPP or -E2BIG: PCRE2 must; -ENOMEM. */
static int try_own(struct check *c, const char *regex, size_t len)
{
	struct positions_start start;
	int r = regex_parse(&c->regex, regex, len, true);

	/* only counted repetition can be too much for PCRE2 as well */
	if (r < 0 || !memchr(regex, '{', len))
		return r;
	if (!c->ready) {
		r = positions_init(&c->positions);
		if (r < 0)
			return r;
		c->ready = true;
	}
	c->positions.n = c->positions.n_follow = 0;
	return positions_add(&c->positions, &c->regex, 0, LBL_ANY, &start);
}

int check_regex(struct check *c, const char *regex, size_t len, struct buf *error)
{
	struct side *side = NULL;
	int r = try_own(c, regex, len);

	if (r >= 0)
		return CHECK_OURS;
	if (r == -ENOMEM)
		return r;
	r = side_compile(&side, regex, len, error);
	side_free(side);
	return r < 0 ? r : CHECK_PCRE;
}

void check_done(struct check *c)
{
	regex_done(&c->regex);
	if (c->ready)
		positions_done(&c->positions);
	*c = (struct check){0};
}
