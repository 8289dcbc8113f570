/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/common.h"
#include "status.h"

#include "relabel/safe.h"

#include <cjson/cJSON.h>

#include <stdint.h>
#include <string.h>

/* The words of a member, "" where there are none. */
static const char *text_of(const cJSON *obj, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));

	return text ? text : "";
}

static double number_of(const cJSON *obj, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* The same, for what fits there only. */
static unsigned whole_of(const cJSON *obj, const char *key)
{
	double n = number_of(obj, key);

	return n > 0 && n < UINT32_MAX ? (unsigned)n : 0;
}

static void print_head(FILE *f, const cJSON *s)
{
	bool on = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(s, "selinux_enabled"));
	unsigned up = whole_of(s, "uptime_s");

	fprintf(f, "restored, process %.0f, up ", number_of(s, "pid"));
	if (up >= 86400)
		fprintf(f, "%u d ", up / 86400);
	fprintf(f, "%02u:%02u:%02u, SELinux %s\n", up / 3600 % 24, up / 60 % 60, up % 60,
		on ? "enabled" : "disabled");
	safe_printf(f, "config  %s\nrules   %s", text_of(s, "config"), text_of(s, "rules"));
	if (*text_of(s, "rules_digest"))
		safe_printf(f, " (%s)", text_of(s, "rules_digest"));
	fprintf(f, "\nmemory  %.1f MiB\n", number_of(s, "memory") / (1 << 20));
	fprintf(f, "events  %.0f a second, names waiting: %.0f\n\n", number_of(s, "events_per_s"),
		number_of(s, "waiting"));
}

static void print_counts(FILE *f, const cJSON *c)
{
	static const struct {
		const char *before, *key, *label;
	} all[] = {
		{"since the start:\n ", "events", "events"},
		{"", "relabelled", "relabelled"},
		{"", "right_already", "right already"},
		{"", "vanished", "vanished"},
		{"", "errors", "errors"},
		{"\n  left alone:", "refused_multilink", "several names"},
		{"", "refused_link", "links"},
		{"", "customized", "customizable types"},
		{"", "refused_other", "other"},
		{"\n ", "overflows", "overflows"},
		{"", "scans", "scans"},
		{"", "throttled", "throttled"},
		{"", "reloads", "reloads"},
		{"", "logins", "logins"},
		{"", "remounts", "mounts"},
		{"", "directories", "most directories"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		fprintf(f, "%s %s %.0f%s", all[i].before, all[i].label, number_of(c, all[i].key),
			i + 1 < ARRAY_SIZE(all) && !*all[i + 1].before ? "," : "");
	putc('\n', f);
}

static void print_entries(FILE *f, const cJSON *entries)
{
	const cJSON *e;

	fprintf(f, "\n%11s  %10s  %-8s  %s\n", "DIRECTORIES", "RELABELLED", "BACK END", "ENTRY");
	cJSON_ArrayForEach(e, entries)
	{
		const char *back_end = text_of(e, "back_end");

		fprintf(f, "%11.0f  %10.0f  ", number_of(e, "directories"),
			number_of(e, "relabelled"));
		safe_put(f, back_end);
		fprintf(f, "%*s", strlen(back_end) < 10 ? (int)(10 - strlen(back_end)) : 1, "");
		safe_put(f, text_of(e, "entry"));
		if (*text_of(e, "file"))
			safe_printf(f, "  (%s:%u)", text_of(e, "file"), whole_of(e, "line"));
		putc('\n', f);
	}
}

static void print_offenders(FILE *f, const cJSON *offenders)
{
	const cJSON *o;

	if (cJSON_GetArraySize(offenders) == 0)
		return;
	fprintf(f, "\nwrong labels keep coming in:\n%11s  %s\n", "RELABELLED", "DIRECTORY");
	cJSON_ArrayForEach(o, offenders)
	{
		fprintf(f, "%11.0f  ", number_of(o, "relabelled"));
		safe_put(f, text_of(o, "directory"));
		if (*text_of(o, "program"))
			safe_printf(f, "  (last by %s, process %u)", text_of(o, "program"),
				    whole_of(o, "pid"));
		putc('\n', f);
	}
}

void status_print(FILE *f, const cJSON *status)
{
	print_head(f, status);
	print_counts(f, cJSON_GetObjectItemCaseSensitive(status, "counts"));
	print_entries(f, cJSON_GetObjectItemCaseSensitive(status, "entries"));
	print_offenders(f, cJSON_GetObjectItemCaseSensitive(status, "offenders"));
}
