/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dirs: what a daemon does, in the place of setfiles in the race.
 *
 *	dirs -F -r ROOT RULES.X TREE
 *
 * TREE and the directories in it are opened once and held; then, time and again, the entries they
 * have at that moment are labelled by name, after the rules of the other letter and after RULES.X
 * in turn, so that there is always something to write.  What comes last is RULES.X.  Two threads:
 * one for TREE, one for what is in it.
 *
 * With RACE_UNSAFE in the environment the same is done as it must not be: looked at first, then
 * written by name (RACE_UNSAFE=name), or held well, but its names counted once only (=count).
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lbl.h"

#include "../harness.h"

#define ROUNDS	 8
#define DIRS_MAX 512
#define TOGGLED	 40 /* as race.c's PAIRS */
#define TRIES	 50

struct side {
	struct lbl_rules *rules;
	struct lbl_relabel *relabel;
};

/* One directory, held for both sides. */
struct held {
	struct lbl_dir *dir[2];
};

static struct held held[DIRS_MAX];
static size_t n_held;
static const char *unsafe;

static void side_open(struct side *side, const char *path, const char *root)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = path};
	struct lbl_relabel_options o = {
		.size = sizeof(o), .flags = LBL_SKIP_MULTILINK, .alt_root = root};

	must(lbl_rules_open(&side->rules, &ro));
	o.rules = side->rules;
	must(lbl_relabel_new(&side->relabel, &o));
}

static uint64_t mount_of(int fd)
{
	struct statx stx;

	must(statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx));
	return stx.stx_mnt_id;
}

/* Whoever goes down a tree stays on its mount: a directory that is named may be on any. */
static void hold(struct side sides[2], const char *path, uint64_t mount)
{
	struct held *h = &held[n_held];

	for (int i = 0; i < 2; i++)
		if (lbl_dir_open(&h->dir[i], sides[i].relabel, path) < 0 ||
		    (mount && mount_of(lbl_dir_fd(h->dir[i])) != mount)) {
			h->dir[0] = lbl_dir_free(h->dir[0]);
			h->dir[1] = lbl_dir_free(h->dir[1]);
			return;
		}
	n_held++;
}

static void hold_all(struct side sides[2], const char *tree)
{
	uint64_t mount;
	struct dirent *de;
	DIR *d = opendir(tree);

	hold(sides, tree, 0);
	if (n_held == 0 || !d)
		leave(1, "%s cannot be opened", tree);
	mount = mount_of(lbl_dir_fd(held[0].dir[0]));
	while ((de = readdir(d)) && n_held < DIRS_MAX) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", tree, de->d_name);
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			hold(sides, path, mount);
	}
	closedir(d);
}

/* What must not be done: what was looked at need not be what is written. */
static void label_unsafe(int dir, const char *name)
{
	static const char label[] = "system_u:object_r:unsafe_t:s0";
	bool by_name = strcmp(unsafe, "name") == 0;
	int fd = by_name ? -1 : openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	char path[400];

	if (fstatat(by_name ? dir : fd, by_name ? name : "", &st,
		    AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0 &&
	    !S_ISLNK(st.st_mode) && (S_ISDIR(st.st_mode) || st.st_nlink == 1)) {
		if (by_name)
			snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
		else
			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		(void)setxattr(path, "security.selinux", label, sizeof(label), 0);
	}
	if (fd >= 0)
		close(fd);
}

static void label(struct lbl_dir *dir, const char *name)
{
	if (unsafe)
		label_unsafe(lbl_dir_fd(dir), name);
	else
		(void)lbl_dir_entry(dir, name); /* under attack anything may be said */
}

static void label_all(struct lbl_dir *dir)
{
	int fd = openat(lbl_dir_fd(dir), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	must(d ? 0 : -1);
	while ((de = readdir(d)))
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			label(dir, de->d_name);
	closedir(d);
	if (!unsafe)
		(void)lbl_dir_self(dir);
}

/* Names of TREE that are never there for long: they are not read, but tried. */
static void label_toggled(struct lbl_dir *dir)
{
	char name[16];

	for (int i = 0; i < TRIES * TOGGLED; i++) {
		snprintf(name, sizeof(name), "t%d", i % TOGGLED);
		label(dir, name);
	}
}

static void label_range(size_t from, size_t to)
{
	for (int round = 0; round < 2 * ROUNDS; round++)
		for (size_t i = from; i < to; i++) {
			if (i == 0)
				label_toggled(held[i].dir[round % 2]);
			label_all(held[i].dir[round % 2]);
		}
}

static void *label_below(void *arg)
{
	label_range(1, n_held);
	return NULL;
}

int main(int argc, char *argv[])
{
	struct side sides[2];
	char other[512];
	pthread_t below;

	if (argc != 6)
		leave(1, "usage: dirs -F -r ROOT RULES.X TREE");
	unsafe = getenv("RACE_UNSAFE");
	must(lbl_raise_fd_limit());
	snprintf(other, sizeof(other), "%s", argv[4]);
	other[strlen(other) - 1] ^= 'a' ^ 'b';
	side_open(&sides[0], other, argv[3]);
	side_open(&sides[1], argv[4], argv[3]);
	hold_all(sides, argv[5]);
	must(-pthread_create(&below, NULL, label_below, NULL));
	label_range(0, 1);
	must(-pthread_join(below, NULL));
	for (size_t i = 0; i < n_held; i++)
		for (int k = 0; k < 2; k++)
			lbl_dir_free(held[i].dir[k]);
	for (int k = 0; k < 2; k++) {
		lbl_relabel_free(sides[k].relabel);
		lbl_rules_free(sides[k].rules);
	}
	return 0;
}
