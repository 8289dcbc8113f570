/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "records.h"

static int one_mount(void *user, const struct lbl_plan_mount *m)
{
	const struct ui *ui = user;
	char inodes[48] = "";

	if (ui->args->json) {
		records_mount(m);
		return 0;
	}
	if (m->inodes)
		snprintf(inodes, sizeof(inodes), ", %llu inodes", (unsigned long long)m->inodes);
	if (m->skip)
		ui_say_after(COLOUR_DIM, "skip", " %s (%s, %s): %s", m->path, m->type, m->source,
			     m->skip);
	else
		ui_say_after(COLOUR_HEADING, "enter", " %s (%s, %s%s)%s", m->path, m->type,
			     m->source, inodes,
			     m->read_only ? ": read-only, nothing can be set" : "");
	return 0;
}

bool plan_show(const struct ui *ui, struct lbl_relabel *relabel, const char *path)
{
	int r = lbl_relabel_plan(relabel, path, one_mount, (void *)ui);

	if (r == -EXDEV)
		ui_outside(ui, path);
	else if (r < 0 && access("/proc/self/mountinfo", R_OK) < 0)
		ui_error(ui, "the mounts cannot be read from /proc/self/mountinfo: %s",
			 strerror(errno));
	else if (r < 0)
		ui_error(ui, "%s: %s", path, strerror(-r));
	return r == 0;
}
