/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relabel-onboot-generator: at boot, before any unit is loaded, choose relabel-onboot.target in
 * place of the default one if file systems are to be relabelled (systemd.generator(7)).
 *
 *	relabel-onboot-generator NORMAL EARLY LATE [ROOT]
 *
 * Only looks, at ROOT (/), and makes two links in EARLY: the other keeps single trees from being
 * labelled by programs that have no right labels yet.  What fails leaves the boot as it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "decide.h"
#include "state.h"

#define TARGET	      "relabel-onboot.target"
#define EXTRA_SERVICE "relabel-extra.service"

/* Standard error is the kernel's log then; its lines begin with the program's name. */
static void say(const char *what)
{
	fprintf(stderr, "relabel-onboot-generator: %s\n", what);
}

/* The beginning of a file of a line; "" where it cannot be read, and -errno. */
static int read_line(int rootfd, const char *path, char *ret_text, size_t size)
{
	_cleanup_close_ int fd = openat(rootfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t have = 0;
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && have < size - 1) {
		n = read(fd, ret_text + have, size - 1 - have);
		have += n > 0 ? (size_t)n : 0;
	}
	ret_text[have] = '\0';
	return n < 0 ? -errno : 0;
}

/* A policy may deny us to look at what is there. */
static bool exists(int rootfd, const char *path)
{
	struct stat st;

	return fstatat(rootfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno == EACCES;
}

/*
 * Before a policy is loaded every process is in the initial context of the kernel, and nobody is
 * denied to read that.
 */
static bool selinux_enabled(int rootfd)
{
	char context[64];

	if (!exists(rootfd, "sys/fs/selinux/enforce"))
		return false;
	return read_line(rootfd, "proc/self/attr/current", context, sizeof(context)) == -EACCES ||
	       (context[0] && strcmp(context, "kernel") != 0);
}

static enum onboot_decision look(int rootfd)
{
	struct onboot_state state;
	struct onboot_facts facts = {
		.selinux = selinux_enabled(rootfd),
		.initrd = exists(rootfd, "etc/initrd-release"),
		.flag = exists(rootfd, ONBOOT_FLAG),
		.not_now = exists(rootfd, ONBOOT_NOT_NOW),
	};
	char cmdline[8192];

	(void)read_line(rootfd, "proc/cmdline", cmdline, sizeof(cmdline));
	facts.word = onboot_cmdline(cmdline);
	facts.attempts = onboot_state_read(&state, rootfd) < 0 ? ONBOOT_ATTEMPTS : state.attempts;
	facts.answered = state.answered;
	onboot_state_done(&state);
	return onboot_decide(&facts);
}

static int choose_target(const char *early, const char *unit_dir)
{
	_cleanup_close_ int dir = open(early, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char unit[512];

	if (dir < 0 || snprintf(unit, sizeof(unit), "%s/" TARGET, unit_dir) >= (int)sizeof(unit))
		return -1;
	(void)symlinkat("/dev/null", dir, EXTRA_SERVICE); /* it would try, and count that */
	return symlinkat(unit, dir, "default.target");
}

int main(int argc, char **argv)
{
	_cleanup_close_ int rootfd = -1;

	if (argc != 4 && argc != 5) {
		say("is started by systemd: NORMAL EARLY LATE [ROOT]");
		return 1;
	}
	rootfd = open(argc == 5 ? argv[4] : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rootfd < 0) {
		perror("relabel-onboot-generator");
		return 1;
	}
	switch (look(rootfd)) {
	case ONBOOT_NO: return 0;
	case ONBOOT_FORBIDDEN:
		say("/" ONBOOT_FLAG " is there, but the kernel command line forbids to relabel");
		return 0;
	case ONBOOT_ANSWERED:
		say("what the kernel command line asks for was done at an earlier boot");
		return 0;
	case ONBOOT_GAVE_UP:
		say("relabelling was tried too often and got no further, or how often cannot be "
		    "read: not "
		    "tried again (see "
		    "`journalctl -u relabel-onboot`; to try again, remove /" ONBOOT_STATE ")");
		return 0;
	case ONBOOT_LATER:
		say("relabelling cannot be begun: not in this boot (see "
		    "`journalctl -u relabel-onboot`)");
		return 0;
	case ONBOOT_YES: break;
	}
	if (choose_target(argv[2], UNIT_DIR) < 0) {
		perror("relabel-onboot-generator: default.target");
		return 1;
	}
	say("file systems are to be relabelled: " TARGET);
	return 0;
}
