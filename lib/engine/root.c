/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root: what programs ask of paths and of another system's files; the public face of base/root.
 */
#include "base/root.h"

#include <string.h>

#include "base/path.h"
#include "engine/operand.h"

int lbl_resolve_operand(const char *root, const char *path, char **ret_path)
{
	_cleanup_(operand_root_done) struct operand_root top = {0};
	_cleanup_(buf_done) struct buf real = {0};
	int r = *path ? operand_root_init(&top, root ? root : "", true) : -EINVAL;

	if (r == 0)
		r = operand_resolve_present(path, &top, &real);
	if (r < 0)
		return r;
	*ret_path = TAKE_PTR(real.data);
	return 0;
}

int lbl_root_open(const char *root, const char *path, int flags, mode_t mode)
{
	return root_open(root, path, flags, mode);
}

int lbl_root_path(const char *root, const char *path, char **ret_path)
{
	_cleanup_(buf_done) struct buf real = {0};
	int r;

	if (!root || path_is_top(root)) {
		real.data = realpath(path, NULL);
		r = real.data ? 0 : -errno;
	} else {
		r = root_resolve(root, path, 0, &real);
	}
	if (r == 0)
		*ret_path = TAKE_PTR(real.data);
	return r;
}

int lbl_root_inside(const char *root, const char *path, char **ret_inside)
{
	_cleanup_(buf_done) struct buf top = {0}, clean = {0};
	const char *rest;
	char *inside;
	int r = path_clean(root && *root ? root : "/", &top);

	if (r == 0)
		r = path_clean(path, &clean);
	if (r < 0)
		return r;
	rest = path_below(clean.data, top.data);
	if (!rest)
		return -EXDEV;
	inside = strdup(*rest ? rest : "/");
	if (!inside)
		return -ENOMEM;
	*ret_inside = inside;
	return 0;
}
