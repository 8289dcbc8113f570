/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * compile: `relabel compile`, the compiled form of a set of rules.
 */
#include "colour.h"
#include "command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "judge.h"
#include "lbl-rules.h"
#include "policy.h"
#include "safe.h"

struct compile {
	const char *name; /* the command's, for messages */
	const char *policy_root, *output, *root;
	char *file;	    /* malloc'ed */
	const char *inside; /* the root it is below, or NULL */
	unsigned flags;
	bool check;
	struct judge judge;
	struct lbl_policy *policy;
};

static const char help[] =
	"Usage: relabel compile [OPTION...] [FILE]\n"
	"Write the compiled form of the rules in FILE, a file_contexts, and of its companions; "
	"without\n"
	"FILE, of the active policy's.\n\n"
	"  -o, --output FILE      write to FILE; by default beside the rules, with \".lbl\"\n"
	"  --cache                write to " LBL_COMPILED_DIR "\n"
	"  --portable             same text, same bytes, on every machine\n"
	"  --base-only            leave .homedirs, .local and drop-ins out\n"
	"  --validate WHO         refuse contexts that are not valid, as judged by kernel, none "
	"(by\n"
	"                         their form), or a policy's file\n"
	"  -c, --check            write nothing: exit 0 if there is a compiled form in use, else "
	"1\n"
	"  --root DIR             without FILE: the policy of the system whose top is DIR\n"
	"  --policy-root DIR      without FILE: the policy in DIR (as /etc/selinux/targeted)\n"
	"      --color WHEN       show in colour: auto (on a terminal), always, never\n"
	"  -h, --help             this text\n";

/* ---- the command line ----------------------------------------------------------------------- */

static bool take_options(struct compile *c, int argc, char **argv, bool *ret_help)
{
	enum { BASE_ONLY = 0x100, CACHE, PORTABLE, POLICY_ROOT, ROOT, VALIDATE };
	static const struct option longs[] = {
		{"base-only", no_argument, NULL, BASE_ONLY},
		{"cache", no_argument, NULL, CACHE},
		{"check", no_argument, NULL, 'c'},
		COMMAND_COLOUR_OPTION,
		{"help", no_argument, NULL, 'h'},
		{"output", required_argument, NULL, 'o'},
		{"policy-root", required_argument, NULL, POLICY_ROOT},
		{"portable", no_argument, NULL, PORTABLE},
		{"root", required_argument, NULL, ROOT},
		{"validate", required_argument, NULL, VALIDATE},
		{NULL, 0, NULL, 0},
	};
	int o;

	while ((o = command_option(argc, argv, ":co:h", longs)) != -1) {
		switch (o) {
		case BASE_ONLY: c->flags |= LBL_RULES_BASE_ONLY; break;
		case CACHE: c->flags |= LBL_COMPILE_CACHE; break;
		case PORTABLE: c->flags |= LBL_COMPILE_PORTABLE; break;
		case VALIDATE: judge_choose(&c->judge, optarg); break;
		case POLICY_ROOT: c->policy_root = optarg; break;
		case ROOT: c->root = policy_root_taken(optarg); break;
		case 'c': c->check = true; break;
		case 'o': c->output = optarg; break;
		case 'h': *ret_help = true; return true;
		default: return false;
		}
	}
	return true;
}

static bool parse(struct compile *c, int argc, char **argv, bool *ret_help)
{
	if (!take_options(c, argc, argv, ret_help))
		return false;
	if (*ret_help)
		return true;
	if (argc - optind > 1)
		command_error(c->name, "one FILE at most, not '%s' as well", argv[optind + 1]);
	else if (argc - optind == 1 && c->policy_root)
		command_error(c->name, "FILE and --policy-root: one of them");
	else if (argc - optind == 1 && c->root)
		command_error(c->name, "FILE and --root: one of them");
	else if (c->root && c->flags & LBL_COMPILE_CACHE)
		command_error(c->name, "--cache is for this system's rules, not those of --root");
	else if (c->output && c->flags & LBL_COMPILE_CACHE)
		command_error(c->name, "--output and --cache: one of them");
	else if (c->output && c->check)
		command_error(c->name, "--check looks where programs do, not at --output");
	else
		return true;
	return false;
}

