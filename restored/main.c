/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restored: keeps the labels of files right that users and programs create with wrong ones.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/common.h"
#include "daemon.h"
#include "lbl.h"
#include "log.h"
#include "relabel/streams.h"

#define MAX_DIRS_DEFAULT 100000ul

static const char help[] =
	"Usage: restored [OPTION...]\n"
	"Watch the directories of restored.conf, and label what comes to be there as the policy "
	"says.\n\n"
	"  -F, --foreground       messages to standard error\n"
	"  -d, --debug            the same, and more of them\n"
	"  -f, --config FILE      another config, without drop-ins\n"
	"  -u, --user             for one's own home, with one's own config\n"
	"  -n, --dry-run          change nothing, say what would be\n"
	"  -v, --verbose          log each file that is relabelled\n"
	"  --back-end NAME        inotify, fanotify, or auto: fanotify for whole trees, where it "
	"can "
	"be had\n"
	"  --attributes           also look again when attributes, or labels, are changed\n"
	"  --rate N               label no more than N names a second (20000); 0: no limit\n"
	"  --burst N              but N at once (100000)\n"
	"  --dir-rate N           the same for any one directory (5000)\n"
	"  --dir-burst N          (50000)\n"
	"  --delay MS             let a name wait for MS milliseconds (0)\n"
	"  --max-names N          names that wait in all (65536); of more, their directory is "
	"read\n"
	"  --max-dirs N           directories that inotify watches (100000, or half of what may "
	"be)\n"
	"  --poll SECONDS         between looks at directories that cannot be watched (60)\n"
	"  --policy-root DIR      the policy in DIR (as /etc/selinux/targeted)\n"
	"  --run-dir DIR          for the lock and the socket (/run; with --user "
	"$XDG_RUNTIME_DIR)\n"
	"  --even-if-disabled     run where SELinux is disabled, too\n"
	"  --check-config         print what the config comes to, and end\n"
	"  --status               ask the running daemon what it does\n"
	"  --json                 with --status: as JSON\n"
	"  -h, --help             this text\n"
	"  --version              the version\n\n"
	"SIGHUP: read config and rules again, and look at everything again.\n";

struct command {
	struct daemon_options daemon;
	bool foreground, debug, status, json, check_config;
	const char *run_dir, *config;
	char lock[PATH_MAX], socket[PATH_MAX], file[PATH_MAX];
};

enum {
	ATTRIBUTES = 0x100,
	BACK_END,
	BURST,
	CHECK,
	DELAY,
	DIR_BURST,
	DIR_RATE,
	EVEN,
	JSON,
	MAX_DIRS,
	MAX_NAMES,
	POLL,
	RATE,
	ROOT,
	RUN_DIR,
	STATUS,
	VERSION,
};

static const struct option longs[] = {
	{"attributes", no_argument, NULL, ATTRIBUTES},
	{"back-end", required_argument, NULL, BACK_END},
	{"burst", required_argument, NULL, BURST},
	{"check-config", no_argument, NULL, CHECK},
	{"config", required_argument, NULL, 'f'},
	{"debug", no_argument, NULL, 'd'},
	{"delay", required_argument, NULL, DELAY},
	{"dir-burst", required_argument, NULL, DIR_BURST},
	{"dir-rate", required_argument, NULL, DIR_RATE},
	{"dry-run", no_argument, NULL, 'n'},
	{"even-if-disabled", no_argument, NULL, EVEN},
	{"foreground", no_argument, NULL, 'F'},
	{"help", no_argument, NULL, 'h'},
	{"json", no_argument, NULL, JSON},
	{"max-dirs", required_argument, NULL, MAX_DIRS},
	{"max-names", required_argument, NULL, MAX_NAMES},
	{"policy-root", required_argument, NULL, ROOT},
	{"poll", required_argument, NULL, POLL},
	{"rate", required_argument, NULL, RATE},
	{"run-dir", required_argument, NULL, RUN_DIR},
	{"status", no_argument, NULL, STATUS},
	{"user", no_argument, NULL, 'u'},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, VERSION},
	{NULL, 0, NULL, 0},
};

static bool take_number(const char *text, unsigned least, unsigned *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n < least || n > 100000000) {
		fprintf(stderr, "restored: \"%s\" is no number from %u to 100000000\n", text,
			least);
		return false;
	}
	*ret = (unsigned)n;
	return true;
}

static bool take_size(const char *text, size_t *ret)
{
	unsigned n;

	if (!take_number(text, 1, &n))
		return false;
	*ret = n;
	return true;
}

static bool take_back_end(const char *text, enum places_back_end *ret)
{
	static const char *const names[] = {"auto", "inotify", "fanotify"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum places_back_end)i;
			return true;
		}
	}
	fprintf(stderr, "restored: \"%s\" is no back end (inotify, fanotify, auto)\n", text);
	return false;
}

static bool take_limit(struct daemon_options *d, int o)
{
	switch (o) {
	case BURST: return take_number(optarg, 1, &d->limits.burst);
	case DELAY: return take_number(optarg, 0, &d->limits.delay_ms);
	case DIR_BURST: return take_number(optarg, 1, &d->limits.dir_burst);
	case DIR_RATE: return take_number(optarg, 0, &d->limits.dir_rate);
	case MAX_DIRS: return take_size(optarg, &d->places.max_dirs);
	case MAX_NAMES: return take_size(optarg, &d->limits.names);
	case POLL: return take_number(optarg, 1, &d->poll_s);
	case RATE: return take_number(optarg, 0, &d->limits.rate);
	default: return false;
	}
}

