/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fixfiles: label whole systems: all file systems, the files of a package, what a change of rules
 * is about, at once or at the next boot.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/common.h"
#include "lbl.h"
#include "onboot.h"
#include "options.h"
#include "relabel/policy.h"
#include "relabel/streams.h"
#include "restore.h"
#include "setfiles/args.h"
#include "setfiles/exit.h"
#include "tmp.h"

/* -l: what a script that runs in the background leaves behind. */
static bool redirect(const struct options *o, const struct ui *ui)
{
	_cleanup_close_ int fd = -1;

	if (!o->log)
		return true;
	ui_say("Redirecting output to %s", o->log);
	fflush(stdout);
	fd = open(o->log, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0666);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0) {
		ui_error(ui, "%s: %s", o->log, strerror(errno));
		return false;
	}
	colour_choose(COLOUR_NEVER);
	return true;
}

/* Is SELinux on?  A policy that was named stands for it.  Return 1, 0 or -errno (told). */
static int is_enabled(const struct options *o, const struct ui *ui)
{
	const struct policy_from from = {.root = o->root, .policy_root = o->policy_root};
	_cleanup_free_ char *error = NULL;
	struct lbl_policy *policy;
	int r = policy_find(&from, &policy, &error);

	if (r < 0) {
		ui_error(ui, "%s", error ? error : strerror(-r));
		return r;
	}
	r = lbl_policy_enabled(policy);
	lbl_policy_free(policy);
	return r;
}

static int relabel(const struct options *o, const struct ui *ui)
{
	_cleanup_free_ char *tmp = NULL;
	bool clean = true;
	int status;

	if (asprintf(&tmp, "%s/tmp", o->root ? o->root : "") < 0) {
		tmp = NULL;
		ui_error(ui, "%s", strerror(ENOMEM));
		return EXIT_ERROR;
	}
	if (o->clean_tmp || tmp_ask(tmp)) {
		ui_say("Cleaning out %s", tmp);
		clean = tmp_empty(o->root, tmp, ui);
	}
	status = restore(o, ui, NULL);
	return status == EXIT_OK && !clean ? EXIT_ERROR : status;
}

static int go(const struct options *o)
{
	const struct ui ui = {.prefix = o->argv0};
	int enabled;

	if (o->json)
		ui_data_only();
	if (!redirect(o, &ui))
		return EXIT_ERROR;
	enabled = is_enabled(o, &ui);
	if (enabled < 0)
		return o->strict ? STRICT_RULES : EXIT_ERROR;
	if (o->verb == VERB_ONBOOT)
		return onboot_write(o, &ui, enabled && !o->root);
	if (!enabled && !o->policy_root && !o->root) {
		ui_error(&ui, "SELinux is disabled, nothing done (--policy-root DIR names a policy "
			      "to label by anyway)");
		return exit_disabled(&(struct args){.strict = o->strict, .check = o->check});
	}
	return o->verb == VERB_RELABEL ? relabel(o, &ui) : restore(o, &ui, NULL);
}

/* The same for the system in another directory. */
static int go_below(struct options *o)
{
	const struct ui ui = {.prefix = o->argv0};
	_cleanup_free_ char *real = realpath(o->root, NULL), *whole = NULL;
	struct stat st;
	int r;

	if (!real || stat(real, &st) < 0 || !S_ISDIR(st.st_mode)) {
		ui_error(&ui, "--root %s: %s", o->root, strerror(real ? ENOTDIR : errno));
		return o->strict ? STRICT_OPERAND : EXIT_ERROR;
	}
	r = lbl_root_inside(NULL, o->root, &whole);
	if (r < 0) {
		ui_error(&ui, "--root %s: %s", o->root, strerror(-r));
		return EXIT_ERROR;
	}
	o->root = whole;
	o->real_root = real;
	if (strcmp(real, "/") == 0)
		o->root = o->real_root = NULL;
	return go(o);
}

static int start(int argc, char **argv)
{
	_cleanup_free_ char *error = NULL;
	struct options o;
	bool good;

	good = options_parse(&o, argc, argv, &error);
	colour_choose(o.colour);
	if (!good) {
		args_complain(argv[0], error);
		options_usage(o.json ? stderr : stdout);
		return options_status(&o);
	}
	if (o.help) {
		options_help(stdout);
		return EXIT_OK;
	}
	if (o.version) {
		printf("fixfiles (relabel) %s\n", lbl_version());
		return EXIT_OK;
	}
	if (!o.root)
		o.policy_root = policy_root_wanted(o.policy_root);
	return o.root ? go_below(&o) : go(&o);
}

int main(int argc, char **argv)
{
	if (argc < 1)
		return EXIT_ERROR;
	streams_reserve();
	return streams_finish(argv[0], start(argc, argv), EXIT_ERROR);
}
