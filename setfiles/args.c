/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "args.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "lbl.h"

#define BOTH (SETFILES | RESTORECON)

enum {
	OPT_HELP = 0x100,
	OPT_VERSION,
	OPT_POLICY_ROOT,
	OPT_BULK,
	OPT_REMOTE,
	OPT_SNAPSHOTS,
	OPT_STORES,
	OPT_PLAN,
	OPT_BACKGROUND,
	OPT_IO,
};

enum group { WHAT, HOW, OUTPUT, REST, GROUPS };

static const char *const group_titles[GROUPS] = {
	[WHAT] = "What is labelled",
	[HOW] = "How",
	[OUTPUT] = "Output",
	[REST] = "Other",
};

struct row {
	int letter;
	const char *name; /* long form, or NULL */
	const char *arg;
	unsigned who;
	enum group group;
	const char *help; /* NULL: not shown */
};

/* One letter may mean two things to the two programs, hence two rows. */
static const struct row rows[] = {
	{'r', "recursive", NULL, RESTORECON, WHAT, "directories with all that is below them"},
	{'R', NULL, NULL, RESTORECON, WHAT, "the same"},
	{'r', "root", "ROOT", SETFILES, WHAT, "look paths up without this prefix (chroot, image)"},
	{'R', NULL, "ROOT", SETFILES, WHAT, "the same"},
	{'f', "from", "FILE", BOTH, WHAT, "read paths from FILE, one a line; - is standard input"},
	{'s', NULL, NULL, SETFILES, WHAT, "the same as -f - -A"},
	{'s', NULL, NULL, RESTORECON, WHAT, "the same as -f -"},
	{'0', "null", NULL, BOTH, WHAT, "paths in the list end in NUL instead of newline"},
	{'e', "exclude", "DIR", BOTH, WHAT, "leave out DIR and what is below it (repeatable)"},
	{'x', "one-file-system", NULL, BOTH, WHAT, "stay on the mount of each path"},
	{'m', NULL, NULL, BOTH, WHAT, "do not leave out mounts that cannot hold labels"},
	{OPT_REMOTE, "remote", NULL, BOTH, WHAT,
	 "enter network and FUSE mounts below the paths, too"},
	{OPT_SNAPSHOTS, "snapshots", NULL, BOTH, WHAT, "enter btrfs snapshots, too"},
	{OPT_STORES, "stores", NULL, BOTH, WHAT, "enter object stores of OSTree, Nix, Guix, too"},
	{'i', "ignore-missing", NULL, BOTH, WHAT, "paths that do not exist are no error"},
	{'n', "dry-run", NULL, BOTH, HOW, "change nothing"},
	{'F', "force", NULL, BOTH, HOW, "set the whole context, customizable types too"},
	{'U', NULL, NULL, BOTH, HOW, "set user and role as well as type"},
	{'j', "skip-multilink", NULL, BOTH, HOW, "leave files with several names alone"},
	{'A', NULL, NULL, SETFILES, HOW, "label files with several names under each of them"},
	{'E', NULL, NULL, SETFILES, HOW, "names of one file that disagree are an error"},
	{'T', "threads", "N", BOTH, HOW, "at most N threads; 0, the default: as many as pay"},
	{OPT_BULK, "bulk", "WHEN", BOTH, HOW,
	 "read a file system's labels at once: auto, off, only"},
	{OPT_BACKGROUND, "background", NULL, BOTH, HOW,
	 "make way for others: one thread, low priority"},
	{OPT_IO, "io", "WAY", BOTH, HOW,
	 "write labels by sync, uring or, the default, auto: the cheaper"},
	{OPT_POLICY_ROOT, "policy-root", "DIR", BOTH, HOW,
	 "use the policy in DIR (as /etc/selinux/targeted)"},
	{OPT_PLAN, "plan", NULL, BOTH, OUTPUT,
	 "only show which mounts would be entered, and why not"},
	{'v', "verbose", NULL, BOTH, OUTPUT, "show changes; twice: how it is done, too"},
	{'p', "progress", NULL, BOTH, OUTPUT, "show progress (not with -v)"},
	{'d', NULL, NULL, SETFILES, OUTPUT, "show the context each file matched"},
	{'W', NULL, NULL, BOTH, OUTPUT, "show specifications that matched nothing"},
	{'l', NULL, NULL, BOTH, OUTPUT, "log changes to syslog"},
	{'c', "count", NULL, RESTORECON, OUTPUT, "print how many files were relabelled"},
	{'C', NULL, NULL, SETFILES, OUTPUT, "exit 1, not 255, when only files failed"},
	{'h', NULL, NULL, BOTH, REST, "short usage on standard error, exit 255"},
	{OPT_HELP, "help", NULL, BOTH, REST, "this text"},
	{OPT_VERSION, "version", NULL, BOTH, REST, "version and features"},
	{'q', NULL, NULL, BOTH, REST, "accepted for old scripts, no effect"},
	{'o', NULL, "FILE", BOTH, REST, NULL},
	{'c', NULL, "POLICY", SETFILES, REST, NULL},
	{'D', NULL, NULL, BOTH, REST, NULL},
	{'I', NULL, NULL, BOTH, REST, NULL},
};

