/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sefcontext_compile: file_contexts in libselinux's compiled form.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "config.h"
#include "lbl-rules.h"
#include "relabel/binpolicy.h"
#include "relabel/judge.h"
#include "relabel/safe.h"
#include "relabel/streams.h"

/* upstream's */
enum {
	STATUS_OK = 0,
	STATUS_USAGE = 1,
	STATUS_FAILED = 255,
};

enum {
	OPT_HELP = 0x100,
	OPT_VERSION,
	OPT_FORMAT,
	OPT_VALIDATE,
};

struct args {
	const char *input, *output;
	const char *policy;   /* -p */
	const char *validate; /* --validate */
	unsigned format;
};

static const char *program;

__attribute__((format(printf, 2, 3))) static int fail(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	safe_printf(stderr, "%s: ", program);
	va_start(ap, fmt);
	safe_vprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

static int usage(void)
{
	safe_printf(stderr, "usage: %s [-iV] [-o out_file] [-p policy_file] [-r] fc_file\n",
		    program);
	safe_printf(stderr, "Try '%s --help'.\n", program);
	return STATUS_USAGE;
}

static void help(void)
{
	printf("Usage: sefcontext_compile [OPTION...] FILE\n"
	       "Write FILE, a file_contexts file, in the compiled form that libselinux reads.\n\n"
	       "  -o OUTPUT                    write OUTPUT; default: FILE with .bin added\n"
	       "  -p POLICY                    the same as --validate POLICY%s\n"
	       "      --validate WHO           who judges contexts: kernel, none, or a policy's "
	       "file\n"
	       "  -r                           leave regexes in their text form; always so\n"
	       "      --format 5|6             5: libselinux 2.6 to 3.7; 6: 3.8 and later; "
	       "default: "
	       "%u\n"
	       "  -i                           print the version of the regex library\n"
	       "  -V                           print the default format\n"
	       "      --help                   this text\n"
	       "      --version                version of this program\n\n"
	       "Exit status: 0 all well, 1 usage, FILE or POLICY cannot be read, 255 errors.\n",
	       HAVE_SEPOL ? "" : " (not in this build)", BIN_FORMAT);
}

static int print_library(void)
{
	char *text;
	int r = lbl_bin_library(&text);

	if (r < 0)
		return fail(STATUS_FAILED, "%s", strerror(-r));
	printf("%s\n", text);
	free(text);
	return STATUS_OK;
}

/** A status to end with, or -1 to go on. */
static int take(struct args *a, int letter)
{
	switch (letter) {
	case 'i': return print_library();
	case 'o': a->output = optarg; return -1;
	case 'p': a->policy = optarg; return -1;
	case 'r': return -1;
	case OPT_VALIDATE: a->validate = optarg; return -1;
	case 'V': printf("Compiled fcontext format version %u\n", BIN_FORMAT); return STATUS_OK;
	case OPT_FORMAT:
		if (strcmp(optarg, "5") != 0 && strcmp(optarg, "6") != 0)
			return fail(STATUS_USAGE, "--format takes 5 or 6, not '%s'", optarg);
		a->format = (unsigned)(optarg[0] - '0');
		return -1;
	case OPT_HELP: help(); return STATUS_OK;
	case OPT_VERSION:
		printf("sefcontext_compile (relabel) %s\n", lbl_version());
		return STATUS_OK;
	default: return usage();
	}
}

static int parse(struct args *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{"format", required_argument, NULL, OPT_FORMAT},
		{"validate", required_argument, NULL, OPT_VALIDATE},
		{"help", no_argument, NULL, OPT_HELP},
		{"version", no_argument, NULL, OPT_VERSION},
		{0},
	};
	int c, status = -1;

	*a = (struct args){.format = BIN_FORMAT};
	while (status < 0 && (c = getopt_long(argc, argv, "iVo:p:r", longs, NULL)) != -1)
		status = take(a, c);
	if (status >= 0)
		return status;
	if (a->policy && a->validate)
		return fail(STATUS_USAGE, "-p and --validate: one or the other");
	if (optind != argc - 1)
		return usage();
	a->input = argv[optind];
	return -1;
}

static int load_policy(const char *path)
{
	int r = binpolicy_load(path);

	switch (r) {
	case 0: return -1;
	case -EINVAL: return fail(STATUS_USAGE, "failed to load policy from %s", path);
	case -ENOTSUP:
		return fail(STATUS_USAGE, "failed to load policy from %s: built without libsepol",
			    path);
	default: return fail(STATUS_USAGE, "failed to open %s: %s", path, strerror(-r));
	}
}

/** Who judges.  A status to end with, or -1 to go on. */
static int open_judge(struct judge *j, const struct args *a, struct lbl_policy **ret_policy)
{
	_cleanup_free_ char *error = NULL;
	int r = 0;

	judge_choose(j, a->validate);
	if (a->policy)
		*j = (struct judge){.who = JUDGE_POLICY, .file = a->policy};
	if (j->who == JUDGE_POLICY)
		return load_policy(j->file);
	if (j->who == JUDGE_KERNEL)
		r = lbl_policy_open(ret_policy, NULL);
	if (r == 0)
		r = judge_open(j, *ret_policy, &error);
	return r < 0 ? fail(STATUS_USAGE, "%s", error ? error : strerror(-r)) : -1;
}

/* ---- all ------------------------------------------------------------------------------------ */

struct told {
	const char *input;
	bool of_input;
};

static void tell(void *user, const struct lbl_diag *diag)
{
	struct told *told = user;

	if (strcmp(diag->file, told->input) == 0) {
		told->of_input = true;
		safe_printf(stderr, "%s\n", diag->text);
	} else {
		fail(0, "%s", diag->text);
	}
}

static int compile(const struct args *a, struct judge *judge)
{
	struct told told = {.input = a->input};
	struct lbl_bin_options options = {
		.size = sizeof(options),
		.path = a->input,
		.output = a->output,
		.version = a->format,
		.diag = tell,
		.user = &told,
		.check = judge_check_fn(judge),
		.check_user = judge,
	};
	int r = lbl_bin_compile(&options);

	if (r >= 0)
		return STATUS_OK;
	if (told.of_input)
		return fail(STATUS_FAILED, "process_file failed");
	return fail(STATUS_FAILED, "failed to compile file context specifications: %s",
		    r == -ENOMEM ? strerror(ENOMEM) : "write failure");
}

int main(int argc, char **argv)
{
	struct lbl_policy *policy = NULL;
	struct judge judge = {0};
	struct args a;
	struct stat st;
	int status;

	program = argc > 0 ? argv[0] : "sefcontext_compile";
	streams_reserve();
	status = parse(&a, argc, argv);
	if (status < 0 && stat(a.input, &st) < 0)
		status = fail(STATUS_USAGE, "could not stat: %s: %s", a.input, strerror(errno));
	if (status < 0)
		status = open_judge(&judge, &a, &policy);
	if (status < 0)
		status = compile(&a, &judge);
	judge_done(&judge);
	lbl_policy_free(policy);
	return streams_finish(program, status, STATUS_FAILED);
}
