/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/common.h"
#include "lbl-rules.h"
#include "rules/spec.h"

struct best {
	struct lbl_match match;
	size_t prefix;
	bool found, literal;
};

/** A name more.  Once a literal was found no other name counts. */
static int consider(struct best *best, struct lbl_rules *rules, const char *path,
		    enum lbl_kind kind)
{
	struct lbl_match match;
	int r = lbl_rules_lookup(rules, path, kind, &match);
	size_t len, prefix;
	bool literal;

	if (r <= 0 || !match.context)
		return MIN(r, 0);
	len = strlen(match.regex);
	literal = spec_is_literal(match.regex, len);
	prefix = spec_prefix(match.regex, len);
	if (!best->found || literal || prefix > best->prefix)
		*best = (struct best){match, prefix, true, literal};
	return 0;
}

int lbl_rules_best_match(struct lbl_rules *rules, const char *path, const char *const *aliases,
			 enum lbl_kind kind, struct lbl_match *ret_match)
{
	struct best best = {.found = false};
	int r = consider(&best, rules, path, kind);

	while (r >= 0 && !best.literal && aliases && *aliases) {
		r = consider(&best, rules, *aliases, kind);
		if (r == -EINVAL && **aliases == '\0')
			r = 0; /* an empty name is none */
		aliases++;
	}
	if (r < 0 || !best.found)
		return r;
	*ret_match = best.match;
	return 1;
}