#define ROWS ARRAY_SIZE(rows)

static void make_getopt(enum personality who, char *shorts, struct option *longs)
{
	*shorts++ = ':'; /* we word the errors */
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		if (!(r->who & who))
			continue;
		if (r->letter < 0x100) {
			*shorts++ = (char)r->letter;
			if (r->arg)
				*shorts++ = ':';
		}
		if (r->name)
			*longs++ =
				(struct option){.name = r->name,
						.has_arg = r->arg ? required_argument : no_argument,
						.val = r->letter};
	}
	*shorts = '\0';
	*longs = (struct option){0};
}

__attribute__((format(printf, 2, 3))) static bool fail(char **ret_error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(ret_error, fmt, ap) < 0)
		*ret_error = NULL;
	va_end(ap);
	return false;
}

static bool add_exclude(struct args *a, const char *dir)
{
	const char **grown = reallocarray(a->exclude, a->exclude_count + 1, sizeof(*grown));

	if (!grown)
		return false;
	grown[a->exclude_count++] = dir;
	a->exclude = grown;
	return true;
}

static bool parse_threads(struct args *a, const char *text, char **ret_error)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || n > 4096)
		return fail(ret_error, "-T takes a number from 0 to 4096, not '%s'", text);
	a->threads = (unsigned)n;
	return true;
}

static bool parse_bulk(struct args *a, const char *text, char **ret_error)
{
	static const char *const words[] = {
		[LBL_BULK_AUTO] = "auto",
		[LBL_BULK_OFF] = "off",
		[LBL_BULK_ONLY] = "only",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(text, words[i]) == 0) {
			a->bulk = (enum lbl_bulk)i;
			return true;
		}
	}
	return fail(ret_error, "--bulk takes auto, off or only, not '%s'", text);
}

static bool parse_io(struct args *a, const char *text, char **ret_error)
{
	static const char *const ways[] = {
		[LBL_IO_AUTO] = "auto", [LBL_IO_SYNC] = "sync", [LBL_IO_URING] = "uring"};

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(text, ways[i]) == 0) {
			a->io = (enum lbl_io)i;
			return true;
		}
	}
	return fail(ret_error, "--io takes auto, sync or uring, not '%s'", text);
}

static bool set_root(struct args *a, const char *root, char **ret_error)
{
	if (a->alt_root)
		return fail(ret_error, "only one -r can be specified");
	if (strcmp(root, "/") == 0)
		return fail(ret_error, " invalid alt_rootpath: %s", root);
	a->alt_root = root;
	return true;
}

/* Options that only set a flag of the library. */
static unsigned flag_of(enum personality who, int letter)
{
	switch (letter) {
	case 'A': return LBL_NO_LINK_TABLE;
	case 'd': return LBL_REPORT_MATCHES;
	case 'E': return LBL_CONFLICT_ERROR;
	case 'F': return LBL_FORCE;
	case 'i': return LBL_IGNORE_MISSING;
	case 'j': return LBL_SKIP_MULTILINK;
	case 'm': return LBL_NO_MOUNT_CHECK;
	case 'n': return LBL_DRY_RUN;
	case 'r':
	case 'R': return who == RESTORECON ? LBL_RECURSE : 0;
	case 'U': return LBL_FORCE_USER_ROLE;
	case 'W': return LBL_TRACK_UNUSED;
	case 'x': return LBL_ONE_MOUNT;
	case OPT_REMOTE: return LBL_REMOTE;
	case OPT_SNAPSHOTS: return LBL_SNAPSHOTS;
	case OPT_STORES: return LBL_STORES;
	default: return 0;
	}
}

