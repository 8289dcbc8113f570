/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "restored/log.h"

#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

/* the journal: what it was sent last, "\n" between the fields */
int sd_journal_sendv(const struct iovec *iov, int n);
static char journal[1 << 16];

int sd_journal_sendv(const struct iovec *iov, int n)
{
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		assert_true(at + iov[i].iov_len + 2 < sizeof(journal));
		memcpy(journal + at, iov[i].iov_base, iov[i].iov_len);
		at += iov[i].iov_len;
		journal[at++] = '\n';
	}
	journal[at] = '\0';
	return 0;
}

static char text[1 << 20];

/* Standard error becomes a file; return what to give back to heard(). */
static int listen_to_stderr(void)
{
	int saved = dup(STDERR_FILENO), fd = memfd_create("stderr", MFD_CLOEXEC);

	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	close(fd);
	return saved;
}

static const char *heard(int saved)
{
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void no_name_forges_a_line(void **state)
{
	int saved = listen_to_stderr();

	log_open(true, false);
	log_say(LOG_LEVEL_DEBUG, "not said");
	log_say(LOG_LEVEL_ERROR, "%s: %u %d %zu %llu%%", "a\nrestored: b\033[2J\302\233", 7u, -7,
		(size_t)8, 9ull);
	log_relabelled("/d/x\r\nRelabeled", NULL, "u:r:t\n", NULL, 0, 0);
	log_relabelled("/d/y", "u:r:o", "u:r:t", "f", 3, 42);
	assert_string_equal(
		heard(saved),
		"restored: a\\012restored: b\\033[2J\\302\\233: 7 -7 8 9%\n"
		"restored: Relabeled /d/x\\015\\012Relabeled from <no context> to u:r:t\\012\n"
		"restored: Relabeled /d/y from u:r:o to u:r:t (made by process 42)\n");
}

static void lines_have_an_end(void **state)
{
	int saved = listen_to_stderr();
	char name[3 * LOG_LINE_MAX + 1];
	const char *said;
	size_t len;

	for (size_t i = 0; i < sizeof(name) - 1; i += 3)
		memcpy(name + i, "\342\202\254", 3);
	name[sizeof(name) - 1] = '\0';
	log_open(true, false);
	log_say(LOG_LEVEL_INFO, "xx%s", name);
	said = heard(saved);
	len = strlen(said);
	assert_in_range(len, LOG_LINE_MAX - 20, LOG_LINE_MAX + sizeof("restored: "));
	/* whole characters, then the dots */
	assert_string_equal(said + len - 7, "\342\202\254...\n");
}

/* Our standard error is the journal, as far as the environment says. */
static void pretend_journal(void)
{
	struct stat st;
	char stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
}

static void fields_for_the_journal(void **state)
{
	int saved;

	if (!HAVE_SYSTEMD)
		skip();
	saved = listen_to_stderr();
	pretend_journal();
	log_open(true, true);
	log_relabelled("/d/a\nPRIORITY=0", "u:r:o", "u:r:t", "/etc/fc", 12, 42);
	assert_string_equal(journal,
			    "MESSAGE=Relabeled /d/a\\012PRIORITY=0 from u:r:o to u:r:t (made by "
			    "process 42)\n"
			    "RELABEL_PATH=/d/a\\012PRIORITY=0\n"
			    "RELABEL_PATH_HEX=2f642f610a5052494f524954593d30\n"
			    "RELABEL_FROM=u:r:o\nRELABEL_TO=u:r:t\nRELABEL_RULE=/etc/fc:12\n"
			    "OBJECT_PID=42\nPRIORITY=6\nSYSLOG_IDENTIFIER=restored\n");
	log_dry_run();
	log_relabelled("/d/b", NULL, "u:r:t", NULL, 0, 0);
	assert_string_equal(journal, "MESSAGE=Would relabel /d/b from <no context> to u:r:t\n"
				     "RELABEL_PATH=/d/b\nRELABEL_TO=u:r:t\nPRIORITY=6\n"
				     "SYSLOG_IDENTIFIER=restored\n");
	log_refused("/d/c", "several names");
	assert_string_equal(journal, "MESSAGE=Not relabeled /d/c: several names\n"
				     "RELABEL_PATH=/d/c\nRELABEL_REASON=several names\nPRIORITY=4\n"
				     "SYSLOG_IDENTIFIER=restored\n");
	log_say(LOG_LEVEL_DEBUG, "debug");
	assert_string_equal(journal, "MESSAGE=debug\nPRIORITY=7\nSYSLOG_IDENTIFIER=restored\n");
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(heard(saved), "");
}

/* Last: it uses up what may be said.  However long that takes: each is named, or counted. */
static void floods_are_counted(void **state)
{
	static const char named[] = "Not relabeled ", counted[] = " files that were not relabelled";
	int saved = listen_to_stderr();
	unsigned long long n = 0, kept_back = 0;
	const char *said, *p;

	log_open(true, false);
	for (int i = 0; i < 20000; i++)
		log_refused("/d/x", "several names");
	usleep(1500000 / LOG_REFUSED_RATE);
	log_refused("/d/last", "several names");
	said = heard(saved);
	for (p = said; (p = strstr(p, named)); p++)
		n++;
	for (p = said; (p = strstr(p, counted)); p++) {
		const char *number = p;

		while (number[-1] >= '0' && number[-1] <= '9')
			number--;
		kept_back += strtoull(number, NULL, 10);
	}
	assert_true(n >= 10 && kept_back > 0); /* others before used some up */
	assert_int_equal(n + kept_back, 20001);
	assert_non_null(strstr(said, "Not relabeled /d/last"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_name_forges_a_line),
		cmocka_unit_test(lines_have_an_end),
		cmocka_unit_test(fields_for_the_journal),
		cmocka_unit_test(floods_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
