/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manners.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOWEST_NICE 19
#define LOWEST_DISK 7

void manners_step_back(const struct ui *ui)
{
	if (setpriority(PRIO_PROCESS, 0, LOWEST_NICE) < 0)
		ui_warning(ui, "--background: priority: %s", strerror(errno));
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, LOWEST_DISK)) < 0)
		ui_warning(ui, "--background: priority of the disk: %s", strerror(errno));
}
