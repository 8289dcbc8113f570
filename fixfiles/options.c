/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "packages.h"
#include "relabel/policy.h"
#include "setfiles/args.h"
#include "setfiles/exit.h"

enum { EXIT_USAGE = 1 };

enum {
	OPT_HELP = 0x100,
	OPT_VERSION,
	OPT_POLICY_ROOT,
	OPT_REMOTE,
	OPT_STRICT,
	OPT_CHECK,
	OPT_JSON,
	OPT_SUMMARY,
	OPT_VALIDATE,
	OPT_COLOUR,
	OPT_ROOT,
};

#define MODES "-B, -C, -N, -R and paths"

static const struct {
	const char *word;
	enum verb verb;
} verbs[] = {
	{"check", VERB_CHECK},	   {"verify", VERB_VERIFY}, {"restore", VERB_RESTORE},
	{"relabel", VERB_RELABEL}, {"onboot", VERB_ONBOOT},
};

static const struct option longs[] = {
	{"policy-root", required_argument, NULL, OPT_POLICY_ROOT},
	{"root", required_argument, NULL, OPT_ROOT},
	{"remote", no_argument, NULL, OPT_REMOTE},
	{"strict-exit", no_argument, NULL, OPT_STRICT},
	{"check", no_argument, NULL, OPT_CHECK},
	{"json", no_argument, NULL, OPT_JSON},
	{"summary", no_argument, NULL, OPT_SUMMARY},
	{"validate", required_argument, NULL, OPT_VALIDATE},
	{"color", required_argument, NULL, OPT_COLOUR},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static const char usage[] = "usage:  fixfiles [-vF] [-T N] { check | verify | restore } [PATH...]\n"
			    "usage:  fixfiles [-vFf] [-T N] relabel\n"
			    "usage:  fixfiles [-F] [-T N] onboot\n"
			    "Try 'fixfiles --help'.\n";

static const char help[] =
	"Usage: fixfiles [OPTION...] VERB [PATH...]\n"
	"Set the SELinux contexts of all file systems, or of each PATH, as the active policy "
	"says.\n"
	"\n"
	"  check, verify   show what would be changed, change nothing\n"
	"  restore         set what is not as it should be\n"
	"  relabel         the same for all file systems, after an offer to empty /tmp\n"
	"  onboot          have all file systems relabelled at the next boot\n"
	"\n"
	"What is labelled:\n"
	"  -B                           what was changed since the system was started\n"
	"  -C PREVIOUS                  what has another context by PREVIOUS, an older "
	"file_contexts\n"
	"  -N TIME                      what was changed since TIME (as date(1) takes it)\n"
	"  -R PACKAGE[,PACKAGE...]      the files of packages of rpm, dpkg or pacman\n"
	"  -M                           what is hidden below other mounts, too\n"
	"      --root DIR               the system whose top is DIR, by its own policy\n"
	"      --remote                 network and FUSE mounts, too\n"
	"\n"
	"How:\n"
	"  -F                           set the whole context, customizable types too\n"
	"  -f                           relabel: empty /tmp without asking\n"
	"  -T N                         at most N threads; 0, the default: as many as pay\n"
	"      --policy-root DIR        use the policy in DIR (as /etc/selinux/targeted)\n"
	"      --validate WHO           first have all rules judged: by kernel, none, or a "
	"policy's "
	"file\n"
	"\n"
	"Output:\n"
	"  -v                           show changes instead of progress\n"
	"  -l FILE                      append all output to FILE\n"
	"      --summary                at the end, changes by type and rule, with a few paths "
	"each\n"
	"      --json                   an object a line, for programs (JSON Lines)\n"
	"      --check                  check, verify: exit 1 if anything would be changed\n"
	"      --color WHEN             show in colour: auto (on a terminal), always, never\n"
	"      --strict-exit            one exit status for each class of failure\n"
	"      --help                   this text\n"
	"      --version                version\n"
	"\n"
	"Exit status: 0 all well, 1 wrong usage or no usable rules, 255 errors.\n";

int options_status(const struct options *o)
{
	return o->strict ? STRICT_USAGE : EXIT_USAGE;
}

void options_help(FILE *f)
{
	colour_help(f, help);
}

void options_usage(FILE *f)
{
	fputs(usage, f);
}

static bool set_mode(struct options *o, enum mode mode, char **ret_error)
{
	if (o->mode != MODE_ALL)
		return args_fail(ret_error, "only one of " MODES " can be given");
	o->mode = mode;
	return true;
}

/* Nothing is what a script has in a variable that was not set; to date(1) it is last midnight. */
static bool set_moment(struct options *o, const char *text, char **ret_error)
{
	o->moment = text;
	if (!text[strspn(text, " \t\n")])
		return args_fail(ret_error, "-N takes a time, not '%s'", text);
	return set_mode(o, MODE_SINCE, ret_error);
}

static bool set_packages(struct options *o, const char *names, char **ret_error)
{
	o->packages = names;
	if (!names[strspn(names, PACKAGES_BETWEEN)])
		return args_fail(ret_error, "-R takes names of packages, not '%s'", names);
	return set_mode(o, MODE_PACKAGES, ret_error);
}

static bool take(struct options *o, int letter, const char *word, char **ret_error)
{
	switch (letter) {
	case 'B': return set_mode(o, MODE_BOOT, ret_error);
	case 'C': o->previous = optarg; return set_mode(o, MODE_CHANGES, ret_error);
	case 'F': o->force = true; return true;
	case 'f': o->clean_tmp = true; return true;
	case 'l': o->log = optarg; return true;
	case 'M': o->hidden = true; return true;
	case 'N': return set_moment(o, optarg, ret_error);
	case 'R': return set_packages(o, optarg, ret_error);
	case 'T': return args_threads(optarg, &o->threads, ret_error);
	case 'v': o->verbose = true; return true;
	case OPT_HELP: o->help = true; return true;
	case OPT_VERSION: o->version = true; return true;
	case OPT_POLICY_ROOT: o->policy_root = optarg; return true;
	case OPT_ROOT: o->root = policy_root_taken(optarg); return true;
	case OPT_REMOTE: o->remote = true; return true;
	case OPT_STRICT: o->strict = true; return true;
	case OPT_CHECK: o->check = true; return true;
	case OPT_JSON: o->json = true; return true;
	case OPT_SUMMARY: o->summary = true; return true;
	case OPT_COLOUR: return args_colour(optarg, &o->colour, ret_error);
	case OPT_VALIDATE: o->validate = optarg; return true;
	case ':':
		return optopt < 0x100
			       ? args_fail(ret_error, "option '-%c' needs an argument", optopt)
			       : args_fail(ret_error, "option '%s' needs an argument", word);
	default: return args_fail(ret_error, "unknown option '-%c'", optopt);
	}
}

static bool take_verb(struct options *o, const char *word, char **ret_error)
{
	if (!word)
		return args_fail(ret_error,
				 "what is to be done? check, verify, restore, relabel or "
				 "onboot");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(word, verbs[i].word) == 0)
			o->verb = verbs[i].verb;
	return o->verb != VERB_NONE || args_fail(ret_error, "unknown verb '%s'", word);
}

