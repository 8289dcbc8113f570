/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "screen.h"

#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/common.h"
#include "relabel/colour.h"
#include "relabel/safe.h"

#define ERASE	 "\r\033[J"
#define WRAP_OFF "\033[?7l"
#define WRAP_ON	 "\033[?7h"

#define COLUMNS_MAX 512

static struct {
	pthread_mutex_t lock;
	bool shown;
} screen = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool screen_can(void)
{
	return colour_terminal(STDERR_FILENO);
}

/* Another job's terminal is not ours to draw on. */
static bool is_ours(void)
{
	pid_t front = tcgetpgrp(STDERR_FILENO);

	return front < 0 || front == getpgrp();
}

static size_t columns(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col == 0)
		return 80;
	return MIN(ws.ws_col, COLUMNS_MAX);
}

size_t screen_fit(const char *text, size_t n)
{
	size_t at = 0;

	while (text[at]) {
		size_t len = safe_utf8_length(text + at), wide = len > 1 ? 2 : 1;

		if (wide > n || len == 0)
			break;
		n -= wide;
		at += len;
	}
	return at;
}

/* A terminal that is gone is no reason to stop. */
static void put(const char *text, size_t len)
{
	(void)!write(STDERR_FILENO, text, len);
}

static void clear(void)
{
	if (screen.shown)
		put(ERASE, strlen(ERASE));
	screen.shown = false;
}

void screen_show(const char *text)
{
	char frame[64 + 4 * COLUMNS_MAX];
	int n = snprintf(frame, sizeof(frame), ERASE WRAP_OFF "%.*s\r" WRAP_ON,
			 (int)screen_fit(text, columns() - 1), text);

	pthread_mutex_lock(&screen.lock);
	if (is_ours()) {
		put(frame, (size_t)n);
		screen.shown = true;
	}
	pthread_mutex_unlock(&screen.lock);
}

void screen_clear(void)
{
	pthread_mutex_lock(&screen.lock);
	clear();
	pthread_mutex_unlock(&screen.lock);
}

void screen_write(FILE *to, const char *text, size_t len)
{
	pthread_mutex_lock(&screen.lock);
	if (screen.shown) {
		clear();
		(void)fwrite(text, 1, len, to);
		fflush(to); /* before the line comes back */
	} else {
		(void)fwrite(text, 1, len, to); /* ferror() is looked at when we end */
	}
	pthread_mutex_unlock(&screen.lock);
}
