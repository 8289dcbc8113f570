/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lint: `relabel lint`, mistakes in rule sets and in refpolicy source.
 */
#include "colour.h"
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "judge.h"
#include "lint_report.h"
#include "policy.h"

struct lint {
	const char *name; /* the command's, for messages */
	const char *root; /* --root, "/" for this system's */
	const char *from; /* that, but NULL for "/": whose policy it is */
	const char *policy_root;
	struct lbl_policy *policy; /* NULL: there is none */
	struct judge judge;
	struct lint_report report;
};

enum what {
	SHOW_FINDINGS,
	SHOW_CODES,
	SHOW_HELP,
};

static const char help[] =
	"Usage: relabel lint [OPTION...] [FILE...]\n"
	"Look for mistakes in rules: those of the active policy, or of each FILE, which is the\n"
	"base file of a set, a single .local or .homedirs, or refpolicy source (.fc).\n\n"
	"      --root DIR         the policy of the system whose top is DIR, unless one is named;\n"
	"                         also name the specs that win nothing below DIR\n"
	"      --only CODE        tell these findings only; may be repeated, or a list with "
	"commas\n"
	"      --disable CODE     do not tell these\n"
	"      --strict           infos, too, make the exit status 1\n"
	"      --json             print one JSON object\n"
	"      --policy-root DIR  the policy to look at, such as /etc/selinux/targeted\n"
	"      --validate WHO     who judges contexts: kernel, none, or a policy's file\n"
	"      --list-codes       print all codes of findings\n"
	"  -v, --verbose          say how contexts are judged and what could not be decided\n"
	"      --color WHEN       show in colour: auto (on a terminal), always, never\n"
	"  -h, --help             this text\n";

/* ---- the command line ----------------------------------------------------------------------- */

static bool take_options(struct lint *l, int argc, char **argv, enum what *ret_what)
{
	enum { ROOT = 0x100, ONLY, DISABLE, STRICT, JSON, POLICY_ROOT, LIST_CODES, VALIDATE };
	static const struct option longs[] = {
		{"root", required_argument, NULL, ROOT},
		{"only", required_argument, NULL, ONLY},
		{"disable", required_argument, NULL, DISABLE},
		{"strict", no_argument, NULL, STRICT},
		{"json", no_argument, NULL, JSON},
		{"policy-root", required_argument, NULL, POLICY_ROOT},
		{"list-codes", no_argument, NULL, LIST_CODES},
		{"validate", required_argument, NULL, VALIDATE},
		{"verbose", no_argument, NULL, 'v'},
		COMMAND_COLOUR_OPTION,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct lint_report *r = &l->report;
	bool ok = true;
	int c;

	while (ok && (c = command_option(argc, argv, ":vh", longs)) != -1) {
		switch (c) {
		case ROOT:
			l->root = optarg;
			l->from = policy_root_taken(optarg);
			break;
		case ONLY: ok = lint_report_choose(r, l->name, optarg, true); break;
		case DISABLE: ok = lint_report_choose(r, l->name, optarg, false); break;
		case STRICT: r->strict = true; break;
		case JSON: r->json = true; break;
		case POLICY_ROOT: l->policy_root = optarg; break;
		case VALIDATE: judge_choose(&l->judge, optarg); break;
		case LIST_CODES: *ret_what = SHOW_CODES; break;
		case 'v': r->verbose = true; break;
		case 'h': *ret_what = SHOW_HELP; return true;
		default: ok = false;
		}
	}
	return ok;
}

/* ---- what a FILE is ------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && strcmp(path + n - m, end) == 0;
}

/** Is @path a drop-in?  These end as refpolicy source does, but are not. */
static bool is_drop_in(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir = ".local.d";
	size_t n = strlen(dir);

	return slash && (size_t)(slash - path) >= n && memcmp(slash - n, dir, n) == 0;
}

static bool is_source(const char *path)
{
	return ends_with(path, ".fc") && !is_drop_in(path);
}

static bool is_alone(const char *path)
{
	return ends_with(path, ".local") || ends_with(path, ".homedirs") || is_drop_in(path);
}

/* ---- specs that win nothing on this disk ---------------------------------------------------- */

static void count_lost(struct lint *l, struct lbl_relabel *relabel)
{
	struct lbl_counters c;
	unsigned long long lost = 0;
	char number[32];

	lbl_relabel_counters(relabel, &c);
	for (int i = 0; i < LBL_CLASSES; i++)
		if (i != LBL_CLASS_VANISHED && i != LBL_CLASS_READ_ONLY &&
		    i != LBL_CLASS_UNSUPPORTED)
			lost += c.errors[i];
	snprintf(number, sizeof(number), "%llu", lost);
	if (lost)
		command_error(l->name, "%s: %s entries could not be looked at", l->root, number);
}

static void tell_unused(struct lint *l, struct lbl_rules *rules)
{
	struct lbl_match m;
	size_t pos = 0;

	while (lbl_rules_next_unused(rules, &pos, &m) > 0) {
		struct lbl_finding f = {
			.code = lint_unused,
			.severity = LBL_INFO,
			.file = m.file,
			.line = m.line,
			.regex = m.regex,
		};
		char *text;

		if (asprintf(&text, "%s: wins nothing below %s", m.regex, l->root) < 0)
			return;
		f.text = text;
		lint_report_finding(&l->report, &f);
		free(text);
	}
}

/** A relabelling that writes nothing shows which specs are of use. */
static int walk(struct lint *l, struct lbl_rules *rules)
{
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = LBL_DRY_RUN | LBL_RECURSE | LBL_TRACK_UNUSED,
		.rules = rules,
		.alt_root = l->from,
	};
	struct lbl_relabel *relabel;
	int r;

	/* without SELinux no mount can hold labels */
	if (!l->policy || !lbl_policy_enabled(l->policy))
		o.flags |= LBL_NO_MOUNT_CHECK;
	r = lbl_relabel_new(&relabel, &o);
	if (r < 0)
		return r;
	(void)lbl_raise_fd_limit(); /* the walk lives with less, too */
	r = lbl_relabel_path(relabel, l->root);
	if (r >= 0)
		count_lost(l, relabel);
	lbl_relabel_free(relabel);
	if (r >= 0)
		tell_unused(l, rules);
	return r;
}

