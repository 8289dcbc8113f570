/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan: looking at all names of places, a few at a time, so that events are not kept waiting.
 * Directories found on the way are gone into at once, as deep as there are frames; below that they
 * wait in the batch.
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_FRAMES 24

struct place;
struct places;

struct scan_frame {
	uint64_t serial;
	uint32_t number;
	DIR *d;
	size_t seen;
	bool deep, free_of_charge;
};

struct scan {
	struct places *places;
	struct scan_frame frames[SCAN_FRAMES];
	unsigned n;
};

/** Begin with @place (see place_scan()).  Return false when it must wait for other scans. */
bool scan_begin(struct scan *scan, struct place *place);
/** Look at @most names more.  Return whether there are more. */
bool scan_step(struct scan *scan, unsigned most);
void scan_done(struct scan *scan);
