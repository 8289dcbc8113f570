/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * binpolicy: contexts judged by a binary policy that is not the running one (libsepol).
 *
 * There is one at a time in a process: it is kept in libsepol.
 */
#pragma once

/**
 * Read the policy @path, a regular file.  Return 0; -EINVAL: it is no policy, or damaged; -ENOTSUP:
 * built without libsepol; -errno.
 */
int binpolicy_load(const char *path);

/** An lbl_check_fn, after binpolicy_load(); @user is not looked at. */
int binpolicy_check(void *user, const char *context, char **ret_canonical);
