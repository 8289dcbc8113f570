/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status, screen: progress in words, and as much of it as fits on a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setfiles/screen.h"
#include "setfiles/status.h"

static const char *said(void (*word)(FILE *f, const struct status *s), const struct status *s)
{
	static char text[8192];
	FILE *f = fmemopen(text, sizeof(text), "we");

	assert_non_null(f);
	word(f, s);
	fclose(f);
	return text;
}

static struct status some(void)
{
	struct status s = {
		.count = {.files = 90, .entries = 100, .directories = 7, .changed = 3},
		.far = {.step = LBL_STEP_LABEL,
			.entries = 100,
			.expected = 400,
			.mount_entries = 50,
			.mount_expected = 60,
			.mount = "/home",
			.path = "/home/ann/\n\033[31m"},
		.seconds = 65,
		.per_second = 2,
	};

	s.count.errors[LBL_CLASS_DENIED] = 1;
	s.count.errors[LBL_CLASS_OPERAND] = 1;
	s.count.errors[LBL_CLASS_VANISHED] = 5; /* no error */
	return s;
}

static void test_words(void **state)
{
	struct status s = some();

	assert_string_equal(said(status_short, &s), "25% 100/400 2/s ETA 2:30, 3 relabelled, "
						    "2 errors, /home 83%: ann/\\012\\033[31m");
	assert_string_equal(said(status_long, &s),
			    "100 of about 400 files (25%), 2 a second, 2:30 to go, 3 relabelled, "
			    "2 errors, /home 83%: ann/\\012\\033[31m");
	assert_string_equal(said(status_end, &s),
			    "100 files in 7 directories, 3 relabelled, 2 errors, 1:05");
}

static void test_what_is_not_known_is_not_said(void **state)
{
	struct status s = some();

	s.dry_run = true;
	s.per_second = 0;
	assert_string_equal(said(status_short, &s), "25% 100/400, 3 to be relabelled, 2 errors, "
						    "/home 83%: ann/\\012\\033[31m");
	s.far.expected = s.far.mount_expected = 0;
	s.per_second = 100;
	strcpy(s.far.mount, "/");
	assert_string_equal(said(status_short, &s), "100 files 100/s, 3 to be relabelled, "
						    "2 errors, /: home/ann/\\012\\033[31m");
	s.far.mount[0] = '\0';
	strcpy(s.far.path, "/srv");
	assert_string_equal(said(status_long, &s),
			    "100 files, 100 a second, 3 to be relabelled, 2 errors, /srv");
	s.far = (struct lbl_progress){.step = LBL_STEP_BULK};
	assert_string_equal(said(status_short, &s),
			    "reading the labels of a file system, 100 files "
			    "100/s, 3 to be relabelled, 2 errors");
}

static void test_long_times(void **state)
{
	struct status s = some();

	s.far.expected = 100 + 2 * 3661;
	assert_non_null(strstr(said(status_short, &s), " ETA 1:01:01,"));
	s.far.entries = s.far.expected;
	assert_non_null(strstr(said(status_short, &s), "100% "));
}

static void test_what_fits(void **state)
{
	assert_int_equal(screen_fit("abc", 5), 3);
	assert_int_equal(screen_fit("abc", 2), 2);
	assert_int_equal(screen_fit("abc", 0), 0);
	assert_int_equal(screen_fit("a\xc3\xa9z", 2), 1); /* it might be wide */
	assert_int_equal(screen_fit("a\xc3\xa9z", 3), 3);
	assert_int_equal(screen_fit("\xe4\xb8\xad\xe4\xb8\xad", 3), 3);
	assert_int_equal(screen_fit("", 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_what_is_not_known_is_not_said),
		cmocka_unit_test(test_long_times),
		cmocka_unit_test(test_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
