/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scale: peak memory of a relabel of 250,000 and of 1,000,000 files, on a tmpfs of its own.
 *
 *	scale [--files N] [--no-memory REASON] SETFILES SPEC
 *
 * Each tree has the same mixture: a third of its files in one directory, a third spread over
 * directories of a hundred, a third below chains 200 deep, and some symlinks and second names.
 * Both trees are labelled (everything is written) by four threads, and then checked again (nothing
 * is) by as many as the program thinks right, so the second pair may differ by their stacks.  Each
 * run must see every file: the labels are counted.
 *
 * The measure is ru_maxrss of the child.  The kernel counts in it what the child had before execve,
 * which is why this program stays small and keeps no list of what it made.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../harness.h"

#define XATTR	  "security.selinux"
#define SKIP	  77
#define LIMIT_KIB (32 * 1024)
/* buffers in flight come and go; four bytes a file would be as much */
#define MARGIN_KIB  (3 * 1024)
#define CHAIN_DEPTH 200

static char work[] = "/tmp/relabel-scale-XXXXXX";

static int make_dir(int parent, const char *name)
{
	int fd;

	must(mkdirat(parent, name, 0755));
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd);
	return fd;
}

/* Every hundredth is a symlink, every thousandth a second name of the file before it. */
static void make_entry(int dir, unsigned i)
{
	char name[32], last[32];
	int fd;

	snprintf(name, sizeof(name), "file-%u.dat", i);
	snprintf(last, sizeof(last), "file-%u.dat", i - 1);
	if (i % 1000 == 999) {
		must(linkat(dir, last, dir, name, 0));
	} else if (i % 100 == 50) {
		must(symlinkat("nowhere", dir, name));
	} else {
		fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
		must(fd);
		close(fd);
	}
}

static void make_one(int top, unsigned count)
{
	int dir = make_dir(top, "one");

	for (unsigned i = 0; i < count; i++)
		make_entry(dir, i);
	close(dir);
}

static void make_many(int top, unsigned count)
{
	int dir = make_dir(top, "many"), sub = -1;
	char name[32];

	for (unsigned i = 0; i < count; i++) {
		if (i % 100 == 0) {
			if (sub >= 0)
				close(sub);
			snprintf(name, sizeof(name), "dir-%u", i / 100);
			sub = make_dir(dir, name);
		}
		make_entry(sub, i % 100);
	}
	if (sub >= 0)
		close(sub);
	close(dir);
}

/* Chains of CHAIN_DEPTH directories with 50 files in each. */
static void make_deep(int top, unsigned count)
{
	int dir = make_dir(top, "deep"), at = -1;
	char name[32];

	for (unsigned i = 0; i < count; i++) {
		if (i % (CHAIN_DEPTH * 50) == 0) {
			if (at >= 0)
				close(at);
			snprintf(name, sizeof(name), "chain-%u", i);
			at = make_dir(dir, name);
		} else if (i % 50 == 0) {
			int below = make_dir(at, "below");

			close(at);
			at = below;
		}
		make_entry(at, i % 50);
	}
	if (at >= 0)
		close(at);
	close(dir);
}

static void make_tree(const char *root, unsigned files)
{
	char path[128];
	int top;

	snprintf(path, sizeof(path), "%s/%s", work, root);
	must(mkdir(path, 0755));
	snprintf(path, sizeof(path), "%s/%s/usr", work, root);
	must(mkdir(path, 0755));
	snprintf(path, sizeof(path), "%s/%s/usr/share", work, root);
	must(mkdir(path, 0755));
	top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(top);
	make_one(top, files / 3);
	make_many(top, files / 3);
	make_deep(top, files - files / 3 * 2);
	close(top);
}

/* A label at the end of every corner: a run that stopped early would look lean. */
static unsigned count_labels(int dir, unsigned *entries)
{
	unsigned labels = 0;
	struct dirent *e;
	DIR *d = fdopendir(dir);

	if (!d || fchdir(dir) < 0)
		leave(1, "read: %s", strerror(errno));
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		(*entries)++;
		labels += lgetxattr(e->d_name, XATTR, NULL, 0) > 0;
	}
	rewinddir(d);
	while ((e = readdir(d))) {
		int sub;

		if (e->d_name[0] == '.' || e->d_type != DT_DIR)
			continue;
		sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		must(sub);
		labels += count_labels(sub, entries);
		must(fchdir(dirfd(d)));
	}
	closedir(d);
	return labels;
}

