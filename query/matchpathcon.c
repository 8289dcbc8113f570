/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "query.h"
#include "relabel/safe.h"
#include "relabel/streams.h"

#define LABEL_MAX 4096 /* a page is the kernel's limit */

struct match {
	struct query_rules q;
	enum lbl_kind kind;
	bool kind_given, context_only, verify, quiet;
};

/** The context the rules give @path, "<<none>>" for none; NULL and errno on failure. */
static const char *wanted(struct match *m, const char *path, enum lbl_kind kind)
{
	struct lbl_match match;
	int r = lbl_rules_lookup(m->q.rules, path, kind, &match);

	if (r < 0) {
		errno = -r;
		return NULL;
	}
	return r > 0 && match.context ? match.context : "<<none>>";
}

static int look_up(struct match *m, const char *path, enum lbl_kind kind)
{
	char *inside = query_inside(&m->q, path);
	const char *context = inside ? wanted(m, inside, kind) : NULL;

	free(inside);
	if (!inside)
		return QUERY_USAGE;
	if (!context) {
		safe_printf(stderr, "selabel_lookup(%s) failed: %s\n", path, strerror(errno));
		return QUERY_USAGE;
	}
	if (m->context_only)
		safe_printf(stdout, "%s\n", context);
	else
		safe_printf(stdout, "%s\t%s\n", path, context);
	return QUERY_OK;
}

/* ---- -V -------------------------------------------------------------------------------------- */

/**
 * The name the rules are asked about: absolute and without links, but for a link itself.  NULL
 * and errno on failure.
 */
static char *canonical(const char *path, const struct stat *st)
{
	char *dir, *copy, *out = NULL;
	const char *slash, *name;

	if (!S_ISLNK(st->st_mode))
		return realpath(path, NULL);
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	copy = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	dir = copy ? realpath(copy, NULL) : NULL;
	if (dir && asprintf(&out, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, name) < 0)
		out = NULL;
	free(dir);
	free(copy);
	return out;
}

/** lgetxattr(), of a file of another system through no link. */
static ssize_t read_inside(const char *root, const char *path, char label[LABEL_MAX + 1])
{
	int fd = lbl_root_open(root, path, O_PATH | O_NOFOLLOW, 0);
	char held[32];
	ssize_t n;

	if (fd < 0) {
		errno = -fd;
		return -1;
	}
	snprintf(held, sizeof(held), "/proc/self/fd/%d", fd);
	n = getxattr(held, "security.selinux", label, LABEL_MAX);
	close(fd);
	return n;
}

/** The label on disk; -1 and errno when there is none. */
static int read_label(const struct query_rules *q, const char *path, char label[LABEL_MAX + 1])
{
	ssize_t n = q->root ? read_inside(q->real_root, path, label)
			    : lgetxattr(path, "security.selinux", label, LABEL_MAX);

	if (n == 0)
		errno = ENOTSUP; /* as libselinux sees it */
	if (n <= 0)
		return -1;
	label[n] = '\0';
	return 0;
}

/** What follows the user. */
static const char *without_user(const char *context)
{
	const char *colon = strchr(context, ':');

	return colon ? colon : context;
}

/** The same for a file of another system. */
static char *canonical_inside(const char *root, const char *path)
{
	char *name = NULL;
	int r = lbl_resolve_operand(root, path, &name);

	errno = -r;
	return r < 0 ? NULL : name;
}

enum verdict { VERIFIED, DIFFERENT, FAILED };

static enum verdict compare(struct match *m, const char *shown, const char *path,
			    enum lbl_kind kind)
{
	char label[LABEL_MAX + 1];
	int error = read_label(&m->q, path, label) < 0 ? errno : 0;
	char *inside = NULL;
	const char *want;

	if (error && error != ENOTSUP) {
		errno = error;
		return FAILED;
	}
	inside = query_inside(&m->q, path);
	want = inside ? wanted(m, inside, kind) : NULL;
	free(inside);
	if (!want)
		return FAILED;
	if (!error && strcmp(without_user(label), without_user(want)) == 0) {
		if (!m->quiet)
			safe_printf(stdout, "%s verified.\n", shown);
		return VERIFIED;
	}
	if (m->quiet)
		return DIFFERENT;
	if (error)
		safe_printf(stdout, "actual context unknown: %s, should be %s\n", strerror(error),
			    want);
	else
		safe_printf(stdout, "%s has context %s, should be %s\n", shown, label, want);
	return DIFFERENT;
}

