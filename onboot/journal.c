/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "base/common.h"
#include "relabel/safe.h"

int journal_open(void)
{
	struct sockaddr_un to = {AF_UNIX, "/run/systemd/journal/socket"};
	_cleanup_close_ int fd = -1;

	if (!secure_getenv("JOURNAL_STREAM"))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	return TAKE_FD(fd);
}

/* No value has a newline in it: so they need no other form than KEY=VALUE. */
static void put_record(FILE *f, const struct restore_mount *m, bool skipped)
{
	const char *result = skipped ? "skipped" : m->well ? "done" : "failed";

	fputs("MESSAGE=", f);
	safe_put(f, m->path);
	if (skipped)
		fputs(": left out, relabelled by an earlier attempt\n", f);
	else
		fprintf(f, ": %llu files, %llu relabelled, %llu errors, %.1f s\n",
			(unsigned long long)m->files, (unsigned long long)m->changed,
			(unsigned long long)m->errors, (double)m->usec * 1e-6);
	fprintf(f, "MESSAGE_ID=" JOURNAL_MOUNT "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=relabel\n",
		skipped || m->well ? LOG_INFO : LOG_ERR);
	fputs("RELABEL_MOUNT=", f);
	safe_put(f, m->path);
	fprintf(f, "\nRELABEL_RESULT=%s\n", result);
	if (skipped)
		return;
	fprintf(f,
		"RELABEL_FILES=%llu\nRELABEL_CHANGED=%llu\nRELABEL_ERRORS=%llu\n"
		"RELABEL_DURATION_USEC=%llu\n",
		(unsigned long long)m->files, (unsigned long long)m->changed,
		(unsigned long long)m->errors, (unsigned long long)m->usec);
}

void journal_mount(int fd, const struct restore_mount *m, bool skipped)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = fd < 0 ? NULL : open_memstream(&text, &len);

	if (!f)
		return;
	put_record(f, m, skipped);
	if (fclose(f) == 0) /* the lines on the console say it, too */
		(void)send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}
