/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status.h"

#include <string.h>

#include "exit.h"
#include "relabel/safe.h"

typedef unsigned long long ull;

static unsigned percent(uint64_t entries, uint64_t expected)
{
	return expected ? (unsigned)(100.0 * (double)entries / (double)expected) : 0;
}

static void put_time(FILE *f, double seconds)
{
	ull s = (ull)(seconds + 0.5);

	if (s < 3600)
		fprintf(f, "%llu:%02llu", s / 60, s % 60);
	else
		fprintf(f, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

static bool has_end(const struct status *s)
{
	return s->far.expected && s->per_second > 0 && s->far.entries;
}

static double to_go(const struct status *s)
{
	return (double)(s->far.expected - s->far.entries) / s->per_second;
}

/* "/home 12%: ann/www" */
static void put_place(FILE *f, const struct lbl_progress *far)
{
	size_t n = strcmp(far->mount, "/") == 0 ? 0 : strlen(far->mount);

	if (!far->path[0])
		return;
	fputs(", ", f);
	if (!far->mount[0] || strncmp(far->path, far->mount, n) != 0) {
		safe_put(f, far->path);
		return;
	}
	safe_put(f, far->mount);
	if (far->mount_expected)
		fprintf(f, " %u%%", percent(far->mount_entries, far->mount_expected));
	fputs(": ", f);
	safe_put(f, far->path[n] == '/' ? far->path + n + 1 : far->path + n);
}

static void put_step(FILE *f, const struct lbl_progress *far)
{
	if (far->step == LBL_STEP_BULK)
		fputs("reading the labels of a file system, ", f);
	else if (far->step == LBL_STEP_LINKS)
		fputs("looking for names of files with several, ", f);
}

static void put_done(FILE *f, const struct status *s)
{
	fprintf(f, ", %llu %s, %llu errors", (ull)s->count.changed,
		s->dry_run ? "to be relabelled" : "relabelled", (ull)exit_failures(&s->count));
}

void status_short(FILE *f, const struct status *s)
{
	put_step(f, &s->far);
	if (s->far.expected)
		fprintf(f, "%u%% %llu/%llu", percent(s->far.entries, s->far.expected),
			(ull)s->far.entries, (ull)s->far.expected);
	else
		fprintf(f, "%llu files", (ull)s->count.entries);
	if (s->per_second > 0)
		fprintf(f, " %.0f/s", s->per_second);
	if (has_end(s)) {
		fputs(" ETA ", f);
		put_time(f, to_go(s));
	}
	put_done(f, s);
	put_place(f, &s->far);
}

void status_long(FILE *f, const struct status *s)
{
	put_step(f, &s->far);
	if (s->far.expected)
		fprintf(f, "%llu of about %llu files (%u%%)", (ull)s->far.entries,
			(ull)s->far.expected, percent(s->far.entries, s->far.expected));
	else
		fprintf(f, "%llu files", (ull)s->count.entries);
	if (s->per_second > 0)
		fprintf(f, ", %.0f a second", s->per_second);
	if (has_end(s)) {
		fputs(", ", f);
		put_time(f, to_go(s));
		fputs(" to go", f);
	}
	put_done(f, s);
	put_place(f, &s->far);
}

void status_end(FILE *f, const struct status *s)
{
	fprintf(f, "%llu files in %llu directories", (ull)s->count.entries,
		(ull)s->count.directories);
	put_done(f, s);
	fputs(", ", f);
	put_time(f, s->seconds);
}
