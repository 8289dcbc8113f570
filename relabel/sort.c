/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sort: `relabel sort`, the specs of one file from general to specific.
 */
#include "colour.h"
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lbl-rules.h"
#include "safe.h"

#define TEXT_MAX (256u << 20)
#define NEW_MODE 0644

struct sort {
	const char *name; /* the command's, for messages */
	const char *file, *output;
	enum lbl_order order;
	bool in_place, check;
	bool unsorted;
};

static const char help[] =
	"Usage: relabel sort [OPTION...] FILE\n"
	"Put the specs of FILE, - for standard input, in order: from general to specific.\n\n"
	"  --classic              the order of fc_sort; the default is the one policies are\n"
	"                         written in today\n"
	"  -c, --check            only look: show the first line out of order, exit 1\n"
	"  -i, --in-place         replace FILE\n"
	"  -o, --output FILE      write to FILE instead of standard output\n"
	"      --color WHEN       show in colour: auto (on a terminal), always, never\n"
	"  -h, --help             this text\n";

/* ---- the command line ----------------------------------------------------------------------- */

static bool take_options(struct sort *s, int argc, char **argv, bool *ret_help)
{
	enum { CLASSIC = 0x100 };
	static const struct option longs[] = {
		{"classic", no_argument, NULL, CLASSIC},
		{"check", no_argument, NULL, 'c'},
		{"in-place", no_argument, NULL, 'i'},
		{"output", required_argument, NULL, 'o'},
		COMMAND_COLOUR_OPTION,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = command_option(argc, argv, ":cio:h", longs)) != -1) {
		switch (c) {
		case CLASSIC: s->order = LBL_ORDER_CLASSIC; break;
		case 'c': s->check = true; break;
		case 'i': s->in_place = true; break;
		case 'o': s->output = optarg; break;
		case 'h': *ret_help = true; return true;
		default: return false;
		}
	}
	return true;
}

static bool parse(struct sort *s, int argc, char **argv, bool *ret_help)
{
	if (!take_options(s, argc, argv, ret_help))
		return false;
	if (*ret_help)
		return true;
	if (argc - optind != 1) {
		command_error(s->name, "one FILE is to be given, - for standard input");
		return false;
	}
	s->file = argv[optind];
	if (s->check + s->in_place + (s->output != NULL) > 1) {
		command_error(s->name, "--check, --in-place and --output: one of them");
		return false;
	}
	if (s->in_place && strcmp(s->file, "-") == 0) {
		command_error(s->name, "--in-place: standard input has no place");
		return false;
	}
	return true;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int read_all(FILE *f, char **ret_text, size_t *ret_len)
{
	char *text = NULL, chunk[65536];
	size_t len = 0, n;
	FILE *out = open_memstream(&text, &len);
	int r = out ? 0 : -ENOMEM;

	while (r == 0 && (n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		if (fwrite(chunk, 1, n, out) != n)
			r = -ENOMEM;
		else if ((size_t)ftell(out) > TEXT_MAX)
			r = -EFBIG;
	}
	if (r == 0 && ferror(f))
		r = errno ? -errno : -EIO;
	if (out && fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret_text = text;
	*ret_len = len;
	return 0;
}

static int read_input(const struct sort *s, char **ret_text, size_t *ret_len)
{
	FILE *f;
	int r;

	errno = 0;
	if (strcmp(s->file, "-") == 0)
		return read_all(stdin, ret_text, ret_len);
	f = fopen(s->file, "re");
	if (!f)
		return -errno;
	r = read_all(f, ret_text, ret_len);
	fclose(f);
	return r;
}

/* ---- sorting and writing -------------------------------------------------------------------- */

static void tell(void *user, const struct lbl_diag *diag)
{
	struct sort *s = user;

	if (diag->severity == LBL_INFO) {
		s->unsorted = true;
		if (s->check)
			safe_printf(stdout, "%s\n", diag->text);
	} else {
		command_error(s->name, "%s", diag->text);
	}
}

static int replace(const struct sort *s, const char *path, const char *text, size_t len)
{
	/* what a link names is replaced, not the link */
	char *real = realpath(path, NULL);
	int r = real || errno == ENOENT ? lbl_replace_file(real ? real : path, text, len, NEW_MODE)
					: -errno;

	if (r < 0)
		command_error(s->name, "cannot write %s: %s", path,
			      r == -EINVAL ? "not a regular file" : strerror(-r));
	free(real);
	return r < 0 ? COMMAND_ERROR : COMMAND_OK;
}

static int put(const struct sort *s, const char *text, size_t len)
{
	if (s->check)
		return s->unsorted ? COMMAND_NOT_WELL : COMMAND_OK;
	if (s->output)
		return replace(s, s->output, text, len);
	if (!s->in_place)
		(void)fwrite(text, 1, len, stdout); /* our caller looks at ferror() */
	else if (s->unsorted)			    /* else not even the times of the file change */
		return replace(s, s->file, text, len);
	return COMMAND_OK;
}

static int sort_file(struct sort *s)
{
	const char *name = strcmp(s->file, "-") == 0 ? "(standard input)" : s->file;
	char *text, *sorted;
	size_t len;
	int r = read_input(s, &text, &len);

	if (r < 0) {
		command_error(s->name, "%s: %s", name, strerror(-r));
		return COMMAND_ERROR;
	}
	r = lbl_sort_specs(name, text, len, s->order, tell, s, &sorted, &len);
	free(text);
	if (r < 0) {
		if (r != -EINVAL)
			command_error(s->name, "%s: %s", name, strerror(-r));
		return COMMAND_ERROR;
	}
	r = put(s, sorted, len);
	free(sorted);
	return r;
}

int command_sort(int argc, char **argv)
{
	struct sort s = {.name = argv[0]};
	bool help_wanted = false;

	if (!parse(&s, argc, argv, &help_wanted))
		return COMMAND_ERROR;
	if (help_wanted) {
		colour_help(stdout, help);
		return COMMAND_OK;
	}
	return sort_file(&s);
}
