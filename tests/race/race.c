/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * race: hostile processes rearrange a tree while the real setfiles relabels it in a loop.
 *
 *	race [--engine WAY] [--seconds N] SETFILES	nothing outside the tree may ever be
 *labelled
 *	race --toggle SETFILES		another attack: victim/toggled gets and loses a second name
 *	race --caught [--toggle] SETFILES	this one must be caught
 *	race --unsafe			so must be a relabeller of our own that walks by path
 *
 * [--seconds N] for how long, [--still N] with so many files that nobody attacks.
 *
 * The ways are those of `engines` below.  attack.h says what the attackers do, world.h what must
 * not come of it.  The second name comes and goes in the tree all the time, as if
 * fs.protected_hardlinks were 0.  If those who must be caught are not, the attacks prove nothing.
 *
 * On a file system of its own, in a mount namespace of its own.  The relabeller is given two
 * rule files in turn and -F, so that every run has all to write.  After each run no victim may have
 * another label, and what nobody attacked must have the new one; with RACE_PRELOAD, the path of
 * ../fds.c, no run may have left a descriptor open.  At the end, with the attackers gone, nothing
 * may have a label meant for another kind, and no fifo, socket or device may have been opened.
 *
 * It goes on for some seconds, and until RACE_SWAPS exchanges were made while the relabeller ran:
 * with LBL_ALL 100,000.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../harness.h"
#include "attack.h"
#include "world.h"

#define ARGS_MAX 8

/* How setfiles is to do it, and what it says when it does. */
struct engine {
	const char *name;
	const char *on; /* a mkfs; NULL: a tmpfs */
	bool whole;	/* the operand is the top of the file system; only victim/ is left out */
	int fds;	/* how many descriptors it may have; 0: as many as it likes */
	const char *options[ARGS_MAX];
	const char *says;
};

static const struct engine engines[] = {
	{"sync", .options = {"--io=sync"}},
	{"few", .fds = 24, .options = {"--io=sync", "-T2"}, .says = "directories opened again"},
	{"uring", .options = {"--io=uring"}, .says = "lbl[ring]: 64 entries"},
	{"uring-ext4", .on = "mkfs.ext4 -F", .options = {"--io=uring"},
	 .says = "lbl[ring]: 64 entries"},
	{"bulk", .on = "mkfs.ext4 -F", .options = {"--bulk=only", "--io=sync"},
	 .says = "labels are read in bulk: ext4"},
	{"bulk-whole", .on = "mkfs.ext4 -F", .whole = true, .options = {"--bulk=auto"},
	 .says = "labels are read in bulk: ext4"},
	{"bulk-btrfs", .on = "mkfs.btrfs -f", .whole = true, .options = {"--bulk=auto"},
	 .says = "labels are read in bulk: btrfs"},
};

static char work[] = "/tmp/relabel-race-XXXXXX";
static const struct engine *engine;
static const char *program;
static uint64_t made[SWAPS]; /* exchanges while the relabeller ran */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- the relabeller ------------------------------------------------------------------------- */