static bool take(struct args *a, int letter, char **ret_error)
{
	unsigned flag = flag_of(a->who, letter);
	char name[3] = {'-', (char)letter, '\0'};

	a->flags |= flag;
	if (flag)
		return true;
	switch (letter) {
	case '0': a->list_nul = true; return true;
	case 'C': a->tolerant_exit = true; return true;
	case 'e': return add_exclude(a, optarg) || fail(ret_error, "out of memory");
	case 'f': a->list = optarg; return true;
	case 'h': a->usage = true; return true;
	case 'l': a->log = true; return true;
	case 'o': fprintf(stderr, "%s: -o option no longer supported\n", a->argv0); return true;
	case 'p': a->progress = true; return true;
	case 'q': return true;
	case 'r':
	case 'R': return set_root(a, optarg, ret_error);
	case 's':
		a->list = "-";
		if (a->who == SETFILES)
			a->flags |= LBL_NO_LINK_TABLE;
		return true;
	case 'T': return parse_threads(a, optarg, ret_error);
	case 'v': a->verbose++; return true;
	case OPT_HELP: a->help = true; return true;
	case OPT_VERSION: a->version = true; return true;
	case OPT_BULK: return parse_bulk(a, optarg, ret_error);
	case OPT_BACKGROUND: a->background = true; return true;
	case OPT_PLAN: a->plan = true; return true;
	case OPT_POLICY_ROOT: a->policy_root = optarg; return true;
	case OPT_IO: return parse_io(a, optarg, ret_error);
	case 'c':
		if (a->who == RESTORECON) {
			a->count = true;
			return true;
		}
		return fail(ret_error, "%s POLICY is not supported by this version", name);
	case 'D':
	case 'I':
		return fail(ret_error, "%s (directory digests) is not supported by this version",
			    name);
	case ':':
		name[1] = (char)optopt;
		return fail(ret_error, "option '%s' needs an argument",
			    optopt == OPT_IO	       ? "--io"
			    : optopt == OPT_BULK       ? "--bulk"
			    : optopt && optopt < 0x100 ? name
						       : "--policy-root");
	default: name[1] = (char)optopt; return fail(ret_error, "unknown option '%s'", name);
	}
}

bool args_parse(struct args *a, enum personality who, int argc, char **argv, char **ret_error)
{
	char shorts[2 * ROWS + 2];
	struct option longs[ROWS + 1];
	int c;

	*a = (struct args){.who = who, .argv0 = argv[0], .any = argc > 1};
	make_getopt(who, shorts, longs);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (c == '?' && strncmp(word, "--", 2) == 0)
			return fail(ret_error,
				    optopt ? "option '%.*s' takes no argument"
					   : "unknown option '%.*s'",
				    (int)strcspn(word, "="), word);
		if (!take(a, c, ret_error))
			return false;
	}
	if (a->help || a->version || a->usage)
		return true;
	if (a->progress && a->verbose)
		return fail(ret_error, "Progress and Verbose mutually exclusive");
	a->operands = argv + optind;
	a->operand_count = (size_t)(argc - optind);
	if (who == RESTORECON)
		return a->any ? true : fail(ret_error, "no path given");

	if (a->operand_count == 0)
		return fail(ret_error, "no specification file given");
	a->spec = a->operands[0];
	a->operands++;
	a->operand_count--;
	if (a->list && a->operand_count)
		return fail(ret_error, "a list of paths and '%s': one or the other",
			    a->operands[0]);
	if (!a->list && a->operand_count == 0)
		return fail(ret_error, "no path given after '%s'", a->spec);
	return true;
}

void args_done(struct args *a)
{
	free(a->exclude);
	a->exclude = NULL;
}

void args_usage(FILE *f, enum personality who)
{
	if (who == SETFILES)
		fprintf(f, "usage:  setfiles [-dilmnpqvACEFUWxj0] [-e DIR] [-r ROOT] [-T N] SPEC "
			   "PATH...\n"
			   "usage:  setfiles [OPTION...] SPEC -f FILE\n"
			   "usage:  setfiles -s [OPTION...] SPEC\n");
	else
		fprintf(f, "usage:  restorecon [-ciFUlmnpqRvWx0j] [-e DIR] [-T N] PATH...\n"
			   "usage:  restorecon [OPTION...] -f FILE\n");
	fprintf(f, "Try '%s --help'.\n", who == SETFILES ? "setfiles" : "restorecon");
}

static void help_row(FILE *f, const struct row *r)
{
	char left[64];
	const char *arg = r->arg ? r->arg : "", *gap = r->arg ? " " : "";

	if (r->letter >= 0x100)
		snprintf(left, sizeof(left), "    --%s%s%s", r->name, gap, arg);
	else if (r->name)
		snprintf(left, sizeof(left), "-%c, --%s%s%s", r->letter, r->name, gap, arg);
	else
		snprintf(left, sizeof(left), "-%c%s%s", r->letter, gap, arg);
	fprintf(f, "  %-28s %s\n", left, r->help);
}

void args_help(FILE *f, enum personality who)
{
	if (who == SETFILES)
		fprintf(f, "Usage: setfiles [OPTION...] SPEC PATH...\n"
			   "Set the SELinux context of each PATH and all below it as SPEC, a "
			   "file_contexts file, says.\n");
	else
		fprintf(f, "Usage: restorecon [OPTION...] PATH...\n"
			   "Set the SELinux context of each PATH as the active policy says.\n");
	for (int g = 0; g < GROUPS; g++) {
		fprintf(f, "\n%s:\n", group_titles[g]);
		for (size_t i = 0; i < ROWS; i++)
			if ((rows[i].who & who) && (int)rows[i].group == g && rows[i].help)
				help_row(f, &rows[i]);
	}
	fprintf(f, "\nExit status: 0 all well, 1 %s, 255 errors.\n",
		who == SETFILES ? "SPEC unusable (or, with -C, only files failed)"
				: "no usable policy (or, with -c, nothing relabelled)");
}
