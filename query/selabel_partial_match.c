/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "selabel.h"

/** Upstream's exit status is the answer: 1 for TRUE. */
static int answer(const char *file, unsigned flags, const char *path)
{
	struct query_rules q = {0};
	int r = selabel_open(&q, SELABEL_OPEN, file, flags);

	if (r < 0)
		return QUERY_FAILED;
	r = *path ? lbl_rules_partial(q.rules, path) : 0;
	if (r < 0)
		fprintf(stderr, "selabel_partial_match ERROR: %s\n", strerror(-r));
	else
		printf("Match or Partial match: %s\n", r ? "TRUE" : "FALSE");
	query_close(&q);
	return r < 0 ? QUERY_FAILED : r;
}

static int run(const struct query_tool *tool, int argc, char **argv)
{
	const char *file = NULL, *path = NULL;
	unsigned flags = 0;
	int c;

	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'f': file = optarg; break;
		case 'p': path = optarg; break;
		case 'v': flags |= LBL_RULES_VALIDATE; break;
		}
	}
	if (!path || optind < argc)
		return query_usage(tool, argv[0]);
	return answer(file, flags, path);
}

const struct query_tool selabel_partial_match_tool = {
	.name = "selabel_partial_match",
	.shorts = ":f:p:v",
	.synopsis = "[-v] -p <path> [-f file]",
	.help = SELABEL_HELP_FILE "  -p PATH        the path\n" SELABEL_HELP_VALIDATE,
	.run = run,
};