static bool take_policy_root(struct daemon_options *d, const char *dir)
{
	d->labels.policy_root = dir;
	if (!*dir)
		fputs("restored: --policy-root: the name of the directory is empty\n", stderr);
	return *dir;
}

static bool take_option(struct command *c, int o)
{
	struct daemon_options *d = &c->daemon;

	switch (o) {
	case 'F': c->foreground = true; break;
	case 'd': c->foreground = c->debug = true; break;
	case 'f': c->config = optarg; break;
	case 'n': d->labels.dry_run = true; break;
	case 'u': d->user = true; break;
	case 'v': d->labels.verbose = true; break;
	case ATTRIBUTES: d->places.attrib = true; break;
	case BACK_END: return take_back_end(optarg, &d->places.back_end);
	case CHECK: c->check_config = true; break;
	case EVEN: d->even_if_disabled = true; break;
	case JSON: c->json = true; break;
	case ROOT: return take_policy_root(d, optarg);
	case RUN_DIR: c->run_dir = optarg; break;
	case STATUS: c->status = true; break;
	default: return take_limit(d, o);
	}
	return true;
}

/* -1: go on; else an exit status. */
static int parse(struct command *c, int argc, char **argv)
{
	int o;

	while ((o = getopt_long(argc, argv, "Fdf:huvn", longs, NULL)) != -1) {
		if (o == 'h') {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		}
		if (o == VERSION) {
			printf("restored %s\n", lbl_version());
			return EXIT_SUCCESS;
		}
		if (!take_option(c, o)) {
			fputs("'restored --help' says more.\n", stderr);
			return EXIT_FAILURE;
		}
	}
	if (optind == argc && (!c->json || c->status))
		return -1;
	fprintf(stderr,
		optind < argc ? "restored: unexpected \"%s\"\n"
			      : "restored: --json goes with --status\n",
		argv[optind]);
	return EXIT_FAILURE;
}

static bool put_path(char out[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	if (n > 0 && n < PATH_MAX)
		return true;
	fprintf(stderr, "restored: \"%s\" is too long\n", dir);
	return false;
}

/* Where a user's own config is: below $XDG_CONFIG_HOME, by default ~/.config. */
static bool user_config(struct command *c)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return put_path(c->file, xdg, CONFIG_FILE_USER);
	if (home && *home == '/')
		return put_path(c->file, home, ".config/" CONFIG_FILE_USER);
	fprintf(stderr, "restored: neither XDG_CONFIG_HOME nor HOME is set\n");
	return false;
}

static bool find_paths(struct command *c)
{
	struct daemon_options *d = &c->daemon;
	const char *run = c->run_dir;
	char *cwd = NULL;

	if (!run)
		run = d->user ? getenv("XDG_RUNTIME_DIR") : "/run";
	if (run && (!put_path(c->lock, run, "restored.lock") ||
		    !put_path(c->socket, run, "restored.sock")))
		return false;
	d->lock = run ? c->lock : NULL;
	d->socket = run ? c->socket : NULL;
	if (!c->config && !d->user) {
		d->config = config_system;
		return true;
	}
	d->config = (struct config_paths){.file = c->file};
	if (!c->config)
		return user_config(c);
	if (*c->config == '/')
		return put_path(c->file, "", c->config + 1);
	cwd = getcwd(NULL, 0);
	if (!cwd || !put_path(c->file, cwd, c->config)) {
		free(cwd);
		return false;
	}
	free(cwd);
	return true;
}

static int finish(int status)
{
	return streams_finish("restored", status, EXIT_FAILURE);
}

/* The other half of the watches is for root's other programs. */
static size_t default_max_dirs(void)
{
	FILE *f = fopen("/proc/sys/fs/inotify/max_user_watches", "re");
	unsigned long all = 2 * MAX_DIRS_DEFAULT;

	if (f) {
		if (fscanf(f, "%lu", &all) != 1)
			all = 2 * MAX_DIRS_DEFAULT;
		fclose(f);
	}
	return all / 2 < MAX_DIRS_DEFAULT ? all / 2 : MAX_DIRS_DEFAULT;
}

int main(int argc, char **argv)
{
	struct command c = {
		.daemon =
			{
				.limits = {.names = 65536,
					   .rate = 20000,
					   .burst = 100000,
					   .dir_rate = 5000,
					   .dir_burst = 50000},
				.places = {.max_dirs = default_max_dirs(), .max_open = 64},
				.poll_s = 60,
			},
	};
	int status;

	streams_reserve();
	status = parse(&c, argc, argv);
	if (status >= 0)
		return finish(status);
	if (!find_paths(&c))
		return EXIT_FAILURE;
	if (c.status && !c.daemon.socket) {
		fprintf(stderr, "restored: XDG_RUNTIME_DIR is not set\n");
		return EXIT_FAILURE;
	}
	if (c.status)
		return finish(status_show(c.socket, c.json));
	c.daemon.limits.scans = SCAN_WALKS;
	c.daemon.places.max_lazy = c.daemon.limits.names / 4 + 1;
	log_open(c.foreground || c.check_config, c.debug);
	if (c.daemon.labels.dry_run)
		log_dry_run();
	if (c.check_config)
		return finish(daemon_check_config(&c.daemon));
	(void)lbl_raise_fd_limit();
	return daemon_run(&c.daemon);
}
