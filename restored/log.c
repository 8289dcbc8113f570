/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include "relabel/hex.h"
#include "relabel/safe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#if HAVE_SYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION /* where in our source is of no use to an administrator */
#include <systemd/sd-journal.h>
#endif

#define FIELDS_MAX 10

enum where { TO_STDERR, TO_SYSLOG, TO_JOURNAL };

/* How many lines of a sort may be said. */
struct allowance {
	double left;
	uint64_t since_ms, kept_back;
};

static struct {
	enum where where;
	bool debug, dry_run;
	struct allowance refused;
} out = {.refused = {.left = LOG_REFUSED_MOST}};

/* One record: KEY=text each, the first is the message.  What memory lacks for is left out. */
struct record {
	char *field[FIELDS_MAX];
	size_t n;
};

static const int priority[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

/* ---- where to ---------------------------------------------------------------------------------
 */

/* $JOURNAL_STREAM has device and inode of the journal's socket, if our output is that. */
static bool stderr_is_journal(void)
{
	const char *text = secure_getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return text && sscanf(text, "%ju:%ju", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == dev && st.st_ino == ino;
}

static enum where choose(bool foreground)
{
	if ((foreground || isatty(STDERR_FILENO)) && !stderr_is_journal())
		return TO_STDERR;
	if (HAVE_SYSTEMD && (foreground || access("/run/systemd/journal/socket", W_OK) == 0))
		return TO_JOURNAL;
	return foreground ? TO_STDERR : TO_SYSLOG;
}

void log_open(bool foreground, bool debug)
{
	out.where = choose(foreground);
	out.debug = debug;
	if (out.where == TO_SYSLOG)
		openlog("restored", LOG_PID, LOG_DAEMON);
}

void log_dry_run(void)
{
	out.dry_run = true;
}

/* ---- records ----------------------------------------------------------------------------------
 */

static void add(struct record *r, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void vadd(struct record *r, const char *key, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void vadd(struct record *r, const char *key, const char *fmt, va_list ap)
{
	char *text = NULL;
	size_t len;
	FILE *f = r->n < FIELDS_MAX ? open_memstream(&text, &len) : NULL;

	if (!f)
		return;
	fprintf(f, "%s=", key);
	safe_vprintf(f, fmt, ap);
	if (fclose(f) == 0)
		r->field[r->n++] = text;
	else
		free(text);
}

static void add(struct record *r, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(r, key, fmt, ap);
	va_end(ap);
}

/* "MESSAGE=..." must not be too long, nor end within a character. */
static void cut(char *text)
{
	size_t end = sizeof("MESSAGE=") - 1 + LOG_LINE_MAX - sizeof("...");

	if (strlen(text) <= end + sizeof("..."))
		return;
	while (((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	strcpy(text + end, "...");
}

/* The name, and its bytes where that is not the same. */
static void add_path(struct record *r, const char *path)
{
	size_t len = strlen(path), n = r->n;
	char *hex;

	add(r, "RELABEL_PATH", "%s", path);
	if (r->n == n || strcmp(r->field[n] + sizeof("RELABEL_PATH=") - 1, path) == 0)
		return;
	hex = malloc(HEX_SIZE(len));
	if (!hex)
		return;
	add(r, "RELABEL_PATH_HEX", "%s", hex_text(path, len, hex));
	free(hex);
}

static void send_to_journal(struct record *r, enum log_level level)
{
#if HAVE_SYSTEMD
	struct iovec iov[FIELDS_MAX];

	add(r, "PRIORITY", "%d", priority[level]);
	add(r, "SYSLOG_IDENTIFIER", "restored");
	for (size_t i = 0; i < r->n; i++)
		iov[i] = (struct iovec){r->field[i], strlen(r->field[i])};
	(void)sd_journal_sendv(iov, (int)r->n); /* there is nobody left to tell */
#endif
}

static void say(struct record *r, enum log_level level)
{
	const char *text;

	if (r->n == 0)
		return;
	cut(r->field[0]);
	text = r->field[0] + sizeof("MESSAGE=") - 1;
	switch (out.where) {
	case TO_STDERR: fprintf(stderr, "restored: %s\n", text); break;
	case TO_SYSLOG: syslog(priority[level], "%s", text); break;
	case TO_JOURNAL: send_to_journal(r, level); break;
	}
	while (r->n > 0)
		free(r->field[--r->n]);
}

void log_say(enum log_level level, const char *fmt, ...)
{
	struct record r = {.n = 0};
	va_list ap;

	if (level == LOG_LEVEL_DEBUG && !out.debug)
		return;
	va_start(ap, fmt);
	vadd(&r, "MESSAGE", fmt, ap);
	va_end(ap);
	say(&r, level);
}

void log_relabelled(const char *path, const char *from, const char *to, const char *rule_file,
		    unsigned rule_line, int pid)
{
	struct record r = {.n = 0};
	const char *verb = out.dry_run ? "Would relabel" : "Relabeled";
	const char *had = from ? from : "<no context>";

	if (pid > 0)
		add(&r, "MESSAGE", "%s %s from %s to %s (made by process %d)", verb, path, had, to,
		    pid);
	else
		add(&r, "MESSAGE", "%s %s from %s to %s", verb, path, had, to);
	if (out.where == TO_JOURNAL) {
		add_path(&r, path);
		if (from)
			add(&r, "RELABEL_FROM", "%s", from);
		add(&r, "RELABEL_TO", "%s", to);
		if (rule_file)
			add(&r, "RELABEL_RULE", "%s:%u", rule_file, rule_line);
		if (pid > 0)
			add(&r, "OBJECT_PID", "%d", pid);
	}
	say(&r, LOG_LEVEL_INFO);
}

/* ---- what anybody can cause -------------------------------------------------------------------
 */

static bool allowed(struct allowance *a)
{
	struct timespec ts;
	uint64_t now_ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* there always is that clock */
	now_ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	if (a->since_ms)
		a->left += (double)(now_ms - a->since_ms) * LOG_REFUSED_RATE / 1000;
	if (a->left > LOG_REFUSED_MOST)
		a->left = LOG_REFUSED_MOST;
	a->since_ms = now_ms;
	if (a->left < 1) {
		a->kept_back++;
		return false;
	}
	a->left -= 1;
	return true;
}

/** May one more such line be said?  Then what was kept back before is told of first. */
static bool say_refused(void)
{
	if (!allowed(&out.refused))
		return false;
	if (out.refused.kept_back > 0)
		log_say(LOG_LEVEL_WARNING, "%llu files that were not relabelled are not named here",
			(unsigned long long)out.refused.kept_back);
	out.refused.kept_back = 0;
	return true;
}

void log_often(const char *fmt, ...)
{
	struct record r = {.n = 0};
	va_list ap;

	if (!say_refused())
		return;
	va_start(ap, fmt);
	vadd(&r, "MESSAGE", fmt, ap);
	va_end(ap);
	say(&r, LOG_LEVEL_WARNING);
}

void log_refused(const char *path, const char *why)
{
	struct record r = {.n = 0};

	if (!say_refused())
		return;
	add(&r, "MESSAGE", "Not relabeled %s: %s", path, why);
	if (out.where == TO_JOURNAL) {
		add_path(&r, path);
		add(&r, "RELABEL_REASON", "%s", why);
	}
	say(&r, LOG_LEVEL_WARNING);
}
