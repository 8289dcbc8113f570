/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root: another system's root, from outside of it: an initrd, or an image that is
 * mounted, or unpacked. */
#pragma once

/**
 * Make @dir the root of this process, in a mount namespace of its own with the kernel's file
 * systems in it.  So policy, mounts and substitutions are those of that system,
 * and no link in it leads out.  Of /proc there is this process, and little else.  0; -EXDEV: others
 * than root can put names in @dir; -errno.
 */
int root_enter(const char *dir);
