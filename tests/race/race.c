/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * race: hostile processes rearrange a tree while the real setfiles relabels it in a loop.
 *
 *	race [--seconds N] [--io WAY] SETFILES	nothing outside the tree may ever be labelled
 *	race --toggle SETFILES		another attack: victim/toggled gets and loses a second name
 *	race --bulk SETFILES		the first attack on an ext4, with its labels read at once
 *	race --caught [--toggle] SETFILES	this one must be caught
 *	race --unsafe			so must be a relabeller of our own that walks by path
 *
 * The second name comes and goes in the tree all the time, as if fs.protected_hardlinks were 0.  If
 * those who must be caught are not, the attacks prove nothing.
 *
 * On a tmpfs (with --bulk an ext4) of its own, in a mount namespace of its own:
 *
 *	victim/{dir{,/file},file,hard,bound}	root's, each with the label "victim_t"
 *	tree/		what is relabelled; belongs to the attacker, but for tree/still
 *	tree/dN <-> tree/lN	directory and symlink to victim/dir		exchanged
 *	tree/fN <-> tree/sN	file and symlink to victim/file			exchanged
 *	tree/aN <-> tree/hN	file and a second name of victim/hard		exchanged
 *	tree/kN <-> tree/eN	file and directory; other pairs: fifo and file	exchanged
 *	tree/mN, tree/bN	victim/dir and victim/bound mounted there and away again (by root)
 *
 * The relabeller is given two rule files in turn and -F, so that every run has all to write.  After
 * each run no victim may have another label, and tree/still must have the new one.  At the end,
 * with the attackers gone, nothing may have a label meant for another kind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../harness.h"

#define XATTR	 "security.selinux"
#define PAIRS	 40
#define ATTACKER 65534
#define SKIP	 77

static const char victim_label[] = "system_u:object_r:victim_t:s0";
static const char *const victims[] = {"victim",	       "victim/dir",  "victim/dir/file",
				      "victim/file",   "victim/hard", "victim/bound",
				      "victim/toggled"};

static char work[] = "/tmp/relabel-race-XXXXXX";
static bool bulk;
static char *io; /* "--io=WAY" for the relabeller */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	must(fd);
	close(fd);
}

static void make_rules(const char *path, char which)
{
	FILE *f = fopen(path, "we");

	if (!f)
		leave(1, "set-up: %s: %s", path, strerror(errno));
	fprintf(f,
		"/.* system_u:object_r:elsewhere_%c_t:s0\n"
		"/tree(/.*)? -d system_u:object_r:dir_%c_t:s0\n"
		"/tree/.* -- system_u:object_r:reg_%c_t:s0\n"
		"/tree/.* -l system_u:object_r:lnk_%c_t:s0\n"
		"/tree/.* -p system_u:object_r:fifo_%c_t:s0\n",
		which, which, which, which, which);
	if (fclose(f))
		leave(1, "set-up: %s: %s", path, strerror(errno));
}

static void name(char out[64], const char *kind, int i)
{
	snprintf(out, 64, "tree/%s%d", kind, i);
}

static void make_pairs(void)
{
	char p[64], q[96];

	for (int i = 0; i < PAIRS; i++) {
		name(p, "d", i);
		must(mkdir(p, 0755));
		snprintf(q, sizeof(q), "%s/file", p);
		make_file(q);
		name(p, "l", i);
		must(symlink("../victim/dir", p));
		name(p, "f", i);
		make_file(p);
		name(p, "s", i);
		must(symlink("../victim/file", p));
		name(p, "a", i);
		make_file(p);
		name(p, "h", i);
		must(link("victim/hard", p));
		name(p, "k", i);
		make_file(p);
		name(p, "e", i);
		if (i % 2)
			must(mkdir(p, 0755));
		else
			must(mkfifo(p, 0644));
		name(p, "m", i);
		must(mkdir(p, 0755));
		name(p, "b", i);
		make_file(p);
	}
}

