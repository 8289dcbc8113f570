/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rescan.h"

#include <limits.h>

#define PAUSE_MS   2000
#define SHARE	   9 /* of the time, at least so many parts are for other things */
#define LONGEST_MS 60000

bool rescan_turn(struct rescan *r, bool done, uint64_t now)
{
	if (r->going_on && done) {
		uint64_t pause = (now - r->since) * SHARE;

		r->going_on = false;
		r->not_before = now + (pause > PAUSE_MS ? pause : PAUSE_MS);
	}
	if (!r->wanted || r->going_on || now < r->not_before)
		return false;
	r->wanted = false;
	r->going_on = true;
	r->since = now;
	return true;
}

bool rescan_is_overdue(const struct rescan *r, uint64_t now)
{
	return r->going_on && now - r->since >= LONGEST_MS;
}

int rescan_wait_ms(const struct rescan *r, uint64_t now)
{
	uint64_t at = r->not_before;

	if (r->going_on || !r->wanted)
		return -1;
	if (at <= now)
		return 0;
	return at - now > INT_MAX ? INT_MAX : (int)(at - now);
}
