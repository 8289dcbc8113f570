/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selabel.h"

/** Upstream's exit status is the answer: 1 for TRUE. */
static int answer(const struct policy_from *from, unsigned flags, const char *who, const char *path)
{
	struct query_rules q = {0};
	char *inside;
	int r = selabel_open(&q, SELABEL_OPEN, from, flags, who);

	if (r < 0)
		return QUERY_FAILED;
	inside = query_inside(&q, path);
	if (!inside) {
		query_close(&q);
		return QUERY_FAILED;
	}
	r = *inside ? lbl_rules_partial(q.rules, inside) : 0;
	free(inside);
	if (r < 0)
		fprintf(stderr, "selabel_partial_match ERROR: %s\n", strerror(-r));
	else
		printf("Match or Partial match: %s\n", r ? "TRUE" : "FALSE");
	query_close(&q);
	return r < 0 ? QUERY_FAILED : r;
}

static int run(const struct query_tool *tool, int argc, char **argv)
{
	struct policy_from from = {0};
	const char *path = NULL;
	const char *who = NULL;
	unsigned flags = 0;
	int c;

	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'f': from.spec = optarg; break;
		case QUERY_ROOT: from.root = policy_root_taken(optarg); break;
		case 'p': path = optarg; break;
		case 'v': flags |= LBL_RULES_VALIDATE; break;
		case QUERY_VALIDATE: who = optarg; break;
		}
	}
	if (!path || optind < argc)
		return query_usage(tool, argv[0]);
	return answer(&from, flags, who, path);
}

const struct query_tool selabel_partial_match_tool = {
	.name = "selabel_partial_match",
	.shorts = ":f:p:v",
	.synopsis = "[-v] -p <path> [-f file]",
	.help = SELABEL_HELP_FILE "  -p PATH        the path\n" SELABEL_HELP_VALIDATE,
	.root = true,
	.validates = true,
	.run = run,
};
