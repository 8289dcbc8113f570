/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * splash: how far it is, on the screen that plymouth shows while the machine starts.
 *
 * One that is not there, or does not answer in time, is not asked again.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "setfiles/status.h"

struct splash {
	bool shown;
	_Atomic uint64_t expected; /* entries, in all; 0: not known */
	int percent;		   /* as last told; -1: never */
};

/** Is there one?  Then it changes to what it shows while a system is updated. */
void splash_begin(struct splash *s);
/** So many entries are to come; 0: it cannot be known. */
void splash_expect(struct splash *s, uint64_t entries);
/** Tell how far it is.  One thread at a time; blocks for as long as plymouth may take. */
void splash_tell(struct splash *s, const struct status *status);
/** It is over.  @well: the boot may go on under it; or else what is on the console is to be seen.
 */
void splash_end(struct splash *s, bool well);
