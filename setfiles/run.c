/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "audit.h"
#include "config.h"
#include "exit.h"
#include "inputs.h"
#include "lbl.h"
#include "live.h"
#include "macadmin.h"
#include "manners.h"
#include "plan.h"
#include "records.h"
#include "relabel/notify.h"
#include "relabel/policy.h"
#include "relabel/safe.h"
#include "ruleset.h"
#include "signals.h"
#include "ui.h"

struct run {
	struct args args;
	const struct run_source *source; /* NULL: the command line */
	struct ui ui;
	struct live live;
	struct ruleset set;
	struct lbl_relabel *relabel;
	bool mass;   /* an operand was "/" */
	bool broken; /* the run itself failed */
};

static struct run_parts parts_of(struct run *run)
{
	return (struct run_parts){run->set.policy, run->set.rules, run->relabel, &run->ui};
}

static int open_relabel(struct run *run)
{
	const struct run_parts parts = parts_of(run);
	const struct args *a = &run->args;
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = a->flags,
		.rules = run->set.rules,
		.policy = run->set.policy,
		.alt_root = a->alt_root,
		.threads = a->background && !a->threads ? 1 : a->threads,
		.bulk = a->bulk,
		.io = a->io,
		.event = ui_event,
		.user = &run->ui,
		.counts = LBL_COUNTS_FILE,
		.counts_least = !a->list && (a->progress || notify_wanted()),
	};
	int r;

	if (a->who == SETFILES)
		o.flags |= LBL_RECURSE | LBL_ONE_MOUNT;
	else
		o.flags |= LBL_RESOLVE_OPERAND;
	if (a->verbose || a->log || a->json || a->summary || a->print0)
		o.flags |= LBL_REPORT_CHANGES;
	if (!a->list && (live_wants_estimates(a) || (run->source && run->source->listener.tell)))
		o.flags |= LBL_PROGRESS;
	if (run->source && run->source->options &&
	    !run->source->options(run->source->user, &parts, &o))
		return -EINVAL;
	r = lbl_relabel_new(&run->relabel, &o);
	if (r < 0)
		ui_error(&run->ui, "cannot start: %s", strerror(-r));
	return r;
}

/*
 * Below the alternate root as it is seen there.  Upstream's -r says nothing of what lies elsewhere;
 * below another system nobody can mean that, and what was to be left out would be labelled.
 * 0; -EXDEV: it is not below the root; -errno.
 */
static int look(const struct args *a, const char *dir)
{
	_cleanup_free_ char *real = NULL;
	enum lbl_kind kind;
	int r = lbl_look(a->alt_root, dir, LBL_LOOK_SELF, &real, &kind);

	return r == -EXDEV && a->who == SETFILES ? lbl_look(NULL, dir, LBL_LOOK_SELF, &real, &kind)
						 : r;
}

/* -e: what upstream says and does about directories that are not there */
static bool add_excludes(struct run *run)
{
	const struct args *a = &run->args;

	for (size_t i = 0; i < a->exclude_count; i++) {
		const char *dir = a->exclude[i];
		int r;

		if (dir[0] != '/') {
			safe_printf(stderr, "Full path required for exclude: %s.\n", dir);
			return false;
		}
		r = look(a, dir);
		if (r == -EXDEV) {
			ui_outside(&run->ui, dir);
			return false;
		}
		if (r < 0 && r != -EACCES) {
			safe_printf(stderr, "Can't stat exclude path \"%s\", %s - ignoring.\n", dir,
				    strerror(-r));
			continue;
		}
		r = lbl_relabel_exclude(run->relabel, dir);
		if (r < 0) {
			ui_error(&run->ui, "-e %s: %s", dir, strerror(-r));
			return false;
		}
	}
	return true;
}

static int label(struct run *run, const char *path)
{
	const struct run_parts parts = parts_of(run);

	if (run->source && run->source->label)
		return run->source->label(run->source->user, &parts, path);
	return run->args.image ? lbl_relabel_image(run->relabel, path)
			       : lbl_relabel_path(run->relabel, path);
}

static bool one_path(void *user, const char *path)
{
	struct run *run = user;
	bool root = strcmp(path, "/") == 0 && !run->args.alt_root;
	int r;

	if (run->args.plan) {
		if (!plan_show(&run->ui, run->relabel, path))
			run->broken = true;
		return !signals_came();
	}
	run->mass = run->mass || root;
	live_operand(&run->live, root);
	r = label(run, path);
	live_operand_done(&run->live, root && r == 0 ? path : NULL);
	if (r < 0 && r != -ECANCELED) {
		ui_error(&run->ui, r == -EAGAIN ? "%s: cannot start a thread: %s" : "%s: %s", path,
			 strerror(-r));
		run->broken = true;
	}
	return r == 0;
}