/* What must not be done: every call looks the whole path up again. */
static int relabel_unsafe(const char *label)
{
	char tree[] = "tree";
	char *const roots[] = {tree, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (!fts)
		return -1;
	for (FTSENT *e = fts_read(fts); e; e = fts_read(fts))
		if (e->fts_info != FTS_DP)
			(void)lsetxattr(e->fts_path, XATTR, label, strlen(label) + 1, 0);
	return fts_close(fts);
}

/* Does not return.  dirs.c, in the place of setfiles, is given no options. */
static void run_program(char which, bool verbose)
{
	char rules[64], victim[64], tree[64];
	const char *argv[24] = {"setfiles"};
	int n = 1;

	snprintf(rules, sizeof(rules), "%s/rules.%c", work, which);
	snprintf(victim, sizeof(victim), "%s/victim", work);
	snprintf(tree, sizeof(tree), "%s/tree", work);
	for (int i = 0; engine && engine->options[i]; i++)
		argv[n++] = engine->options[i];
	if (engine && engine->whole) {
		argv[n++] = "-e";
		argv[n++] = victim;
	}
	if (engine && verbose) {
		argv[n++] = "-v";
		argv[n++] = "-v";
		setenv("LBL_DEBUG", "tree", 1);
	}
	argv[n++] = "-F";
	argv[n++] = "-r";
	argv[n++] = work;
	argv[n++] = rules;
	argv[n++] = engine && engine->whole ? work : tree;
	setenv("ASAN_OPTIONS", "exitcode=66:verify_asan_link_order=0", 1);
	setenv("UBSAN_OPTIONS", "halt_on_error=1:exitcode=66", 1);
	if (engine && engine->fds) {
		struct rlimit limit = {.rlim_cur = (rlim_t)engine->fds,
				       .rlim_max = (rlim_t)engine->fds};

		must(setrlimit(RLIMIT_NOFILE, &limit));
	}
	if (getenv("RACE_PRELOAD"))
		setenv("LD_PRELOAD", getenv("RACE_PRELOAD"), 1);
	execv(program, (char *const *)argv);
	_exit(127);
}

static void show_messages(void)
{
	static char text[16384];
	int fd = open("messages", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	(void)lseek(fd, -(off_t)sizeof(text), SEEK_END); /* or all, if there is less */
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (n > 0)
		printf("%.*s\n", (int)n, text);
	if (fd >= 0)
		close(fd);
}

/* The status it ends with. */
static int relabel(char which, bool verbose)
{
	uint64_t before[SWAPS], after[SWAPS];
	int status;
	pid_t pid;

	attack_counts(before);
	must(pid = fork());
	if (pid == 0) {
		if (!program)
			_exit(relabel_unsafe("system_u:object_r:unsafe_t:s0") ? 1 : 0);
		if (!freopen("messages", "w", stderr) || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
			_exit(126);
		run_program(which, verbose);
	}
	must(waitpid(pid, &status, 0));
	attack_counts(after);
	for (int i = 0; i < SWAPS; i++)
		made[i] += after[i] - before[i];
	if (WIFEXITED(status) && WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127 &&
	    WEXITSTATUS(status) != 66 /* sanitizers */ && WEXITSTATUS(status) != 67 /* fds.c */)
		return WEXITSTATUS(status);
	show_messages();
	leave(1, "the relabeller ended with status 0x%x", (unsigned)status);
}

static unsigned messages_with(const char *words)
{
	char line[4096];
	unsigned n = 0;
	FILE *f = fopen("messages", "re");

	must(f ? 0 : -1);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, words) != NULL;
	fclose(f);
	return n;
}

/* While nobody attacks: it works, in the way that is asked for, and a lost descriptor is noticed.
 */
static void rehearse(void)
{
	int status;
	pid_t pid;

	if (relabel('b', true) != 0) {
		show_messages();
		leave(1, "the relabeller fails where nobody attacks");
	}
	world_check_still('b');
	if (engine && engine->says && messages_with(engine->says) == 0)
		leave(SKIP, "SKIP: %s cannot be had here", engine->name);
	if (engine && messages_with("lbl[queue]: ") < THREADS)
		leave(1, "it has fewer than %d threads", THREADS);
	if (!getenv("RACE_PRELOAD"))
		return;
	must(pid = fork());
	if (pid == 0) {
		setenv("FDS_LEAK", "1", 1);
		if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
			_exit(126);
		run_program('a', false);
	}
	must(waitpid(pid, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 67)
		leave(1, "a lost descriptor is not noticed: status 0x%x", (unsigned)status);
}

/* ---- the games ------------------------------------------------------------------------------ */

/* Only what needs a race counts: hard links and mounts would give it away at once. */
static int play_unsafe(double seconds)
{
	pid_t attacker = attack_start(attack_names, false);
	double end = now() + seconds;
	unsigned runs = 0;
	char label[256];

	do {
		ssize_t n;

		(void)relabel(0, false);
		runs++;
		n = lgetxattr("victim/dir/file", XATTR, label, sizeof(label) - 1);
		label[n < 0 ? 0 : n] = '\0';
	} while (now() < end && !strcmp(label, VICTIM_LABEL));
	attack_stop(attacker);
	if (!strcmp(label, VICTIM_LABEL))
		leave(SKIP, "SKIP: the unsafe relabeller was not caught in %u runs: one CPU?",
		      runs);
	printf("the unsafe relabeller was caught in run %u: victim/dir/file has %s\n", runs, label);
	return 0;
}

static uint64_t all_made(void)
{
	uint64_t n = 0;

	for (int i = 0; i < SWAPS; i++)
		n += made[i];
	return n;
}

/* What was done while it ran; half an attack would pass for a safe relabeller. */
static void show_made(unsigned runs, bool toggled)
{
	printf("%s: %u runs under attack, %llu swaps meanwhile:",
	       engine ? engine->name : "as it is", runs, (unsigned long long)all_made());
	for (int i = 0; i < SWAPS; i++) {
		if (toggled != (i == SWAP_NAME))
			continue;
		printf(" %llu %s", (unsigned long long)made[i], swap_words[i]);
		if (made[i] == 0)
			leave(1, ": half an attack");
	}
	printf("\n");
}

static int play(double seconds, uint64_t swaps, bool toggled, bool caught)
{
	pid_t attackers[] = {
		toggled ? attack_start(attack_links, true) : attack_start(attack_names, false),
		toggled	 ? attack_start(attack_links_slowly, true)
		: caught ? attack_start(attack_names, false) /* a mount would be no race */
			 : attack_start(attack_mounts, true),
	};
	double end = now() + seconds;
	unsigned runs = 0;
	const char *text = NULL;

	/* one of each, however slow the machine */
	while ((now() < end || runs < 2 || all_made() < swaps) && !text) {
		char which = "ab"[runs++ % 2];

		(void)relabel(which, false); /* under attack anything may be said */
		text = world_hit();
		if (!text && !caught)
			world_check_still(which);
	}
	for (size_t i = 0; i < 2; i++)
		attack_stop(attackers[i]);
	attack_unmount();
	if (caught && !text)
		leave(SKIP, "SKIP: %s was not caught in %u runs: one CPU?", program, runs);
	if (caught)
		leave(0, "caught in run %u: %s", runs, text);
	if (text)
		leave(1, "OUTSIDE THE TREE, run %u: %s", runs, text);
	world_check_kinds();
	world_check_watch();
	show_made(runs, toggled);
	printf("nothing outside the tree was labelled, no fifo, socket or device opened, %s\n",
	       getenv("RACE_PRELOAD") ? "no descriptor lost" : "descriptors not counted");
	return 0;
}

/* An image nobody has a name of; its loop device goes when the mount does. */
static bool mount_image(const char *mkfs)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "{ truncate -s 128M %s.img && %s -q %s.img && mount -o loop %s.img %s; } "
		 ">/dev/null 2>&1; r=$?; rm -f %s.img; exit $r",
		 work, mkfs, work, work, work, work);
	return system(command) == 0;
}

static const struct engine *engine_named(const char *name)
{
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
		if (strcmp(engines[i].name, name) == 0)
			return &engines[i];
	leave(1, "there is no engine %s", name);
}

static void make_place(void)
{
	const char *mkfs = engine ? engine->on : NULL;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		leave(SKIP, "SKIP: needs root and a mount namespace of its own");
	umask(022);
	if (!mkdtemp(work))
		leave(1, "mkdtemp: %s", strerror(errno));
	/* the namespace dies with us, and the tmpfs with it; only the empty mount point remains */
	/* in a chroot "/" need not be a mount point: then only our own tmpfs is private */
	(void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mkfs ? !mount_image(mkfs) : mount("none", work, "tmpfs", 0, "mode=0755") < 0) {
		rmdir(work);
		leave(SKIP, "SKIP: cannot mount %s", mkfs ? mkfs : "a tmpfs");
	}
	must(mount("none", work, NULL, MS_PRIVATE, NULL));
}

/* The number that the environment has for @name. */
static double number(const char *name, double otherwise)
{
	return getenv(name) ? atof(getenv(name)) : otherwise;
}

int main(int argc, char *argv[])
{
	double seconds = number("RACE_SECONDS", SECONDS);
	uint64_t swaps = (uint64_t)number("RACE_SWAPS", getenv("LBL_ALL") ? 100000 : 0);
	const char *setfiles = NULL;
	bool unsafe = false, toggled = false, caught = false;
	int status = 0, still = 100;
	pid_t pid;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--unsafe"))
			unsafe = true;
		else if (!strcmp(argv[i], "--toggle"))
			toggled = true;
		else if (!strcmp(argv[i], "--caught"))
			caught = true;
		else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			seconds = atof(argv[++i]);
		else if (!strcmp(argv[i], "--still") && i + 1 < argc)
			still = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--engine") && i + 1 < argc)
			engine = engine_named(argv[++i]);
		else
			setfiles = argv[i];
	}
	if (!unsafe && (!setfiles || !(program = realpath(setfiles, NULL))))
		leave(SKIP, "SKIP: no such program: %s", setfiles ? setfiles : "(none given)");
	if (unsafe || caught) /* it ends when it is */
		seconds = seconds < 20 ? 20 : seconds;
	make_place();
	must(pid = fork());
	if (pid == 0) {
		must(chdir(work));
		attack_init();
		world_make(still);
		if (unsafe)
			exit(play_unsafe(seconds));
		if (!caught)
			rehearse();
		world_watch();
		exit(play(seconds, swaps, toggled, caught));
	}
	must(waitpid(pid, &status, 0));
	(void)umount2(work, MNT_DETACH);
	(void)rmdir(work);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
