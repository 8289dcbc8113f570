/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include <fcntl.h>
#include <fts.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../harness.h"
#include "attack.h"

static const mode_t odd[] = {S_IFDIR, S_IFIFO, S_IFSOCK, S_IFCHR};

static int n_still;
static int watch = -1;

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	must(fd);
	close(fd);
}

static void make_rules(const char *path, char which)
{
	static const char *const kinds[] = {"-- reg", "-l lnk", "-p fifo", "-s sock", "-c chr"};
	FILE *f = fopen(path, "we");

	if (!f)
		leave(1, "set-up: %s: %s", path, strerror(errno));
	fprintf(f,
		"/.* system_u:object_r:elsewhere_%c_t:s0\n"
		"/tree(/.*)? -d system_u:object_r:dir_%c_t:s0\n",
		which, which);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		fprintf(f, "/tree/.* %.2s system_u:object_r:%s_%c_t:s0\n", kinds[i], kinds[i] + 3,
			which);
	if (fclose(f))
		leave(1, "set-up: %s: %s", path, strerror(errno));
}

/* Something that is no regular file. */
static void make_odd(const char *path, mode_t kind)
{
	if (kind == S_IFDIR)
		must(mkdir(path, 0755));
	else if (mknod(path, kind | 0644, kind == S_IFCHR ? makedev(1, 3) : 0) < 0)
		leave(SKIP, "SKIP: cannot make %s: %s", path, strerror(errno));
}

/* A chain of directories, with something to be looked at later beside each. */
static void make_way(const char *top)
{
	char p[128], q[160];

	snprintf(p, sizeof(p), "%s", top);
	for (int i = 0; i < WAY_LEN; i++) {
		must(mkdir(p, 0755));
		snprintf(q, sizeof(q), "%s/z", p);
		must(mkdir(q, 0755));
		snprintf(q, sizeof(q), "%s/z/file", p);
		make_file(q);
		strcat(p, "/c");
	}
}

static void make_ways(void)
{
	char p[64];

	for (int i = 0; i < WAYS; i++) {
		attack_name(p, "w", i);
		make_way(p);
		strcat(p, "/" WAY_FORK "/y");
		must(symlink("../../../../../victim/way/" WAY_FORK "/c", p));
		attack_name(p, "v", i);
		must(symlink("../victim/way", p));
	}
}

static void make_pairs(void)
{
	char p[64], q[96];

	for (int i = 0; i < PAIRS; i++) {
		attack_name(p, "d", i);
		must(mkdir(p, 0755));
		snprintf(q, sizeof(q), "%s/file", p);
		make_file(q);
		attack_name(p, "l", i);
		must(symlink("../victim/dir", p));
		attack_name(p, "f", i);
		make_file(p);
		attack_name(p, "s", i);
		must(symlink("../victim/file", p));
		attack_name(p, "a", i);
		make_file(p);
		attack_name(p, "h", i);
		must(link("victim/hard", p));
		attack_name(p, "k", i);
		make_file(p);
		attack_name(p, "e", i);
		make_odd(p, odd[i % 4]);
		attack_name(p, "m", i);
		must(mkdir(p, 0755));
		attack_name(p, "b", i);
		make_file(p);
	}
}