static void say_unused(const struct run *run)
{
	struct lbl_match m;
	size_t pos = 0;

	while (lbl_rules_next_unused(run->set.rules, &pos, &m) > 0)
		ui_warning(&run->ui, "Warning!  No matches for (%s, %s, %s)", m.regex,
			   lbl_kind_name(m.kind), m.context ? m.context : "<<none>>");
}

/* False: the list of paths could not be read (told). */
static bool label_paths(struct run *run)
{
	const struct run_parts parts = parts_of(run);
	const struct args *a = &run->args;
	int e;

	if (run->source) {
		if (!run->source->feed(run->source->user, &parts, one_path, run))
			run->broken = true;
		return true;
	}
	if (a->list) {
		e = inputs_list(a, one_path, run);
		if (e && !signals_came()) {
			live_end(&run->live);
			if (a->who & OURS)
				ui_error(&run->ui, "-f %s: %s", a->list, strerror(e));
			else
				safe_printf(stderr, "Unable to open %s: %s\n", a->list,
					    strerror(e));
			args_usage(stderr, a->who);
			return false;
		}
	}
	(void)inputs_operands(a, one_path, run); /* ended early: broken or stopped */
	return true;
}

static void say_stopped(const struct args *a, const struct lbl_counters *c, int sig)
{
	fflush(stdout);
	colour_prefix(stderr, colour_on(stderr), COLOUR_WARNING, a->argv0);
	fprintf(stderr, "stopped by signal %d (%s) after %llu files, %llu %s\n", sig,
		strsignal(sig), (unsigned long long)c->files, (unsigned long long)c->changed,
		a->flags & LBL_DRY_RUN ? "to be relabelled" : "relabelled");
}

static void say_count(const struct args *a, uint64_t changed)
{
	char n[24];

	snprintf(n, sizeof(n), "%llu", (unsigned long long)changed);
	ui_say(a->flags & LBL_DRY_RUN ? "Would relabel %s files" : "Relabeled %s files", n);
}

static void show_summary(struct run *run)
{
	summary_sort(run->ui.summary);
	if (run->args.json)
		records_summary(&run->args, run->ui.summary);
	else
		summary_show(run->ui.summary, run->args.flags & LBL_DRY_RUN);
}

/* What is said at the end of a run that comes to @status, stopped by @sig or not (0). */
static void sum_up(struct run *run, const struct lbl_counters *c, int status, int sig)
{
	const struct args *a = &run->args;

	if (run->ui.summary)
		show_summary(run);
	if (a->json) {
		records_refused(&run->ui.refused);
	} else {
		failures_show(&run->ui, c);
		refused_show(&run->ui);
	}
	if (sig)
		say_stopped(a, c, sig);
	if (a->flags & LBL_TRACK_UNUSED)
		say_unused(run);
	if (!a->json && !a->summary && (a->count || (a->who == RESTORE && !a->quiet && !a->plan)))
		say_count(a, c->changed);
	if (run->mass && !(a->flags & LBL_DRY_RUN))
		audit_mass_relabel(&run->ui, status == EXIT_OK);
	if (a->json)
		records_totals(a, c, status, sig);
}

/* All paths; the status of the run. */
static int relabel_all(struct run *run)
{
	const struct args *a = &run->args;
	struct lbl_counters c;
	bool listed;
	int status, sig;

	if (a->json)
		records_begin(a);
	signals_catch(run->relabel);
	live_begin(&run->live, a, run->relabel, run->source ? &run->source->listener : NULL);
	listed = label_paths(run);
	live_end(&run->live);
	if (!listed)
		return a->strict ? STRICT_OPERAND : EXIT_ERROR;
	lbl_relabel_counters(run->relabel, &c);
	sig = signals_came(); /* what comes later stops nothing any more */
	status = sig ? 128 + sig : run->broken ? EXIT_ERROR : exit_status(a, &c);
	if (run->source && !sig)
		status = MAX(status, run->source->status);
	sum_up(run, &c, status, sig);
	return records_lost() ? EXIT_ERROR : status;
}

static int check_alt_root(const struct run *run)
{
	const struct args *a = &run->args;
	struct stat st;
	int r;

	if (!a->alt_root)
		return 0;
	if (stat(a->alt_root, &st) < 0) {
		r = -errno;
		if (a->who == SETFILES)
			safe_printf(stderr, "Can't stat alt_root_path \"%s\", %s\n", a->alt_root,
				    strerror(-r));
		else
			ui_error(&run->ui, "--root %s: %s", a->alt_root, strerror(-r));
		return r;
	}
	if (a->who == SETFILES || S_ISDIR(st.st_mode))
		return 0;
	ui_error(&run->ui, "--root %s: %s", a->alt_root, strerror(ENOTDIR));
	return -ENOTDIR;
}

