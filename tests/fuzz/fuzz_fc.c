/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as refpolicy source: looked over to the end, and told about in lines. */
#include <string.h>

#include "fuzz.h"
#include "lbl-rules.h"

struct heard {
	unsigned n, line, lines;
};

static void on_finding(void *user, const struct lbl_finding *f)
{
	struct heard *h = user;

	/* in the order of lines, of which there are no more than the text has */
	if (!f->code || !f->file || f->line > h->lines || (f->line && f->line < h->line))
		abort();
	for (const unsigned char *p = (const unsigned char *)f->text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			abort();
	h->line = f->line;
	h->n++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard h = {.lines = 1};
	char path[64];
	struct lbl_lint_options o = {
		.size = sizeof(o), .path = path, .finding = on_finding, .user = &h};
	int fd, r;

	if (size > 20000)
		return 0;
	for (size_t i = 0; i < size; i++)
		h.lines += data[i] == '\n';
	fd = fuzz_memfd(data, size, path);
	r = lbl_lint_source(&o);
	close(fd);
	if (r < 0 || (unsigned)r != h.n)
		abort();
	return 0;
}
