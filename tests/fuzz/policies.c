/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shipped policies compared by lbl_diff_*(), one with another and one with copies of itself in
 * which a line was added, removed or moved; held against asking both about many paths.
 *
 *	LBL_CORPORA  folder with debian/ refpolicy/ paths/ (default: ../shared/corpora)
 *	LBL_ORACLE   quick: fewer copies
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/map.h"
#include "corpus.h"
#include "pair.h"
#include "sample.h"

enum { EDITS = 24, EDITS_QUICK = 6, EVERY = 29, EVERY_EDIT = 97 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** Every so-manieth path of @c. */
static int check_paths(struct pair *p, const struct corpus *c, size_t every)
{
	for (size_t i = 0; i < c->n_paths; i += every)
		if (pair_check_path(p, c->text.data + c->paths[i].offset) < 0)
			return -1;
	return 0;
}

/** Compare; check with the paths of both; return failures. */
static int compare(const char *what, struct corpus *old, struct corpus *new, size_t every)
{
	struct pair p = {.decided = true};
	double start = now(), took;
	int r = pair_open(&p, old->base, new->base);

	took = now() - start;
	if (r > 0)
		r = pair_check_items(&p);
	if (r >= 0)
		r = check_paths(&p, old, every);
	if (r >= 0)
		r = check_paths(&p, new, every);
	printf("%s: %lu items in %.3f s; %lu paths that differ, %lu that do not; below: %lu no, "
	       "%lu perhaps\n",
	       what, p.items, took, p.differing, p.same, p.below[0], p.below[1]);
	if (r < 0) {
		printf("%s\npath: ", p.why);
		corpus_print_path(p.path);
		putchar('\n');
	}
	pair_close(&p);
	return r < 0;
}

/* ---- edited copies --------------------------------------------------------------------------- */

/** The line that @at is in, with its newline. */
static const char *line_at(const struct map *m, size_t at, size_t *ret_len)
{
	size_t start = at, end = at;

	while (start > 0 && m->data[start - 1] != '\n')
		start--;
	while (end < m->len && m->data[end] != '\n')
		end++;
	*ret_len = MIN(end + 1, m->len) - start;
	return m->data + start;
}

/** Write to @path the text of @m with a line added, removed or moved. */
static int write_edited(struct rng *rng, const struct map *m, const char *path, const char **what)
{
	static const char *const added[] = {
		"/usr/(.*/)?lib[0-9]*/[^/]*\\.so\tsystem_u:object_r:added_t:s0\n",
		"/var/log/.*\tsystem_u:object_r:added_t:s0\n",
		"/etc/passwd\t--\tsystem_u:object_r:added_t:s0\n",
		"/.*/bin/[a-c].*\t-l\tsystem_u:object_r:added_t:s0\n",
	};
	static const char *const names[] = {"a line added", "a line removed", "a line moved"};
	unsigned edit = rng_below(rng, 3);
	size_t len, other_len;
	const char *line = line_at(m, rng_below(rng, (unsigned)m->len), &len),
		   *end = m->data + m->len;
	const char *other = line_at(m, rng_below(rng, (unsigned)m->len), &other_len);
	FILE *out = fopen(path, "we");

	if (!out)
		return -1;
	*what = names[edit];
	if (edit == 2 && other < line) {
		fwrite(m->data, 1, (size_t)(other - m->data), out);
		fwrite(line, 1, len, out);
		fwrite(other, 1, (size_t)(line - other), out);
	} else {
		fwrite(m->data, 1, (size_t)(line - m->data), out);
		if (edit == 0)
			fputs(added[rng_below(rng, ARRAY_SIZE(added))], out);
		if (edit == 2 && other > line) {
			fwrite(line + len, 1, (size_t)(other - line) - len, out);
			fwrite(line, 1, len, out);
			line = other;
			len = 0;
		}
		fwrite(line + (edit ? len : 0), 1, (size_t)(end - line) - (edit ? len : 0), out);
	}
	return fclose(out);
}

static int compare_copies(const char *root, const char *name, struct corpus *c)
{
	struct corpus copy = {0};
	struct rng rng = {.state = 7};
	struct map text = {0};
	const char *mode = getenv("LBL_ORACLE");
	int edits = mode && strcmp(mode, "quick") == 0 ? EDITS_QUICK : EDITS;
	char what[256];
	int bad = 0, r = corpus_open(&copy, root, name);

	if (r >= 0)
		r = map_open(&text, AT_FDCWD, c->base, 1u << 30);
	for (int i = 0; i < edits && r >= 0 && !bad; i++) {
		const char *edit = "";

		if (write_edited(&rng, &text, copy.base, &edit) < 0)
			r = -EIO;
		snprintf(what, sizeof(what), "%s, %s", name, edit);
		copy.n_paths = 0;
		buf_reset(&copy.text);
		if (r >= 0)
			bad += compare(what, c, &copy, EVERY_EDIT);
	}
	map_done(&text);
	corpus_done(&copy);
	return bad || r < 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int run(const char *root)
{
	struct corpus old = {0}, new = {0};
	char list[4200];
	int bad = 1;

	snprintf(list, sizeof(list), "%s/paths/real.txt.xz", root);
	if (corpus_open(&old, root, "debian") >= 0 && corpus_open(&new, root, "refpolicy") >= 0 &&
	    corpus_read_paths(&old, list) >= 0 && corpus_derive(&old, 2, 2000) >= 0 &&
	    corpus_derive(&new, 2, 2000) >= 0) {
		bad = compare("debian and refpolicy", &old, &new, EVERY);
		bad |= compare("refpolicy and debian", &new, &old, EVERY);
		bad |= compare_copies(root, "debian", &old);
		bad |= compare_copies(root, "refpolicy", &new);
	} else {
		printf("%s: cannot be read\n", root);
	}
	corpus_done(&old);
	corpus_done(&new);
	return bad;
}

int main(void)
{
	const char *root = getenv("LBL_CORPORA");
	char probe[4200];

	if (!root)
		root = SOURCE_ROOT "/../shared/corpora";
	snprintf(probe, sizeof(probe), "%s/refpolicy/file_contexts", root);
	if (access(probe, R_OK) != 0) {
		printf("skipped: no corpora in %s (set LBL_CORPORA)\n", root);
		return 77;
	}
	return run(root);
}