static FTS *tree_fts(void)
{
	char tree[] = "tree";
	char *const roots[] = {tree, NULL};

	return fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

/* The attacker may exchange names in a directory of his own only: all of tree/ becomes his. */
static void give_away(void)
{
	FTS *fts = tree_fts();

	for (FTSENT *e = fts ? fts_read(fts) : NULL; e; e = fts_read(fts)) {
		if (e->fts_info == FTS_DP ||
		    (!S_ISDIR(e->fts_statp->st_mode) && e->fts_statp->st_nlink > 1))
			continue; /* victim/hard stays root's */
		must(lchown(e->fts_accpath, ATTACKER, ATTACKER));
	}
	must(fts ? fts_close(fts) : -1);
}

static void make_world(void)
{
	must(mkdir("victim", 0755));
	must(mkdir("victim/dir", 0755));
	make_file("victim/dir/file");
	make_file("victim/file");
	make_file("victim/hard");
	make_file("victim/bound");
	make_file("victim/toggled");
	for (size_t i = 0; i < sizeof(victims) / sizeof(*victims); i++)
		if (setxattr(victims[i], XATTR, victim_label, sizeof(victim_label), 0) < 0)
			leave(SKIP, "SKIP: cannot write %s here: %s", XATTR, strerror(errno));
	must(mkdir("tree", 0755));
	make_pairs();
	give_away();
	must(mkdir("tree/still", 0755));
	make_file("tree/still/file");
	make_rules("rules.a", 'a');
	make_rules("rules.b", 'b');
}

/* ---- attackers ------------------------------------------------------------------------------ */

static void exchange(const char *a, const char *b, int i)
{
	char p[64], q[64];

	name(p, a, i);
	name(q, b, i);
	(void)renameat2(AT_FDCWD, p, AT_FDCWD, q, RENAME_EXCHANGE);
}

static void attack_names(void)
{
	for (;;)
		for (int i = 0; i < PAIRS; i++) {
			exchange("d", "l", i);
			exchange("f", "s", i);
			exchange("a", "h", i);
			exchange("k", "e", i);
		}
}

/* A mount may fail for a moment when the relabeller is in there: that is part of the game. */
static void attack_mounts(void)
{
	char m[64], b[64];

	for (;;)
		for (int i = 0; i < PAIRS; i++) {
			name(m, "m", i);
			name(b, "b", i);
			(void)mount("victim/dir", m, NULL, MS_BIND, NULL);
			(void)mount("victim/bound", b, NULL, MS_BIND, NULL);
			usleep(200);
			(void)umount2(m, MNT_DETACH | UMOUNT_NOFOLLOW);
			(void)umount2(b, MNT_DETACH | UMOUNT_NOFOLLOW);
		}
}

/* The name is there for as short as can be, and, from the other end, for a little longer. */
static void toggle(int first, int step, int linger)
{
	char p[64];

	for (;;)
		for (int i = first; i >= 0 && i < PAIRS; i += step) {
			name(p, "t", i);
			(void)!link("victim/toggled", p);
			for (volatile int k = 0; k < linger; k++)
				;
			(void)unlink(p);
		}
}

static void attack_links(void)
{
	toggle(0, 1, 0);
}

static void attack_links_slowly(void)
{
	toggle(PAIRS - 1, -1, 2000);
}

static pid_t start(void (*attack)(void), bool as_root)
{
	pid_t pid = fork();

	must(pid);
	if (pid == 0) {
		if (!as_root && (setgid(ATTACKER) < 0 || setuid(ATTACKER) < 0))
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* other credentials would undo it */
		attack();
		_exit(0);
	}
	return pid;
}

static void stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	must(waitpid(pid, &status, 0));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		leave(1, "set-up: an attacker ended by itself");
}

/* ---- the relabeller ------------------------------------------------------------------------- */

/* What must not be done: every call looks the whole path up again. */
static int relabel_unsafe(const char *label)
{
	FTS *fts = tree_fts();

	if (!fts)
		return -1;
	for (FTSENT *e = fts_read(fts); e; e = fts_read(fts))
		if (e->fts_info != FTS_DP)
			(void)lsetxattr(e->fts_path, XATTR, label, strlen(label) + 1, 0);
	return fts_close(fts);
}

