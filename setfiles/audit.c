/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audit.h"

#include "config.h"

#if HAVE_AUDIT
#include <errno.h>
#include <libaudit.h>
#include <string.h>

void audit_mass_relabel(const struct ui *ui, bool success)
{
	int fd = audit_open();

	if (fd < 0) {
		ui_error(ui, "Error connecting to audit system: %s.", strerror(errno));
		return;
	}
	if (audit_log_user_message(fd, AUDIT_FS_RELABEL, "op=mass relabel", NULL, NULL, NULL,
				   success) <= 0)
		ui_error(ui, "Error sending audit message: %s.", strerror(errno));
	audit_close(fd);
}
#else
void audit_mass_relabel(const struct ui *ui, bool success)
{
	(void)ui; /* no audit in this build */
	(void)success;
}
#endif
