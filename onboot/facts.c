/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/common.h"
#include "state.h"

#define TEXT_MAX 8192

/* A device would act on being opened.  Return a descriptor or -errno. */
static int open_file(int rootfd, const char *path)
{
	struct stat st;
	int fd;

	if (fstatat(rootfd, path, &st, 0) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = openat(rootfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* The beginning of a file; "" where it cannot be read, and -errno. */
static int read_text(int rootfd, const char *path, char *ret_text, size_t size)
{
	_cleanup_close_ int fd = open_file(rootfd, path);
	size_t have = 0;
	ssize_t n = 1;

	ret_text[0] = '\0';
	if (fd < 0)
		return fd;

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
bool onboot_selinux_enabled(int rootfd)
{
	char context[64];

	if (!exists(rootfd, "sys/fs/selinux/enforce"))
		return false;
	return read_text(rootfd, "proc/self/attr/current", context, sizeof(context)) == -EACCES ||
	       (context[0] && strcmp(context, "kernel") != 0);
}

static bool begins(const char *text, const char *word)
{
	return strncasecmp(text, word, strlen(word)) == 0;
}

/* The first line that says something known counts, as for who loads the policy. */
static bool configured(int rootfd)
{
	static const char key[] = "SELINUX=";
	char text[TEXT_MAX], *save = NULL;

	(void)read_text(rootfd, "etc/selinux/config", text, sizeof(text));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		line += sizeof(key) - 1;
		while (isspace((unsigned char)*line))
			line++;
		if (begins(line, "enforcing") || begins(line, "permissive"))
			return true;
		if (begins(line, "disabled"))
			return false;
	}
	return false;
}

bool onboot_selinux_comes(int rootfd)
{
	char text[TEXT_MAX];

	/* there, if the kernel has it and its command line does not say no */
	return read_text(rootfd, "proc/filesystems", text, sizeof(text)) == 0 &&
	       strstr(text, "\tselinuxfs\n") && configured(rootfd);
}

void onboot_facts_read(struct onboot_facts *ret_facts, int rootfd)
{
	struct onboot_state state;
	char cmdline[TEXT_MAX];

	*ret_facts = (struct onboot_facts){
		.initrd = exists(rootfd, "etc/initrd-release"),
		.flag = exists(rootfd, ONBOOT_FLAG),
		.not_now = exists(rootfd, ONBOOT_NOT_NOW),
	};
	(void)read_text(rootfd, "proc/cmdline", cmdline, sizeof(cmdline));
	ret_facts->word = onboot_cmdline(cmdline);
	ret_facts->attempts =
		onboot_state_read(&state, rootfd) < 0 ? ONBOOT_ATTEMPTS : state.attempts;
	ret_facts->answered = state.answered;
	onboot_state_done(&state);
}
