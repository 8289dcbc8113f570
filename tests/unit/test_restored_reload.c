/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time is ours here: what the kernel has told is there at once, and nothing waits. */
#include "restored/reload.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

#include "restored/config.h"

#define LONG 10000 /* by then everything is told */

static char dir[] = "/tmp/test-reload-XXXXXX";
static uint64_t now;
static struct reload *reload;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* What has been told of by a while from now; each time is told once. */
static unsigned later(void)
{
	unsigned what;

	reload_read(reload, now);
	now += LONG;
	what = reload_due(reload, now);
	assert_int_equal(reload_due(reload, now), 0);
	assert_int_equal(reload_wait_ms(reload, now), -1);
	return what;
}

static int begin(void **state)
{
	static char file[PATH_MAX], drop_ins[PATH_MAX], old[PATH_MAX], rules[PATH_MAX];
	const struct config_paths paths = {file, drop_ins, old};

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir("etc", 0755) < 0 ||
	    mkdir("policy", 0755) < 0 || mkdir("policy/files", 0755) < 0)
		return -1;
	snprintf(file, sizeof(file), "%s/etc/restored.conf", dir);
	snprintf(drop_ins, sizeof(drop_ins), "%s/etc/restored.conf.d", dir);
	snprintf(old, sizeof(old), "%s/later/selinux/restorecond.conf", dir);
	snprintf(rules, sizeof(rules), "%s/policy/files/file_contexts", dir);
	now = 1000;
	return reload_open(&reload, &paths, rules);
}

static int end(void **state)
{
	reload = reload_free(reload);
	return scratch_remove(dir);
}

static void files_change_in_place_and_by_rename(void **state)
{
	assert_int_equal(later(), 0);
	write_file("etc/restored.conf", "/x\n");
	assert_int_equal(later(), RELOAD_CONFIG);
	for (int i = 0; i < 3; i++) {
		write_file("etc/.restored.conf.swp", "/y\n");
		assert_int_equal(later(), 0);
		assert_int_equal(rename("etc/.restored.conf.swp", "etc/restored.conf"), 0);
		assert_int_equal(later(), RELOAD_CONFIG);
	}
	assert_int_equal(rename("etc/restored.conf", "etc/restored.conf~"), 0);
	assert_int_equal(later(), RELOAD_CONFIG);
	assert_int_equal(rename("etc/restored.conf~", "etc/restored.conf"), 0);
	assert_int_equal(later(), RELOAD_CONFIG);
	assert_int_equal(unlink("etc/restored.conf"), 0);
	assert_int_equal(later(), RELOAD_CONFIG);
	write_file("etc/restored.config", "");
	write_file("etc/xrestored.conf", "");
	assert_int_equal(later(), 0);
}

static void rules_and_what_is_named_after_them(void **state)
{
	write_file("policy/files/file_contexts", "");
	assert_int_equal(later(), RELOAD_RULES);
	write_file("policy/files/file_contexts.local", "");
	assert_int_equal(later(), RELOAD_RULES);
	write_file("policy/files/media", "");
	assert_int_equal(later(), 0);
	write_file("policy/customizable_types", "");
	assert_int_equal(later(), RELOAD_RULES);
	assert_int_equal(mkdir("policy/files/file_contexts.local.d", 0755), 0);
	assert_int_equal(later(), RELOAD_RULES);
	write_file("policy/files/file_contexts.local.d/a.fc", "");
	assert_int_equal(later(), RELOAD_RULES);
	write_file("policy/files/file_contexts.local.d/README", "");
	assert_int_equal(later(), 0);
	write_file("etc/restored.conf", "");
	write_file("policy/files/file_contexts", "");
	assert_int_equal(later(), RELOAD_CONFIG | RELOAD_RULES);
}

