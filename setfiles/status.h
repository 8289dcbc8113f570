/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: how far a run is, in words.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "lbl.h"

struct status {
	struct lbl_counters count;
	struct lbl_progress far;
	double seconds;	   /* since the run began */
	double per_second; /* entries; 0: not known yet */
	bool dry_run;
};

/** For one line that is seen again and again: the numbers first, the place, which may be cut, last.
 */
void status_short(FILE *f, const struct status *s);
/** For a log. */
void status_long(FILE *f, const struct status *s);
/** What a run came to. */
void status_end(FILE *f, const struct status *s);
