/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root: another system's files: its links lead nowhere else. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/path.h"
#include "base/replace.h"
#include "base/root.h"
#include "scratch.h"

static char dir[] = "/tmp/lbl-root-XXXXXX";

static const char *at(const char *name)
{
	static char names[4][512];
	static unsigned turn;
	char *out = names[turn++ % 4];

	snprintf(out, sizeof(names[0]), "%s/%s", dir, name);
	return out;
}

static void put(const char *name, const char *text)
{
	assert_int_equal(replace_file(at(name), text, strlen(text), 0644), 0);
}

static void put_link(const char *name, const char *target)
{
	assert_int_equal(symlink(target, at(name)), 0);
}

/* What is read from top/@name; "" and an error */
static int reads(const char *name, const char *expect)
{
	char text[64] = "", path[128];
	int fd, r = 0;

	snprintf(path, sizeof(path), "top/%s", name);
	fd = root_open(at("top"), at(path), O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		r = fd;
	else
		assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	close_fd(fd);
	assert_string_equal(text, expect);
	return r;
}

static void resolves(const char *name, unsigned flags, const char *expect)
{
	_cleanup_(buf_done) struct buf b = {0};
	char path[128], want[300];

	snprintf(path, sizeof(path), "top/%s", name);
	snprintf(want, sizeof(want), "%s/%s", dir, expect);
	assert_int_equal(root_resolve(at("top"), at(path), flags, &b), 0);
	assert_string_equal(b.data, want);
}

static void links_lead_where_they_would_there(void **state)
{
	assert_int_equal(reads("file", "inside"), 0);
	put_link("top/relative", "file");
	put_link("top/absolute", "/file");
	put_link("top/sub/up", "../file");
	put_link("top/to_sub", "/sub");
	put_link("top/to_up", "to_sub//./up");
	assert_int_equal(reads("relative", "inside"), 0);
	assert_int_equal(reads("absolute", "inside"), 0);
	assert_int_equal(reads("sub/up", "inside"), 0);
	assert_int_equal(reads("to_sub/up", "inside"), 0);
	assert_int_equal(reads("to_up", "inside"), 0);
	assert_int_equal(reads("nothing/../file", "inside"), 0); /* by the text */
}

static void no_link_leads_out(void **state)
{
	char deep[256] = "", outside[300];

	put_link("top/out", "../file");
	put_link("top/sub/out", "../../../../file");
	snprintf(outside, sizeof(outside), "%s/file", dir);
	put_link("top/host", outside); /* is below the top: not there */
	for (int i = 0; i < 30; i++)
		strcat(deep, "../");
	strcat(deep, "file");
	put_link("top/deep", deep);
	put_link("top/magic", "/proc/self/root/file");
	assert_int_equal(reads("out", "inside"), 0);
	assert_int_equal(reads("sub/out", "inside"), 0);
	assert_int_equal(reads("host", ""), -ENOENT);
	assert_int_equal(reads("deep", "inside"), 0);
	assert_int_equal(reads("magic", ""), -ENOENT);
	/* nor does a path */
	assert_int_equal(reads("../file", ""), -EXDEV);
	assert_int_equal(reads("../topless", ""), -EXDEV);
}

static void links_that_lead_nowhere(void **state)
{
	char longest[300];

	put_link("top/dangling", "gone");
	put_link("top/loop", "loop");
	put_link("top/ping", "pong");
	put_link("top/pong", "/ping");
	put_link("top/through", "file/x");
	memset(longest, 'n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	put_link("top/long", longest);
	assert_int_equal(reads("dangling", ""), -ENOENT);
	assert_int_equal(reads("loop", ""), -ELOOP);
	assert_int_equal(reads("ping", ""), -ELOOP);
	assert_int_equal(reads("through", ""), -ENOTDIR);
	put_link("top/slash", "file/");
	assert_int_equal(reads("slash", ""), -ENOTDIR);
	assert_int_equal(reads("long", ""), -ENAMETOOLONG);
}

static void what_would_act_is_not_opened(void **state)
{
	int fd;

	assert_int_equal(mkfifo(at("top/fifo"), 0644), 0);
	assert_int_equal(reads("fifo", ""), -EINVAL);
	put_link("top/link", "file");
	assert_int_equal(root_open(at("top"), at("top/link"), O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
	fd = root_open(at("top"), at("top/link"), O_PATH | O_NOFOLLOW, 0);
	assert_true(fd >= 0);
	close(fd);
	fd = root_open(at("top"), at("top"), O_RDONLY | O_DIRECTORY, 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(root_open(at("nothing"), at("nothing/file"), O_RDONLY, 0), -ENOENT);
	assert_int_equal(root_open(at("file"), at("file/x"), O_RDONLY, 0), -ENOTDIR);
}

/* Have another process put @a and @b in each other's place, until it is ended. */
static pid_t exchange(const char *a, const char *b)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
	return pid;
}

static bool was_opened(int events)
{
	char event[512];

	return read(events, event, sizeof(event)) > 0;
}

static int watch_opening(const char *path)
{
	int events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	assert_true(events >= 0);
	assert_true(inotify_add_watch(events, path, IN_OPEN) >= 0);
	return events;
}

static void what_was_looked_at_is_opened(void **state)
{
	unsigned opened = 0, refused = 0;
	int events;
	pid_t pid;

	assert_int_equal(mkfifo(at("top/pipe"), 0644), 0);
	put("top/victim", "inside");
	events = watch_opening(at("top/pipe"));
	pid = exchange(at("top/pipe"), at("top/victim"));
	assert_true(pid > 0);
	/* a pipe that is opened waits for a writer: without an end, if not without O_NONBLOCK */
	for (unsigned i = 0; i < 1000000 && (opened < 50000 || refused < 50000); i++) {
		int fd = root_open(at("top"), at("top/victim"), O_RDONLY | O_NONBLOCK, 0);

		opened += fd >= 0;
		refused += fd < 0;
		close_fd(fd);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(opened >= 50000 && refused >= 50000);
	assert_false(was_opened(events));
	close(events);
}

static void a_rule_file_that_is_none_is_not_opened(void **state)
{
	struct map m = {0};
	int events;

	assert_int_equal(mkfifo(at("fifo"), 0644), 0);
	events = watch_opening(at("fifo"));
	assert_int_equal(map_open(&m, AT_FDCWD, at("fifo"), 100), -EINVAL);
	assert_false(was_opened(events));
	close(events);
}

/* "d/d/d/...": each link goes down and up again as often as its target has room for. */
static void a_way_has_an_end(void **state)
{
	enum { DEPTH = 1000 };
	char target[4096] = "", name[32];
	int fd = open(at("top"), O_PATH | O_DIRECTORY | O_CLOEXEC), next;

	for (int i = 0; i < DEPTH; i++) {
		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		next = openat(fd, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	for (int i = 0; i < 600; i++)
		strcat(target, "../d/");
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "/l%d", i + 1);
		assert_true(strlen(target) + strlen(name) < sizeof(target));
		target[3000] = '\0';
		strcat(target, name + 1);
		snprintf(name, sizeof(name), "l%d", i);
		assert_int_equal(symlinkat(target, fd, name), 0);
	}
	close(fd);
	memset(target, 0, sizeof(target));
	for (int i = 0; i < DEPTH; i++)
		strcat(target, "/d");
	put_link("top/down", target);
	assert_int_equal(reads("down/l0", ""), -ELOOP);
}

static void names_are_told_without_links(void **state)
{
	put_link("top/bin", "/usr/bin");
	assert_int_equal(mkdir(at("top/usr"), 0755), 0);
	assert_int_equal(mkdir(at("top/usr/bin"), 0755), 0);
	resolves("bin", 0, "top/usr/bin");
	resolves("bin", ROOT_KEEP_LAST, "top/bin");
	resolves("", 0, "top");
	put_link("top/usr/bin/sh", "gone");
	resolves("bin/sh", ROOT_KEEP_LAST, "top/usr/bin/sh");
	resolves("bin/sh", ROOT_MISSING, "top/usr/bin/gone");
	resolves("bin/none/x", ROOT_MISSING, "top/usr/bin/none/x");
	put_link("top/climb", "none/../../../../../file");
	resolves("climb", ROOT_MISSING, "top/file"); /* up, but not out */
	assert_int_equal(root_resolve(at("top"), at("top/none"), 0, &(struct buf){0}), -ENOENT);
}

static void files_are_made_and_replaced_inside(void **state)
{
	struct stat st;
	int fd;

	assert_int_equal(mkdir(at("host"), 0755), 0);
	assert_int_equal(mkdir(at("top/host_dir"), 0755), 0);
	put_link("top/outward", "/../host");
	assert_int_equal(replace_file_below(at("top"), at("top/outward/x"), "x", 1, 0644), -ENOENT);
	put_link("top/inward", "/host_dir");
	assert_int_equal(replace_file_below(at("top"), at("top/inward/x"), "x", 1, 0640), 0);
	assert_int_equal(stat(at("top/host_dir/x"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* a link in its place is refused: who made it, and why? */
	put_link("top/host_dir/y", "/file");
	assert_int_equal(replace_file_below(at("top"), at("top/inward/y"), "x", 1, 0640), -EINVAL);
	assert_int_equal(reads("file", "inside"), 0);
	fd = root_open(at("top"), at("top/inward/new"), O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stat(at("top/host_dir/new"), &st), 0);
}

/* Anything below it fails the test that touches it: there is nothing. */
static bool is_silent(void *user, const char *path)
{
	unsigned *asked = user;

	++*asked;
	return strcmp(path, at("top/silent")) == 0;
}

static mode_t looks(const char *root, const char *name, unsigned flags, const char *expect)
{
	_cleanup_(buf_done) struct buf b = {0};
	unsigned asked = 0;
	mode_t mode = 1;

	assert_int_equal(root_look(root, at(name), flags, is_silent, &asked, &b, &mode), 0);
	assert_string_equal(b.data, at(expect));
	assert_true(asked > 0);
	return mode;
}

static void what_is_to_be_avoided_is_not_touched(void **state)
{
	_cleanup_(buf_done) struct buf b = {0};
	unsigned asked = 0;
	mode_t mode;

	put_link("top/to_silent", "/silent/a/../b");
	put_link("silent", "top/silent/c");
	assert_int_equal(looks(at("top"), "top/silent", 0, "top/silent"), 0);
	assert_int_equal(looks(at("top"), "top/sub/../silent/x", 0, "top/silent/x"), 0);
	assert_int_equal(looks(at("top"), "top/to_silent/x", 0, "top/silent/b/x"), 0);
	assert_int_equal(looks(at("top"), "top/to_silent", 0, "top/silent/b"), 0);
	assert_int_equal(looks("/", "silent/x", 0, "top/silent/c/x"), 0);
	/* all else is looked at */
	assert_true(S_ISLNK(looks(at("top"), "top/to_silent", ROOT_KEEP_LAST, "top/to_silent")));
	assert_true(S_ISREG(looks(at("top"), "top/file", 0, "top/file")));
	assert_true(S_ISDIR(looks("/", "top/sub", 0, "top/sub")));
	assert_int_equal(root_look("/", at("top/none"), 0, is_silent, &asked, &b, &mode), -ENOENT);
	assert_int_equal(root_look("/", at("top/none/x"), 0, is_silent, &asked, &b, &mode),
			 -ENOENT);
	assert_int_equal(root_look("/", "/", 0, is_silent, &asked, &b, &mode), 0);
	assert_string_equal(b.data, "/");
	assert_true(S_ISDIR(mode));
}

static void no_root_is_this_system(void **state)
{
	static const char *const none[] = {NULL, "", "/", "//"};

	put_link("top/outer", at("file"));
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct map m = {0};
		struct stat st;

		assert_int_equal(root_map(&m, none[i], at("top/outer"), 100), 0);
		assert_int_equal(m.len, strlen("outside"));
		map_done(&m);
		assert_int_equal(root_stat(none[i], at("top/outer"), &st), 0);
		assert_int_equal(root_stat(none[i], at("none"), &st), -ENOENT);
	}
}

static void the_root_may_be_named_in_any_way(void **state)
{
	char cwd[4096];
	int fd;

	put_link("alias", "top");
	fd = root_open(at("alias/"), at("./alias//file"), O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(dir), 0);
	fd = root_open("top", "top/file", O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
	fd = root_open("./top/.", at("top/file"), O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chdir(cwd), 0);
}

static int set_up(void **state)
{
	if (!mkdtemp(dir) || mkdir(at("top"), 0755) < 0 || mkdir(at("top/sub"), 0755) < 0)
		return -1;
	put("file", "outside");
	put("top/file", "inside");
	return 0;
}

static int tear_down(void **state)
{
	return scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_lead_where_they_would_there),
		cmocka_unit_test(no_link_leads_out),
		cmocka_unit_test(links_that_lead_nowhere),
		cmocka_unit_test(what_would_act_is_not_opened),
		cmocka_unit_test(what_was_looked_at_is_opened),
		cmocka_unit_test(a_rule_file_that_is_none_is_not_opened),
		cmocka_unit_test(a_way_has_an_end),
		cmocka_unit_test(names_are_told_without_links),
		cmocka_unit_test(files_are_made_and_replaced_inside),
		cmocka_unit_test(what_is_to_be_avoided_is_not_touched),
		cmocka_unit_test(no_root_is_this_system),
		cmocka_unit_test(the_root_may_be_named_in_any_way),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
