/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restored/users.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

/*
 * The account database: root, "user" (4711) with a home in our directory, and others whose homes
 * are none.
 */
static char dir[] = "/tmp/test-users-XXXXXX", home[PATH_MAX], foreign[PATH_MAX];
static struct passwd accounts[] = {
	{.pw_name = (char *)"user", .pw_uid = 4711, .pw_dir = home},
	{.pw_name = (char *)"daemon", .pw_uid = 4712, .pw_dir = (char *)"/bin"},
	{.pw_name = (char *)"thief", .pw_uid = 4713, .pw_dir = foreign},
	{.pw_name = (char *)"relative", .pw_uid = 4714, .pw_dir = (char *)"home"},
};

static int answer(const struct passwd *a, struct passwd *pw, size_t size, struct passwd **ret)
{
	*ret = NULL;
	if (!a)
		return 0;
	if (size < 8192)
		return ERANGE; /* a long answer: asked again */
	*pw = *a;
	*ret = pw;
	return 0;
}

int getpwuid_r(uid_t uid, struct passwd *pw, char *memory, size_t size, struct passwd **ret)
{
	for (size_t i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++)
		if (accounts[i].pw_uid == uid)
			return answer(&accounts[i], pw, size, ret);
	return answer(NULL, pw, size, ret);
}

int getpwnam_r(const char *name, struct passwd *pw, char *memory, size_t size, struct passwd **ret)
{
	for (size_t i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++)
		if (strcmp(accounts[i].pw_name, name) == 0)
			return answer(&accounts[i], pw, size, ret);
	return answer(NULL, pw, size, ret);
}

static void write_file(const char *name, const void *bytes, size_t len)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void say(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

static void log_in(const char *utmp, const char *name, pid_t pid)
{
	struct utmpx e = {.ut_type = USER_PROCESS, .ut_pid = pid};

	strncpy(e.ut_user, name, sizeof(e.ut_user));
	write_file(utmp, &e, sizeof(e));
}

static int set_up(void **state)
{
	if (!mkdtemp(dir) || chdir(dir) < 0)
		return -1;
	snprintf(home, sizeof(home), "%s/home", dir);
	snprintf(foreign, sizeof(foreign), "%s/foreign", dir);
	accounts[0].pw_uid = geteuid() == 0 ? 4711 : geteuid();
	if (mkdir("home", 0755) < 0 || mkdir("foreign", 0755) < 0)
		return -1;
	/* nobody's but root's, or ours while the account is another's */
	return geteuid() == 0 ? chown("home", 4711, 4711) : 0;
}

static int tear_down(void **state)
{
	return scratch_remove(dir);
}

static void nobody_is_no_error(void **state)
{
	const struct users_sources none = {"/nonexistent/users", "/nonexistent/utmp"};
	struct users u;

	assert_int_equal(users_read_from(&u, &none), 0);
	assert_int_equal(u.n, 0);
	assert_string_equal(u.source, "none");
	users_done(&u);
}

static void what_is_a_home(void **state)
{
	uid_t me = accounts[0].pw_uid;
	char *path = users_check_home(me, home), link[PATH_MAX];

	assert_non_null(path);
	assert_string_equal(path, home);
	free(path);
	snprintf(link, sizeof(link), "%s/./link", dir);
	assert_int_equal(symlink("home", "link"), 0);
	path = users_check_home(me, link);
	assert_non_null(path);
	assert_string_equal(path, home);
	free(path);
	assert_null(users_check_home(me + 1, home)); /* not his */
	assert_null(users_check_home(0, "/"));
	assert_null(users_check_home(0, "/etc"));
	assert_null(users_check_home(0, "/usr/.."));
	assert_null(users_check_home(0, "/usr/../etc"));
	assert_null(users_check_home(me, ""));
	assert_null(users_check_home(me, "home"));
	assert_null(users_check_home(0, "/etc/passwd"));
	assert_null(users_check_home(me, "/nonexistent/home"));
}

static void logind_says(void **state)
{
	const struct users_sources from = {"users", "/nonexistent/utmp"};
	char name[64];
	struct users u;

	assert_int_equal(mkdir("users", 0755), 0);
	snprintf(name, sizeof(name), "users/%u", accounts[0].pw_uid);
	say(name, "# private\nNAME=user\nSTATE=active\n");
	say("users/4712", "STATE=active\n");
	say("users/4713", "STATE=active\n");
	say("users/4714", "STATE=active\n");
	say("users/4799", "STATE=active\n"); /* no such account */
	say("users/.4711tmp", "STATE=active\n");
	say("users/99999999999999999999", "STATE=active\n");
	assert_int_equal(users_read_from(&u, &from), 0);
	assert_string_equal(u.source, "logind");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.v[0].uid, accounts[0].pw_uid);
	assert_string_equal(u.v[0].name, "user");
	assert_string_equal(u.v[0].home, home);
	users_done(&u);

	say(name, "STATE=offline\n");
	assert_int_equal(users_read_from(&u, &from), 0);
	assert_int_equal(u.n, 0);
	users_done(&u);
}

