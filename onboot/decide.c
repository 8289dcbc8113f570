/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decide.h"

#include <string.h>

#include "base/common.h"

static bool is_word(const char *word, size_t len, const char *what)
{
	return len == strlen(what) && memcmp(word, what, len) == 0;
}

static enum onboot_word meaning(const char *word, size_t len)
{
	static const char *const yes[] = {"autorelabel", "autorelabel=1", "autorelabel=yes",
					  "autorelabel=on", "autorelabel=true"};
	static const char *const no[] = {"noautorelabel", "autorelabel=0", "autorelabel=no",
					 "autorelabel=off", "autorelabel=false"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (is_word(word, len, yes[i]))
			return ONBOOT_ASKS;
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (is_word(word, len, no[i]))
			return ONBOOT_FORBIDS;
	return ONBOOT_SILENT;
}

enum onboot_word onboot_cmdline(const char *cmdline)
{
	enum onboot_word found = ONBOOT_SILENT;

	for (const char *s = cmdline; *s;) {
		const char *begin = s += strspn(s, " \t\n");
		bool quoted = false;

		for (; *s && (quoted || !strchr(" \t\n", *s)); s++)
			quoted ^= *s == '"';
		if (meaning(begin, (size_t)(s - begin)) != ONBOOT_SILENT)
			found = meaning(begin, (size_t)(s - begin));
	}
	return found;
}

enum onboot_decision onboot_decide(const struct onboot_facts *facts)
{
	bool asked = facts->flag || facts->word == ONBOOT_ASKS;

	if (!asked || !facts->selinux || facts->initrd)
		return ONBOOT_NO;
	if (facts->word == ONBOOT_FORBIDS)
		return ONBOOT_FORBIDDEN;
	if (facts->not_now)
		return ONBOOT_LATER;
	if (!facts->flag && facts->answered)
		return ONBOOT_ANSWERED;
	return facts->attempts < ONBOOT_ATTEMPTS ? ONBOOT_YES : ONBOOT_GAVE_UP;
}
