/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain: over real rules and paths, what lbl_explain names as the winner is what a lookup
 * answers; and its candidates are just the specs that PCRE2, asked one by one, says match.
 *
 *	LBL_CORPORA  as for oracle_matcher
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "corpus.h"
#include "lbl-rules.h"
#include "model.h"
#include "ours.h"

#define WINNER_EVERY 23	  /* paths whose winner is compared, of all */
#define ALL_EVERY    1999 /* and whose candidates are */

struct tally {
	unsigned long winners, lists, candidates, differences;
};

/* The model's specs, each as a program of its own. */
struct flat {
	struct model *model;
	pcre2_code **codes;
	pcre2_match_data *match;
};

static void flat_done(struct flat *f)
{
	for (size_t i = 0; f->codes && i < f->model->n_specs; i++)
		pcre2_code_free(f->codes[i]);
	free(f->codes);
	pcre2_match_data_free(f->match);
	model_free(f->model);
}

static pcre2_code *compile(const char *regex)
{
	_cleanup_(buf_done) struct buf text = {0};
	pcre2_code *code;
	PCRE2_SIZE at;
	int error;

	buf_printf(&text, "^%s$", regex);
	code = pcre2_compile((PCRE2_SPTR)buf_str(&text), text.len,
			     PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
	if (code)
		pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

static int flat_open(struct flat *f, const char *path)
{
	int r = model_open(&f->model, path);

	if (r < 0)
		return r;
	f->codes = calloc(f->model->n_specs, sizeof(*f->codes));
	f->match = pcre2_match_data_create(1, NULL);
	if (!f->codes || !f->match)
		return -ENOMEM;
	for (size_t i = 0; i < f->model->n_specs; i++)
		if (!f->model->specs[i].plain)
			f->codes[i] = compile(f->model->specs[i].regex);
	return 0;
}

static bool matches(const struct flat *f, size_t i, const char *path)
{
	const struct model_spec *s = &f->model->specs[i];

	if (s->plain)
		return strcmp(s->plain, path) == 0;
	return f->codes[i] &&
	       pcre2_match(f->codes[i], (PCRE2_SPTR)path, strlen(path), 0, 0, f->match, NULL) >= 0;
}

/* Of the specs that match, in order of rank: literals from the last on, then the others. */
static size_t next_match(const struct flat *f, size_t pos, const char *path)
{
	size_t n = f->model->n_specs;

	for (; pos < 2 * n; pos++) {
		size_t i = n - 1 - pos % n;

		if ((f->model->specs[i].plain != NULL) == (pos < n) && matches(f, i, path))
			break;
	}
	return pos;
}

static bool is_spec(const struct lbl_candidate *c, const struct model_spec *s)
{
	return c->match.line == s->line && c->match.kind == s->kind &&
	       strcmp(c->match.regex, s->regex) == 0 && text_same(c->match.context, s->context) &&
	       c->literal == (s->plain != NULL);
}

/* The winner is named first; the rest is in the order of rank with the winner left out. */
static bool all_candidates(const struct lbl_explain *e, const struct flat *f, struct tally *t)
{
	const char *path = lbl_explain_path(e);
	struct lbl_candidate winner = {.why = LBL_WHY_KIND}, c;
	size_t at = 0, n = 2 * f->model->n_specs, pos = 0;

	if (lbl_explain_next_candidate(e, &pos, &winner) == 0 || winner.why != LBL_WHY_WINS)
		pos = 0;
	for (at = next_match(f, 0, path); at < n; at = next_match(f, at + 1, path)) {
		const struct model_spec *s =
			&f->model->specs[f->model->n_specs - 1 - at % f->model->n_specs];

		t->candidates++;
		if (winner.why == LBL_WHY_WINS && is_spec(&winner, s))
			continue;
		if (lbl_explain_next_candidate(e, &pos, &c) == 0 || !is_spec(&c, s))
			return false;
	}
	return lbl_explain_next_candidate(e, &pos, &c) == 0;
}

static bool winner_is_the_lookups(struct lbl_rules *rules, const struct lbl_explain *e,
				  const char *path, enum lbl_kind kind)
{
	struct lbl_candidate c = {.why = LBL_WHY_KIND};
	struct lbl_match m = {0};
	size_t pos = 0;
	int r = lbl_rules_lookup(rules, path, kind, &m);

	(void)lbl_explain_next_candidate(e, &pos, &c); /* none: not LBL_WHY_WINS */
	if (r != (c.why == LBL_WHY_WINS))
		return false;
	return r == 0 || (m.regex == c.match.regex && m.line == c.match.line &&
			  m.file == c.match.file && m.kind == c.match.kind);
}

static void differs(struct tally *t, const char *set, const char *what, const char *path)
{
	if (t->differences++ < 10) {
		printf("%s: %s differ for ", set, what);
		corpus_print_path(path);
		printf("\n");
	}
}

static int one_path(const struct corpus *c, size_t i, struct lbl_rules *rules, const struct flat *f,
		    struct tally *t)
{
	const struct corpus_path *p = &c->paths[i];
	const char *path = c->text.data + p->offset;
	struct lbl_explain *e = NULL;
	int r = lbl_explain_new(&e, rules, path, p->kind);

	if (r < 0)
		return r;
	t->winners++;
	if (!winner_is_the_lookups(rules, e, path, p->kind))
		differs(t, c->name, "winners", path);
	if (i % ALL_EVERY == 0) {
		t->lists++;
		if (!all_candidates(e, f, t))
			differs(t, c->name, "candidates", path);
	}
	lbl_explain_free(e);
	return 0;
}

static int run(const char *root, const char *name, struct tally *t)
{
	_cleanup_(corpus_done) struct corpus c = {0};
	_cleanup_(flat_done) struct flat f = {0};
	struct lbl_rules_options o = {.size = sizeof(o)};
	struct lbl_rules *rules = NULL;
	char list[4096];
	int r = corpus_open(&c, root, name);

	snprintf(list, sizeof(list), "%s/paths/real.txt.xz", root);
	if (r == 0)
		r = corpus_read_paths(&c, list);
	if (r == 0)
		r = corpus_derive(&c, 1, 0);
	o.path = c.base;
	if (r == 0)
		r = lbl_rules_open(&rules, &o);
	if (r == 0)
		r = flat_open(&f, c.base);
	for (size_t i = 0; r == 0 && i < c.n_paths; i++)
		if (i % WINNER_EVERY == 0 || i % ALL_EVERY == 0)
			r = one_path(&c, i, rules, &f, t);
	lbl_rules_free(rules);
	if (r < 0)
		printf("%s: %s\n", name, strerror(-r));
	return r;
}

int main(void)
{
	static const char *const names[] = {"debian", "fedora", "refpolicy"};
	const char *root = getenv("LBL_CORPORA");
	struct tally t = {0};
	char probe[4096];
	int r = 0;

	if (!root)
		root = SOURCE_ROOT "/../shared/corpora";
	snprintf(probe, sizeof(probe), "%s/fedora/file_contexts", root);
	if (access(probe, R_OK) < 0) {
		printf("skipped: no corpora in %s (set LBL_CORPORA)\n", root);
		return 77;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
		r = run(root, names[i], &t);
	printf("%lu winners, %lu lists of %lu candidates, %lu differences\n", t.winners, t.lists,
	       t.candidates, t.differences);
	return r < 0 || t.differences || t.winners < 20000 || t.lists < 300;
}
