/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lint the corpora.  A spec that is said never to win must win none of the real and derived paths,
 * for no kind; a path that is said to show something must be won by the spec it is shown for.
 * And the base file must have the same findings when it is written as refpolicy source.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "corpus.h"
#include "lbl-rules.h"
#include "rules/db.h"

#define PER_SPEC 3
#define SPOILED	 20000

struct note {
	char *file;
	char *witness;
	unsigned line;
	bool dead; /* else the spec wins at the witness */
};

struct job {
	const struct corpus *corpus;
	struct note *notes;
	size_t n, cap;
	struct db *db;
	struct db_reader *reader;
	unsigned long errors, dead_specs, lookups, bad;
};

/* ---- findings ------------------------------------------------------------------------------- */

static bool is_one_of(const char *code, const char *const *codes)
{
	while (*codes && strcmp(*codes, code) != 0)
		codes++;
	return *codes;
}

static void on_finding(void *user, const struct lbl_finding *f)
{
	static const char *const dead[] = {"behind-substitution", "never-matches", "redundant",
					   "shadowed", NULL};
	static const char *const wins[] = {"tree-difference", NULL};
	struct job *j = user;

	j->errors += f->severity == LBL_ERROR;
	if (!is_one_of(f->code, dead) && !is_one_of(f->code, wins))
		return;
	if (array_reserve(&j->notes, &j->cap, j->n + 1, sizeof(*j->notes)) < 0)
		abort();
	j->notes[j->n++] = (struct note){
		.file = strdup(f->file),
		.line = f->line,
		.dead = is_one_of(f->code, dead),
		.witness = f->witness ? strdup(f->witness) : NULL,
	};
	j->dead_specs += is_one_of(f->code, dead);
}

static bool is_noted(const struct note *n, const struct db_spec *spec)
{
	return spec && spec->line == n->line && strcmp(spec->file, n->file) == 0;
}

/* ---- lookups -------------------------------------------------------------------------------- */

static const struct db_spec *ask(struct job *j, const char *path, size_t len, enum lbl_kind kind)
{
	const struct db_spec *spec = NULL;

	if (db_resolve(j->reader, path, len, kind, &spec) < 0)
		abort();
	j->lookups++;
	return spec;
}

static void complain(struct job *j, const struct db_spec *spec, const char *path, const char *what)
{
	j->bad++;
	printf("%s: %s:%u %s ", j->corpus->name, spec->file, spec->line, what);
	corpus_print_path(path);
	printf("\n");
}

/** Few findings, many paths: the dead specs are found by line. */
static void check_path(struct job *j, const char *path, size_t len)
{
	for (enum lbl_kind k = LBL_ANY; k <= LBL_REG; k++) {
		const struct db_spec *spec = ask(j, path, len, k);

		for (size_t i = 0; spec && i < j->n; i++)
			if (j->notes[i].dead && is_noted(&j->notes[i], spec))
				complain(j, spec, path, "never wins, but wins");
	}
}

static void check_witness(struct job *j, const struct note *n)
{
	bool won = false;

	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
		won |= is_noted(n, ask(j, n->witness, strlen(n->witness), k));
	if (won != n->dead)
		return;
	j->bad++;
	printf("%s: %s:%u: %s at %s\n", j->corpus->name, n->file, n->line,
	       won ? "wins" : "does not win", n->witness);
}

static void check_all(struct job *j)
{
	const struct corpus *c = j->corpus;
	char *clean = malloc(c->text.len + 1);

	if (!clean)
		abort();
	for (size_t i = 0; i < c->n_paths; i++)
		check_path(j, clean, db_normalise(c->text.data + c->paths[i].offset, clean));
	for (size_t i = 0; i < j->n; i++)
		if (j->notes[i].witness)
			check_witness(j, &j->notes[i]);
	free(clean);
}

/* ---- the same as source --------------------------------------------------------------------- */

/** "u:r:t:RANGE" as refpolicy has it. */
static void put_context(FILE *out, char *context)
{
	char *range = context;

	for (int i = 0; i < 3 && range; i++)
		range = strchr(range + (i > 0), ':');
	if (range)
		fprintf(out, "gen_context(%.*s,%s)", (int)(range - context), context, range + 1);
	else
		fputs(context, out);
}

