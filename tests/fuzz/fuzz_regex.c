/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* REGEX NUL SUBJECT [NUL SUBJECT...]: one spec, matched as PCRE2 matches it. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf b = {0};
	struct set s;
	char path[64];
	size_t len;
	const char *regex = fuzz_field(&data, &size, &len);
	int fd;

	if (!len || len > 1000 || regex[0] == '#')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (isspace((unsigned char)regex[i]) || (unsigned char)regex[i] >= 0x80)
			return 0;
	}
	buf_add(&b, regex, len);
	buf_adds(&b, "\tu:r:t\n");
	fd = fuzz_memfd(b.data, b.len, path);
	if (fuzz_open(&s, path)) {
		for (int n = 0; n < 256 && size; n++) {
			const char *subject = fuzz_field(&data, &size, &len);

			fuzz_path(&s, subject, MIN(len, 1000));
		}
		fuzz_path(&s, s.model->specs[0].regex, b.len - 7);
	}
	set_close(&s);
	close(fd);
	return 0;
}
