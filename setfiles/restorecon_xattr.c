/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restorecon_xattr: the digests that `restorecon -D` leaves on directories, shown and deleted.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "exit.h"
#include "lbl-rules.h"
#include "relabel/hex.h"
#include "relabel/policy.h"
#include "relabel/safe.h"
#include "relabel/streams.h"
#include "run.h"
#include "ui.h"

enum {
	OPT_HELP = 0x100,
	OPT_VERSION,
	OPT_POLICY_ROOT,
	OPT_ROOT,
};

struct xattr {
	struct ui ui;
	const char *spec, *policy_root, *root, *path;
	const char **exclude; /* as many as there are arguments would fit */
	size_t n_exclude;
	unsigned flags, deletes;
	bool verbose, no_suffix, help, version;
	struct lbl_policy *policy;
	struct lbl_rules *rules;
	struct lbl_relabel *relabel;
};

static const char help[] =
	"Usage: restorecon_xattr [OPTION...] PATH\n"
	"Show the digest that restorecon -D left on the directory PATH, and whether it is that of "
	"the\n"
	"rules.\n\n"
	"  -r                     of all directories below PATH, too\n"
	"  -d                     delete digests that do not match\n"
	"  -D                     delete all of them\n"
	"  -n                     do not say whether a digest matches\n"
	"  -v                     first show the digest of the rules, and their files\n"
	"  -e DIR                 leave out DIR and what is below it (repeatable)\n"
	"  -m                     do not leave out mounts that cannot hold labels\n"
	"  -f SPEC                use these rules instead of those of the active policy\n"
	"      --root DIR         PATH is in the system whose top is DIR: go by its policy\n"
	"      --policy-root DIR  use the policy in DIR (as /etc/selinux/targeted)\n"
	"      --help             this text\n"
	"      --version          version and features\n\n"
	"Exit status: 0 all well, 255 errors.\n";

static int usage(void)
{
	fputs("usage:  restorecon_xattr [-vnrmdD] [-e DIR] [-f SPEC] PATH\n"
	      "Try 'restorecon_xattr --help'.\n",
	      stderr);
	return EXIT_ERROR;
}

static bool take(struct xattr *x, int letter)
{
	switch (letter) {
	case 'd': x->deletes |= LBL_DIGESTS_DELETE_STALE; return true;
	case 'D': x->deletes |= LBL_DIGESTS_DELETE; return true;
	case 'e': x->exclude[x->n_exclude++] = optarg; return true;
	case 'f': x->spec = optarg; return true;
	case 'm': x->flags |= LBL_NO_MOUNT_CHECK; return true;
	case 'n': x->no_suffix = true; return true;
	case 'r': x->flags |= LBL_RECURSE; return true;
	case 'v': x->verbose = true; return true;
	case OPT_POLICY_ROOT: x->policy_root = optarg; return true;
	case OPT_ROOT: x->root = x->ui.alt_root = policy_root_taken(optarg); return true;
	case OPT_HELP: x->help = true; return true;
	case OPT_VERSION: x->version = true; return true;
	default: return false;
	}
}

/* getopt_long() returned @c after it had looked at @word. */
static void refuse(const struct xattr *x, int c, const char *word)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = strncmp(word, "--", 2) == 0;

	ui_error(&x->ui, c == ':' ? "option '%s' needs an argument" : "unknown option '%s'",
		 is_long ? word : letter);
}

static bool parse(struct xattr *x, int argc, char **argv)
{
	static const struct option longs[] = {
		{"policy-root", required_argument, NULL, OPT_POLICY_ROOT},
		{"root", required_argument, NULL, OPT_ROOT},
		{"help", no_argument, NULL, OPT_HELP},
		{"version", no_argument, NULL, OPT_VERSION},
		{0},
	};
	int c;

	opterr = 0; /* its messages would hold the bytes as they are */
	while ((c = getopt_long(argc, argv, ":dDe:f:mnrv", longs, NULL)) != -1) {
		if (!take(x, c)) {
			refuse(x, c, argv[optind - 1]);
			return false;
		}
	}
	x->path = argv[optind]; /* upstream, too, looks at one alone */
	for (int i = optind + 1; i < argc; i++)
		ui_warning(&x->ui, "%s is not looked at: one PATH is taken", argv[i]);
	return true;
}

/* ---- what there is to show ------------------------------------------------------------------ */

static int show(void *user, const struct lbl_digest *d)
{
	char text[HEX_SIZE(LBL_DIGEST_MAX)];
	struct xattr *x = user;
	const char *suffix = x->no_suffix ? "" : d->match ? " Match" : " No Match";

	hex_text(d->value, d->len, text);
	if (d->error) {
		ui_say("%s Digest: %s Error removing xattr", d->path, text);
		ui_error(&x->ui, "Error: %s removing xattr \"security.sehash\" from: %s",
			 strerror(-d->error), d->path);
	} else {
		ui_say(d->deleted ? "%s Deleted Digest: %s%s" : "%s Digest: %s%s", d->path, text,
		       suffix);
	}
	return 0;
}

