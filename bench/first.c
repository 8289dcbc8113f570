/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * first: from nothing to the first answer, in a fresh process: from the text, from our compiled
 * form, and libselinux from the text.
 *
 *	first [--rounds N] SET PATH...		SET: folder with a file_contexts
 *
 * Each measurement is a process of its own, since what such a run pays for is above all memory
 * touched for the first time; it times itself from before the open to the answer.  The three
 * alternate; medians count.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "corpus.h"
#include "lbl-rules.h"

#if HAVE_LIBSELINUX
#include <selinux/label.h>
#endif

enum way { TEXT, COMPILED, LIBSELINUX, WAYS };

static const char *const way_names[WAYS] = {"text", "compiled", "libselinux"};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ask_ours(const char *base, const char *path, unsigned flags)
{
	struct lbl_rules_options o = {.size = sizeof(o), .path = base, .flags = flags};
	struct lbl_rules *rules;
	struct lbl_match m;

	if (lbl_rules_open(&rules, &o) < 0)
		return 1;
	if (!flags && !lbl_rules_compiled(rules)) {
		fprintf(stderr, "the compiled form is not used (only root's is)\n");
		return 1;
	}
	return lbl_rules_lookup(rules, path, LBL_REG, &m) < 0;
}

static int ask_libselinux(const char *base, const char *path)
{
#if HAVE_LIBSELINUX
	struct selinux_opt o = {SELABEL_OPT_PATH, base};
	struct selabel_handle *h = selabel_open(SELABEL_CTX_FILE, &o, 1);
	char *context;

	if (!h)
		return 1;
	return selabel_lookup_raw(h, &context, path, S_IFREG) < 0 && errno != ENOENT;
#else
	return 1;
#endif
}

/** What a child does: one measurement, in microseconds, on standard output. */
static int measure(enum way way, const char *base, const char *path)
{
	double start = now();
	int r = way == LIBSELINUX ? ask_libselinux(base, path)
				  : ask_ours(base, path, way == TEXT ? LBL_RULES_TEXT : 0);

	printf("%.1f\n", now() - start);
	return r;
}

static double run(char *self, enum way way, const char *base, const char *path)
{
	char number[2] = {(char)('0' + way), 0};
	char *const args[] = {self, (char *)"--measure", number, (char *)base, (char *)path, NULL};
	char out[64] = "";
	int pipes[2], status;
	pid_t pid;

	if (pipe(pipes) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		dup2(pipes[1], 1);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	close(pipes[1]);
	if (read(pipes[0], out, sizeof(out) - 1) < 0)
		out[0] = '\0';
	close(pipes[0]);
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		return -1;
	return atof(out);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int bench(char *self, const char *base, const char *path, int rounds)
{
	double v[WAYS][999];

	for (int i = 0; i < rounds; i++)
		for (int w = 0; w < (HAVE_LIBSELINUX ? WAYS : LIBSELINUX); w++)
			if ((v[w][i] = run(self, (enum way)w, base, path)) < 0) {
				fprintf(stderr, "%s: failed\n", way_names[w]);
				return 1;
			}
	printf("%-40s", path);
	for (int w = 0; w < (HAVE_LIBSELINUX ? WAYS : LIBSELINUX); w++) {
		qsort(v[w], (size_t)rounds, sizeof(double), ascending);
		printf("  %s %7.1f us", way_names[w], v[w][rounds / 2]);
	}
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	int rounds = 51, bad = 0, at = 1;
	struct lbl_compile_options o = {.size = sizeof(o)};
	struct corpus c;
	char root[4096];
	char *slash;

	if (argc == 5 && strcmp(argv[1], "--measure") == 0)
		return measure((enum way)(argv[2][0] - '0'), argv[3], argv[4]);
	if (argc > 2 && strcmp(argv[1], "--rounds") == 0) {
		rounds = MAX(1, MIN(atoi(argv[2]), 999));
		at = 3;
	}
	if (argc - at < 2) {
		fprintf(stderr, "usage: first [--rounds N] SET PATH...\n");
		return 2;
	}
	snprintf(root, sizeof(root), "%s", argv[at]);
	while ((slash = strrchr(root, '/')) && !slash[1] && slash != root)
		*slash = '\0';
	if (!slash)
		slash = root;
	else
		*slash++ = '\0';
	if (corpus_open(&c, slash == root ? "." : root, slash) < 0) {
		fprintf(stderr, "%s: cannot be read\n", argv[at]);
		return 1;
	}
	(void)usleep(100000); /* files just copied are told by their digest: as rules seldom are */
	o.path = c.base;
	bad = lbl_compile(&o) < 0;
	for (at++; at < argc && !bad; at++)
		bad = bench(argv[0], c.base, argv[at], rounds);
	corpus_done(&c);
	return bad;
}
