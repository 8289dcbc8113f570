/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * setfiles, restorecon and relabel: one program; the name it is called by chooses.
 *
 *	setfiles ...            restorecon ...
 *	relabel setfiles ...    relabel restorecon ...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "exit.h"
#include "lbl.h"
#include "run.h"

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int relabel_help(FILE *f, int status)
{
	fprintf(f, "Usage: relabel setfiles|restorecon [OPTION...] ...\n"
		   "       relabel --version\n"
		   "'relabel COMMAND --help' says more.\n");
	return status;
}

static int front(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : NULL;

	if (!command)
		return relabel_help(stderr, EXIT_ERROR);
	if (strcmp(command, "setfiles") == 0)
		return run(SETFILES, argc - 1, argv + 1);
	if (strcmp(command, "restorecon") == 0)
		return run(RESTORECON, argc - 1, argv + 1);
	if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0)
		return relabel_help(stdout, EXIT_OK);
	if (strcmp(command, "--version") == 0) {
		printf("relabel %s\n", lbl_version());
		return EXIT_OK;
	}
	fprintf(stderr, "relabel: unknown command '%s'\n", command);
	return relabel_help(stderr, EXIT_ERROR);
}

/*
 * A caller may have closed the standard descriptors; nothing of ours may take their numbers and
 * then be written to.  What stands in fails as a closed one would.
 */
static void reserve_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null",
				   fd == 0 ? O_WRONLY : O_RDONLY); /* takes the lowest */
}

int main(int argc, char **argv)
{
	const char *name;

	if (argc < 1)
		return EXIT_ERROR;
	reserve_standard_fds();
	name = last_name(argv[0]);
	if (strcmp(name, "relabel") == 0)
		return front(argc, argv);
	if (strcmp(name, "setfiles") == 0)
		return run(SETFILES, argc, argv);
	if (strcmp(name, "restorecon") != 0)
		fprintf(stderr,
			"Executed with unrecognized name (%s), defaulting to restorecon "
			"behavior.\n",
			name);
	return run(RESTORECON, argc, argv);
}
