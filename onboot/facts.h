/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* facts: what decide.h asks for, as it is found below a root directory. */
#pragma once

#include "decide.h"

/** All but whether there is SELinux.  What cannot be read counts as silent; attempts, as too many.
 */
void onboot_facts_read(struct onboot_facts *ret_facts, int rootfd);

/** Has the kernel a policy? */
bool onboot_selinux_enabled(int rootfd);
/** Will it get one, when the system on @rootfd is switched to? */
bool onboot_selinux_comes(int rootfd);
