/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/common.h"
#include "extra.h"
#include "facts.h"
#include "fixfiles/command.h"
#include "fixfiles/restore.h"
#include "flags.h"
#include "journal.h"
#include "lbl.h"
#include "relabel/colour.h"
#include "relabel/command.h"
#include "root.h"
#include "setfiles/exit.h"
#include "splash.h"
#include "state.h"

#define ENFORCE "/sys/fs/selinux/enforce"

enum { EXIT_NOT_BEGUN = 1 }; /* no attempt was counted, so none may follow by itself */

enum then { THEN_NOTHING, THEN_REBOOT, THEN_CONTINUE };

struct boot {
	const char *root; /* --root; NULL: / */
	enum then then;
	int rootfd, journal;
	struct splash splash;
	struct ui ui;
	struct onboot_state state;
	struct flags flags;
	struct options options;
	char *policy_root;
	bool extra;  /* --extra: single trees, and nothing else */
	bool initrd; /* --initrd: what is mounted later is for who boots on */
	bool asked_by_word, was_enforcing;
	bool hopeless; /* nothing can be begun, nor be told the next boot */
};

/* ---- what it is like ---------------------------------------------------------------------------
 */

/* Nothing is denied meanwhile: what runs already may have labels that are wrong. */
static bool set_enforcing(bool on)
{
	_cleanup_close_ int fd = open(ENFORCE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	char was = '0';

	if (fd < 0 || pread(fd, &was, 1, 0) != 1)
		return false;
	if ((was == '1') != on && pwrite(fd, on ? "1" : "0", 1, 0) != 1)
		return false;
	return was == '1';
}

/* Rules are there without a policy in the kernel, too: before it is loaded, or for another root. */
static int find_policy(struct boot *b)
{
	static const char files[] = "/contexts/files/file_contexts";
	struct lbl_policy_options po = {.size = sizeof(po), .policy_root = b->options.policy_root};
	struct lbl_policy *policy;
	int r = lbl_policy_open(&policy, &po);
	const char *path;
	size_t len;

	if (r < 0)
		return r;
	path = lbl_policy_file_contexts(policy);
	len = strlen(path);
	if (!lbl_policy_enabled(policy) && !b->options.policy_root && len > strlen(files)) {
		b->policy_root = strndup(path, len - strlen(files));
		b->options.policy_root = b->policy_root;
		r = b->policy_root ? 0 : -ENOMEM;
	}
	lbl_policy_free(policy);
	return r;
}

/* ---- the mounts --------------------------------------------------------------------------------
 */

/* By inodes in use; some file systems do not say. */
static void mounts_begin(void *user, const struct paths *mounts)
{
	struct boot *b = user;
	uint64_t sum = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		struct statvfs st;

		if (onboot_state_has(&b->state, mounts->v[i]))
			continue;
		if (statvfs(mounts->v[i], &st) < 0 || st.f_files <= st.f_ffree)
			return;
		sum += st.f_files - st.f_ffree;
	}
	splash_expect(&b->splash, sum);
}

static bool skip_mount(void *user, const char *mount)
{
	const struct boot *b = user;

	if (!onboot_state_has(&b->state, mount))
		return false;
	ui_say("%s: relabelled by an earlier attempt", mount);
	journal_mount(b->journal, &(struct restore_mount){.path = mount}, true);
	return true;
}

/* To be known at once: the machine may lose its power before the next one is done. */
static void mount_ends(void *user, const struct restore_mount *m)
{
	struct boot *b = user;
	int r = 0;

	if (m->well) {
		ui_say("%s: relabelled", m->path);
		r = onboot_state_add(&b->state, m->path);
		if (r == 0)
			r = onboot_state_write(&b->state, b->rootfd);
	} else {
		ui_error(&b->ui, "%s: not everything could be relabelled", m->path);
	}
	if (r < 0)
		ui_error(&b->ui, "/" ONBOOT_STATE ": %s", strerror(-r));
	journal_mount(b->journal, m, false);
}

static void show_progress(void *user, const struct status *s)
{
	struct boot *b = user;

	splash_tell(&b->splash, s);
}

