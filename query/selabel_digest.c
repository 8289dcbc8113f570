/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The digest of the rule files. */
#include <errno.h>
#include <fcntl.h>
#include <sha1.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "relabel/hex.h"
#include "relabel/safe.h"
#include "selabel.h"

static int add_file(SHA1_CTX *sha, const char *root, const char *name)
{
	char buffer[16384];
	int fd = lbl_root_open(root, name, O_RDONLY, 0), r = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	size_t n;

	if (fd < 0)
		return fd;
	if (!f) {
		r = -errno;
		close(fd);
		return r;
	}
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		SHA1Update(sha, (const uint8_t *)buffer, n);
	if (ferror(f))
		r = -EIO;
	fclose(f);
	return r;
}

/** The digest of what the files hold now; what cannot be read counts as empty, and is told. */
static void digest_of_disk(struct query_rules *q, unsigned char digest[LBL_SHA1_SIZE])
{
	struct lbl_rules_file file;
	size_t pos = 0;
	SHA1_CTX sha;

	SHA1Init(&sha);
	while (lbl_rules_next_file(q->rules, &pos, &file) > 0) {
		int r = add_file(&sha, policy_root_of(q->root, file.path), file.path);

		if (r < 0)
			safe_printf(stderr, "%s: %s\n", file.path, strerror(-r));
	}
	SHA1Final(digest, &sha);
}

static int compare(struct query_rules *q, const unsigned char digest[LBL_SHA1_SIZE])
{
	unsigned char disk[LBL_SHA1_SIZE];
	char one[HEX_SIZE(LBL_SHA1_SIZE)], two[HEX_SIZE(LBL_SHA1_SIZE)];

	digest_of_disk(q, disk);
	hex_text(digest, LBL_SHA1_SIZE, one);
	hex_text(disk, LBL_SHA1_SIZE, two);
	if (strcmp(one, two) == 0) {
		printf("Passed validation - digest: %s\n", one);
		return QUERY_OK;
	}
	printf("Failed validation:\n\tselabel_digest: %s\n\tfiles_digest:   %s\n", one, two);
	return QUERY_USAGE;
}

static int show(struct query_rules *q, bool validate)
{
	unsigned char digest[LBL_SHA1_SIZE];
	char text[HEX_SIZE(LBL_SHA1_SIZE)];
	struct lbl_rules_file file;
	size_t pos = 0;
	int r = lbl_rules_digest(q->rules, digest);

	if (r < 0) {
		fprintf(stderr, "ERROR: selabel_digest: %s\n", strerror(-r));
		return QUERY_FAILED;
	}
	printf("SHA1 digest: %s\ncalculated using the following specfile(s):\n",
	       hex_text(digest, LBL_SHA1_SIZE, text));
	while (lbl_rules_next_file(q->rules, &pos, &file) > 0)
		safe_printf(stdout, "%s\n", file.path);
	return validate ? compare(q, digest) : QUERY_OK;
}

static int run(const struct query_tool *tool, int argc, char **argv)
{
	struct policy_from from = {0};
	bool validate = false, ignore = false;
	struct query_rules q = {0};
	unsigned flags = 0;
	int c, other = 0, status = QUERY_FAILED;

	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'B': flags |= LBL_RULES_BASE_ONLY; break;
		case 'b':
			other = selabel_backend(tool, argv[0], optarg);
			if (other == SELABEL_NO_BACKEND)
				return QUERY_USAGE;
			break;
		case 'f': from.spec = optarg; break;
		case QUERY_ROOT: from.root = policy_root_taken(optarg); break;
		case 'i': ignore = true; break;
		case 'v': validate = true; break;
		}
	}
	if (argc < 3)
		return query_usage(tool, argv[0]);
	if (other) {
		fprintf(stderr, "ERROR: selabel_open: %s\n", strerror(EOPNOTSUPP));
		return QUERY_FAILED;
	}
	if (selabel_open(&q, "ERROR: selabel_open: ", &from, flags, NULL) >= 0) {
		if (ignore)
			fputs("No digest available.\n", stderr);
		else
			status = show(&q, validate);
	}
	query_close(&q);
	return status;
}

const struct query_tool selabel_digest_tool = {
	.name = "selabel_digest",
	.shorts = ":Bb:f:iv",
	.synopsis = "-b backend [-v] [-B] [-i] [-f file]",
	.help = SELABEL_HELP_BACKEND
	"  -B             the base file only, and substitutions\n" SELABEL_HELP_FILE
	"  -i             do not ask for a digest (to see what that is like)\n"
	"  -v             read the files again and compare\n",
	.root = true,
	.run = run,
};