/* Options for output, and the verbs they say something about. */
static bool check_output(const struct options *o, char **ret_error)
{
	bool reads = o->verb == VERB_CHECK || o->verb == VERB_VERIFY;

	if (o->check && !reads)
		return args_fail(ret_error, "--check goes with check and verify");
	if ((o->json || o->summary) && !reads && o->verb != VERB_RESTORE)
		return args_fail(ret_error,
				 "--json and --summary go with check, verify and restore");
	if (o->json && o->log)
		return args_fail(ret_error, "--json and -l: one or the other");
	return true;
}

static bool take_paths(struct options *o, char **paths, size_t n, char **ret_error)
{
	o->paths = paths;
	o->n_paths = n;
	if (n > 0 && !set_mode(o, MODE_PATHS, ret_error))
		return false;
	if (o->hidden && (o->mode == MODE_PATHS || o->mode == MODE_PACKAGES))
		return args_fail(ret_error, "-M is for file systems");
	if (o->root && o->mode == MODE_BOOT)
		return args_fail(ret_error,
				 "-B is about this machine's boot, and --root about another "
				 "system: -N TIME says what you mean");
	if (o->verb == VERB_ONBOOT && (o->validate || o->remote))
		return args_fail(ret_error, "--%s is for a run of now, not for onboot",
				 o->validate ? "validate" : "remote");
	if ((o->verb == VERB_RELABEL || o->verb == VERB_ONBOOT) && o->mode != MODE_ALL &&
	    o->mode != MODE_BOOT)
		return args_fail(ret_error, "%s is for all file systems",
				 o->verb == VERB_RELABEL ? "relabel" : "onboot");
	return true;
}

bool options_parse(struct options *o, int argc, char **argv, char **ret_error)
{
	int c;

	*o = (struct options){.argv0 = argv[0]};
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:BC:Ffl:MN:R:T:v", longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (c == '?' && strncmp(word, "--", 2) == 0)
			return args_fail(ret_error,
					 optopt ? "option '%.*s' takes no argument"
						: "unknown option '%.*s'",
					 (int)strcspn(word, "="), word);
		if (!take(o, c, word, ret_error))
			return false;
		if (o->help || o->version)
			return true;
	}
	if (!take_verb(o, argv[optind], ret_error))
		return false;
	optind++;
	return check_output(o, ret_error) &&
	       take_paths(o, argv + optind, (size_t)(argc - optind), ret_error);
}