static int disabled(const struct run *run)
{
	const struct args *a = &run->args;

	ui_error(&run->ui, a->who & OURS ? "SELinux is disabled, nothing done (--policy-root DIR "
					   "or --rules FILE names rules to label by anyway)"
					 : "SELinux is disabled, nothing done (--policy-root DIR "
					   "names a policy to label by anyway)");
	return exit_disabled(a);
}

static int go(struct run *run)
{
	const struct args *a = &run->args;

	if (check_alt_root(run) < 0)
		return a->strict ? STRICT_OPERAND : EXIT_ERROR;
	if (ruleset_find(&run->set, a, &run->ui) < 0)
		return a->strict ? STRICT_RULES : EXIT_ERROR;
	if (!a->spec && !a->policy_root && !a->alt_root && !lbl_policy_enabled(run->set.policy))
		return disabled(run);
	if (ruleset_read(&run->set, a, &run->ui) < 0)
		return a->binpolicy && !a->strict ? EXIT_ERROR : exit_rules(a);
	if (a->who == SETFILES && !run->source && !a->list && a->operand_count == 0)
		return EXIT_OK; /* that was all that was asked */
	if (lbl_policy_enabled(run->set.policy))
		refused_ask(&run->ui.refused, lbl_policy_check, run->set.policy,
			    macadmin_context());
	if (open_relabel(run) < 0)
		return EXIT_ERROR;
	if (!add_excludes(run))
		return exit_usage(a);
	(void)lbl_raise_fd_limit(); /* the walk lives with less, too */
	if (a->background)
		manners_step_back(&run->ui);
	return relabel_all(run);
}

/* What the arguments ask for; everything that is opened is closed again. */
static int start(struct run *run)
{
	const struct args *a = &run->args;
	int status;

	/* the environment names this system's */
	if (!a->alt_root || (a->who == SETFILES && !a->foreign))
		run->args.policy_root = policy_root_wanted(a->policy_root);
	run->ui = (struct ui){
		.prefix = a->argv0,
		.alt_root = a->alt_root,
		.verbose = a->verbose,
		.dry_run = a->flags & LBL_DRY_RUN,
		.log = a->log,
		.bulk_only = a->bulk == LBL_BULK_ONLY,
		.conflict_error = a->flags & LBL_CONFLICT_ERROR,
		.args = a,
	};
	if (a->json || a->print0)
		ui_data_only();
	if (a->summary && summary_new(&run->ui.summary) < 0) {
		ui_error(&run->ui, "out of memory");
		return EXIT_ERROR;
	}
	failures_init(&run->ui.failures);
	refused_init(&run->ui.refused);
	status = go(run);
	summary_free(run->ui.summary);
	failures_done(&run->ui.failures);
	refused_done(&run->ui.refused);
	signals_forget();
	lbl_relabel_free(run->relabel);
	if (run->source && run->source->close)
		run->source->close(run->source->user);
	ruleset_done(&run->set);
	return status;
}

void print_version(const char *name)
{
	printf("%s%s %s\nfeatures: %caudit %csepol %csystemd\n", name,
	       strncmp(name, "relabel", 7) == 0 ? "" : " (relabel)", lbl_version(),
	       HAVE_AUDIT ? '+' : '-', HAVE_SEPOL ? '+' : '-', HAVE_SYSTEMD ? '+' : '-');
}

int run(enum personality who, int argc, char **argv)
{
	struct run run = {0};
	char *error = NULL;
	int status;
	bool good;

	good = args_parse(&run.args, who, argc, argv, &error);
	colour_choose(run.args.colour);
	if (!good) {
		args_complain(run.args.argv0, error);
		args_usage(stderr, who);
		status = exit_usage(&run.args);
	} else if (run.args.help) {
		args_help(stdout, who);
		status = EXIT_OK;
	} else if (run.args.version) {
		print_version(args_name(who));
		status = EXIT_OK;
	} else if (run.args.usage) {
		args_usage(stderr, who);
		status = EXIT_ERROR;
	} else {
		status = start(&run);
	}
	args_done(&run.args);
	free(error);
	return status;
}

int run_source(const struct args *args, const struct run_source *source)
{
	struct run run = {.args = *args, .source = source};

	return start(&run);
}
