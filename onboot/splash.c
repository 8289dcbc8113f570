/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "splash.h"

#include <stdio.h>

#include "base/common.h"
#include "fixfiles/command.h"
#include "relabel/safe.h"

enum { PATIENCE_MS = 2000 };

static void ask(struct splash *s, const char *verb, const char *option)
{
	const char *argv[] = {"plymouth", verb, option, NULL};

	if (s->shown && command_run_within(argv, PATIENCE_MS) < 0)
		s->shown = false;
}

void splash_begin(struct splash *s)
{
	static const char *const ping[] = {"plymouth", "--ping", NULL};

	*s = (struct splash){.shown = command_run_within(ping, PATIENCE_MS) == 0, .percent = -1};
	ask(s, "change-mode", "--updates");
}

void splash_expect(struct splash *s, uint64_t entries)
{
	atomic_store(&s->expected, entries);
}

/* "Relabelling /home: 123904 files, 31%"; malloc'ed */
static char *message(const struct status *status, int percent)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs("--text=Relabelling ", f);
	safe_put(f, status->far.mount[0] ? status->far.mount : "file systems");
	fprintf(f, ": %llu files", (unsigned long long)status->count.files);
	if (percent >= 0)
		fprintf(f, ", %d%%", percent);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

void splash_tell(struct splash *s, const struct status *status)
{
	uint64_t expected = atomic_load(&s->expected), done = status->count.entries;
	/* the estimate is one; all is done only when the run says so */
	int percent = expected ? (int)(100 * MIN(done, expected) / (expected + 1)) : -1;
	_cleanup_free_ char *text = NULL;
	char option[32];

	if (!s->shown)
		return;
	if (percent > s->percent) {
		snprintf(option, sizeof(option), "--progress=%d", percent);
		ask(s, "system-update", option);
		s->percent = percent;
	}
	text = message(status, percent);
	if (text)
		ask(s, "display-message", text);
}

void splash_end(struct splash *s, bool well)
{
	if (well) {
		ask(s, "system-update", "--progress=100");
		ask(s, "display-message", "--text=");
		ask(s, "change-mode", "--boot-up");
	} else {
		ask(s, "hide-splash", NULL);
	}
	s->shown = false;
}
