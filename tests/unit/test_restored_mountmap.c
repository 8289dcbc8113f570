/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restored/mountmap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "refuse.h"
#include "scratch.h"

static char dir[] = "/tmp/test-mountmap-XXXXXX", table[PATH_MAX], all[1024];

#define ROOT "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"

static void write_table(const char *text)
{
	FILE *f = fopen(table, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void what_is_where(void **state)
{
	struct mountmap m;
	const struct mountpoint *p;

	write_table(ROOT "30 20 0:30 / /a rw - tmpfs t rw\n"
			 "31 20 0:31 / /a-b rw - tmpfs t rw\n"
			 "32 30 0:32 / /a/x rw - nfs h:/x rw\n"
			 "33 30 0:33 / /a/y/z rw - autofs a rw\n"
			 "34 32 0:34 / /a/x rw - fuse.x x rw\n");
	assert_int_equal(mountmap_open(&m, table), 0);
	assert_int_equal(m.n, 5);
	assert_int_equal(mountmap_at(&m, "/")->id, 20);
	assert_int_equal(mountmap_at(&m, "/a/x")->id, 34); /* the topmost */
	assert_true(mountmap_at(&m, "/a/x")->remote);
	assert_true(mountmap_at(&m, "/a/y/z")->autofs);
	assert_null(mountmap_at(&m, "/a/y"));
	assert_null(mountmap_at(&m, "/a/xx"));
	p = mountmap_below(&m, "/a");
	assert_string_equal(p->path, "/a/x");
	assert_string_equal(p[1].path, "/a/y/z");
	assert_false(mountpoint_is_below(p + 2, "/a"));
	assert_string_equal(mountmap_below(&m, "/")->path, "/a");
	assert_string_equal(mountmap_below(&m, "/a/y")->path, "/a/y/z");
	assert_null(mountmap_below(&m, "/a/y/z"));
	assert_null(mountmap_below(&m, "/a-"));
	mountmap_close(&m);
}

static void note(void *user, const char *path)
{
	const struct mountmap *m = user;

	sprintf(all + strlen(all), "%s%s ", path, mountmap_at(m, path) ? "" : "!");
}

static int renew(struct mountmap *m)
{
	struct mountmap old;
	int r = mountmap_renew(m, &old);

	if (r == 0)
		mountmap_compare(m, &old, note, m);
	return r;
}

static void changes_are_told(void **state)
{
	struct mountmap m;

	write_table(ROOT "30 20 0:30 / /stays rw - tmpfs t rw\n"
			 "31 20 0:31 / /goes rw - tmpfs t rw\n"
			 "32 20 0:32 / /another rw - tmpfs t rw\n");
	assert_int_equal(mountmap_open(&m, table), 0);
	all[0] = '\0';
	assert_int_equal(renew(&m), 0);
	assert_string_equal(all, "");
	write_table(ROOT "30 20 0:30 / /stays rw - tmpfs t rw\n"
			 "33 20 0:32 / /another rw - tmpfs t rw\n"
			 "34 30 0:34 / /stays/comes rw - tmpfs t rw\n");
	assert_int_equal(renew(&m), 0);
	assert_string_equal(all, "/another /goes! /stays/comes ");
	all[0] = '\0';
	write_table("nonsense\n");
	assert_int_equal(renew(&m), -EINVAL);
	assert_string_equal(all, "");
	assert_int_equal(m.n, 4); /* the old one */
	mountmap_close(&m);
}

static int opens(const struct mountmap *m, const char *path)
{
	int fd = mountmap_open_dir(m, path, false);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

#define TRY(x)                    \
	do {                      \
		if (!(x))         \
			_exit(1); \
	} while (0)

/* In a child, in the test's directory, in a mount namespace of its own. */
static void mounts_that_are_real(void)
{
	char under[PATH_MAX], deep[PATH_MAX], link[PATH_MAX];
	struct mountmap m;
	struct stat a, b;
	int fd;

	snprintf(under, sizeof(under), "%s/x/under", dir);
	snprintf(deep, sizeof(deep), "%s/x/under/y/deep", dir);
	snprintf(link, sizeof(link), "%s/link/under", dir);
	TRY(mkdir("x", 0755) == 0 && mkdir("x/under", 0755) == 0 && symlink("x", "link") == 0);
	TRY(mountmap_open(&m, NULL) == 0 && m.fd >= 0);
	TRY(opens(&m, "/") == 0 && opens(&m, under) == 0);
	TRY(opens(&m, link) == -ELOOP && opens(&m, deep) == -ENOENT);
	TRY(mount("none", under, "tmpfs", 0, NULL) == 0);
	TRY(opens(&m, under) == -ESTALE); /* none that the map does not have */
	TRY(renew(&m) == 0);
	TRY(opens(&m, under) == 0);
	TRY(mkdir("x/under/y", 0755) == 0 && mkdir("x/under/y/deep", 0755) == 0);
	TRY(opens(&m, deep) == 0);
	TRY(mount(under, deep, NULL, MS_BIND, NULL) == 0); /* the same file system */
	TRY(opens(&m, deep) == -ESTALE);
	TRY(renew(&m) == 0);
	fd = mountmap_open_dir(&m, deep, false);
	TRY(fd >= 0 && fstat(fd, &a) == 0 && stat(under, &b) == 0 && a.st_ino == b.st_ino);
	close(fd);
	TRY(mount("none", under, "tmpfs", 0, NULL) == 0); /* on top of that */
	TRY(opens(&m, under) == -ESTALE && opens(&m, deep) == -ESTALE);
	TRY(umount2(under, MNT_DETACH) == 0);
	TRY(opens(&m, deep) == 0);
	TRY(umount2(under, MNT_DETACH) == 0);
	TRY(opens(&m, under) == -ESTALE); /* it is not there any more */
	TRY(strcmp(all, "") != 0);
	mountmap_close(&m);
	_exit(0);
}

static void enter(bool with_openat2)
{
	char command[64];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (chdir(dir) < 0 || unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(77);
		if (!with_openat2)
			refuse(SYS_openat2, ENOSYS); /* as RestrictSUIDSGID= of a unit does */
		all[0] = '\0';
		mounts_that_are_real();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("mounting takes root\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	snprintf(command, sizeof(command), "cd %s && rm -r x link", dir);
	assert_int_equal(system(command), 0);
}

static void only_what_the_map_has_is_entered(void **state)
{
	enter(true);
}

static void without_openat2_as_well(void **state)
{
	enter(false);
}

static void without_a_table_all_is_entered(void **state)
{
	struct mountmap m;

	assert_int_equal(mountmap_open(&m, "/nonexistent/mountinfo"), 0);
	assert_int_equal(m.n, 0);
	assert_int_equal(opens(&m, "/proc/self"), -ENOTDIR);
	assert_int_equal(opens(&m, "/proc/self/task"), -ELOOP);
	assert_int_equal(opens(&m, "/proc/sys"), 0);
	mountmap_close(&m);
}

static int set_up(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(table, sizeof(table), "%s/mountinfo", dir);
	return 0;
}

static int tear_down(void **state)
{
	return scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_where),
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(only_what_the_map_has_is_entered),
		cmocka_unit_test(without_openat2_as_well),
		cmocka_unit_test(without_a_table_all_is_entered),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
