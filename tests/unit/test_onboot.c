/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "onboot/decide.h"
#include "onboot/facts.h"
#include "onboot/state.h"

static void words_of_the_command_line(void **state)
{
	static const struct {
		const char *line;
		enum onboot_word word;
	} t[] = {
		{"", ONBOOT_SILENT},
		{"BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet\n", ONBOOT_SILENT},
		{"ro autorelabel quiet\n", ONBOOT_ASKS},
		{"autorelabel=1", ONBOOT_ASKS},
		{"autorelabel=on\n", ONBOOT_ASKS},
		{"autorelabel=0\n", ONBOOT_FORBIDS},
		{"noautorelabel autorelabel", ONBOOT_ASKS},
		{"autorelabel=1 ro noautorelabel", ONBOOT_FORBIDS},
		{"xautorelabel autorelabelx rd.autorelabel=1", ONBOOT_SILENT},
		{"what=\"a b autorelabel c\" ro", ONBOOT_SILENT}, /* a part of another's value */
		{"autorelabel=2", ONBOOT_SILENT},
		{"\"unended autorelabel", ONBOOT_SILENT},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(onboot_cmdline(t[i].line), t[i].word);
}

static void who_decides(void **state)
{
	struct onboot_facts f = {.selinux = true, .flag = true};

	assert_int_equal(onboot_decide(&f), ONBOOT_YES);
	f.attempts = ONBOOT_ATTEMPTS - 1;
	assert_int_equal(onboot_decide(&f), ONBOOT_YES);
	f.attempts = ONBOOT_ATTEMPTS; /* or it would go on for ever */
	assert_int_equal(onboot_decide(&f), ONBOOT_GAVE_UP);
	f.attempts = 0;
	f.not_now = true; /* nor this one */
	assert_int_equal(onboot_decide(&f), ONBOOT_LATER);
	f.not_now = false;
	f.answered = true; /* the file asks anew, whatever the word did */
	assert_int_equal(onboot_decide(&f), ONBOOT_YES);
	f.word = ONBOOT_FORBIDS;
	assert_int_equal(onboot_decide(&f), ONBOOT_FORBIDDEN);
	f.word = ONBOOT_ASKS;
	f.flag = false;
	assert_int_equal(onboot_decide(&f), ONBOOT_ANSWERED);
	f.answered = false;
	assert_int_equal(onboot_decide(&f), ONBOOT_YES);
	f.initrd = true;
	assert_int_equal(onboot_decide(&f), ONBOOT_NO);
	f.initrd = f.selinux = false;
	assert_int_equal(onboot_decide(&f), ONBOOT_NO);
	f = (struct onboot_facts){.selinux = true, .word = ONBOOT_FORBIDS};
	assert_int_equal(onboot_decide(&f), ONBOOT_NO);
}

static int open_root(void)
{
	char path[] = "/tmp/onboot-XXXXXX";
	int fd;

	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void put(int rootfd, const char *name, const char *text, mode_t mode)
{
	int fd = openat(rootfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void close_root(int rootfd)
{
	char path[64], link[64];
	ssize_t n;

	assert_int_equal(onboot_state_remove(rootfd), 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", rootfd);
	n = readlink(link, path, sizeof(path) - 1);
	assert_true(n > 0);
	path[n] = '\0';
	close(rootfd);
	assert_int_equal(rmdir(path), 0); /* nothing is left behind */
}

static void it_is_kept(void **state)
{
	static const char *const mounts[] = {"/", "/srv/with space", "/srv/new\nline\\012", "/é"};
	struct onboot_state s, back;
	int rootfd = open_root();

	assert_int_equal(onboot_state_read(&s, rootfd), 0);
	assert_true(s.attempts == 0 && !s.answered && s.n == 0);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		assert_false(onboot_state_has(&s, mounts[i]));
		assert_int_equal(onboot_state_add(&s, mounts[i]), 0);
		assert_int_equal(onboot_state_add(&s, mounts[i]), 0); /* once */
	}
	s.attempts = 2;
	s.answered = true;
	assert_int_equal(onboot_state_write(&s, rootfd), 0);
	assert_int_equal(onboot_state_write(&s, rootfd), 0);
	assert_int_equal(onboot_state_read(&back, rootfd), 0);
	assert_true(back.attempts == 2 && back.answered && back.n == s.n && s.n == 4);
	for (size_t i = 0; i < s.n; i++)
		assert_true(onboot_state_has(&back, mounts[i]));
	assert_int_equal(onboot_state_add(&back, "/more"), 0);
	assert_int_equal(back.attempts, 0); /* it goes on */
	onboot_state_done(&s);
	onboot_state_done(&back);
	close_root(rootfd);
}

static void what_is_not_its_own(void **state)
{
	struct onboot_state s;
	int rootfd = open_root();

	put(rootfd, ONBOOT_STATE,
	    "attempts 2x\nattempts\ndone relative\nelse\n\nattempts 99999999999999\n", 0600);
	assert_int_equal(onboot_state_read(&s, rootfd), 0);
	assert_true(s.attempts == 0 && s.n == 0 && !s.answered);
	onboot_state_done(&s);
	put(rootfd, ONBOOT_STATE, "attempts 3\n", 0666); /* anybody may have written it */
	assert_int_equal(onboot_state_read(&s, rootfd), 0);
	assert_int_equal(s.attempts, 0);
	onboot_state_done(&s);
	assert_int_equal(unlinkat(rootfd, ONBOOT_STATE, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", rootfd, ONBOOT_STATE), 0);
	assert_int_equal(onboot_state_read(&s, rootfd), 0);
	assert_int_equal(s.attempts, 0);
	onboot_state_done(&s);
	assert_int_equal(onboot_state_write(&s, rootfd), 0); /* in the link's place */
	assert_int_equal(onboot_state_read(&s, rootfd), 0);
	onboot_state_done(&s);
	close_root(rootfd);
}

static void what_the_configuration_says(void **state)
{
	static const struct {
		const char *text;
		bool comes;
	} t[] = {
		{"", false},
		{"# SELINUX=enforcing\nSELINUXTYPE=targeted\n", false},
		{"SELINUX=enforcing", true},
		{"SELINUXTYPE=targeted\nSELINUX= \tPermissive # a word\n", true},
		{"SELINUX=disabled\nSELINUX=enforcing\n", false},
		{"SELINUX=\nSELINUX=perhaps\nSELINUX=enforcing\n", true},
		{" SELINUX=enforcing\n", false},
	};
	static const char *const dirs[] = {"proc", "etc", "etc/selinux"};
	static const char config[] = "etc/selinux/config", systems[] = "proc/filesystems";
	int rootfd = open_root();

	assert_false(onboot_selinux_comes(rootfd));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		assert_int_equal(mkdirat(rootfd, dirs[i], 0700), 0);
	put(rootfd, systems, "nodev\tselinuxfs\n\text4\n", 0600);
	assert_false(onboot_selinux_comes(rootfd));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		put(rootfd, config, t[i].text, 0600);
		assert_int_equal(onboot_selinux_comes(rootfd), t[i].comes);
	}
	put(rootfd, config, "SELINUX=enforcing\n", 0600);
	put(rootfd, systems, "nodev\ttmpfs\n", 0600); /* the kernel has none */
	assert_false(onboot_selinux_comes(rootfd));
	assert_int_equal(unlinkat(rootfd, config, 0), 0);
	assert_int_equal(unlinkat(rootfd, systems, 0), 0);
	for (size_t i = sizeof(dirs) / sizeof(dirs[0]); i-- > 0;)
		assert_int_equal(unlinkat(rootfd, dirs[i], AT_REMOVEDIR), 0);
	close_root(rootfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_the_command_line),
		cmocka_unit_test(who_decides),
		cmocka_unit_test(it_is_kept),
		cmocka_unit_test(what_is_not_its_own),
		cmocka_unit_test(what_the_configuration_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
