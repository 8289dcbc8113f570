/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sealed: a directory of another system, for a program of this one that does not know whose it is.
 */
#pragma once

/**
 * Open @dir of the system below @root so that nothing in it can be written or made, and the kernel
 * follows no link in it, whatever its owner does meanwhile: a clone of its mount that is attached
 * nowhere.  Return a descriptor, or -errno: -EPERM for who may not mount, -EINVAL or -ENOSYS where
 * the kernel is older than Linux 5.14.
 */
int sealed_open(const char *root, const char *dir);

/**
 * For a child that is about to become that program: from here on it can write to no file system at
 * all, since it may well follow links by their text.  Return 0 or -errno; async-signal-safe.
 */
int sealed_all(void);
/** Then attach @tree to the directory @path, for this process alone. */
int sealed_put(int tree, const char *path);
