/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define FDS_WITHOUT_CLOSE_RANGE 4096

/* A pipe that somebody reads to its end must not stay open because of us. */
static void close_all_but(int fd)
{
	if (syscall(SYS_close_range, 0, fd - 1, 0) == 0 &&
	    syscall(SYS_close_range, fd + 1, ~0U, 0) == 0)
		return;
	for (int i = 0; i < FDS_WITHOUT_CLOSE_RANGE; i++)
		if (i != fd)
			close(i);
}

/* In the child, where other threads may have held any lock: system calls only. */
static _Noreturn void ask(const char *path, int out)
{
	struct statx stx;
	int fd, error = 0;

	close_all_but(out);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 ||
	    statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &stx) < 0)
		error = -errno;
	_exit(write(out, &error, sizeof(error)) == (ssize_t)sizeof(error) ? 0 : 1);
}

static void start(struct probe *p)
{
	int fds[2];

	p->fd = -1;
	p->pid = -1;
	p->result = -ETIMEDOUT;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	if (fds[1] != 0 && fds[0] != 0) { /* close_all_but() counts on it */
		p->pid = fork();
		if (p->pid == 0)
			ask(p->path, fds[1]);
	}
	close(fds[1]);
	p->fd = fds[0];
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void finish(struct probe *p, long long until)
{
	struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
	int error, r;

	if (p->pid > 0) {
		do
			r = poll(&pfd, 1, (int)MAX(until - now_ms(), 0LL));
		while (r < 0 && errno == EINTR);
		if (r > 0 && read(p->fd, &error, sizeof(error)) == (ssize_t)sizeof(error))
			p->result = error;
		else
			(void)kill(p->pid, SIGKILL);
		/* one that hangs is init's when we are gone */
		(void)waitpid(p->pid, NULL, r > 0 ? 0 : WNOHANG);
	}
	p->fd = close_fd(p->fd);
}

void probe_all(struct probe *v, size_t n, unsigned ms)
{
	long long until = now_ms() + ms;

	for (size_t i = 0; i < n; i++)
		start(&v[i]);
	for (size_t i = 0; i < n; i++)
		finish(&v[i], until);
}