/* It is all done.  The flag goes last but for what says why no flag was needed. */
static int forget(struct boot *b)
{
	const struct onboot_state answered = {.answered = true};
	int r = 0;

	if (unlinkat(b->rootfd, ONBOOT_FLAG, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0)
		r = b->asked_by_word ? onboot_state_write(&answered, b->rootfd)
				     : onboot_state_remove(b->rootfd);
	if (r == 0 && fsync(b->rootfd) < 0)
		r = -errno;
	if (r < 0)
		ui_error(&b->ui, "/" ONBOOT_FLAG " cannot be removed: %s", strerror(-r));
	return r;
}

/*
 * The rest is for who boots on.  An attempt that went well here is none of his; and what was
 * written last has no label, so that the generator, under a policy that enforces, could not read
 * it.
 */
static int leave(struct boot *b, int status)
{
	static char state[] = "/" ONBOOT_STATE;
	struct options o = b->options;
	char *paths[] = {state};
	int r;

	if (status == EXIT_OK) {
		b->state.attempts -= b->state.attempts > 0;
		r = onboot_state_write(&b->state, b->rootfd);
		if (r < 0) /* it is an attempt more, then */
			ui_error(&b->ui, "/" ONBOOT_STATE ": %s", strerror(-r));
		ui_say("what is mounted later is relabelled when it is: /" ONBOOT_FLAG " stays");
	}
	o.mode = MODE_TREES;
	o.paths = paths;
	o.n_paths = ARRAY_SIZE(paths);
	(void)restore(&o, &b->ui, NULL); /* told; it changes nothing in what is to come */
	return status;
}

static int label_all(struct boot *b)
{
	const struct restore_watch watch = {mounts_begin, skip_mount, mount_ends,
					    b->splash.shown ? show_progress : NULL, b};
	int status, r;

	b->state.attempts++;
	r = onboot_state_write(&b->state, b->rootfd);
	if (r < 0) { /* who cannot count attempts would make them for ever */
		b->hopeless = true;
		ui_error(&b->ui, "/" ONBOOT_STATE ": %s; nothing is relabelled", strerror(-r));
		return EXIT_ERROR;
	}
	status = restore(&b->options, &b->ui, &watch);
	if (b->initrd)
		return leave(b, status);
	return status == EXIT_OK && forget(b) < 0 ? EXIT_ERROR : status;
}

/* ---- afterwards --------------------------------------------------------------------------------
 */

static void run(const struct boot *b, const char *const *argv)
{
	int r = command_run(argv, NULL, NULL);

	if (r < 0)
		ui_error(&b->ui, "%s: %s", argv[0], strerror(-r));
	else if (r > 0)
		ui_error(&b->ui, "%s %s failed", argv[0], argv[1]);
}

/* Have the generator, which runs once more, not choose this again. */
static int decline(struct boot *b)
{
	_cleanup_close_ int fd = -1;

	b->state.attempts = ONBOOT_ATTEMPTS;
	if (!b->hopeless && onboot_state_write(&b->state, b->rootfd) == 0)
		return 0;
	fd = openat(b->rootfd, ONBOOT_NOT_NOW, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : 0;
}

/*
 * On with the boot, as if nothing had been asked: what the generator finds now sends the machine to
 * its own default target.
 */
static void go_on(struct boot *b, int status)
{
	static const char *const reload[] = {"systemctl", "daemon-reload", NULL};
	static const char *const isolate[] = {"systemctl", "--no-block", "isolate",
					      "default.target", NULL};
	int r = status == EXIT_OK ? 0 : decline(b);

	if (r < 0) {
		ui_error(&b->ui, "/" ONBOOT_NOT_NOW ": %s", strerror(-r));
		return;
	}
	if (b->was_enforcing)
		(void)set_enforcing(true);
	run(b, reload);
	run(b, isolate);
}

static void afterwards(struct boot *b, int status)
{
	static const char *const reboot[] = {"systemctl", "--force", "reboot", NULL};

	if (b->hopeless && b->then == THEN_REBOOT) {
		ui_error(&b->ui, "a reboot would come to the same: the boot goes on");
		b->then = THEN_CONTINUE;
	} else if (status != EXIT_OK && b->state.attempts >= ONBOOT_ATTEMPTS) {
		ui_error(&b->ui, "tried %u times and got no further: the next boot is as usual",
			 b->state.attempts);
	}
	switch (b->then) {
	case THEN_NOTHING: break;
	case THEN_CONTINUE: go_on(b, status); break;
	case THEN_REBOOT:
		sync();
		run(b, reboot);
		break;
	}
}

/* ---- the command -------------------------------------------------------------------------------
 */

/* What was asked for of all file systems.  False: it cannot be known (told). */
static bool read_request(struct boot *b)
{
	int r = onboot_state_read(&b->state, b->rootfd);

	if (r == 0)
		r = flags_read(&b->flags, &b->options, b->rootfd, (char *)b->ui.prefix);
	if (r < 0)
		ui_error(&b->ui, "/: %s", strerror(-r));
	b->options.lasting = true;
	b->options.foreign = b->root;
	return r == 0;
}

static bool have_policy(struct boot *b)
{
	int r = find_policy(b);

	if (r < 0)
		ui_error(&b->ui, "there is no policy to relabel by: %s", strerror(-r));
	return r == 0;
}

static bool enter(struct boot *b)
{
	int r = b->root ? root_enter(b->root) : 0;

	if (r == 0) {
		b->rootfd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = b->rootfd < 0 ? -errno : 0;
	}
	if (r < 0)
		ui_error(&b->ui, "%s: %s", b->root ? b->root : "/",
			 r == -EXDEV ? "others than root can write to it: fixfiles --root does not "
				       "have to trust it"
				     : strerror(-r));
	return r == 0;
}

static int go_extra(struct boot *b)
{
	b->options.argv0 = b->ui.prefix;
	if (!enter(b) || !have_policy(b))
		return EXIT_NOT_BEGUN;
	return extra_relabel(b->rootfd, &b->options, &b->ui);
}

static int go(struct boot *b)
{
	int status = EXIT_ERROR;
	struct onboot_facts facts;

	if (!enter(b))
		return EXIT_NOT_BEGUN;
	onboot_facts_read(&facts, b->rootfd);
	facts.selinux = onboot_selinux_comes(b->rootfd);
	if (b->initrd && onboot_decide(&facts) != ONBOOT_YES) /* why, the generator says */
		return EXIT_OK;
	if (read_request(b) && have_policy(b)) {
		b->asked_by_word = facts.word == ONBOOT_ASKS;
		if (!b->root) {
			b->was_enforcing = set_enforcing(false);
			splash_begin(&b->splash);
		}
		status = label_all(b);
		splash_end(&b->splash, status == EXIT_OK);
		/* what of them is somewhere else, and what is left now is for the next boot */
		if (status == EXIT_OK && !b->initrd)
			(void)extra_relabel(b->rootfd, &b->options, &b->ui);
	} else {
		b->hopeless = true;
	}
	afterwards(b, status);
	return b->hopeless ? EXIT_NOT_BEGUN : status;
}

static void show_help(void)
{
	printf("Usage: relabel onboot [--root DIR] [--then WHAT | --extra | --initrd]\n"
	       "Relabel all file systems as /.autorelabel says, and remove it when that is done.\n"
	       "Meant to be started by relabel-onboot.service, while nothing else runs.\n\n"
	       "      --extra      only the trees that /etc/relabel-extra.d/*.relabel and\n"
	       "                   /run/relabel-extra.d/*.relabel name, which are removed\n"
	       "      --initrd     in an initrd: of /sysroot, if this boot is one that relabels;\n"
	       "                   what is mounted later is left to relabel-onboot.service\n"
	       "      --root DIR   of the system whose root is DIR\n"
	       "      --then WHAT  reboot (the default, but with --root), continue the boot, or\n"
	       "                   nothing\n"
	       "  -h, --help       this text\n\n"
	       "Exit status: 0 all is relabelled; 255 it is not: the next boot tries again, but\n"
	       "no more than %d times without getting further; 1 nothing could be begun.\n",
	       ONBOOT_ATTEMPTS);
}

static bool take_then(struct boot *b, const char *word)
{
	static const char *const words[] = {
		[THEN_NOTHING] = "nothing", [THEN_REBOOT] = "reboot", [THEN_CONTINUE] = "continue"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]) == 0) {
			b->then = (enum then)i;
			return true;
		}
	}
	command_error("onboot", "--then is 'reboot', 'continue' or 'nothing', not '%s'", word);
	return false;
}

