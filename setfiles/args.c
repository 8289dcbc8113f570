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
#include "relabel/nearest.h"
#include "relabel/policy.h"
#include "relabel/safe.h"

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
	OPT_CHECK,
	OPT_STRICT,
	OPT_RULES,
	OPT_ROOT,
	OPT_NO_RECURSE,
	OPT_NO_PROGRESS,
	OPT_JSON,
	OPT_SUMMARY,
	OPT_PRINT0,
	OPT_IMAGE,
	OPT_VALIDATE,
	OPT_COLOUR,
};

/* One letter may mean two things to the two programs, hence two rows. */
static const struct option_row rows[] = {
	{'r', "recursive", NULL, RESTORECON, WHAT, "directories with all that is below them"},
	{'r', "recursive", NULL, OURS, WHAT, "accepted: it is the default"},
	{OPT_NO_RECURSE, "no-recurse", NULL, OURS, WHAT, "directories without what is below them"},
	{'R', NULL, NULL, RESTORECON, WHAT, "the same"},
	{'r', "root", "ROOT", SETFILES, WHAT, "look paths up without this prefix (chroot, image)"},
	{'R', NULL, "ROOT", SETFILES, WHAT, "the same"},
	{OPT_ROOT, "root", "DIR", RESTORECON | OURS, WHAT,
	 "DIR is the top of another system: go by its policy and paths"},
	{OPT_IMAGE, "image", NULL, CHECK, WHAT,
	 "each PATH is an image of ext4, not mounted: look into it"},
	{'f', "from", "FILE", ALL, WHAT, "read paths from FILE, one a line; - is standard input"},
	{'s', NULL, NULL, SETFILES, WHAT, "the same as -f - -A"},
	{'s', NULL, NULL, RESTORECON, WHAT, "the same as -f -"},
	{'0', "null", NULL, ALL, WHAT, "paths in the list end in NUL instead of newline"},
	{'e', "exclude", "DIR", ALL, WHAT, "leave out DIR and what is below it (repeatable)"},
	{'x', "one-file-system", NULL, ALL, WHAT, "stay on the mount of each path"},
	{'m', NULL, NULL, ALL, WHAT, "do not leave out mounts that cannot hold labels"},
	{OPT_REMOTE, "remote", NULL, ALL, WHAT,
	 "enter network and FUSE mounts below the paths, too"},
	{OPT_SNAPSHOTS, "snapshots", NULL, ALL, WHAT, "enter btrfs snapshots, too"},
	{OPT_STORES, "stores", NULL, ALL, WHAT, "enter object stores of OSTree, Nix, Guix, too"},
	{'i', "ignore-missing", NULL, ALL, WHAT, "paths that do not exist are no error"},
	{'n', "dry-run", NULL, UPSTREAMS | RESTORE, HOW, "change nothing"},
	{OPT_CHECK, "check", NULL, UPSTREAMS, HOW,
	 "change nothing, and exit 1 if anything would be"},
	{'F', "force", NULL, ALL, HOW, "set the whole context, customizable types too"},
	{'U', NULL, NULL, ALL, HOW, "set user and role as well as type"},
	{'D', NULL, NULL, UPSTREAMS, HOW, "leave out directories that a digest says are done"},
	{'I', NULL, NULL, UPSTREAMS, HOW, "write such digests, but believe none"},
	{'j', "skip-multilink", NULL, ALL, HOW, "leave files with several names alone"},
	{'A', NULL, NULL, SETFILES, HOW, "label files with several names under each of them"},
	{'E', NULL, NULL, SETFILES, HOW, "names of one file that disagree are an error"},
	{'T', "threads", "N", ALL, HOW, "at most N threads; 0, the default: as many as pay"},
	{OPT_BULK, "bulk", "WHEN", ALL, HOW,
	 "read a file system's labels at once: auto, off, only"},
	{OPT_BACKGROUND, "background", NULL, ALL, HOW,
	 "make way for others: one thread, low priority"},
	{OPT_IO, "io", "WAY", ALL & ~CHECK, HOW,
	 "write labels by sync, uring or, the default, auto: the cheaper"},
	{OPT_POLICY_ROOT, "policy-root", "DIR", ALL, HOW,
	 "use the policy in DIR (as /etc/selinux/targeted)"},
	{OPT_RULES, "rules", "FILE", OURS, HOW, "label as FILE, a file_contexts file, says"},
	{'c', NULL, "POLICY", SETFILES, HOW, "the same as --validate POLICY"},
	{OPT_VALIDATE, "validate", "WHO", ALL, HOW,
	 "first have all rules judged: by kernel, none, or a policy's file"},
	{OPT_PLAN, "plan", NULL, ALL, OUTPUT,
	 "only show which mounts would be entered, and why not"},
	{'v', "verbose", NULL, ALL & ~CHECK, OUTPUT, "show changes; twice: how it is done, too"},
	{'v', "verbose", NULL, CHECK, OUTPUT, "show how it is done, too"},
	{'p', "progress", NULL, ALL & ~CHECK, OUTPUT, "show progress (not with -v)"},
	{OPT_NO_PROGRESS, "no-progress", NULL, ALL, OUTPUT,
	 "no line about it on the terminal of a long run"},
	{OPT_SUMMARY, "summary", NULL, ALL, OUTPUT,
	 "at the end, changes by type and rule, with a few paths each"},
	{OPT_JSON, "json", NULL, ALL, OUTPUT, "an object a line, for programs (JSON Lines)"},
	{OPT_PRINT0, "print0", NULL, ALL, OUTPUT, "show changes as paths alone, each ended by NUL"},
	{OPT_COLOUR, "color", "WHEN", ALL, OUTPUT,
	 "show in colour: auto (on a terminal), always, never"},
	{'d', NULL, NULL, SETFILES, OUTPUT, "show the context each file matched"},
	{'W', NULL, NULL, ALL, OUTPUT, "show specifications that matched nothing"},
	{'l', NULL, NULL, ALL & ~CHECK, OUTPUT, "log changes to syslog"},
	{'c', "count", NULL, RESTORECON, OUTPUT, "print how many files were relabelled"},
	{'C', NULL, NULL, SETFILES, OUTPUT, "exit 1, not 255, when only files failed"},
	{OPT_STRICT, "strict-exit", NULL, UPSTREAMS, OUTPUT,
	 "exit statuses by class, see the man page"},
	{'q', "quiet", NULL, OURS, OUTPUT, "errors only"},
	{'h', NULL, NULL, UPSTREAMS, REST, "short usage on standard error, exit 255"},
	{OPT_HELP, "help", NULL, UPSTREAMS, REST, "this text"},
	{'h', "help", NULL, OURS, REST, "this text"},
	{OPT_VERSION, "version", NULL, ALL, REST, "version and features"},
	{'q', NULL, NULL, UPSTREAMS, REST, "accepted for old scripts, no effect"},
	{'o', NULL, "FILE", UPSTREAMS, REST, NULL},
};

