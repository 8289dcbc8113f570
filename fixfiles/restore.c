/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restore.h"

#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "changes.h"
#include "command.h"
#include "excludes.h"
#include "filesystems.h"
#include "hidden.h"
#include "packages.h"
#include "setfiles/exit.h"
#include "setfiles/run.h"
#include "since.h"

struct restore {
	const struct options *o;
	const struct restore_watch *watch;
	struct since since;
	struct changes changes;
	struct packages packages;
	bool alone; /* what is fed now counts without what is below it */
};

static const char *headline(enum verb verb)
{
	switch (verb) {
	case VERB_CHECK: return "Checking";
	case VERB_VERIFY: return "Verifying";
	default: return "Relabeling";
	}
}

/* ---- where the paths come from -------------------------------------------------------------- */

static bool feed_paths(void *user, const struct run_parts *parts, input_fn take, void *taker)
{
	const struct restore *re = user;

	for (size_t i = 0; i < re->o->n_paths; i++)
		if (!take(taker, re->o->paths[i]))
			break;
	return true;
}

static bool feed_packages(void *user, const struct run_parts *parts, input_fn take, void *taker)
{
	struct restore *re = user;
	const struct paths *lists[] = {&re->packages.with_all, &re->packages.alone};

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		re->alone = lists[k] == &re->packages.alone;
		for (size_t i = 0; i < lists[k]->n; i++)
			if (!take(taker, lists[k]->v[i]))
				return true;
	}
	return true;
}

static void say_filesystems(const struct restore *re, const struct filesystems *fs)
{
	_cleanup_free_ char *line = NULL;
	size_t len;
	FILE *f;

	if (fs->read_only.n)
		ui_say_after(COLOUR_WARNING,
			     "Warning:", " Skipping the following R/O filesystems:");
	for (size_t i = 0; i < fs->read_only.n; i++)
		ui_say("%s", fs->read_only.v[i]);
	f = open_memstream(&line, &len);
	if (!f)
		return;
	fputs(headline(re->o->verb), f);
	for (size_t i = 0; i < fs->writable.n; i++)
		fprintf(f, " %s", fs->writable.v[i]);
	if (fclose(f) == 0)
		ui_say("%s", line);
}

static bool feed_filesystems(void *user, const struct run_parts *parts, input_fn take, void *taker)
{
	_cleanup_(filesystems_done) struct filesystems fs = {0};
	struct restore *re = user;
	/* /dev in a chroot is this machine's */
	int r = filesystems_find(&fs, parts, re->o->real_root, re->o->remote ? LBL_REMOTE : 0,
				 re->o->lasting || re->o->real_root);

	if (r < 0) {
		ui_error(parts->ui, "the mounts cannot be read from /proc/self/mountinfo: %s",
			 strerror(-r));
		return false;
	}
	if (fs.writable.n == 0) {
		ui_error(parts->ui, "No suitable file systems found");
		return !re->o->check && !re->o->lasting; /* nothing was looked at */
	}
	if (re->o->mode == MODE_CHANGES) {
		paths_keep(&fs.writable, changes_in_mount, &re->changes);
		if (fs.writable.n == 0)
			return true; /* most updates of a policy change nothing here */
	}
	say_filesystems(re, &fs);
	if (re->watch && re->watch->begin)
		re->watch->begin(re->watch->user, &fs.writable);
	for (size_t i = 0; i < fs.writable.n; i++)
		if (!take(taker, fs.writable.v[i]))
			break;
	return true;
}

static int label(const struct restore *re, const struct run_parts *parts, const char *path)
{
	if (re->o->hidden)
		return hidden_label(parts, path);
	return re->alone ? lbl_relabel_entry(parts->relabel, path)
			 : lbl_relabel_path(parts->relabel, path);
}

