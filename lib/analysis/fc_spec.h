/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fc_spec: one spec of refpolicy source: PATH [KIND] gen_context(...). */
#pragma once

#include "analysis/fc.h"

struct fc_reader {
	struct fc *fc;
	fc_problem_fn problem;
	void *user;
	unsigned line;
	int error; /* sticky: 0 or -ENOMEM */
};

void fc_tell(struct fc_reader *r, enum fc_problem what, const char *fmt, ...) _printf_(3, 4);

/** White space inside a line. */
static inline bool fc_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/** Read the spec at @p, which is not blank, and add it to r->fc; or tell what is wrong with it. */
void fc_read_spec(struct fc_reader *r, const char *p, const char *end, uint32_t block);
