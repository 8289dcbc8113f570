/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* selabel_lookup, selabel_lookup_best_match: the context of a path. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relabel/safe.h"
#include "selabel.h"

static int look_up(const struct query_rules *q, const char *key, mode_t mode)
{
	char *inside = key ? query_inside(q, key) : NULL;
	struct lbl_match match;
	int r;

	if (key && !inside)
		return QUERY_FAILED;
	r = key ? lbl_rules_lookup(q->rules, inside, lbl_kind_of_mode(mode), &match) : -EINVAL;
	if (r > 0 && match.context)
		safe_printf(stdout, "Default context: %s\n", match.context);
	else
		selabel_no_answer("selabel_lookup", "key / type", r < 0 ? r : 0);
	free(inside);
	return r > 0 && match.context ? QUERY_OK : QUERY_FAILED;
}

static int lookup(const struct policy_from *from, unsigned flags, const char *who, const char *key,
		  mode_t mode)
{
	struct query_rules q = {0};
	int status = QUERY_FAILED;

	if (selabel_open(&q, SELABEL_OPEN, from, flags, who) >= 0)
		status = look_up(&q, key, mode);
	query_close(&q);
	return status;
}

static int run_lookup(const struct query_tool *tool, int argc, char **argv)
{
	struct policy_from from = {0};
	const char *key = NULL;
	const char *who = NULL;
	unsigned flags = 0;
	mode_t mode = 0;
	int c, other = 0;

	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'b':
			other = selabel_backend(tool, argv[0], optarg);
			if (other == SELABEL_NO_BACKEND)
				return QUERY_USAGE;
			break;
		case 'f': from.spec = optarg; break;
		case QUERY_ROOT: from.root = policy_root_taken(optarg); break;
		case 'k': key = optarg; break;
		case 't': mode = (mode_t)atoi(optarg); break; /* junk is 0, any kind */
		case 'v': flags |= LBL_RULES_VALIDATE; break;
		case QUERY_VALIDATE: who = optarg; break;
		}
	}
	if (argc < 3)
		return query_usage(tool, argv[0]);
	if (other) {
		fprintf(stderr, "%s%s\n", SELABEL_OPEN, strerror(EOPNOTSUPP));
		return QUERY_FAILED;
	}
	return lookup(&from, flags, who, key, mode);
}

/* Names below a root become names inside, for as long as the program runs. */
static bool all_inside(const struct query_rules *q, char **paths)
{
	for (; q->root && *paths; paths++) {
		*paths = query_inside(q, *paths);
		if (!*paths)
			return false;
	}
	return true;
}

/* @paths: the path, its other names, and NULL. */
static int best_match(const struct policy_from *from, unsigned flags, const char *who, char **paths,
		      enum lbl_kind kind)
{
	struct query_rules q = {0};
	struct lbl_match match;
	int r = selabel_open(&q, SELABEL_OPEN, from, flags, who);

	if (r < 0)
		return QUERY_FAILED;
	if (!all_inside(&q, paths)) {
		query_close(&q);
		return QUERY_FAILED;
	}
	r = paths[0] ? lbl_rules_best_match(q.rules, paths[0], (const char *const *)paths + 1, kind,
					    &match)
		     : -EINVAL;
	if (r > 0)
		safe_printf(stdout, "Best match context: %s\n", match.context);
	else
		selabel_no_answer("selabel_lookup_best_match", "path / mode", r);
	query_close(&q);
	return r > 0 ? QUERY_OK : QUERY_FAILED;
}

static int run_best_match(const struct query_tool *tool, int argc, char **argv)
{
	struct policy_from from = {0};
	char *path = NULL;
	enum lbl_kind kind = LBL_ANY;
	const char *who = NULL;
	unsigned flags = 0;
	int c;

	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'f': from.spec = optarg; break;
		case QUERY_ROOT: from.root = policy_root_taken(optarg); break;
		case 'm':
			if (query_kind(optarg, &kind) < 0)
				kind = LBL_ANY;
			break;
		case 'p': path = optarg; break;
		case 'v': flags |= LBL_RULES_VALIDATE; break;
		case QUERY_VALIDATE: who = optarg; break;
		}
	}
	if (argc < 3)
		return query_usage(tool, argv[0]);
	argv[optind - 1] = path; /* before its other names */
	return best_match(&from, flags, who, argv + optind - 1, kind);
}

const struct query_tool selabel_lookup_tool = {
	.name = "selabel_lookup",
	.shorts = ":b:f:k:rt:v",
	.synopsis = "-b backend [-v] [-r] -k key [-t type] [-f file]",
	.help = SELABEL_HELP_BACKEND SELABEL_HELP_FILE
	"  -k KEY         the path\n" SELABEL_HELP_RAW
	"  -t TYPE        its st_mode in decimal: 32768 is a regular file; 0, the default: "
	"any\n" SELABEL_HELP_VALIDATE,
	.root = true,
	.validates = true,
	.run = run_lookup,
};

const struct query_tool selabel_best_match_tool = {
	.name = "selabel_lookup_best_match",
	.shorts = ":f:m:p:rv",
	.synopsis = "[-v] [-r] -p path [-m mode] [-f file] [link...]",
	.help = SELABEL_HELP_FILE
	"  -m MODE        kind of file: f d l c b s p; else any\n"
	"  -p PATH        the path; other names of it are the operands\n" SELABEL_HELP_RAW
		SELABEL_HELP_VALIDATE,
	.root = true,
	.validates = true,
	.run = run_best_match,
};