static void relabel(const char *setfiles, char which)
{
	char rules[64], root[64], tree[96];
	int status;
	pid_t pid = fork();

	must(pid);
	if (pid == 0) {
		if (!setfiles)
			_exit(relabel_unsafe("system_u:object_r:unsafe_t:s0") ? 1 : 0);
		snprintf(rules, sizeof(rules), "%s/rules.%c", work, which);
		snprintf(root, sizeof(root), "%s", work);
		snprintf(tree, sizeof(tree), "%s/tree", work);
		if (!freopen("messages", "w", stderr) || !freopen("/dev/null", "w", stdout))
			_exit(126);
		setenv("ASAN_OPTIONS", "exitcode=66", 1);
		setenv("UBSAN_OPTIONS", "halt_on_error=1:exitcode=66", 1);
		/* dirs.c, in the place of setfiles, is given neither */
		if (bulk || io)
			execl(setfiles, "setfiles", bulk ? "--bulk=only" : io, "-F", "-r", root,
			      rules, tree, NULL);
		else
			execl(setfiles, "setfiles", "-F", "-r", root, rules, tree, NULL);
		_exit(127);
	}
	must(waitpid(pid, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127 ||
	    WEXITSTATUS(status) == 66 /* sanitizers */)
		leave(1, "the relabeller ended with status 0x%x", (unsigned)status);
}

static void read_label(const char *path, char out[256])
{
	ssize_t n = lgetxattr(path, XATTR, out, 255);

	out[n < 0 ? 0 : n] = 0;
}

static const char *hit(void)
{
	char label[256];

	for (size_t i = 0; i < sizeof(victims) / sizeof(*victims); i++) {
		read_label(victims[i], label);
		if (strcmp(label, victim_label)) {
			static char text[512];

			snprintf(text, sizeof(text), "%s has %s", victims[i], label);
			return text;
		}
	}
	return NULL;
}

/* A relabeller that does nothing would hit nobody. */
static void check_still(char which)
{
	char label[256], want[64];

	read_label("tree/still/file", label);
	snprintf(want, sizeof(want), "system_u:object_r:reg_%c_t:s0", which);
	if (strcmp(label, want))
		leave(1, "tree/still/file has \"%s\", not %s: is anything relabelled at all?",
		      label, want);
}

/* Attackers gone: what each entry has was meant for its kind. */
static void check_kinds(void)
{
	FTS *fts = tree_fts();
	unsigned seen = 0;

	for (FTSENT *e = fts ? fts_read(fts) : NULL; e; e = fts_read(fts)) {
		mode_t m = e->fts_statp->st_mode;
		const char *kind = S_ISDIR(m)	 ? "dir"
				   : S_ISLNK(m)	 ? "lnk"
				   : S_ISFIFO(m) ? "fifo"
						 : "reg";
		char label[256], a[64], b[64];

		if (e->fts_info == FTS_DP)
			continue;
		read_label(e->fts_accpath, label);
		snprintf(a, sizeof(a), "system_u:object_r:%s_a_t:s0", kind);
		snprintf(b, sizeof(b), "system_u:object_r:%s_b_t:s0", kind);
		if (label[0] && strcmp(label, a) && strcmp(label, b) && strcmp(label, victim_label))
			leave(1, "%s is %s and has %s", e->fts_path, kind, label);
		seen++;
	}
	must(fts ? fts_close(fts) : -1);
	if (seen < 8 * PAIRS)
		leave(1, "only %u entries left in the tree", seen);
}

/* Only what needs a race counts: hard links and mounts would give it away at once. */
static int play_unsafe(double seconds)
{
	pid_t attacker = start(attack_names, false);
	double end = now() + seconds;
	unsigned runs = 0;
	char label[256];

	do {
		relabel(NULL, 0);
		runs++;
		read_label("victim/dir/file", label);
	} while (now() < end && !strcmp(label, victim_label));
	stop(attacker);
	if (!strcmp(label, victim_label))
		leave(SKIP, "SKIP: the unsafe relabeller was not caught in %u runs: one CPU?",
		      runs);
	printf("the unsafe relabeller was caught in run %u: victim/dir/file has %s\n", runs, label);
	return 0;
}

static void unmount_all(void)
{
	char p[64];

	for (int i = 0; i < PAIRS; i++) {
		name(p, "m", i);
		while (umount2(p, MNT_DETACH) == 0)
			;
		name(p, "b", i);
		while (umount2(p, MNT_DETACH) == 0)
			;
	}
}

static int play(const char *setfiles, double seconds, bool toggled, bool caught)
{
	pid_t attackers[] = {
		toggled ? start(attack_links, true) : start(attack_names, false),
		toggled	 ? start(attack_links_slowly, true)
		: caught ? start(attack_names, false) /* a mount would be no race */
			 : start(attack_mounts, true),
	};
	double end = now() + seconds;
	unsigned runs = 0;
	const char *text = NULL;

	/* one of each, however slow the machine */
	while ((now() < end || runs < 2) && !text) {
		char which = "ab"[runs++ % 2];

		relabel(setfiles, which);
		text = hit();
		if (!text && !caught)
			check_still(which);
	}
	for (size_t i = 0; i < 2; i++)
		stop(attackers[i]);
	unmount_all();
	if (caught && !text)
		leave(SKIP, "SKIP: %s was not caught in %u runs: one CPU?", setfiles, runs);
	if (caught)
		leave(0, "caught in run %u: %s", runs, text);
	if (text)
		leave(1, "OUTSIDE THE TREE, run %u: %s", runs, text);
	check_kinds();
	printf("%u runs under attack, nothing outside the tree was labelled\n", runs);
	return 0;
}

/* An image nobody has a name of; its loop device goes when the mount does. */
static bool mount_image(void)
{
	char command[512];

	snprintf(
		command, sizeof(command),
		"{ truncate -s 128M %s.img && mkfs.ext4 -q -F %s.img && mount -o loop %s.img %s; } "
		">/dev/null 2>&1; r=$?; rm -f %s.img; exit $r",
		work, work, work, work, work);
	return system(command) == 0;
}

int main(int argc, char *argv[])
{
	double seconds = getenv("RACE_SECONDS") ? atof(getenv("RACE_SECONDS")) : SECONDS;
	const char *setfiles = NULL;
	char *binary = NULL;
	bool unsafe = false, toggled = false, caught = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--unsafe"))
			unsafe = true;
		else if (!strcmp(argv[i], "--toggle"))
			toggled = true;
		else if (!strcmp(argv[i], "--caught"))
			caught = true;
		else if (!strcmp(argv[i], "--bulk"))
			bulk = true;
		else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			seconds = atof(argv[++i]);
		else if (!strcmp(argv[i], "--io") && i + 1 < argc)
			must(asprintf(&io, "--io=%s", argv[++i]));
		else
			setfiles = argv[i];
	}
	if (!unsafe && (!setfiles || !(binary = realpath(setfiles, NULL))))
		leave(SKIP, "SKIP: no such program: %s", setfiles ? setfiles : "(none given)");
	if (unsafe || caught) /* it ends when it is */
		seconds = seconds < 20 ? 20 : seconds;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		leave(SKIP, "SKIP: needs root and a mount namespace of its own");
	umask(022);
	if (!mkdtemp(work))
		leave(1, "mkdtemp: %s", strerror(errno));
	/* the namespace dies with us, and the tmpfs with it; only the empty mount point remains */
	/* in a chroot "/" need not be a mount point: then only our own tmpfs is private */
	(void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (bulk ? !mount_image() : mount("none", work, "tmpfs", 0, "mode=0755") < 0) {
		rmdir(work);
		leave(SKIP, "SKIP: cannot mount %s", bulk ? "an ext4 on a loop device" : "a tmpfs");
	}
	must(mount("none", work, NULL, MS_PRIVATE, NULL));
	pid_t pid = fork();
	int status = 0;

	must(pid);
	if (pid == 0) {
		must(chdir(work));
		make_world();
		exit(unsafe ? play_unsafe(seconds) : play(binary, seconds, toggled, caught));
	}
	must(waitpid(pid, &status, 0));
	(void)umount2(work, MNT_DETACH);
	(void)rmdir(work);
	free(binary);
	free(io);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
