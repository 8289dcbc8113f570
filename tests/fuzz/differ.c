/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pairs of random rule sets, one mostly an edited copy of the other, compared by lbl_diff_*(), and
 * by asking both about many paths; and each spec of the first: can it win?
 *
 *	differ [--sets N] [--seed S]
 *
 * Pair number i of a run is made from seed S + i alone, so `--seed S+i --sets 1` repeats it.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "gen.h"
#include "pair.h"
#include "rules/automaton.h"
#include "analysis/shape.h"
#include "analysis/unfold.h"
#include "analysis/witness.h"
#include "set.h"

enum { EDITS = 3 };

struct run {
	struct gen gen[2];
	char dir[2][4096], base[2][4200];
	struct corpus paths;
	struct pair pair;
	struct model *model[2];
	struct witness *witness;
	unsigned long won, never, unsure, opened, plain;
};

/* ---- an edited copy -------------------------------------------------------------------------- */

struct lines {
	const char *start[256];
	size_t len[256];
	unsigned n;
};

static void split(const struct buf *b, struct lines *l)
{
	const char *p = buf_str(b);

	for (l->n = 0; *p && l->n < 255; l->n++) {
		l->start[l->n] = p;
		l->len[l->n] = strcspn(p, "\n") + 1;
		p += l->len[l->n];
	}
}

static void edit(struct gen *g, unsigned part, struct buf *b)
{
	unsigned what = rng_below(&g->rng, 5), at, to;
	struct buf out = {0};
	struct lines l;

	split(b, &l);
	at = l.n ? rng_below(&g->rng, l.n) : 0;
	to = l.n ? rng_below(&g->rng, l.n) : 0;
	for (unsigned i = 0; i <= l.n; i++) {
		if (what == 0 && i == at) /* one more */
			(part < 3 ? gen_specs : gen_subs)(g, &out, 1);
		if (i == l.n || (what == 1 && i == at)) /* one less */
			continue;
		if (what == 2 && (i == at || i == to)) /* two exchanged */
			buf_add(&out, l.start[at + to - i], l.len[at + to - i]);
		else if (what == 3 && i == at && part < 3) /* another context */
			buf_printf(&out, "%.*su:r:t%u\n", (int)strcspn(l.start[i], "\t") + 1,
				   l.start[i], rng_below(&g->rng, 6));
		else
			buf_add(&out, l.start[i], l.len[i]);
	}
	buf_done(b);
	*b = out;
}

static void gen_other(struct run *f)
{
	struct gen *g = &f->gen[1];

	g->rng = f->gen[0].rng;
	if (gen_chance(g, 20)) {
		gen_set(g);
		return;
	}
	for (unsigned i = 0; i < GEN_PARTS; i++) {
		buf_reset(&g->part[i]);
		buf_adds(&g->part[i], buf_str(&f->gen[0].part[i]));
	}
	for (unsigned n = rng_below(&g->rng, EDITS + 1); n > 0; n--) {
		unsigned part = gen_chance(g, 60) ? 0 : rng_below(&g->rng, GEN_PARTS);

		edit(g, part, &g->part[part]);
	}
}

/* ---- checks ---------------------------------------------------------------------------------- */

/** Without specs for PCRE2 nothing may be left undecided: these sets are small. */
static int note_sides(struct run *f)
{
	bool sides = false;

	for (int i = 0; i < 2; i++) {
		struct unfold u;

		if (unfold_init(&u, db_of_rules(f->pair.rules[i])) < 0)
			return pair_wrong(&f->pair, NULL, "no memory");
		sides = sides || u.sides;
		unfold_done(&u);
	}
	f->plain += !sides;
	f->pair.decided = !sides;
	return 0;
}

static const char *path_at(const struct run *f, size_t i)
{
	return f->paths.text.data + f->paths.paths[i].offset;
}

static int check_paths(struct run *f, const struct model *m)
{
	if (gen_paths(&f->gen[1], m, &f->paths) < 0)
		return pair_wrong(&f->pair, NULL, "no memory");
	for (size_t i = 0; i < f->paths.n_paths; i++)
		if (pair_check_path(&f->pair, path_at(f, i)) < 0)
			return -1;
	return 0;
}

