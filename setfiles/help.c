/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * help: what the table of options says to people.
 */
#include "args.h"

#include "base/common.h"

static const char *const group_titles[OPTION_GROUPS] = {
	[WHAT] = "What is labelled:",
	[HOW] = "How:",
	[OUTPUT] = "Output:",
	[REST] = "Other:",
};

struct face {
	enum personality who;
	const char *name, *usage, *does, *exits;
	const char *synopsis; /* what upstream prints after an error, or what stands for it */
};

#define EXITS_BY_CLASS                                                         \
	"0 all well, 1 labels differ (nothing was changed), 2 files failed,\n" \
	"3 a path could not be opened, 4 no usable rules, 5 usage, 255 the run broke off."

static const struct face faces[] = {
	{
		SETFILES,
		"setfiles",
		"setfiles [OPTION...] SPEC PATH...",
		"Set the SELinux context of each PATH and all below it as SPEC, a "
		"file_contexts file, says.",
		"0 all well, 1 SPEC unusable (or, with -C, only files failed; with --check, "
		"labels\ndiffer), 255 errors.",
		"usage:  setfiles [-diDIlmnpqvACEFUWxj0] [-e DIR] [-r ROOT] [-T N] SPEC PATH...\n"
		"usage:  setfiles [OPTION...] SPEC -f FILE\n"
		"usage:  setfiles -s [OPTION...] SPEC\n"
		"usage:  setfiles -c POLICY [OPTION...] SPEC [PATH...]\n",
	},
	{
		RESTORECON,
		"restorecon",
		"restorecon [OPTION...] PATH...",
		"Set the SELinux context of each PATH as the active policy says.",
		"0 all well, 1 no usable policy (or, with -c, nothing relabelled; with --check,\n"
		"labels differ), 255 errors.",
		"usage:  restorecon [-ciDFIUlmnpqRvWx0j] [-e DIR] [-T N] PATH...\n"
		"usage:  restorecon [OPTION...] -f FILE\n",
	},
	{
		RESTORE,
		"relabel restore",
		"relabel restore [OPTION...] PATH...",
		"Set the SELinux context of each PATH and all below it as the active policy, or "
		"FILE, says.",
		EXITS_BY_CLASS,
		"",
	},
	{
		CHECK,
		"relabel check",
		"relabel check [OPTION...] PATH...",
		"Show what below each PATH has another SELinux context than the active policy, or "
		"FILE,\nsays; change nothing.",
		EXITS_BY_CLASS,
		"",
	},
};

static const struct face *face(enum personality who)
{
	const struct face *f = faces;

	while (f->who != who)
		f++;
	return f;
}

const char *args_name(enum personality who)
{
	return face(who)->name;
}

void args_usage(FILE *f, enum personality who)
{
	fprintf(f, "%sTry '%s --help'.\n", face(who)->synopsis, face(who)->name);
}

static void help_row(FILE *f, const struct option_row *r)
{
	char left[64];
	const char *arg = r->arg ? r->arg : "", *gap = r->arg ? " " : "";

	if (r->letter >= 0x100)
		snprintf(left, sizeof(left), "    --%s%s%s", r->name, gap, arg);
	else if (r->name)
		snprintf(left, sizeof(left), "-%c, --%s%s%s", r->letter, r->name, gap, arg);
	else
		snprintf(left, sizeof(left), "-%c%s%s", r->letter, gap, arg);
	fprintf(f, "  %-28s %s\n", left, r->help);
}

void args_help(FILE *f, enum personality who)
{
	size_t n;
	const struct option_row *rows = args_rows(&n);

	bool on = colour_on(f);

	colour_put(f, on, COLOUR_HEADING, "Usage:");
	fprintf(f, " %s\n%s\n", face(who)->usage, face(who)->does);
	for (int g = 0; g < OPTION_GROUPS; g++) {
		fputc('\n', f);
		colour_put(f, on, COLOUR_HEADING, group_titles[g]);
		fputc('\n', f);
		for (size_t i = 0; i < n; i++)
			if ((rows[i].who & who) && (int)rows[i].group == g && rows[i].help)
				help_row(f, &rows[i]);
	}
	fputc('\n', f);
	colour_put(f, on, COLOUR_HEADING, "Exit status:");
	fprintf(f, " %s\n", face(who)->exits);
}
