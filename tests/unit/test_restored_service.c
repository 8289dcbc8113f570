/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restored/service.h"

#include <cap-ng.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

static char dir[] = "/tmp/test-service-XXXXXX";

static int set_up(void **state)
{
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	return chdir("/") < 0 || rmdir(dir) < 0 ? -1 : 0;
}

static void one_instance(void **state)
{
	char pid[32], text[32] = "";
	struct stat st;
	int fd = service_lock("lock"), other;

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(service_lock("lock"), -EEXIST);
	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, pid);
	/* who removes the file makes room for another: that is another file */
	assert_int_equal(unlink("lock"), 0);
	other = service_lock("lock");
	assert_true(other >= 0);
	close(fd);
	assert_int_equal(service_lock("lock"), -EEXIST);
	close(other);
	other = service_lock("lock");
	assert_true(other >= 0);
	close(other);
	unlink("lock");
}

static void locks_that_are_traps(void **state)
{
	assert_int_equal(symlink("elsewhere", "lock"), 0);
	assert_int_equal(service_lock("lock"), -ELOOP);
	assert_int_equal(access("elsewhere", F_OK), -1);
	unlink("lock");
	assert_int_equal(mkfifo("lock", 0600), 0);
	assert_int_equal(service_lock("lock"), -EPERM);
	unlink("lock");
	close(open("elsewhere", O_CREAT | O_WRONLY, 0600));
	assert_int_equal(link("elsewhere", "lock"), 0);
	assert_int_equal(service_lock("lock"), -EPERM);
	unlink("lock");
	if (geteuid() == 0) {
		assert_int_equal(chown("elsewhere", 65534, 65534), 0);
		assert_int_equal(service_lock("elsewhere"), -EPERM);
	}
	unlink("elsewhere");
	assert_int_equal(service_lock("no/such/directory"), -ENOENT);
}

static void watchdog(void **state)
{
	char pid[32];

	unsetenv("WATCHDOG_USEC");
	assert_int_equal(service_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(service_watchdog_ms(), 15000);
	setenv("WATCHDOG_PID", "1", 1); /* meant for another process */
	assert_int_equal(service_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(service_watchdog_ms(), 15000);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "100", 1);
	assert_int_equal(service_watchdog_ms(), 1);
	setenv("WATCHDOG_USEC", "18446744073709551615", 1);
	assert_int_equal(service_watchdog_ms(), INT32_MAX);
	setenv("WATCHDOG_USEC", "99999999999999999999999", 1);
	assert_int_equal(service_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "-3", 1);
	assert_int_equal(service_watchdog_ms(), 0);
	unsetenv("WATCHDOG_USEC");
}

static void notified(int fd, const char *state, const char *begin)
{
	char text[256];
	ssize_t n;

	service_notify(state);
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	text[n] = '\0';
	assert_memory_equal(text, begin, strlen(begin));
}

static void notifications(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "notify"};
	char path[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	unsetenv("NOTIFY_SOCKET");
	service_notify("READY=1"); /* to nobody */
	snprintf(path, sizeof(path), "%s/notify", dir);
	setenv("NOTIFY_SOCKET", path, 1);
	notified(fd, "READY=1", "READY=1");
	notified(fd, "RELOADING=1", "RELOADING=1\nMONOTONIC_USEC=");
	close(fd);
	unlink("notify");
	service_notify("STOPPING=1"); /* nobody listens */

	/* in the abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(path, sizeof(path), "@%s/abstract", dir);
	strcpy(a.sun_path + 1, path + 1);
	a.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
			 0);
	setenv("NOTIFY_SOCKET", path, 1);
	notified(fd, "WATCHDOG=1", "WATCHDOG=1");
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

/* What becomes of privileges that are to be dropped. */
static enum { DROPPED, REFUSED, PRETENDED, DENIED } applying;

int capng_apply(capng_select_t sets)
{
	int (*real)(capng_select_t) = (int (*)(capng_select_t))dlsym(RTLD_NEXT, "capng_apply");

	if (applying == DROPPED)
		return real(sets);
	if (applying == DENIED)
		errno = EACCES;
	return applying == PRETENDED ? 0 : -1;
}

/* In a child: drop, and see that exactly @want is left, and no way back. */
static int left_after(bool fanotify, bool selinux_off, const unsigned *want, size_t n)
{
	if (service_drop_privileges(fanotify, selinux_off) != 0)
		return 1;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	if (capng_get_caps_process() < 0)
		return 3;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		int wanted = 0;

		for (size_t i = 0; i < n; i++)
			wanted |= want[i] == cap;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0 &&
		    (capng_have_capability(CAPNG_EFFECTIVE, cap) != wanted ||
		     capng_have_capability(CAPNG_PERMITTED, cap) != wanted ||
		     capng_have_capability(CAPNG_INHERITABLE, cap) ||
		     prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != wanted ||
		     prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 0))
			return 4;
	}
	return service_drop_privileges(fanotify, selinux_off) ? 5 : 0; /* twice is fine */
}

static void only_what_is_needed(void **state)
{
	static const unsigned keep[] = {CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_SYS_ADMIN};
	int status;

	if (geteuid() != 0)
		skip();
	for (int i = 0; i < 5; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0 && i < 4)
			_exit(left_after(i & 1, i & 2, keep, i ? 3 : 2));
		if (pid == 0) /* anybody */
			_exit(setuid(65534) < 0 || service_drop_privileges(false, true) != 0 ||
			      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void what_stays_is_an_error(void **state)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		applying = REFUSED;
		if (service_drop_privileges(false, false) >= 0)
			_exit(1);
		applying = PRETENDED;
		if (service_drop_privileges(false, false) >= 0)
			_exit(2);
		/* a policy may deny it, but then there must be no more than the unit leaves */
		applying = DENIED;
		if (service_drop_privileges(false, false) >= 0)
			_exit(4);
		applying = DROPPED;
		if (service_drop_privileges(true, false) != 0)
			_exit(5);
		applying = DENIED;
		if (service_drop_privileges(false, false) != 1)
			_exit(6);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	pid = fork();
	if (pid == 0) {
		/* but who has none may go on */
		applying = REFUSED;
		_exit(setuid(65534) < 0 || service_drop_privileges(false, false) != 0 ? 3 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_instance),
		cmocka_unit_test(locks_that_are_traps),
		cmocka_unit_test(watchdog),
		cmocka_unit_test(notifications),
		cmocka_unit_test(only_what_is_needed),
		cmocka_unit_test(what_stays_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