static void a_directory_of_drop_ins_comes_and_goes(void **state)
{
	for (int i = 0; i < 3; i++) {
		assert_int_equal(mkdir("etc/restored.conf.d", 0755), 0);
		assert_int_equal(later(), RELOAD_CONFIG);
		write_file("etc/restored.conf.d/50-x.conf", "/x\n");
		assert_int_equal(later(), RELOAD_CONFIG);
		write_file("etc/restored.conf.d/50-x.conf.bak", "/x\n");
		assert_int_equal(later(), 0);
		if (i % 2) {
			assert_int_equal(rename("etc/restored.conf.d", "etc/elsewhere"), 0);
			assert_int_equal(later(), RELOAD_CONFIG);
			write_file("etc/elsewhere/60-y.conf", "/y\n"); /* none of ours now */
			assert_int_equal(later(), 0);
			continue;
		}
		assert_int_equal(unlink("etc/restored.conf.d/50-x.conf"), 0);
		assert_int_equal(unlink("etc/restored.conf.d/50-x.conf.bak"), 0);
		assert_int_equal(rmdir("etc/restored.conf.d"), 0);
		assert_int_equal(later(), RELOAD_CONFIG);
	}
}

static void one_that_is_put_in_place_whole(void **state)
{
	assert_int_equal(mkdir("etc/new", 0755), 0);
	write_file("etc/new/a.conf", "/x\n");
	assert_int_equal(later(), 0);
	assert_int_equal(rename("etc/new", "etc/restored.conf.d"), 0);
	assert_int_equal(later(), RELOAD_CONFIG);
	write_file("etc/restored.conf.d/b.conf", "/y\n");
	assert_int_equal(later(), RELOAD_CONFIG);
}

static void the_way_to_a_file_comes_to_be(void **state)
{
	assert_int_equal(mkdir("later", 0755), 0);
	(void)later(); /* that much may be told of or not */
	assert_int_equal(mkdir("later/selinux", 0755), 0);
	(void)later();
	write_file("later/selinux/restorecond.conf", "/x\n");
	assert_int_equal(later(), RELOAD_CONFIG);
	write_file("later/selinux/restorecond.conf", "/y\n");
	assert_int_equal(later(), RELOAD_CONFIG);
	/* all at once, told of when it is there */
	assert_int_equal(rename("later", "gone"), 0);
	(void)later();
	assert_int_equal(rename("gone", "later"), 0);
	assert_int_equal(later(), RELOAD_CONFIG);
	write_file("later/selinux/restorecond.conf", "/z\n");
	assert_int_equal(later(), RELOAD_CONFIG);
}

static void who_writes_several_files_is_let_finish(void **state)
{
	uint64_t first = now, told = 0;

	write_file("etc/restored.conf", "1");
	reload_read(reload, now);
	assert_int_equal(reload_due(reload, now), 0);
	assert_in_range(reload_wait_ms(reload, now), 1, 1000);
	now += (uint64_t)reload_wait_ms(reload, now) - 1;
	assert_int_equal(reload_due(reload, now), 0);
	write_file("etc/restored.conf", "2"); /* it begins anew */
	reload_read(reload, now);
	assert_int_equal(reload_due(reload, now + 1), 0);
	now += (uint64_t)reload_wait_ms(reload, now);
	assert_int_equal(reload_due(reload, now), RELOAD_CONFIG);
	assert_int_equal(reload_wait_ms(reload, now), -1);
	/* but who never finishes is not waited for */
	for (first = now; !told && now < first + 60000; now += 50) {
		write_file("etc/restored.conf", "3");
		reload_read(reload, now);
		if (reload_due(reload, now))
			told = now;
	}
	assert_true(told);
	assert_in_range(told - first, 1000, 5000);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(files_change_in_place_and_by_rename),
		CASE(rules_and_what_is_named_after_them),
		CASE(a_directory_of_drop_ins_comes_and_goes),
		CASE(one_that_is_put_in_place_whole),
		CASE(the_way_to_a_file_comes_to_be),
		CASE(who_writes_several_files_is_let_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
