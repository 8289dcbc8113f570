/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decide: is this boot one that relabels?
 *
 * Asked for is it by the file /.autorelabel, or by a word of the kernel command line
 * (`autorelabel`, `autorelabel=1`); `noautorelabel` or `autorelabel=0` there forbid it.  Two things
 * would make a machine reboot for ever, and are known from what the last attempts left (state.h): a
 * relabel that fails each time, and a word of the command line that stands there each time.
 */
#pragma once

#include <stdbool.h>

#define ONBOOT_ATTEMPTS 3 /* that got no further; then the machine boots as usual */

enum onboot_word {
	ONBOOT_SILENT,
	ONBOOT_ASKS,
	ONBOOT_FORBIDS,
};

/** What @cmdline, as in /proc/cmdline, says of it; of several words the last one counts. */
enum onboot_word onboot_cmdline(const char *cmdline);

struct onboot_facts {
	bool selinux;	   /* enabled, with a policy */
	bool initrd;	   /* of the machine's own root nothing is to be seen yet */
	bool flag;	   /* /.autorelabel is there */
	bool not_now;	   /* it was chosen in this very boot, and cannot be begun */
	bool answered;	   /* the word was there before, and was followed */
	unsigned attempts; /* since something was last finished */
	enum onboot_word word;
};

enum onboot_decision {
	ONBOOT_NO,
	ONBOOT_YES,
	ONBOOT_FORBIDDEN, /* it is asked for, but the command line forbids it */
	ONBOOT_GAVE_UP,	  /* it was tried too often */
	ONBOOT_LATER,	  /* not in this boot */
	ONBOOT_ANSWERED,  /* only the command line asks, and it has been done */
};

enum onboot_decision onboot_decide(const struct onboot_facts *facts);