/** Can the specs win that win somewhere? */
static int check_wins(struct run *f)
{
	struct db *db = db_of_rules(f->pair.rules[0]);
	size_t n = db_automaton(db)->source->n;
	_cleanup_free_ uint8_t *seen = calloc(n + 1, 1);
	struct db_reader *reader;
	int r = 0;

	if (!seen || db_reader_new(db, &reader) < 0)
		return pair_wrong(&f->pair, NULL, "no memory");
	for (size_t i = 0; i < f->paths.n_paths; i++) {
		const char *path = path_at(f, i);

		for (enum lbl_kind k = LBL_ANY; k <= LBL_REG && path_is_clean(path); k++) {
			const struct db_spec *spec;

			if (db_resolve(reader, path, strlen(path), k, &spec) == 0 && spec)
				seen[(spec->rank & ~SOURCE_RANK_LITERAL) - 1] |= (uint8_t)(1 << k);
		}
	}
	for (uint32_t i = 0; i < n && r >= 0; i++) {
		for (enum lbl_kind k = LBL_ANY; k <= LBL_REG && r >= 0; k++) {
			_cleanup_(buf_done) struct buf path = {0};
			const struct db_spec *spec = NULL;

			r = witness_wins(f->witness, i, k, &path);
			*(r > 0 ? &f->won : r == 0 ? &f->never : &f->unsure) += 1;
			if (r < 0 && f->pair.decided)
				r = pair_wrong(&f->pair, NULL, "spec %u is undecided", i);
			else if (r == 0 && seen[i] >> k & 1)
				r = pair_wrong(&f->pair, NULL, "spec %u wins for kind %d", i, k);
			else if (r > 0 &&
				 (db_resolve(reader, buf_str(&path), path.len, k, &spec) < 0 ||
				  !spec || (spec->rank & ~SOURCE_RANK_LITERAL) - 1 != i ||
				  !path_is_clean(buf_str(&path))))
				r = pair_wrong(&f->pair, buf_str(&path), "spec %u does not win", i);
			else
				r = 0;
		}
	}
	db_reader_free(reader);
	return r;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static int open_pair(struct run *f)
{
	int r;

	for (int i = 0; i < 2; i++) {
		if (gen_write(&f->gen[i], f->base[i]) < 0)
			return pair_wrong(&f->pair, NULL, "a file cannot be written");
		if (model_open(&f->model[i], f->base[i]) < 0)
			return 0;
	}
	r = pair_open(&f->pair, f->base[0], f->base[1]);
	if (r > 0 && witness_new(&f->witness, db_of_rules(f->pair.rules[0])) < 0)
		return pair_wrong(&f->pair, NULL, "no memory");
	return r;
}

static void close_pair(struct run *f)
{
	f->witness = witness_free(f->witness);
	pair_close(&f->pair);
	for (int i = 0; i < 2; i++)
		f->model[i] = model_free(f->model[i]);
}

static void show(const struct run *f, uint64_t seed)
{
	printf("pair %llu fails (repeat: --seed %llu --sets 1): %s\n", (unsigned long long)seed,
	       (unsigned long long)seed, f->pair.why);
	printf("path: ");
	corpus_print_path(f->pair.path);
	putchar('\n');
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < GEN_PARTS; k++)
			printf("---- %s file_contexts%s\n%s", i ? "new" : "old", gen_suffix[k],
			       buf_str(&f->gen[i].part[k]));
	printf("----\n");
}

static int run_pair(struct run *f, uint64_t seed)
{
	int r;

	f->gen[0].rng.state = seed * 0x5851f42d4c957f2du;
	gen_set(&f->gen[0]);
	gen_other(f);
	r = open_pair(f);
	f->opened += r == 1;
	if (r > 0)
		r = note_sides(f);
	if (r >= 0 && f->pair.diff)
		r = pair_check_items(&f->pair);
	for (int i = 1; i >= 0 && r >= 0 && f->pair.diff; i--)
		r = check_paths(f, f->model[i]);
	if (r >= 0 && f->pair.diff)
		r = check_wins(f);
	if (r < 0)
		show(f, seed);
	close_pair(f);
	return r < 0;
}

int main(int argc, char **argv)
{
	struct run f = {.opened = 0};
	uint64_t sets = 600, seed = 1;
	unsigned failures = 0;

	if (gen_args(argc, argv, &sets, &seed) < 0 || gen_dir("differ", f.dir[0], f.base[0]) < 0 ||
	    gen_dir("differ", f.dir[1], f.base[1]) < 0) {
		fprintf(stderr, "usage: differ [--sets N] [--seed S]\n");
		return 2;
	}
	for (uint64_t i = 0; i < sets && failures < 3; i++)
		failures += run_pair(&f, seed + i);
	printf("%llu pairs, %lu opened, %lu without PCRE2: %lu items (%lu undecided), %lu paths "
	       "that differ, %lu that "
	       "do "
	       "not; below: %lu no, %lu perhaps; specs: %lu win, %lu never, %lu undecided; "
	       "%u failures\n",
	       (unsigned long long)sets, f.opened, f.plain, f.pair.items, f.pair.undecided,
	       f.pair.differing, f.pair.same, f.pair.below[0], f.pair.below[1], f.won, f.never,
	       f.unsure, failures);
	if (sets >= 500 && !failures &&
	    (!f.pair.items || !f.pair.undecided || !f.pair.differing || !f.pair.same ||
	     !f.pair.below[0] || !f.never || !f.plain)) {
		printf("some branch was never taken\n");
		failures = 1;
	}
	for (int i = 0; i < 2; i++) {
		gen_done(&f.gen[i]);
		corpus_remove_dir(f.dir[i]);
	}
	free(f.paths.paths);
	buf_done(&f.paths.text);
	return failures ? 1 : 0;
}
