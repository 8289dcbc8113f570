/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/array.h"
#include "sealed.h"

#define OUTPUT_MAX (256u << 20)

extern char **environ;

/* The environment with LC_ALL=C in it; the strings stay where they are. */
static char **c_locale(void)
{
	static char lc_all[] = "LC_ALL=C";
	size_t n = 0, out = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0)
			env[out++] = environ[i];
	env[out] = lc_all;
	return env;
}

/* Start it; its standard output is @out, and its standard error @err, unless these are negative. */
static int start(const char *const *argv, int out, int err, pid_t *ret_pid)
{
	_cleanup_free_ char **env = c_locale();
	posix_spawn_file_actions_t actions;
	int e;

	if (!env || posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	e = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (e == 0 && out >= 0)
		e = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (e == 0 && err >= 0)
		e = posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	if (e == 0)
		e = posix_spawnp(ret_pid, argv[0], &actions, NULL, (char *const *)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	return -e;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* In the child; of async-signal-safe calls.  Returns errno. */
static int become(const char *const *argv, char **env, int out, int err, int tree)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), r;

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    (out >= 0 && dup2(out, STDOUT_FILENO) < 0) ||
	    (err >= 0 && dup2(err, STDERR_FILENO) < 0))
		return errno;
	r = sealed_all();
	if (r == 0)
		r = sealed_put(tree, COMMAND_PLACE);
	if (r < 0)
		return -r;
	execvpe(argv[0], (char *const *)argv, env);
	return errno;
}

/* The same with @tree in a mount namespace of its own, which posix_spawn() has no word for. */
static int start_with(const char *const *argv, int out, int err, int tree, pid_t *ret_pid)
{
	_cleanup_free_ char **env = c_locale();
	_cleanup_close_ int from = -1, to = -1;
	int fds[2], e = 0;
	ssize_t n;
	pid_t pid;

	if (!env)
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	from = fds[0];
	to = fds[1];
	pid = fork();
	if (pid == 0) {
		e = become(argv, env, out, err, tree);
		_exit(write(to, &e, sizeof(e)) == sizeof(e) ? 127 : 126);
	}
	if (pid < 0)
		return -errno;
	to = close_fd(to);
	do
		n = read(from, &e, sizeof(e)); /* closed by exec: nothing went wrong */
	while (n < 0 && errno == EINTR);
	if (n == sizeof(e)) {
		(void)wait_for(pid); /* it has ended, and said why */
		return -e;
	}
	*ret_pid = pid;
	return 0;
}

static int read_all(int fd, char **ret_text, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0, cap = 0;
	ssize_t n;

	do {
		int r = array_reserve(&text, &cap, len + 4096, 1);

		if (r < 0)
			return r;
		n = read(fd, text + len, cap - len - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
		if (len > OUTPUT_MAX)
			return -EFBIG;
	} while (n != 0);
	text[len] = '\0';
	*ret_text = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

int command_ask(const char *const *argv, int err, int tree, char **ret_text, size_t *ret_len)
{
	_cleanup_close_ int from = -1, to = -1;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	pid_t pid;
	int fds[2], r, status;

	if (ret_text) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return -errno;
		from = fds[0];
		to = fds[1];
	}
	r = tree < 0 ? start(argv, to, err, &pid) : start_with(argv, to, err, tree, &pid);
	if (r < 0)
		return r;
	to = close_fd(to);
	if (ret_text)
		r = read_all(from, &text, &len);
	from = close_fd(from); /* one that still writes is ended by that */
	status = wait_for(pid);
	if (r < 0 || status < 0)
		return r < 0 ? r : status;
	if (ret_text) {
		*ret_text = TAKE_PTR(text);
		*ret_len = len;
	}
	return status;
}

int command_run(const char *const *argv, char **ret_text, size_t *ret_len)
{
	return command_ask(argv, -1, -1, ret_text, ret_len);
}

int command_run_within(const char *const *argv, int ms)
{
	_cleanup_close_ int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC), fd = -1;
	struct pollfd ended = {.events = POLLIN};
	pid_t pid;
	int r = nowhere < 0 ? -errno : start(argv, nowhere, nowhere, &pid);

	if (r < 0)
		return r;
	ended.fd = fd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = fd < 0 ? -1 : poll(&ended, 1, ms);
	if (r > 0)
		return wait_for(pid);
	r = r < 0 ? -errno : -ETIMEDOUT;
	(void)kill(pid, SIGKILL); /* ours, and not waited for yet: it is no other by that number */
	(void)wait_for(pid);
	return r;
}