#define ROWS ARRAY_SIZE(rows)

const struct option_row *args_rows(size_t *ret_n)
{
	*ret_n = ROWS;
	return rows;
}

static void make_getopt(enum personality who, char *shorts, struct option *longs)
{
	*shorts++ = ':'; /* we word the errors */
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *r = &rows[i];

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

bool args_fail(char **ret_error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(ret_error, fmt, ap) < 0)
		*ret_error = NULL;
	va_end(ap);
	return false;
}

void args_complain(const char *argv0, const char *error)
{
	colour_prefix(stderr, colour_on(stderr), COLOUR_ERROR, argv0);
	safe_printf(stderr, "%s\n", error ? error : "out of memory");
}

bool args_exclude(struct args *a, const char *dir)
{
	const char **grown = reallocarray(a->exclude, a->exclude_count + 1, sizeof(*grown));

	if (!grown)
		return false;
	grown[a->exclude_count++] = dir;
	a->exclude = grown;
	return true;
}

bool args_threads(const char *text, unsigned *ret_threads, char **ret_error)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || n > 4096)
		return args_fail(ret_error, "-T takes a number from 0 to 4096, not '%s'", text);
	*ret_threads = (unsigned)n;
	return true;
}

bool args_colour(const char *text, enum colour_when *ret_when, char **ret_error)
{
	return colour_parse(text, ret_when) ||
	       args_fail(ret_error, "--color takes auto, always or never, not '%s'", text);
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
	return args_fail(ret_error, "--bulk takes auto, off or only, not '%s'", text);
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
	return args_fail(ret_error, "--io takes auto, sync or uring, not '%s'", text);
}

static bool set_root(struct args *a, const char *root, char **ret_error)
{
	if (a->alt_root)
		return args_fail(ret_error, "only one %s can be specified",
				 a->who == SETFILES ? "-r" : "--root");
	if (strcmp(root, "/") == 0 && a->who == SETFILES)
		return args_fail(ret_error, " invalid alt_rootpath: %s", root);
	a->alt_root = policy_root_taken(root);
	return true;
}

