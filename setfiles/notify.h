/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* notify: what systemctl status shows of a run that is a service, where built with libsystemd. */
#pragma once

#include "lbl.h"

/** Is there a service manager to tell? */
bool notify_wanted(void);
/** Tell it how far the run is. */
void notify_counters(const struct lbl_counters *c);