static int show_rules(struct xattr *x)
{
	char text[HEX_SIZE(LBL_SHA1_SIZE)];
	unsigned char digest[LBL_SHA1_SIZE];
	struct lbl_rules_file f;
	size_t pos = 0;
	int r = lbl_rules_digest(x->rules, digest);

	if (r < 0) {
		ui_error(&x->ui, "Error: selabel_digest: %s", strerror(-r));
		return r;
	}
	ui_say("specfiles SHA1 digest: %s", hex_text(digest, sizeof(digest), text));
	ui_say("calculated using the following specfile(s):");
	while (lbl_rules_next_file(x->rules, &pos, &f) > 0)
		ui_say("%s", f.path);
	putchar('\n');
	return 0;
}

/* ---- what it takes -------------------------------------------------------------------------- */

static int open_rules(struct xattr *x)
{
	struct policy_from from = {
		.root = x->root,
		.policy_root = x->root ? x->policy_root : policy_root_wanted(x->policy_root),
		.spec = x->spec,
	};
	_cleanup_free_ char *error = NULL;
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.diag = ui_diag,
		.user = &x->ui,
		.compiled_dir = LBL_COMPILED_DIR,
	};
	int r = policy_find(&from, &x->policy, &error);

	if (r < 0 && (x->root || x->policy_root)) {
		ui_error(&x->ui, "%s", error ? error : strerror(-r));
		return r;
	}
	if (r == 0 && !x->root && !from.policy_root && !lbl_policy_enabled(x->policy)) {
		ui_error(&x->ui, "SELinux must be enabled to perform this operation.");
		return -ENOTSUP;
	}
	if (r == 0) {
		policy_rules(&from, x->policy, &ro);
		r = lbl_rules_open(&x->rules, &ro);
	}
	if (r < 0)
		ui_error(&x->ui, "Error: selabel_open: %s%s%s", x->spec ? x->spec : "",
			 x->spec ? ": " : "", strerror(-r));
	return r;
}

static int open_relabel(struct xattr *x)
{
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = x->flags | LBL_IGNORE_MISSING,
		.rules = x->rules,
		.policy = x->policy,
		.alt_root = x->root,
		.event = ui_event,
		.user = &x->ui,
	};
	int r = lbl_relabel_new(&x->relabel, &o);

	if (r < 0)
		ui_error(&x->ui, "cannot start: %s", strerror(-r));
	for (size_t i = 0; r == 0 && i < x->n_exclude; i++) {
		r = lbl_relabel_exclude(x->relabel, x->exclude[i]);
		if (r < 0)
			ui_error(&x->ui, "-e %s: %s", x->exclude[i],
				 r == -EINVAL ? "a full path is required" : strerror(-r));
	}
	return r;
}

static bool any_error(const struct xattr *x)
{
	struct lbl_counters c;

	lbl_relabel_counters(x->relabel, &c);
	for (int i = 0; i < LBL_CLASSES; i++)
		if (i != LBL_CLASS_VANISHED && c.errors[i])
			return true;
	return false;
}

static int go(struct xattr *x)
{
	_cleanup_free_ char *real = NULL;
	int r = open_rules(x);

	if (r == 0)
		r = open_relabel(x);
	if (r == 0 && x->verbose)
		r = show_rules(x);
	if (r < 0)
		return EXIT_ERROR;
	r = lbl_root_path(x->root, x->path, &real);
	if (r < 0) {
		if (r == -EXDEV)
			ui_outside(&x->ui, x->path);
		else
			ui_error(&x->ui, "realpath(%s) failed: %s", x->path, strerror(-r));
		return EXIT_ERROR;
	}
	r = lbl_relabel_digests(x->relabel, real, x->deletes, show, x);
	if (r < 0)
		ui_error(&x->ui, "%s: %s", real, strerror(-r));
	return r < 0 || any_error(x) ? EXIT_ERROR : EXIT_OK;
}

static int run_xattr(struct xattr *x, int argc, char **argv)
{
	if (!parse(x, argc, argv))
		return usage();
	if (x->help) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (x->version) {
		print_version("restorecon_xattr");
		return EXIT_OK;
	}
	if (!x->path) {
		fputs("No pathname specified\n", stderr);
		return usage();
	}
	return go(x);
}

int main(int argc, char **argv)
{
	const struct args plain = {0}; /* what happens is told as restorecon tells it without any */
	struct xattr x = {.ui = {.prefix = "restorecon_xattr", .args = &plain}};
	int status;

	if (argc < 1)
		return EXIT_ERROR;
	streams_reserve();
	x.exclude = calloc((size_t)argc, sizeof(*x.exclude));
	if (!x.exclude)
		return EXIT_ERROR;
	failures_init(&x.ui.failures);
	status = run_xattr(&x, argc, argv);
	failures_done(&x.ui.failures);
	lbl_relabel_free(x.relabel);
	lbl_rules_free(x.rules);
	lbl_policy_free(x.policy);
	free(x.exclude);
	return streams_finish(argv[0], status, EXIT_ERROR);
}
