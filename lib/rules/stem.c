/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/spec.h"
#include "rules/stem.h"

#include <string.h>

/** The next component of [*@pos, @end) that a slash ends, if there is one; empty ones are none. */
static const char *next_dir(const char **pos, const char *end, size_t *ret_len)
{
	while (*pos < end) {
		const char *start = *pos;
		const char *slash = memchr(start, '/', (size_t)(end - start));

		*pos = slash ? slash + 1 : end;
		if (slash && slash > start) {
			*ret_len = (size_t)(slash - start);
			return start;
		}
	}
	return NULL;
}

size_t stem_of_spec(const char *regex, size_t len, char *out)
{
	const char *pos = regex + 1, *end = regex + len, *dir;
	size_t n = 0, dir_len;

	/* of a regex the first byte is taken for a slash, whatever it is */
	if (len == 0 || (regex[0] != '/' && spec_is_literal(regex, len)))
		return 0;
	for (unsigned i = 0; i < STEM_LEVELS; i++) {
		dir = next_dir(&pos, end, &dir_len);
		if (!dir || !spec_is_literal(dir, dir_len))
			break;
		n += spec_unescape(dir, dir_len, out + n);
		out[n++] = '\0';
	}
	return n;
}

size_t stem_of_path(const char *path, size_t len, char *out)
{
	const char *pos = path, *end = path + len, *dir;
	size_t n = 0, dir_len;

	while ((dir = next_dir(&pos, end, &dir_len))) {
		memcpy(out + n, dir, dir_len);
		n += dir_len;
		out[n++] = '\0';
	}
	return n;
}