/* Options that only set a flag of the library. */
static unsigned flag_of(enum personality who, int letter)
{
	switch (letter) {
	case 'A': return LBL_NO_LINK_TABLE;
	case 'd': return LBL_REPORT_MATCHES;
	case 'D': return LBL_DIGEST;
	case 'E': return LBL_CONFLICT_ERROR;
	case 'F': return LBL_FORCE;
	case 'i': return LBL_IGNORE_MISSING;
	case 'I': return LBL_DIGEST | LBL_DIGEST_RENEW;
	case 'j': return LBL_SKIP_MULTILINK;
	case 'm': return LBL_NO_MOUNT_CHECK;
	case 'n': return LBL_DRY_RUN;
	case 'r':
	case 'R': return who == SETFILES ? 0 : LBL_RECURSE;
	case 'U': return LBL_FORCE_USER_ROLE;
	case 'W': return LBL_TRACK_UNUSED;
	case 'x': return LBL_ONE_MOUNT;
	case OPT_CHECK: return LBL_DRY_RUN;
	case OPT_REMOTE: return LBL_REMOTE;
	case OPT_SNAPSHOTS: return LBL_SNAPSHOTS;
	case OPT_STORES: return LBL_STORES;
	default: return 0;
	}
}

/* Letters that say one thing to upstream's programs, and another to ours. */
static bool take_shared_letter(struct args *a, int letter)
{
	switch (letter) {
	case 'c':
		if (a->who == RESTORECON)
			a->count = true;
		else
			a->binpolicy = optarg;
		return true;
	case 'h':
		if (a->who & OURS)
			a->help = true;
		else
			a->usage = true;
		return true;
	case 'q': a->quiet = a->who & OURS; return true;
	default: /* 's' */
		a->list = "-";
		if (a->who == SETFILES)
			a->flags |= LBL_NO_LINK_TABLE;
		return true;
	}
}

static bool take(struct args *a, int letter, char **ret_error)
{
	unsigned flag = flag_of(a->who, letter);

	a->flags |= flag;
	a->check |= letter == OPT_CHECK;
	if (flag)
		return true;
	switch (letter) {
	case '0': a->list_nul = true; return true;
	case 'C': a->tolerant_exit = true; return true;
	case 'e': return args_exclude(a, optarg) || args_fail(ret_error, "out of memory");
	case 'f': a->list = optarg; return true;
	case 'l': a->log = true; return true;
	case 'o': safe_printf(stderr, "%s: -o option no longer supported\n", a->argv0); return true;
	case 'p': a->progress = true; return true;
	case 'r':
	case 'R':
	case OPT_ROOT: return set_root(a, optarg, ret_error);
	case 'T': return args_threads(optarg, &a->threads, ret_error);
	case 'v': a->verbose++; return true;
	case OPT_HELP: a->help = true; return true;
	case OPT_VERSION: a->version = true; return true;
	case OPT_BULK: return parse_bulk(a, optarg, ret_error);
	case OPT_BACKGROUND: a->background = true; return true;
	case OPT_NO_RECURSE: a->flags &= ~LBL_RECURSE; return true;
	case OPT_JSON: a->json = true; return true;
	case OPT_NO_PROGRESS: a->no_progress = true; return true;
	case OPT_PRINT0: a->print0 = true; return true;
	case OPT_SUMMARY: a->summary = true; return true;
	case OPT_PLAN: a->plan = true; return true;
	case OPT_POLICY_ROOT: a->policy_root = optarg; return true;
	case OPT_IO: return parse_io(a, optarg, ret_error);
	case OPT_RULES: a->spec = optarg; return true;
	case OPT_STRICT: a->strict = true; return true;
	case OPT_IMAGE: a->image = true; return true;
	case OPT_VALIDATE: a->validate = optarg; return true;
	case OPT_COLOUR: return args_colour(optarg, &a->colour, ret_error);
	default: return take_shared_letter(a, letter);
	}
}

/* ---- what is wrong, and what may have been meant -------------------------------------------- */

/* Which program has the option that @asks has not?  One of its own kind, if there is any. */
static const char *owner(const struct option_row *row, enum personality asks)
{
	if (row->who & RESTORE && (asks & OURS || !(row->who & UPSTREAMS)))
		return args_name(RESTORE);
	if (row->who & UPSTREAMS)
		return args_name(row->who & SETFILES ? SETFILES : RESTORECON);
	return args_name(CHECK);
}

static bool unknown_long(const struct args *a, const char *word, char **ret_error)
{
	const char *has = NULL;
	struct nearest near;
	int len = (int)strcspn(word, "=");
	char *typed = strndup(word + 2, (size_t)len - 2);

	if (!typed)
		return args_fail(ret_error, "unknown option '%.*s'", len, word);
	nearest_init(&near, typed);
	for (size_t i = 0; i < ROWS; i++) {
		if (!rows[i].name || !rows[i].help)
			continue;
		if (rows[i].who & a->who)
			nearest_try(&near, rows[i].name);
		else if (strcmp(rows[i].name, typed) == 0)
			has = owner(&rows[i], a->who);
	}
	free(typed);
	if (has)
		return args_fail(ret_error, "unknown option '%.*s'; %s has it", len, word, has);
	if (near.best)
		return args_fail(ret_error, "unknown option '%.*s'; did you mean '--%s'?", len,
				 word, near.best);
	return args_fail(ret_error, "unknown option '%.*s'", len, word);
}

