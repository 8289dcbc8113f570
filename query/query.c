/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relabel/safe.h"
#include "relabel/streams.h"

enum {
	OPT_HELP = QUERY_LAST + 1,
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
	       "%s"
	       "  --help         this text\n"
	       "  --version      version\n",
	       tool->name, tool->synopsis, tool->help,
	       tool->root ? "  --root DIR     paths are in the system whose top is DIR: go by its "
			    "policy\n"
			  : "");
}

int query_option(const struct query_tool *tool, int argc, char **argv)
{
	const struct option longs[] = {
		{"root", required_argument, NULL, QUERY_ROOT},
		{"help", no_argument, NULL, OPT_HELP},
		{"version", no_argument, NULL, OPT_VERSION},
		{tool->validates ? "validate" : NULL, required_argument, NULL, QUERY_VALIDATE},
		{0},
	};
	char letter[2] = "";
	int c;

	opterr = 0; /* its messages would hold the bytes as they are */
	c = getopt_long(argc, argv, tool->shorts, longs + !tool->root, NULL);
	switch (c) {
	case OPT_HELP: help(tool); exit(streams_finish(argv[0], QUERY_OK, QUERY_FAILED));
	case OPT_VERSION:
		printf("%s (relabel) %s\n", tool->name, lbl_version());
		exit(streams_finish(argv[0], QUERY_OK, QUERY_FAILED));
	case '?':
	case ':':
		letter[0] = (char)optopt;
		if (strncmp(argv[optind - 1], "--", 2) == 0)
			safe_printf(stderr,
				    c == ':' ? "%s: option '%s' requires an argument\n"
					     : "%s: unrecognized option '%s'\n",
				    argv[0], argv[optind - 1]);
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
	free(q->real_root);
	q->real_root = NULL;
}

/* What upstream says of a policy is left to the caller; it knows no root. */
static int open_policy(struct query_rules *q, const struct policy_from *from)
{
	char *error = NULL;
	int r = policy_find(from, &q->policy, &error);

	if (r < 0 && from->root && error)
		safe_printf(stderr, "%s\n", error);
	free(error);
	return r;
}

static int open_rules(struct query_rules *q, const struct policy_from *from, unsigned flags)
{
	struct lbl_rules_options ro = {.size = sizeof(ro),
				       .flags = flags,
				       .diag = tell,
				       .check = q->check ? q->check : check,
				       .compiled_dir = LBL_COMPILED_DIR};
	bool kernel = flags & LBL_RULES_VALIDATE && !q->check;
	int r;

	q->root = from->root;
	r = q->root ? lbl_root_path(NULL, q->root, &q->real_root) : 0;
	if (r < 0) {
		safe_printf(stderr, "--root %s: %s\n", q->root, strerror(-r));
		return r;
	}
	if (!from->spec || kernel) {
		r = open_policy(q, from);
		if (r < 0)
			return r;
		ro.check_user = q->policy;
	}
	if (kernel && !lbl_policy_enabled(q->policy)) {
		fputs("SELinux is not enabled: nobody can say which contexts are valid\n", stderr);
		return -ENOENT;
	}
	policy_rules(from, q->policy, &ro);
	return lbl_rules_open(&q->rules, &ro);
}

int query_open(struct query_rules *q, const struct policy_from *from, unsigned flags)
{
	int r = open_rules(q, from, flags);

	if (r < 0)
		query_close(q);
	return r;
}

char *query_inside(const struct query_rules *q, const char *path)
{
	char *inside = NULL, *error = NULL;

	if (!q->root)
		inside = strdup(path);
	else if (lbl_root_inside(q->real_root, path, &inside) < 0 &&
		 policy_inside(q->root, path, &inside, &error) < 0 && error)
		safe_printf(stderr, "%s\n", error);
	free(error);
	return inside;
}

enum lbl_kind query_kind_of(const struct query_rules *q, const char *path)
{
	int fd = lbl_root_open(q->root, path, O_PATH | O_NOFOLLOW, 0);
	enum lbl_kind kind = LBL_ANY;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		kind = lbl_kind_of_mode(st.st_mode);
	if (fd >= 0)
		close(fd);
	return kind;
}
