/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SUBS NUL SUBS_DIST NUL PATH [NUL PATH...]: substitutions, seen through rules that tell apart. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "corpus.h"
#include "fuzz.h"

static const char rules[] = "/.*\tu:r:any\n"
			    "/a\tu:r:a\n"
			    "/a/.*\tu:r:below_a\n"
			    "/a/b(/.*)?\tu:r:ab\n"
			    "/a/b/c\t--\tu:r:abc\n"
			    "/b/[^/]*\t-d\tu:r:b_dir\n"
			    "/b//.*\tu:r:twice\n"
			    "/b/\tu:r:slash\n"
			    "/c/(.*/)?a\tu:r:ca\n"
			    "/c/none(/.*)?\t<<none>>\n"
			    "/c/(?!x).*y\tu:r:ahead\n"
			    "a/.*\tu:r:relative\n";

static char dir[64];

static void remove_dir(void)
{
	corpus_remove_dir(dir);
}

static void put(const char *name, const void *data, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		perror(path);
		abort();
	}
	close(fd);
}

static void make_dir(void)
{
	strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/relabel-subs.XXXXXX"
					     : "/dev/shm/relabel-subs.XXXXXX");
	if (!mkdtemp(dir))
		abort();
	atexit(remove_dir);
	put("file_contexts", rules, sizeof(rules) - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct set s;
	const char *text;
	char path[128];
	size_t len;

	if (!dir[0])
		make_dir();
	text = fuzz_field(&data, &size, &len);
	put("file_contexts.subs", text, len);
	text = fuzz_field(&data, &size, &len);
	put("file_contexts.subs_dist", text, len);
	snprintf(path, sizeof(path), "%s/file_contexts", dir);
	if (fuzz_open(&s, path)) {
		for (int n = 0; n < 16 && size; n++) {
			text = fuzz_field(&data, &size, &len);
			fuzz_path(&s, text, len);
		}
		for (int list = 0; list < 2; list++) {
			for (size_t i = 0; i < s.model->n_subs[list] && i < 8; i++)
				fuzz_path(&s, s.model->subs[list][i].from,
					  strlen(s.model->subs[list][i].from));
		}
	}
	set_close(&s);
	return 0;
}
