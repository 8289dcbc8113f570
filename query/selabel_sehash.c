/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* selabel_get_digests_all_partial_matches: security.sehash against the rules. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "relabel/hex.h"
#include "relabel/safe.h"
#include "selabel.h"

/** @asked: what the rules are asked for; @path: what it is called here and now. */
static int show(struct lbl_rules *rules, const char *shown, const char *asked, const char *path)
{
	unsigned char digest[LBL_SHA1_SIZE], stored[LBL_SHA1_SIZE];
	char text[HEX_SIZE(LBL_SHA1_SIZE)];
	int r = lbl_rules_partial_digest(rules, asked, digest);

	if (r < 0) {
		safe_printf(stderr, "%s: %s\n", shown, strerror(-r));
		return r;
	}
	if (r == 0) {
		safe_printf(stdout,
			    "No SHA1 digest available for: %s\n"
			    "as file_context entry is \"<<none>>\"\n",
			    shown);
		return 0;
	}
	hex_text(digest, LBL_SHA1_SIZE, text);
	if (lgetxattr(path, "security.sehash", stored, sizeof(stored)) != sizeof(stored)) {
		safe_printf(stdout,
			    "The file_context entries for: %s\ngenerated SHA1 digest: %s\n"
			    "however there is no selinux.sehash xattr entry.\n",
			    shown, text);
	} else if (memcmp(digest, stored, sizeof(stored)) == 0) {
		safe_printf(stdout,
			    "xattr and file_contexts SHA1 digests match for: %s\n"
			    "SHA1 digest: %s\n",
			    shown, text);
	} else {
		safe_printf(stdout,
			    "The file_context entries for: %s\ngenerated SHA1 digest: %s\n"
			    "however it does NOT match the current entry of:\n",
			    shown, text);
		printf("%s\n", hex_text(stored, LBL_SHA1_SIZE, text));
	}
	return 0;
}

/** The same for a directory below a root, whose name is @top and what follows "." in @path. */
static int show_inside(const struct query_rules *q, const char *top, const char *path,
		       const char *here)
{
	char *shown, *inside;
	int r;

	if (asprintf(&shown, "%s%s", top, path + 1) < 0)
		return -ENOMEM;
	inside = query_inside(q, shown);
	r = inside ? show(q->rules, shown, inside, here) : -ENOMEM;
	free(inside);
	free(shown);
	return r;
}

/**
 * Directories from @path on; only itself unless @recurse.  @top: NULL, or @path is "." and that is
 * its name.
 */
static int walk(const struct query_rules *q, const char *top, char *path, bool recurse)
{
	char *const paths[] = {path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL, NULL);
	FTSENT *e = NULL;
	int r = 0;

	if (!fts) {
		safe_printf(stderr, "fts error on %s: %s\n", path, strerror(errno));
		return -errno;
	}
	while (r >= 0 && (errno = 0, e = fts_read(fts))) {
		switch (e->fts_info) {
		case FTS_D:
			r = top ? show_inside(q, top, e->fts_path, e->fts_accpath)
				: show(q->rules, e->fts_path, e->fts_path, e->fts_accpath);
			if (!recurse)
				fts_set(fts, e, FTS_SKIP);
			break;
		case FTS_DC:
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			safe_printf(stderr, "%s: %s\n", e->fts_path,
				    strerror(e->fts_info == FTS_DC ? ELOOP : e->fts_errno));
			break;
		default: break;
		}
	}
	if (!e && errno) {
		r = -errno;
		safe_printf(stderr, "fts error on %s: %s\n", path, strerror(errno));
	}
	fts_close(fts);
	return r;
}

/** From the directory @path of another system on, which no link leads out of. */
static int walk_root(const struct query_rules *q, char *path, bool recurse)
{
	int fd = lbl_root_open(q->root, path, O_RDONLY | O_DIRECTORY, 0);
	char here[] = ".";
	int r = fd < 0 ? fd : 0;

	if (r == 0 && fchdir(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (r == 0)
		return walk(q, path, here, recurse);
	if (r == -EXDEV)
		free(query_inside(q, path)); /* which tells why */
	else
		safe_printf(stderr, "%s: %s\n", path, strerror(-r));
	return r;
}

static int run(const struct query_tool *tool, int argc, char **argv)
{
	struct policy_from from = {0};
	struct query_rules q = {0};
	const char *who = NULL;
	unsigned flags = 0;
	bool recurse = false;
	int c, r;

	if (argc < 2)
		return query_usage(tool, argv[0]);
	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'f': from.spec = optarg; break;
		case QUERY_ROOT: from.root = policy_root_taken(optarg); break;
		case 'r': recurse = true; break;
		case 'v': flags |= LBL_RULES_VALIDATE; break;
		case QUERY_VALIDATE: who = optarg; break;
		}
	}
	if (optind >= argc) {
		fputs("No pathname specified\n", stderr);
		return QUERY_FAILED;
	}
	r = selabel_open(&q, SELABEL_OPEN, &from, flags, who);
	if (r >= 0)
		r = q.root ? walk_root(&q, argv[optind], recurse)
			   : walk(&q, NULL, argv[optind], recurse);
	query_close(&q);
	return r < 0 ? QUERY_FAILED : QUERY_OK;
}

const struct query_tool selabel_sehash_tool = {
	.name = "selabel_get_digests_all_partial_matches",
	.shorts = ":f:rv",
	.synopsis = "[-vr] [-f file] path",
	.help = SELABEL_HELP_FILE
	"  -r             all directories below the path as well\n" SELABEL_HELP_VALIDATE,
	.root = true,
	.validates = true,
	.run = run,
};