/* ---- which rules ---------------------------------------------------------------------------- */

static int find_rules(struct compile *c, const char *typed)
{
	struct policy_from from = {
		.root = c->root,
		.policy_root = c->root ? c->policy_root : policy_root_wanted(c->policy_root),
	};
	char *error = NULL;
	int r;

	if (!typed || c->judge.who == JUDGE_KERNEL) {
		r = policy_find(&from, &c->policy, &error);
		if (r < 0)
			command_error(c->name, "%s", error ? error : strerror(-r));
		free(error);
		if (r < 0)
			return r;
	}
	c->inside = typed ? NULL : lbl_policy_root(c->policy);
	c->file = strdup(typed ? typed : lbl_policy_file_contexts(c->policy));
	/* what stands in the cache is named after the full path */
	if (typed && c->flags & LBL_COMPILE_CACHE) {
		free(c->file);
		c->file = realpath(typed, NULL);
		if (!c->file) {
			r = -errno;
			command_error(c->name, "%s: %s", typed, strerror(-r));
			return r;
		}
	}
	if (!c->file)
		(void)command_no_memory(c->name);
	return c->file ? 0 : -ENOMEM;
}

/* ---- what there is to do -------------------------------------------------------------------- */

static int check(struct compile *c)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.path = c->file,
		.flags = c->flags & LBL_RULES_BASE_ONLY,
		.diag = command_diag,
		.user = (void *)c->name,
		.compiled_dir = LBL_COMPILED_DIR,
		.root = c->inside,
	};
	struct lbl_rules *rules;
	const char *used;
	int r = lbl_rules_open(&rules, &ro);

	if (r < 0) {
		command_error(c->name, "%s: %s", c->file, strerror(-r));
		return COMMAND_ERROR;
	}
	used = lbl_rules_compiled(rules);
	if (used)
		safe_printf(stdout, "%s is used\n", used);
	else
		safe_printf(stdout, "%s has no compiled form that could be used\n", c->file);
	r = used ? COMMAND_OK : COMMAND_NOT_WELL;
	lbl_rules_free(rules);
	return r;
}

static bool open_judge(struct compile *c)
{
	_cleanup_free_ char *error = NULL;
	int r = judge_open(&c->judge, c->policy, &error);

	if (r < 0)
		command_error(c->name, "%s", error ? error : strerror(-r));
	return r == 0;
}

static int compile(struct compile *c)
{
	struct lbl_compile_options co = {
		.size = sizeof(co),
		.path = c->file,
		.output = c->output,
		.flags = c->flags,
		.diag = command_diag,
		.check = judge_check_fn(&c->judge),
		.user = (void *)c->name,
		.check_user = &c->judge,
		.root = c->inside,
	};
	_cleanup_free_ char *refusals = NULL;

	if (!open_judge(c))
		return COMMAND_ERROR;
	if (c->judge.who == JUDGE_NONE)
		co.check = judge_form_alone;
	if (lbl_compile(&co) >= 0)
		return COMMAND_OK;
	refusals = judge_refusals(&c->judge);
	if (refusals)
		command_error(c->name, "%s", refusals);
	return COMMAND_ERROR;
}

int command_compile(int argc, char **argv)
{
	struct compile c = {.name = argv[0]};
	bool help_wanted = false;
	int status = COMMAND_ERROR;

	if (!parse(&c, argc, argv, &help_wanted))
		return COMMAND_ERROR;
	if (help_wanted) {
		colour_help(stdout, help);
		return COMMAND_OK;
	}
	if (find_rules(&c, argv[optind]) >= 0)
		status = c.check ? check(&c) : compile(&c);
	judge_done(&c.judge);
	lbl_policy_free(c.policy);
	free(c.file);
	return status;
}
