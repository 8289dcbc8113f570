/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify.h"

#include "config.h"

#if HAVE_SYSTEMD
#include <stdlib.h>
#include <systemd/sd-daemon.h>

bool notify_wanted(void)
{
	return secure_getenv("NOTIFY_SOCKET") != NULL;
}

void notify_counters(const struct lbl_counters *c)
{
	/* a manager that does not listen is no reason to fail */
	(void)sd_notifyf(0, "STATUS=%llu files checked, %llu relabelled",
			 (unsigned long long)c->files, (unsigned long long)c->changed);
}
#else
bool notify_wanted(void)
{
	return false;
}

void notify_counters(const struct lbl_counters *c)
{
	(void)c; /* no systemd in this build */
}
#endif
