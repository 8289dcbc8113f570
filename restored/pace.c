/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pace.h"

#define FIRST_MS   50
#define LONGEST_MS 30000

bool pace_due(struct pace *p, uint64_t now)
{
	if (!p->wanted || now < p->not_before)
		return false;
	p->wanted = false;
	p->not_before = now + p->every;
	return true;
}

int pace_wait_ms(const struct pace *p, uint64_t now)
{
	if (!p->wanted)
		return -1;
	return p->not_before > now ? (int)(p->not_before - now) : 0;
}

unsigned patience_failed(struct patience *p, uint64_t now)
{
	unsigned wait = FIRST_MS;

	for (unsigned i = 0; i < p->failures && wait < LONGEST_MS; i++)
		wait *= 2;
	p->not_before = now + (wait < LONGEST_MS ? wait : LONGEST_MS);
	return ++p->failures;
}

void patience_ok(struct patience *p)
{
	*p = (struct patience){0};
}

int patience_wait_ms(const struct patience *p, uint64_t now)
{
	return p->failures > 0 && p->not_before > now ? (int)(p->not_before - now) : -1;
}
