/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root: another system's root, from outside of it: an initrd, or an image that is mounted. */
#pragma once

/**
 * Make @dir the root of this process, in a mount namespace of its own with the kernel's file
 * systems where they are missing.  So policy, mounts and substitutions are those of that system,
 * and no link in it leads out.  0 or -errno.
 */
int root_enter(const char *dir);
