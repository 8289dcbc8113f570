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

#include "base/common.h"
#include "facts.h"
#include "state.h"

#define TARGET	      "relabel-onboot.target"
#define EXTRA_SERVICE "relabel-extra.service"

/* Standard error is the kernel's log then; its lines begin with the program's name. */
static void say(const char *what)
{
	fprintf(stderr, "relabel-onboot-generator: %s\n", what);
}

static enum onboot_decision look(int rootfd)
{
	struct onboot_facts facts;

	onboot_facts_read(&facts, rootfd);
	facts.selinux = onboot_selinux_enabled(rootfd);
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
