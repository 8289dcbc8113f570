/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restored/status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

static const struct status_counts counts = {.events = 11, .relabelled = 2, .refused_link = 3};
static const struct status_entry entries[] = {
	{"/srv/www/**", "/etc/selinux/restored.conf", 3, "fanotify", 1200, 2},
	{"/x\n/*", "/etc/selinux/restored.conf", 4, "waiting", 0, 0},
};
static const struct status_offender offenders[] = {{"/srv/www/up\033[2J", 2, "tar\n", 77}};
static const struct status_report report = {
	.counts = &counts,
	.entries = entries,
	.n_entries = 2,
	.offenders = offenders,
	.n_offenders = 1,
	.rules = "/etc/selinux/x/contexts/files/file_contexts",
	.config = "/etc/selinux/restored.conf",
	.rules_digest = "0123456789abcdef",
	.waiting = 5,
	.uptime_s = 2 * 86400 + 3661,
	.events_per_s = 12.5,
	.selinux_enabled = true,
};

static void as_a_table(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	cJSON *s = status_to_json(&report), *memory, *pid;

	assert_non_null(s);
	memory = cJSON_GetObjectItem(s, "memory");
	assert_true(memory->valuedouble > 4096);
	cJSON_SetNumberValue(memory, 3.25 * (1 << 20));
	pid = cJSON_GetObjectItem(s, "pid");
	assert_int_equal(pid->valueint, getpid());
	cJSON_SetNumberValue(pid, 4711);
	status_print(f, s);
	fclose(f);
	assert_string_equal(
		text, "restored, process 4711, up 2 d 01:01:01, SELinux enabled\n"
		      "config  /etc/selinux/restored.conf\n"
		      "rules   /etc/selinux/x/contexts/files/file_contexts (0123456789abcdef)\n"
		      "memory  3.2 MiB\n"
		      "events  12 a second, names waiting: 5\n"
		      "\n"
		      "since the start:\n"
		      "  events 11, relabelled 2, right already 0, vanished 0, errors 0\n"
		      "  left alone: several names 0, links 3, customizable types 0, other 0\n"
		      "  overflows 0, scans 0, throttled 0, reloads 0, logins 0, mounts 0, most "
		      "directories 0\n"
		      "\n"
		      "DIRECTORIES  RELABELLED  BACK END  ENTRY\n"
		      "       1200           2  fanotify  /srv/www/**  "
		      "(/etc/selinux/restored.conf:3)\n"
		      "          0           0  waiting   /x\\012/*  "
		      "(/etc/selinux/restored.conf:4)\n"
		      "\n"
		      "wrong labels keep coming in:\n"
		      " RELABELLED  DIRECTORY\n"
		      "          2  /srv/www/up\\033[2J  (last by tar\\012, process 77)\n");
	free(text);
	cJSON_Delete(s);
}

/* Whatever another version says, or leaves out, is printed somehow. */
static void what_is_missing_is_blank(void **state)
{
	static const char *const odd[] = {
		"{}",
		"{\"entries\":[1,{},[]],\"offenders\":[{\"program\":\"x\",\"pid\":-1e300}]}",
		"{\"uptime_s\":1e300,\"counts\":7,\"entries\":{},\"config\":[]}",
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		FILE *f = fopen("/dev/null", "w");
		cJSON *s = cJSON_Parse(odd[i]);

		assert_non_null(s);
		status_print(f, s);
		assert_int_equal(fclose(f), 0);
		cJSON_Delete(s);
	}
}

static void rate(void **state)
{
	struct status_rate r = {0};

	assert_true(status_rate(&r, 100, 5000) == 0);
	assert_true(status_rate(&r, 5000, 5999) == 0); /* too early to say */
	assert_true(status_rate(&r, 5100, 7000) == 2500);
	assert_true(status_rate(&r, 9999, 7500) == 2500);
	assert_true(status_rate(&r, 5100, 9000) == 0);
}

static char dir[] = "/tmp/test-status-XXXXXX", path[64];

static int set_up(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	return rmdir(dir);
}

static void only_one_listens(void **state)
{
	struct stat st;
	int fd = status_listen(path), again;

	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	assert_int_equal(status_listen(path), -EADDRINUSE);
	close(fd); /* as kill -9 would: the socket stays there */
	again = status_listen(path);
	assert_true(again >= 0);
	close(again);
	unlink(path);
	/* what is no socket is not ours to remove */
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(status_listen(path), -EADDRINUSE);
	unlink(path);
	assert_int_equal(status_listen("/nonexistent/socket"), -ENOENT);
}

static int call(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(a.sun_path, path);
	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Those who never read, go away at once, or talk too much do not hold the daemon up. */
static void nobody_holds_it_up(void **state)
{
	int listener = status_listen(path), callers[64], n = 0, fd;
	struct pollfd p = {.fd = listener, .events = POLLIN};
	static char chatter[4096];

	assert_true(listener >= 0);
	while (n < 64 && (callers[n] = call()) >= 0)
		n++;
	assert_in_range(n, 1, 63); /* the queue is short */
	for (int i = 0; i < n; i += 2)
		while (send(callers[i], chatter, sizeof(chatter), MSG_NOSIGNAL) > 0)
			;
	for (int i = 1; i < n; i += 4)
		close(callers[i]);
	alarm(20);
	for (int i = 0; i < n; i++) {
		assert_int_equal(poll(&p, 1, 0), 1);
		status_answer(listener, &report);
	}
	alarm(0);
	assert_int_equal(poll(&p, 1, 0), 0);
	status_answer(listener, &report); /* nobody there */
	fd = call();
	assert_true(fd >= 0);
	close(fd);
	for (int i = 0; i < n; i++)
		if (i % 4 != 1)
			close(callers[i]);
	close(listener);
	unlink(path);
}

/* A child asks, we answer; return its exit status, *@ret_said what it printed. */
static int show(int listener, bool json, char *said, size_t size)
{
	int out[2], status;
	ssize_t n;
	pid_t pid;
	struct pollfd p = {.fd = listener, .events = POLLIN};

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		alarm(20);
		_exit(status_show(path, json));
	}
	close(out[1]);
	if (listener >= 0) {
		assert_int_equal(poll(&p, 1, 20000), 1);
		status_answer(listener, &report);
	}
	for (size_t at = 0; (n = read(out[0], said + at, size - 1 - at)) > 0; at += (size_t)n)
		said[at + (size_t)n] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void asked_and_answered(void **state)
{
	static char said[1 << 16];
	int listener = status_listen(path);
	cJSON *s, *entry;

	assert_true(listener >= 0);
	assert_int_equal(show(listener, false, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "\n       1200           2  fanotify  /srv/www/**"));
	assert_int_equal(show(listener, true, said, sizeof(said)), 0);
	s = cJSON_Parse(said);
	assert_non_null(s);
	entry = cJSON_GetArrayItem(cJSON_GetObjectItem(s, "entries"), 1);
	assert_string_equal(cJSON_GetObjectItem(entry, "entry")->valuestring, "/x\n/*");
	assert_int_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(s, "counts"), "events")->valueint,
			 11);
	cJSON_Delete(s);
	close(listener);
	assert_int_equal(show(-1, false, said, sizeof(said)), 1); /* nobody listens any more */
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_table),
		cmocka_unit_test(what_is_missing_is_blank),
		cmocka_unit_test(rate),
		cmocka_unit_test(only_one_listens),
		cmocka_unit_test(nobody_holds_it_up),
		cmocka_unit_test(asked_and_answered),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
