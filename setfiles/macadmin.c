/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "macadmin.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/common.h"

#define INITIAL_USER_NAMESPACE "user:[4026531837]" /* the kernel's PROC_USER_INIT_INO */

/* Not by capget(2), which a policy may deny to its own process, and Debian's does. */
static bool is_capable(void)
{
	static const char tag[] = "CapEff:";
	_cleanup_free_ char *line = NULL;
	unsigned long long effective = ~0ull; /* nobody says that it is missing */
	FILE *f = fopen("/proc/self/status", "re");
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0)
		if (strncmp(line, tag, strlen(tag)) == 0)
			effective = strtoull(line + strlen(tag), NULL, 16);
	if (f)
		fclose(f);
	return effective & 1ull << CAP_MAC_ADMIN;
}

static bool is_inner_namespace(void)
{
	char name[64];
	ssize_t n = readlink("/proc/self/ns/user", name, sizeof(name) - 1);

	if (n < 0)
		return false;
	name[n] = '\0';
	return strcmp(name, INITIAL_USER_NAMESPACE) != 0;
}

enum macadmin_lack macadmin_lack(void)
{
	if (!is_capable())
		return MACADMIN_CAPABILITY;
	return is_inner_namespace() ? MACADMIN_NAMESPACE : MACADMIN_PERMISSION;
}

char *macadmin_context(void)
{
	_cleanup_close_ int fd = open("/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return *text ? strdup(text) : NULL;
}