static bool unknown_short(const struct args *a, int letter, char **ret_error)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].letter == letter && rows[i].help)
			return args_fail(ret_error, "unknown option '-%c'; %s has it", letter,
					 owner(&rows[i], a->who));
	return args_fail(ret_error, "unknown option '-%c'", letter);
}

/* getopt_long() returned @c, '?' or ':', after it had looked at @word. */
static bool explain_option(const struct args *a, int c, const char *word, char **ret_error)
{
	bool is_long = strncmp(word, "--", 2) == 0;
	int len = (int)strcspn(word, "=");

	if (c == ':')
		return is_long ? args_fail(ret_error, "option '%.*s' needs an argument", len, word)
			       : args_fail(ret_error, "option '-%c' needs an argument", optopt);
	if (!is_long)
		return unknown_short(a, optopt, ret_error);
	if (optopt)
		return args_fail(ret_error, "option '%.*s' takes no argument", len, word);
	return unknown_long(a, word, ret_error);
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* Wanted, whatever else is wrong with the command line? */
static bool wants_strict(enum personality who, int argc, char **argv)
{
	if (who & OURS)
		return true;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--strict-exit") == 0)
			return true;
	return false;
}

static void set_defaults(struct args *a, enum personality who, int argc, char **argv)
{
	*a = (struct args){
		.who = who,
		.argv0 = who & OURS ? args_name(who) : argv[0],
		.any = argc > 1,
		.strict = wants_strict(who, argc, argv),
		.check = who == CHECK,
	};
	if (who & OURS)
		a->flags = LBL_RECURSE;
	if (who == CHECK)
		a->flags |= LBL_DRY_RUN;
}

static bool take_operands(struct args *a, char **ret_error)
{
	if (a->who != SETFILES) {
		if (a->who & OURS ? a->list || a->operand_count : a->any)
			return true;
		return args_fail(ret_error, "no path given");
	}
	if (a->operand_count == 0)
		return args_fail(ret_error, "no specification file given");
	a->spec = a->operands[0];
	a->operands++;
	a->operand_count--;
	if (a->list && a->operand_count)
		return args_fail(ret_error, "a list of paths and '%s': one or the other",
				 a->operands[0]);
	if (!a->list && !a->binpolicy && !a->validate && a->operand_count == 0)
		return args_fail(ret_error, "no path given after '%s'", a->spec);
	return true;
}

/* An image has no mounts, and no directories of this machine. */
static bool check_image(const struct args *a, char **ret_error)
{
	if (a->image && (a->plan || a->alt_root || a->exclude_count))
		return args_fail(ret_error, "--image goes without --plan, --root and --exclude");
	if (a->image && !(a->flags & LBL_RECURSE))
		return args_fail(ret_error, "--image and --no-recurse: one or the other");
	return true;
}

static bool check_judge(const struct args *a, char **ret_error)
{
	if (a->binpolicy && a->validate)
		return args_fail(ret_error, "-c and --validate: one or the other");
	if (a->validate && !*a->validate)
		return args_fail(ret_error,
				 "--validate takes kernel, none or the file of a policy");
	return true;
}

/* Options for output that go together, and what they come to. */
static bool check_output(struct args *a, char **ret_error)
{
	if (a->progress && a->no_progress)
		return args_fail(ret_error, "--progress and --no-progress: one or the other");
	if (a->progress && a->verbose)
		return args_fail(ret_error, "Progress and Verbose mutually exclusive");
	if (a->plan && (a->summary || a->print0))
		return args_fail(ret_error, "--plan goes without --summary and --print0");
	if (a->json && a->print0)
		return args_fail(ret_error, "--json and --print0: one or the other");
	if (a->who == CHECK && !a->quiet && !a->summary)
		a->verbose++;
	return true;
}

bool args_parse(struct args *a, enum personality who, int argc, char **argv, char **ret_error)
{
	char shorts[2 * ROWS + 2];
	struct option longs[ROWS + 1];
	int c;

	set_defaults(a, who, argc, argv);
	make_getopt(who, shorts, longs);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return explain_option(a, c, argv[optind - 1], ret_error);
		if (!take(a, c, ret_error))
			return false;
	}
	if (a->help || a->version || a->usage)
		return true;
	if (!check_image(a, ret_error) || !check_judge(a, ret_error) || !check_output(a, ret_error))
		return false;
	a->operands = argv + optind;
	a->operand_count = (size_t)(argc - optind);
	return take_operands(a, ret_error);
}

void args_done(struct args *a)
{
	free(a->exclude);
	a->exclude = NULL;
}
