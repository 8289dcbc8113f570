/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/path.h"

#include <string.h>

/* Append the components of @path to the clean absolute path in @b. */
static void add_components(struct buf *b, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (b->len > 0 && b->data[b->len - 1] != '/')
				buf_cut(b, b->len - 1);
			if (b->len > 0)
				buf_cut(b, b->len - 1);
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			buf_addc(b, '/');
			buf_add(b, path, n);
		}
		path += n;
		if (*path)
			path++;
	}
}

int path_clean(const char *path, struct buf *ret_clean)
{
	_cleanup_(buf_done) struct buf b = {0};

	if (path[0] != '/') {
		_cleanup_free_ char *cwd = getcwd(NULL, 0);

		if (!cwd)
			return -errno;
		if (cwd[0] != '/') /* "(unreachable)...": outside our root */
			return -ENOENT;
		add_components(&b, cwd);
	}
	add_components(&b, path);
	if (b.len == 0)
		buf_addc(&b, '/');
	if (buf_error(&b) < 0)
		return buf_error(&b);
	buf_done(ret_clean);
	*ret_clean = b;
	b = (struct buf){0};
	return 0;
}

const char *path_below(const char *path, const char *top)
{
	size_t n = path_is_top(top) ? 0 : strlen(top);

	if (strncmp(path, top, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return path + n;
}

bool path_is_top(const char *path)
{
	return !path[strspn(path, "/")];
}