static enum verdict verify(struct match *m, const char *path, enum lbl_kind kind)
{
	struct stat st;
	enum verdict v = FAILED;
	char *name = NULL;

	if (m->q.root)
		name = canonical_inside(m->q.root, path);
	else if (lstat(path, &st) == 0)
		name = canonical(path, &st);

	if (name)
		v = compare(m, path, name, kind);
	if (v == FAILED && !m->quiet)
		safe_printf(stdout, "%s error: %s\n", path, strerror(errno));
	free(name);
	return v;
}

/* ---------------------------------------------------------------------------------------------- */

static int take_operand(struct match *m, char *path, bool *stop)
{
	enum lbl_kind kind = m->kind;
	size_t len = strlen(path);
	enum verdict v;

	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = '\0';
	if (!m->kind_given)
		kind = query_kind_of(&m->q, path);
	if (!m->verify)
		return look_up(m, path, kind);
	v = verify(m, path, kind);
	*stop = v == FAILED || (m->quiet && v == DIFFERENT);
	return v == VERIFIED ? QUERY_OK : QUERY_USAGE;
}

static int bad_root(const char *root)
{
	safe_printf(stderr, "Error setting policy root  %s:  %s\n", root, strerror(EINVAL));
	return QUERY_USAGE;
}

static int run(const struct query_tool *tool, int argc, char **argv)
{
	struct match m = {.kind = LBL_ANY};
	struct policy_from from = {0};
	int c, r, status = QUERY_OK;
	bool stop = false;

	if (argc < 2)
		return query_usage(tool, argv[0]);
	while ((c = query_option(tool, argc, argv)) != -1) {
		switch (c) {
		case 'f': from.spec = optarg; break;
		case QUERY_ROOT: from.root = policy_root_taken(optarg); break;
		case 'm':
			if (query_kind(optarg, &m.kind) < 0) {
				safe_printf(stderr, "%s: mode %s is invalid\n", argv[0], optarg);
				return QUERY_USAGE;
			}
			m.kind_given = true;
			break;
		case 'n': m.context_only = true; break;
		case 'P':
			if (!strchr(optarg, '/'))
				return bad_root(optarg);
			from.policy_root = optarg;
			break;
		case 'p':
			safe_printf(stderr, "Warning: using %s -p is deprecated\n", argv[0]);
			break;
		case 'q': m.quiet = true; break;
		case 'V': m.verify = true; break;
		}
	}
	r = query_open(&m.q, &from, 0);
	if (r < 0) {
		fprintf(stderr, "Error while opening file contexts database: %s\n", strerror(-r));
		status = QUERY_FAILED;
	}
	for (int i = optind; r >= 0 && i < argc && !stop; i++)
		status = take_operand(&m, argv[i], &stop) == QUERY_OK ? status : QUERY_USAGE;
	query_close(&m.q);
	return status;
}

int main(int argc, char **argv)
{
	static const struct query_tool tool = {
		.name = "matchpathcon",
		.root = true,
		.shorts = ":f:m:NnP:p:qV",
		.synopsis = "[-V] [-q] [-N] [-n] [-m type] [-f file_contexts_file] [-p prefix] "
			    "[-P policy_root_path] filepath...",
		.help = "  -f FILE        rules: FILE and its companions, not the active policy's\n"
			"  -m TYPE        kind of file: f d l c b s p; else that of the path "
			"itself\n"
			"  -n             print the context only\n"
			"  -N             contexts as they are in the rules (they always are)\n"
			"  -P ROOT        rules of the policy in ROOT (as /etc/selinux/targeted)\n"
			"  -p PREFIX      accepted for old scripts, no effect\n"
			"  -q             with -V: print nothing\n"
			"  -V             compare with the label on disk\n",
		.run = run,
	};

	if (argc == 0)
		return QUERY_FAILED;
	return streams_finish(argv[0], tool.run(&tool, argc, argv), QUERY_FAILED);
}