static long measure(const char *setfiles, const char *spec, const char *root, const char *what,
		    const char *threads)
{
	char path[128];
	struct timespec a, b;
	struct rusage ru;
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", work, root);
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	must(pid);
	if (pid == 0) {
		unsetenv("MALLOC_PERTURB_"); /* meson sets it; it touches all that is allocated */
		execl(setfiles, "setfiles", "-T", threads, "-r", path, spec, path, NULL);
		_exit(127);
	}
	must(wait4(pid, &status, 0, &ru));
	clock_gettime(CLOCK_MONOTONIC, &b);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		leave(1, "%s of %s: status 0x%x", what, root, (unsigned)status);
	printf("%-12s %-8s %6ld KiB peak, %5.2f s\n", root, what, ru.ru_maxrss,
	       (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	fflush(stdout);
	return ru.ru_maxrss;
}

static void check_labels(const char *root, unsigned files)
{
	char path[128];
	unsigned entries = 0, labels;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", work, root);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd);
	labels = count_labels(fd, &entries);
	must(chdir("/"));
	if (entries < files || labels != entries)
		leave(1, "%s: %u entries, %u with a label", root, entries, labels);
}

static int run(const char *setfiles, const char *spec, unsigned files, const char *no_memory)
{
	const char *const roots[] = {"quarter", "whole"};
	long peak[2][2];

	for (int i = 0; i < 2; i++) {
		unsigned n = i ? files : files / 4;

		make_tree(roots[i], n);
		peak[i][0] = measure(setfiles, spec, roots[i], "label", "4");
		check_labels(roots[i], n);
		peak[i][1] = measure(setfiles, spec, roots[i], "check", "0");
	}
	if (no_memory) {
		printf("memory not judged: %s\n", no_memory);
		return 0;
	}
	for (int i = 0; i < 2; i++)
		if (peak[1][i] > LIMIT_KIB)
			leave(1, "%ld KiB for %u files, more than %d", peak[1][i], files,
			      LIMIT_KIB);
	if (peak[1][0] > peak[0][0] + MARGIN_KIB)
		leave(1, "memory grows with the tree: %ld KiB, %ld KiB for four times as much",
		      peak[0][0], peak[1][0]);
	return 0;
}

int main(int argc, char *argv[])
{
	const char *no_memory = NULL;
	char *arg[2] = {NULL, NULL};
	unsigned files = 1000000;
	int status, n = 0;
	char probe[64];
	pid_t pid;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--files") && i + 1 < argc)
			files = (unsigned)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--no-memory") && i + 1 < argc)
			no_memory = argv[++i];
		else if (n < 2)
			arg[n++] = realpath(argv[i], NULL); /* we go elsewhere */
	}
	if (n < 2 || !arg[0] || !arg[1] || access(arg[0], X_OK) || access(arg[1], R_OK))
		leave(SKIP, "SKIP: usage: scale SETFILES SPEC, both must exist");
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		leave(SKIP, "SKIP: needs root and a mount namespace of its own");
	umask(022);
	if (!mkdtemp(work))
		leave(1, "mkdtemp: %s", strerror(errno));
	/* fails in a chroot whose "/" is no mount point; we unmount at the end all the same */
	(void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("none", work, "tmpfs", 0, "mode=0755,nr_inodes=2000000,size=50%") < 0) {
		rmdir(work);
		leave(SKIP, "SKIP: cannot mount a tmpfs");
	}
	snprintf(probe, sizeof(probe), "%s/probe", work);
	if (mkdir(probe, 0755) < 0 || setxattr(probe, XATTR, "a:b:c:s0", 9, 0) < 0) {
		umount2(work, MNT_DETACH);
		rmdir(work);
		leave(SKIP, "SKIP: cannot write %s here", XATTR);
	}
	fflush(stdout);
	pid = fork();
	must(pid);
	if (pid == 0)
		exit(run(arg[0], arg[1], files, no_memory));
	must(waitpid(pid, &status, 0));
	(void)umount2(work, MNT_DETACH);
	(void)rmdir(work);
	free(arg[0]);
	free(arg[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