static void utmp_says(void **state)
{
	char utmp[PATH_MAX];
	const struct users_sources from = {"/nonexistent/users", utmp};
	struct utmpx two[2] = {{.ut_type = USER_PROCESS, .ut_pid = getpid(), .ut_user = "user"}};
	struct users u;

	snprintf(utmp, sizeof(utmp), "%s/utmp", dir);
	two[1] = two[0];
	write_file(utmp, two, sizeof(two));
	assert_int_equal(users_read_from(&u, &from), 0);
	assert_string_equal(u.source, "utmp");
	assert_int_equal(u.n, 1); /* twice logged in is once there */
	assert_string_equal(u.v[0].home, home);
	users_done(&u);

	/* a process that is no more; a name without an end; half a record */
	log_in(utmp, "user", INT32_MAX);
	assert_int_equal(users_read_from(&u, &from), 0);
	assert_int_equal(u.n, 0);
	users_done(&u);
	log_in(utmp, "0123456789012345678901234567890123456789", getpid());
	assert_int_equal(users_read_from(&u, &from), 0);
	assert_int_equal(u.n, 0);
	users_done(&u);
	write_file(utmp, two, sizeof(two[0]) / 2);
	assert_int_equal(users_read_from(&u, &from), 0);
	assert_int_equal(u.n, 0);
	users_done(&u);
}

static bool woken(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Each change wakes us, files that come, go and are replaced, and draining makes us sleep again. */
static void changes_are_told(void **state)
{
	char users[PATH_MAX], utmp[PATH_MAX];
	const struct users_sources from = {users, utmp};
	int fd;

	snprintf(users, sizeof(users), "%s/run/systemd/users", dir);
	snprintf(utmp, sizeof(utmp), "%s/run/utmp2", dir);
	fd = users_watch_from(&from);
	assert_true(fd >= 0);

#define CHANGE(what)                                       \
	do {                                               \
		assert_false(woken(fd));                   \
		what;                                      \
		if (!woken(fd))                            \
			fail_msg("not told: %s", #what);   \
		for (int i = 0; i < 4; i++)                \
			users_watch_drain_from(fd, &from); \
	} while (0)

	CHANGE(mkdir("run", 0755));
	CHANGE(say("run/utmp2", "x"));
	CHANGE(say("run/utmp2", "y"));
	say("run/new", "z");
	users_watch_drain_from(fd, &from);
	CHANGE(rename("run/new", "run/utmp2"));
	CHANGE(say("run/utmp2", "more"));
	CHANGE(mkdir("run/systemd", 0755));
	CHANGE(mkdir("run/systemd/users", 0755));
	CHANGE(say("run/systemd/users/.1", "a"));
	CHANGE(rename("run/systemd/users/.1", "run/systemd/users/1"));
	CHANGE(unlink("run/systemd/users/1"));
	CHANGE(rmdir("run/systemd/users"));
	CHANGE(mkdir("run/systemd/users", 0755));
	CHANGE(say("run/systemd/users/1", "a"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_no_error), cmocka_unit_test(what_is_a_home),
		cmocka_unit_test(logind_says),	      cmocka_unit_test(utmp_says),
		cmocka_unit_test(changes_are_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
