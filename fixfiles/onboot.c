/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "onboot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/common.h"
#include "lbl.h"
#include "setfiles/exit.h"
#include "since.h"

/*
 * What is written is read back as words.  Files made while SELinux was off have whatever label
 * their maker had no idea of, so all of them count then, wholly.
 */
static int put_options(FILE *f, const struct options *o, bool enabled)
{
	struct since boot;

	if (o->force || !enabled)
		fputs("-F ", f);
	if (o->mode == MODE_BOOT && enabled) {
		since_boot(&boot);
		fprintf(f, "-N @%lld ", (long long)boot.moment.tv_sec);
	}
	if (o->hidden)
		fputs("-M ", f);
	if (o->threads)
		fprintf(f, "-T %u ", o->threads);
	return ferror(f) ? -EIO : 0;
}

/*
 * Who asks anew means all file systems, those that an earlier attempt is done with, too, and not
 * that attempts have been enough.
 */
static int forget_progress(int rootfd, const struct ui *ui)
{
	if (unlinkat(rootfd, ONBOOT_PROGRESS, 0) == 0 || errno == ENOENT)
		return 0;
	ui_error(ui, "/%s: %s", ONBOOT_PROGRESS, strerror(errno));
	return -errno;
}

/*
 * In place: a policy that lets setfiles make the file knows it by its name, and would know a
 * temporary one as another.  A part of the text, or none of it, still asks for a relabel.
 */
static int write_flag(const char *root, const char *path, const char *text, size_t len)
{
	_cleanup_close_ int fd =
		lbl_root_open(root, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fd == -ELOOP ? -EINVAL : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_nlink > 1) /* what is written would be in another file, too */
		return -EMLINK;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	n = write(fd, text, len);
	if (n != (ssize_t)len)
		return n < 0 ? -errno : -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

int onboot_write(const struct options *o, const struct ui *ui, bool enabled)
{
	_cleanup_close_ int rootfd =
		open(o->root ? o->root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL, *path = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r = f ? put_options(f, o, enabled) : -errno;

	if (f && fclose(f) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rootfd < 0)
		r = -errno;
	if (asprintf(&path, "%s/" ONBOOT_FILE, o->root ? o->root : "") < 0) {
		path = NULL;
		r = -ENOMEM;
	}
	if (r == 0 && forget_progress(rootfd, ui) < 0)
		return EXIT_ERROR;
	if (r == 0)
		r = write_flag(o->root, path, text, len);
	if (r < 0) {
		ui_error(ui, "%s: %s", path ? path : "/" ONBOOT_FILE,
			 r == -EINVAL	? "not a regular file"
			 : r == -EMLINK ? "the file has another name as well: remove this one"
					: strerror(-r));
		return EXIT_ERROR;
	}
	ui_say("System will relabel on next boot");
	return EXIT_OK;
}
