/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restore: one run over what the options name: check, verify, restore and relabel.
 */
#pragma once

#include "options.h"
#include "setfiles/ui.h"

/** Return an exit status. */
int restore(const struct options *o, const struct ui *ui);
