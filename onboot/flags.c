/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flags.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "relabel/safe.h"
#include "state.h"

#define TEXT_MAX 4096

static int read_text(struct flags *flags, int rootfd)
{
	_cleanup_close_ int fd =
		openat(rootfd, ONBOOT_FLAG, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	flags->text = calloc(1, TEXT_MAX + 1);
	if (!flags->text)
		return -ENOMEM;
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode))
		n = read(fd, flags->text, TEXT_MAX);
	return n < 0 ? -errno : 0;
}

/* argv0, the words, "restore", NULL */
static int split(struct flags *flags, char *argv0, size_t *ret_n)
{
	static char verb[] = "restore";
	char *save = NULL;
	size_t n = 1;

	flags->words = calloc(TEXT_MAX / 2 + 4, sizeof(*flags->words));
	if (!flags->words)
		return -ENOMEM;
	flags->words[0] = argv0;
	for (char *word = strtok_r(flags->text, " \t\n", &save); word;
	     word = strtok_r(NULL, " \t\n", &save))
		flags->words[n++] = word;
	flags->words[n++] = verb;
	*ret_n = n;
	return 0;
}

int flags_read(struct flags *flags, struct options *o, int rootfd, char *argv0)
{
	_cleanup_free_ char *error = NULL;
	size_t n = 0;
	int r;

	*flags = (struct flags){0};
	r = read_text(flags, rootfd);
	if (r == 0)
		r = split(flags, argv0, &n);
	if (r < 0)
		return r;
	if (options_parse(o, (int)n, flags->words, &error) && o->verb == VERB_RESTORE &&
	    (o->mode == MODE_ALL || o->mode == MODE_SINCE) && !o->root && !o->help && !o->version)
		return 0;
	safe_printf(stderr, "%s: /" ONBOOT_FLAG ": %s; all labels are set\n", argv0,
		    error ? error : "not options of a restore");
	*o = (struct options){.argv0 = argv0, .verb = VERB_RESTORE, .force = true};
	return 0;
}

void flags_done(struct flags *flags)
{
	free(flags->text);
	free(flags->words);
	*flags = (struct flags){0};
}