/* Return an exit status, or -1: to be gone on with. */
static int take_options(struct boot *b, int argc, char **argv)
{
	static const struct option longs[] = {
		{"help", no_argument, NULL, 'h'},	{"extra", no_argument, NULL, 'e'},
		{"initrd", no_argument, NULL, 'i'},	{"root", required_argument, NULL, 'r'},
		{"then", required_argument, NULL, 't'}, {0}};
	const char *then = NULL;
	int c;

	optind = 0;
	while ((c = command_option(argc, argv, ":h", longs)) != -1) {
		switch (c) {
		case 'h': show_help(); return COMMAND_OK;
		case 'e': b->extra = true; break;
		case 'i': b->initrd = true; break;
		case 'r': b->root = optarg; break;
		case 't': then = optarg; break;
		default: return COMMAND_ERROR;
		}
	}
	if (optind < argc) {
		command_error("onboot", "'%s': no paths are taken", argv[optind]);
		return COMMAND_ERROR;
	}
	if (b->extra + b->initrd + !!then > 1) {
		command_error("onboot", "--extra, --initrd and --then exclude each other");
		return COMMAND_ERROR;
	}
	if (b->initrd && !b->root)
		b->root = "/sysroot";
	b->then = b->root ? THEN_NOTHING : THEN_REBOOT;
	return !then || take_then(b, then) ? -1 : COMMAND_ERROR;
}

int command_onboot(int argc, char **argv)
{
	struct boot b = {.rootfd = -1, .journal = -1, .ui = {.prefix = "relabel onboot"}};
	int status;

	colour_choose(COLOUR_NEVER); /* it is for the journal, and a console of any kind */
	status = take_options(&b, argc, argv);
	if (status >= 0)
		return status;
	b.journal = journal_open();
	status = b.extra ? go_extra(&b) : go(&b);
	onboot_state_done(&b.state);
	flags_done(&b.flags);
	free(b.policy_root);
	close_fdp(&b.journal);
	close_fdp(&b.rootfd);
	return status;
}
