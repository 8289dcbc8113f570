/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "since.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "command.h"

#define NSEC 1000000000L

/* "@SECONDS", as onboot writes it: at boot there may be nothing else to ask. */
static bool is_number(const char *text, struct since *ret_since)
{
	char *end;
	long long sec;

	if (text[0] != '@' || text[1] < '0' || text[1] > '9')
		return false;
	errno = 0;
	sec = strtoll(text + 1, &end, 10);
	if (*end || errno)
		return false;
	ret_since->moment = (struct timespec){.tv_sec = sec};
	return true;
}

int since_parse(struct since *ret_since, const char *text)
{
	_cleanup_free_ char *option = NULL, *answer = NULL;
	const char *argv[] = {"date", "+%s %N", NULL, NULL};
	long long sec;
	size_t len;
	long nsec;
	int r;

	if (is_number(text, ret_since))
		return 0;
	if (asprintf(&option, "--date=%s", text) < 0) {
		option = NULL;
		return -ENOMEM;
	}
	argv[2] = option;
	r = command_run(argv, &answer, &len);
	if (r != 0) /* it has told why */
		return r < 0 ? r : -EINVAL;
	if (sscanf(answer, "%lld %ld", &sec, &nsec) != 2)
		return -EINVAL;
	ret_since->moment = (struct timespec){.tv_sec = sec, .tv_nsec = nsec};
	return 0;
}

void since_boot(struct since *ret_since)
{
	struct timespec now, up;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	now.tv_sec -= up.tv_sec;
	now.tv_nsec -= up.tv_nsec;
	if (now.tv_nsec < 0) {
		now.tv_nsec += NSEC;
		now.tv_sec--;
	}
	ret_since->moment = now;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

bool since_select(void *user, const char *path, enum lbl_kind kind, int fd)
{
	const struct since *s = user;
	struct stat st;

	/* one that cannot be asked is no reason to leave a wrong label */
	return fstat(fd, &st) < 0 || is_later(&st.st_mtim, &s->moment) ||
	       is_later(&st.st_ctim, &s->moment);
}
