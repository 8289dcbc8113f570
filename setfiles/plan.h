/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan: --plan, the mounts a run would come to.
 */
#pragma once

#include "ui.h"

/** One line for each mount on standard output.  False: it failed (told). */
bool plan_show(const struct ui *ui, struct lbl_relabel *relabel, const char *path);
