/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relabel/safe.h"

enum {
	OPT_HELP = 0x100,
	OPT_VERSION,
};

int query_usage(const struct query_tool *tool, const char *argv0)
{
	safe_printf(stderr, "usage:  %s %s\n", argv0, tool->synopsis);
	return QUERY_USAGE;
}

static void help(const struct query_tool *tool)
{
	printf("usage:  %s %s\n\n%s"
	       "  --help         this text\n"
	       "  --version      version\n",
	       tool->name, tool->synopsis, tool->help);
}

int query_option(const struct query_tool *tool, int argc, char **argv)
{
	static const struct option longs[] = {
		{"help", no_argument, NULL, OPT_HELP},
		{"version", no_argument, NULL, OPT_VERSION},
		{0},
	};
	char letter[2] = "";
	int c;

	opterr = 0; /* its messages would hold the bytes as they are */
	c = getopt_long(argc, argv, tool->shorts, longs, NULL);
	switch (c) {
	case OPT_HELP: help(tool); exit(query_end(QUERY_OK));
	case OPT_VERSION:
		printf("%s (relabel) %s\n", tool->name, lbl_version());
		exit(query_end(QUERY_OK));
	case '?':
	case ':':
		letter[0] = (char)optopt;
		if (strncmp(argv[optind - 1], "--", 2) == 0)
			safe_printf(stderr, "%s: unrecognized option '%s'\n", argv[0],
				    argv[optind - 1]);
		else
			safe_printf(stderr,
				    c == ':' ? "%s: option requires an argument -- '%s'\n"
					     : "%s: invalid option -- '%s'\n",
				    argv[0], letter);
		exit(query_usage(tool, argv[0]));
	default: return c;
	}
}

int query_kind(const char *text, enum lbl_kind *ret_kind)
{
	static const char letters[] = "?dcbsplf"; /* by lbl_kind */
	const char *at = *text ? strchr(letters + 1, *text) : NULL;

	if (!at)
		return -EINVAL;
	*ret_kind = (enum lbl_kind)(at - letters);
	return 0;
}

static void tell(void *user, const struct lbl_diag *diag)
{
	(void)user;
	safe_printf(stderr, "%s\n", diag->text);
}

/** To be asked for a judgement and get none is a no here. */
static int check(void *policy, const char *context, char **ret_canonical)
{
	int r = lbl_policy_check(policy, context, ret_canonical);

	return r < 0 ? 0 : r;
}

void query_close(struct query_rules *q)
{
	q->rules = lbl_rules_free(q->rules);
	q->policy = lbl_policy_free(q->policy);
}

static int open_rules(struct query_rules *q, const char *file, const char *root, unsigned flags)
{
	struct lbl_policy_options po = {.size = sizeof(po), .policy_root = root};
	struct lbl_rules_options ro = {.size = sizeof(ro),
				       .path = file,
				       .flags = flags,
				       .diag = tell,
				       .check = check,
				       .compiled_dir = LBL_COMPILED_DIR};
	int r;

	if (!file || flags & LBL_RULES_VALIDATE) {
		r = lbl_policy_open(&q->policy, &po);
		if (r < 0)
			return r;
		ro.check_user = q->policy;
	}
	if (flags & LBL_RULES_VALIDATE && !lbl_policy_enabled(q->policy)) {
		fputs("SELinux is not enabled: nobody can say which contexts are valid\n", stderr);
		return -ENOENT;
	}
	if (!file)
		ro.path = lbl_policy_file_contexts(q->policy);
	return lbl_rules_open(&q->rules, &ro);
}

int query_open(struct query_rules *q, const char *file, const char *root, unsigned flags)
{
	int r = open_rules(q, file, root, flags);

	if (r < 0)
		query_close(q);
	return r;
}

int query_end(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "standard output: %s\n", strerror(errno));
	return QUERY_FAILED;
}