static int lint_root(struct lint *l, const char *file, unsigned flags)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.path = file,
		.flags = flags,
		.root = policy_root_of(l->from, file),
	};
	struct lbl_rules *rules = NULL;
	int r;

	if (!l->root || !lint_report_wants(&l->report, lint_unused))
		return 0;
	r = lbl_rules_open(&rules, &ro);
	if (r < 0) {
		command_error(l->name, "%s: has errors, so nothing below %s is looked at", file,
			      l->root);
		return r;
	}
	r = walk(l, rules);
	if (r < 0)
		command_error(l->name, "%s: %s", l->root, strerror(-r));
	lbl_rules_free(rules);
	return r;
}

/* ---- files ---------------------------------------------------------------------------------- */

static int lint_file(struct lint *l, const char *file)
{
	struct lbl_lint_options o = {
		.size = sizeof(o),
		.path = file,
		.flags = is_alone(file) ? LBL_RULES_BASE_ONLY : 0,
		.finding = lint_report_finding,
		.user = &l->report,
		.check = judge_check_fn(&l->judge),
		.check_user = &l->judge,
		.root = policy_root_of(l->from, file),
	};
	bool source = is_source(file);
	int r;

	if (l->report.verbose)
		command_error(l->name, "%s: contexts are judged by %s", file,
			      source ? "their form alone" : judge_name(&l->judge));
	r = source ? lbl_lint_source(&o) : lbl_lint_rules(&o);
	if (r < 0) {
		command_error(l->name, "%s: %s", file, strerror(-r));
		return r;
	}
	return source ? 0 : lint_root(l, file, o.flags);
}

static int open_judge(struct lint *l)
{
	_cleanup_free_ char *error = NULL;
	int r;

	/* the running kernel says nothing about a policy that is not its own */
	if (l->judge.who == JUDGE_UNSAID)
		l->judge.who =
			!l->policy_root && !l->from && l->policy && lbl_policy_enabled(l->policy)
				? JUDGE_KERNEL
				: JUDGE_NONE;
	r = judge_open(&l->judge, l->policy, &error);
	if (r < 0)
		command_error(l->name, "%s", error ? error : strerror(-r));
	return r;
}

static int lint_files(struct lint *l, int n, char **files)
{
	const struct policy_from from = {.root = l->from, .policy_root = l->policy_root};
	char *error = NULL;
	int r = policy_find(&from, &l->policy, &error), first = 0;

	if (r < 0 && (n == 0 || l->policy_root)) {
		command_error(l->name, "%s", error ? error : strerror(-r));
		free(error);
		return r;
	}
	free(error);
	r = open_judge(l);
	if (r < 0)
		return r;
	if (n == 0)
		return lint_file(l, lbl_policy_file_contexts(l->policy));
	for (int i = 0; i < n; i++) {
		r = lint_file(l, files[i]);
		first = first < 0 ? first : r;
	}
	return first;
}

static bool check_root(const struct lint *l)
{
	struct stat st;

	if (!l->root || stat(l->root, &st) == 0)
		return true;
	command_error(l->name, "%s: %s", l->root, strerror(errno));
	return false;
}

static int lint(struct lint *l, int n, char **files)
{
	int failed, status;

	if (!check_root(l))
		return COMMAND_ERROR;
	failed = lint_files(l, n, files);
	status = lint_report_end(&l->report, l->name);
	judge_done(&l->judge);
	lbl_policy_free(l->policy);
	return failed < 0 ? COMMAND_ERROR : status;
}

int command_lint(int argc, char **argv)
{
	struct lint l = {.name = argv[0]};
	enum what what = SHOW_FINDINGS;

	if (!take_options(&l, argc, argv, &what))
		return COMMAND_ERROR;
	if (!l.from)
		l.policy_root = policy_root_wanted(l.policy_root);
	switch (what) {
	case SHOW_HELP: colour_help(stdout, help); return COMMAND_OK;
	case SHOW_CODES: lint_report_codes(); return COMMAND_OK;
	default: return lint(&l, argc - optind, argv + optind);
	}
}