static int label_one(void *user, const struct run_parts *parts, const char *path)
{
	return label(user, parts, path);
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int label_watched(void *user, const struct run_parts *parts, const char *path)
{
	const struct restore *re = user;
	const struct restore_watch *w = re->watch;
	struct restore_mount m = {.path = path};
	struct lbl_counters before, after;
	uint64_t begun = now_usec();
	int r;

	if (w->skip(w->user, path))
		return 0;
	lbl_relabel_counters(parts->relabel, &before);
	r = label(re, parts, path);
	lbl_relabel_counters(parts->relabel, &after);
	m.files = after.files - before.files;
	m.changed = after.changed - before.changed;
	m.errors = exit_failures(&after) - exit_failures(&before);
	m.usec = now_usec() - begun;
	m.well = r == 0 && m.errors == 0;
	w->done(w->user, &m);
	return r;
}

/* ---- what is meant of them ------------------------------------------------------------------ */

static bool options_since(void *user, const struct run_parts *parts, struct lbl_relabel_options *o)
{
	struct restore *re = user;

	o->select = since_select;
	o->part_user = &re->since;
	return true;
}

static bool options_changes(void *user, const struct run_parts *parts,
			    struct lbl_relabel_options *o)
{
	struct restore *re = user;
	_cleanup_free_ char *inside = NULL, *whole = NULL;

	o->enter = changes_enter;
	o->select = changes_select;
	o->part_user = &re->changes;
	if (!re->o->root)
		return changes_open(&re->changes, parts, NULL, re->o->previous) == 0;
	/* by the name without links that the policy's files have as well */
	if (lbl_root_inside(re->o->root, re->o->previous, &inside) < 0 ||
	    asprintf(&whole, "%s%s", re->o->real_root, inside) < 0)
		whole = NULL;
	return changes_open(&re->changes, parts, re->o->real_root,
			    whole ? whole : re->o->previous) == 0;
}

static void close_changes(void *user)
{
	struct restore *re = user;

	changes_close(&re->changes);
}

/* False: what is meant cannot be found out (told). */
static bool choose(struct restore *re, struct run_source *source, const struct ui *ui)
{
	int r;

	source->feed = feed_filesystems;
	switch (re->o->mode) {
	case MODE_ALL: return true;
	case MODE_BOOT:
		since_boot(&re->since);
		source->options = options_since;
		return true;
	case MODE_SINCE:
		r = since_parse(&re->since, re->o->moment);
		if (r < 0)
			ui_error(ui, "-N %s: %s", re->o->moment,
				 r == -EINVAL ? "no such time" : strerror(-r));
		source->options = options_since;
		return r == 0;
	case MODE_CHANGES:
		source->options = options_changes;
		source->close = close_changes;
		return true;
	case MODE_PACKAGES: source->feed = feed_packages; return true;
	case MODE_PATHS:
	case MODE_TREES: source->feed = feed_paths; return true;
	}
	return false;
}

/* ---- the run -------------------------------------------------------------------------------- */

/* What the arguments of setfiles (file systems) or restorecon (all else) would be. */
static struct args args_of(const struct options *o)
{
	struct args a = {
		.who = o->mode == MODE_PATHS || o->mode == MODE_PACKAGES ? RESTORECON : SETFILES,
		.argv0 = o->argv0,
		.program = "fixfiles",
		.any = true,
		.policy_root = o->policy_root,
		.foreign = o->root,
		.validate = o->validate,
		.threads = o->threads,
		.flags = LBL_RECURSE,
		.strict = o->strict,
		.check = o->check,
		.json = o->json,
		.summary = o->summary,
	};

	/* paths may be named by the name the root has */
	a.alt_root = a.who == RESTORECON ? o->root : o->real_root;
	if (o->verb == VERB_CHECK || o->verb == VERB_VERIFY)
		a.flags |= LBL_DRY_RUN;
	if (o->force)
		a.flags |= LBL_FORCE;
	if (o->mode == MODE_PACKAGES)
		a.flags |= LBL_IGNORE_MISSING;
	if (o->remote)
		a.flags |= LBL_REMOTE;
	a.verbose = o->verbose || (a.flags & LBL_DRY_RUN && !o->summary);
	a.progress = !a.verbose && !o->json && !(a.flags & LBL_DRY_RUN) && o->mode != MODE_TREES;
	return a;
}

static int add_excludes(struct args *a, struct paths *dirs, struct paths *real, const struct ui *ui)
{
	int r = excludes_read(a->alt_root, dirs, real);
	bool ok = r == 0;

	if (r < 0)
		ui_error(ui, "%s" EXCLUDES_FILE ": %s", a->alt_root ? a->alt_root : "",
			 strerror(-r));
	for (size_t i = 0; i < dirs->n && ok; i++) {
		ui_say("skipping the directory %s", dirs->v[i]);
		ok = args_exclude(a, dirs->v[i]);
	}
	for (size_t i = 0; i < real->n && ok; i++)
		ok = args_exclude(a, real->v[i]);
	return ok ? 0 : -1;
}

/*
 * Users' home directories may have changed since their rules were made from templates.  What it
 * says is not for who reads records.
 */
static void refresh_homes(const struct options *o, const struct ui *ui)
{
	static const char *const argv[] = {"/usr/sbin/genhomedircon", NULL};
	_cleanup_free_ char *said = NULL;
	size_t len;
	int r;

	if (o->policy_root || o->root || o->foreign || o->mode == MODE_TREES ||
	    o->verb == VERB_CHECK || o->verb == VERB_VERIFY)
		return;
	r = command_run(argv, o->json ? &said : NULL, &len);
	if (r < 0 && r != -ENOENT && r != -EACCES)
		ui_error(ui, "%s: %s", argv[0], strerror(-r));
}

/* Packages that nobody knows are no reason to leave out the others.  False: there is no run. */
static bool find_packages(struct restore *re, struct run_source *source, const struct args *a,
			  const struct ui *ui)
{
	int r = packages_find(&re->packages, re->o->packages, re->o->root, ui);

	if (r < 0)
		source->status = a->strict ? STRICT_OPERAND : EXIT_ERROR;
	return r == 0 || r == -ENOENT;
}

int restore(const struct options *o, const struct ui *ui, const struct restore_watch *watch)
{
	_cleanup_(paths_done) struct paths dirs = {0}, real = {0};
	struct args a = args_of(o);
	struct restore re = {.o = o, .watch = watch};
	struct run_source source = {.label = watch ? label_watched : label_one, .user = &re};
	int status = EXIT_ERROR;

	if (watch)
		source.listener = (struct live_listener){watch->tell, watch->user};
	if (!choose(&re, &source, ui))
		return options_status(o);
	refresh_homes(o, ui);
	if (o->mode == MODE_PACKAGES && !find_packages(&re, &source, &a, ui))
		status = source.status;
	else if (add_excludes(&a, &dirs, &real, ui) == 0)
		status = run_source(&a, &source);
	packages_done(&re.packages);
	args_done(&a);
	return status;
}