/** Write the lines of @from to @to, one for one; as they are, or as source. */
static void rewrite(const char *from, const char *to, bool source)
{
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	char line[8192], copy[8192], *save;

	if (!in || !out)
		abort();
	while (fgets(line, sizeof(line), in)) {
		char *word[3], *p = strcpy(copy, line);
		int n = 0;

		while (n < 3 && (word[n] = strtok_r(n ? NULL : p, " \t\n", &save)))
			n++;
		if (!source || n < 2 || word[0][0] == '#') {
			fputs(line, out);
			continue;
		}
		fprintf(out, "%s\t%s\t", word[0], n == 3 ? word[1] : "");
		put_context(out, word[n - 1]);
		fputc('\n', out);
	}
	fclose(in);
	if (fclose(out) != 0)
		abort();
}

static void list_finding(void *user, const struct lbl_finding *f)
{
	buf_printf(user, "%u %s\n", f->line, f->code);
}

static int compare_as_source(const struct corpus *c)
{
	struct buf lists[2] = {{0}};
	struct lbl_lint_options o = {.size = sizeof(o), .finding = list_finding};
	char path[4096];
	int n[2], bad;

	for (int source = 0; source < 2; source++) {
		snprintf(path, sizeof(path), "%s/alone%s", c->dir, source ? ".fc" : "");
		rewrite(c->base, path, source);
		o.path = path;
		o.user = &lists[source];
		n[source] = source ? lbl_lint_source(&o) : lbl_lint_rules(&o);
	}
	bad = n[0] < 0 || n[0] != n[1] || strcmp(buf_str(&lists[0]), buf_str(&lists[1])) != 0;
	printf("%s: %d findings in the base file, %d in it as source\n", c->name, n[0], n[1]);
	if (bad)
		printf("--- base\n%s--- source\n%s", buf_str(&lists[0]), buf_str(&lists[1]));
	buf_done(&lists[0]);
	buf_done(&lists[1]);
	return bad;
}

/* ---- one corpus ----------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** @least: so many specs never win; 0: the set is one for tests, with errors. */
static int run(const struct corpus *c, unsigned least)
{
	struct job j = {.corpus = c};
	struct lbl_lint_options lo = {
		.size = sizeof(lo), .path = c->base, .finding = on_finding, .user = &j};
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = c->base};
	double start = now(), took;
	int n = lbl_lint_rules(&lo), bad;

	took = now() - start;
	if (n < 0 || db_open(&j.db, &ro) < 0 || db_reader_new(j.db, &j.reader) < 0) {
		printf("%s: %s\n", c->name, n < 0 ? strerror(-n) : "cannot be opened");
		return 1;
	}
	check_all(&j);
	printf("%s: %d findings (%lu errors) in %.3f s, %lu specs never win, nor did they in %lu "
	       "lookups\n",
	       c->name, n, j.errors, took, j.dead_specs, j.lookups);
	bad = j.bad || (least && j.errors);
	if (j.dead_specs < least) {
		printf("%s: at least %u were known\n", c->name, least);
		bad = 1;
	}
	for (size_t i = 0; i < j.n; i++) {
		free(j.notes[i].file);
		free(j.notes[i].witness);
	}
	free(j.notes);
	db_reader_free(j.reader);
	db_free(j.db);
	return bad;
}

static int run_named(const char *dir, const char *name, const char *const *lists, unsigned least)
{
	_cleanup_(corpus_done) struct corpus c = {0};
	int r = corpus_open(&c, dir, name);

	for (; r >= 0 && *lists; lists++)
		r = corpus_read_paths(&c, *lists);
	if (r >= 0)
		r = corpus_derive(&c, PER_SPEC, SPOILED);
	if (r < 0) {
		printf("%s/%s: %s\n", dir, name, strerror(-r));
		return 1;
	}
	r = run(&c, least);
	return least ? compare_as_source(&c) || r : r;
}

int main(void)
{
	static const char *const none[] = {NULL};
	static const char *const names[] = {"debian", "fedora", "refpolicy"};
	const char *root = getenv("LBL_CORPORA");
	char real[4096], synth[4096];
	const char *const lists[] = {real, synth, NULL};
	int bad = run_named(SOURCE_ROOT "/tests/corpus", "small", none, 0);

	if (!root)
		root = SOURCE_ROOT "/../shared/corpora";
	snprintf(real, sizeof(real), "%s/paths/real.txt.xz", root);
	snprintf(synth, sizeof(synth), "%s/paths/synth-fedora.txt.xz", root);
	if (access(real, R_OK) < 0) {
		printf("skipped: no corpora in %s (set LBL_CORPORA)\n", root);
		return bad ? 1 : 77;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		bad |= run_named(root, names[i], lists, 20);
	return bad;
}