static FTS *fts_of(char *top)
{
	char *const roots[] = {top, NULL};

	return fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

/* The attacker may exchange names in a directory of his own only: all of tree/ becomes his. */
static void give_away(void)
{
	char tree[] = "tree";
	FTS *fts = fts_of(tree);

	for (FTSENT *e = fts ? fts_read(fts) : NULL; e; e = fts_read(fts)) {
		if (e->fts_info == FTS_DP ||
		    (!S_ISDIR(e->fts_statp->st_mode) && e->fts_statp->st_nlink > 1))
			continue; /* victim/hard stays root's */
		must(lchown(e->fts_accpath, ATTACKER, ATTACKER));
	}
	must(fts ? fts_close(fts) : -1);
}

static void make_still(int n)
{
	char p[64];

	n_still = n;
	for (int i = 0; i < n; i++) {
		if (i % 100 == 0) {
			snprintf(p, sizeof(p), "tree/still%d", i / 100);
			must(mkdir(p, 0755));
		}
		snprintf(p, sizeof(p), "tree/still%d/%d", i / 100, i);
		make_file(p);
	}
}

static void label_victims(void)
{
	char victim[] = "victim";
	FTS *fts = fts_of(victim);

	for (FTSENT *e = fts ? fts_read(fts) : NULL; e; e = fts_read(fts))
		if (setxattr(e->fts_path, XATTR, VICTIM_LABEL, sizeof(VICTIM_LABEL), 0) < 0)
			leave(SKIP, "SKIP: cannot write %s here: %s", XATTR, strerror(errno));
	must(fts ? fts_close(fts) : -1);
}

void world_make(int still)
{
	must(mkdir("victim", 0755));
	must(mkdir("victim/dir", 0755));
	make_file("victim/dir/file");
	make_file("victim/file");
	make_file("victim/hard");
	make_file("victim/bound");
	make_file("victim/toggled");
	make_way("victim/way");
	label_victims();
	must(mkdir("tree", 0755));
	make_pairs();
	make_ways();
	give_away();
	make_still(still);
	make_rules("rules.a", 'a');
	make_rules("rules.b", 'b');
}

/* ---- what must be so ------------------------------------------------------------------------ */

static void read_label(const char *path, char out[256])
{
	ssize_t n = lgetxattr(path, XATTR, out, 255);

	out[n < 0 ? 0 : n] = 0;
}

const char *world_hit(void)
{
	static char text[512];
	char victim[] = "victim", label[256];
	FTS *fts = fts_of(victim);

	text[0] = '\0';
	for (FTSENT *e = fts ? fts_read(fts) : NULL; e && !text[0]; e = fts_read(fts)) {
		read_label(e->fts_path, label);
		if (strcmp(label, VICTIM_LABEL))
			snprintf(text, sizeof(text), "%s has %s", e->fts_path, label);
	}
	must(fts ? fts_close(fts) : -1);
	return text[0] ? text : NULL;
}

void world_check_still(char which)
{
	char path[64], label[256], want[64];

	snprintf(want, sizeof(want), "system_u:object_r:reg_%c_t:s0", which);
	for (int i = 0; i < n_still; i++) {
		snprintf(path, sizeof(path), "tree/still%d/%d", i / 100, i);
		read_label(path, label);
		if (strcmp(label, want))
			leave(1, "%s has \"%s\", not %s: is anything relabelled at all?", path,
			      label, want);
	}
}

static const char *kind_word(mode_t m)
{
	switch (m & S_IFMT) {
	case S_IFDIR: return "dir";
	case S_IFLNK: return "lnk";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "sock";
	case S_IFCHR: return "chr";
	default: return "reg";
	}
}

static void check_kind(const char *path, const char *kind)
{
	char label[256], a[64], b[64];

	read_label(path, label);
	snprintf(a, sizeof(a), "system_u:object_r:%s_a_t:s0", kind);
	snprintf(b, sizeof(b), "system_u:object_r:%s_b_t:s0", kind);
	if (label[0] && strcmp(label, a) && strcmp(label, b) && strcmp(label, VICTIM_LABEL))
		leave(1, "%s is %s and has %s", path, kind, label);
}

void world_check_kinds(void)
{
	char tree[] = "tree";
	FTS *fts = fts_of(tree);
	unsigned seen = 0;

	for (FTSENT *e = fts ? fts_read(fts) : NULL; e; e = fts_read(fts)) {
		if (e->fts_info == FTS_DP)
			continue;
		check_kind(e->fts_path, kind_word(e->fts_statp->st_mode));
		seen++;
	}
	must(fts ? fts_close(fts) : -1);
	if (seen < 8 * PAIRS)
		leave(1, "only %u entries left in the tree", seen);
}

/* ---- what must not be opened ---------------------------------------------------------------- */

/* A watch is on the inode, wherever its name goes; to be held with O_PATH is not to be opened. */
void world_watch(void)
{
	char p[64];

	must(watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	for (int i = 0; i < PAIRS; i++) {
		attack_name(p, "e", i);
		if (odd[i % 4] != S_IFDIR)
			must(inotify_add_watch(watch, p, IN_OPEN));
	}
}

static bool was_opened(void)
{
	char events[4096];

	return read(watch, events, sizeof(events)) > 0;
}

void world_check_watch(void)
{
	char p[64];
	int fd;

	if (was_opened())
		leave(1, "a fifo, socket or device was opened");
	/* number 1 is a fifo, under one of two names */
	for (int i = 0; i < 2; i++) {
		attack_name(p, i ? "e" : "k", 1);
		fd = open(p, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		must(fd);
		close(fd);
	}
	if (!was_opened())
		leave(1, "the fifo was opened, and it was not noticed");
	close(watch);
}
