/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include "relabel/notify.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TRIES 16

void service_notify(const char *state)
{
	char text[128];
	struct timespec ts;

	if (strcmp(state, "RELOADING=1") != 0) {
		notify_send(state);
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* there always is that clock */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)ts.tv_sec * 1000000 + (unsigned long long)ts.tv_nsec / 1000);
	notify_send(text);
}

/* A number in the environment; 0: there is none. */
static unsigned long long env_number(const char *name)
{
	const char *text = secure_getenv(name);
	char *end;
	unsigned long long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	return *end || errno ? 0 : n;
}

unsigned service_watchdog_ms(void)
{
	unsigned long long usec = env_number("WATCHDOG_USEC"), pid = env_number("WATCHDOG_PID");

	if (usec == 0 || (pid != 0 && pid != (unsigned long long)getpid()))
		return 0;
	if (usec / 2000 > INT32_MAX)
		return INT32_MAX;
	return usec < 2000 ? 1 : (unsigned)(usec / 2000);
}

/* ---- one instance -----------------------------------------------------------------------------
 */

/* Open and lock; -EAGAIN: the file was removed or replaced meanwhile. */
static int lock_once(const char *path)
{
	struct stat mine, there;
	int r, fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
			 0600);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &mine) < 0)
		r = -errno;
	else if (!S_ISREG(mine.st_mode) || mine.st_uid != geteuid() || mine.st_nlink > 1)
		r = -EPERM;
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = errno == EWOULDBLOCK ? -EEXIST : -errno;
	else if (lstat(path, &there) < 0 || there.st_dev != mine.st_dev ||
		 there.st_ino != mine.st_ino)
		r = -EAGAIN;
	else
		return fd;
	close(fd);
	return r;
}

int service_lock(const char *path)
{
	int fd = -EAGAIN;

	for (int i = 0; i < LOCK_TRIES && fd == -EAGAIN; i++)
		fd = lock_once(path);
	if (fd >= 0) {
		/* who may read it waits for nothing but a number: no error of ours */
		if (ftruncate(fd, 0) == 0)
			(void)dprintf(fd, "%d\n", (int)getpid());
	}
	return fd;
}

/* ---- privileges -------------------------------------------------------------------------------
 */

static int keep_only(const unsigned *keep, size_t n)
{
	bool have[CAP_LAST_CAP + 1];
	capng_select_t sets = CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	errno = EINVAL;
	if (capng_get_caps_process() < 0)
		return -errno;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		have[cap] = capng_have_capability(CAPNG_PERMITTED, cap);
	/* who may not take from the bounding set is left with what the service manager left */
	if (have[CAP_SETPCAP])
		sets |= CAPNG_SELECT_BOUNDS;
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < n; i++)
		if (have[keep[i]] &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
				 keep[i]) != 0)
			return -EINVAL;
	errno = EPERM;
	return capng_apply(sets) == 0 ? 0 : -errno;
}

/* Whether we hold none but these; by /proc, since capget() is one of the things a policy may deny.
 */
static bool holds_only(const unsigned *keep, size_t n)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long held = 0;
	char line[256];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "CapPrm: %llx", &held) == 1;
	fclose(f);
	for (size_t i = 0; i < n; i++)
		held &= ~(1ull << keep[i]);
	return found && held == 0;
}

int service_drop_privileges(bool fanotify, bool selinux_off)
{
	const unsigned keep[] = {CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_SYS_ADMIN};
	size_t n = fanotify || selinux_off ? 3 : 2;
	int r = keep_only(keep, n);

	if (r < 0 && holds_only(keep, 0))
		return 0; /* who has none has none to drop */
	if (r == -EACCES && holds_only(keep, 3))
		return 1;
	return r == 0 && !holds_only(keep, n) ? -EPERM : r;
}
