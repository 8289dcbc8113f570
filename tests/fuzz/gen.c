/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gen.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "ours.h"

enum { MOST_SPECS = 14, PATHS_PER_SPEC = 6 };

const char *const gen_suffix[GEN_PARTS] = {"", ".homedirs", ".local", ".subs_dist", ".subs"};

/* ---- random text ---------------------------------------------------------------------------- */

bool gen_chance(struct gen *g, unsigned percent)
{
	return rng_below(&g->rng, 100) < percent;
}

const char *gen_pick(struct gen *g, const char *const *list, unsigned n)
{
	return list[rng_below(&g->rng, n)];
}

static void gen_sequence(struct gen *g, struct buf *b, unsigned depth);

static void gen_exotic(struct gen *g, struct buf *b)
{
	buf_adds(b, GEN_PICK(g, "(?!b)", "(?=a)", "(?<=a)", "(a|b)\\1", "a++", "(?>a*)", "(?i)",
			     "\\b", "\\Qa.\\E", "(?#x)", "\\Ka", "(?|a|b)", "\\N", "\\R", "\\p{L}",
			     "(?<n>a)", "\\A", "\\z", "\\Z", "^", "$", "\\C", "\\B", "(?<!a)",
			     "(*COMMIT)", "(?:a(?!c))?"));
}

static void gen_atom(struct gen *g, struct buf *b, unsigned depth)
{
	unsigned what = rng_below(&g->rng, 100);

	if (what < 55)
		buf_addc(b, "abc"[rng_below(&g->rng, 3)]);
	else if (what < 63)
		buf_adds(b, ".");
	else if (what < 70)
		buf_adds(b, GEN_PICK(g, "\\.", "\\-", "\\+", "\\_", "\\@", "\\x61", "\\/", "-", "_",
				     "}", "]", "{", "\\t", "\\xff", "\\0"));
	else if (what < 80)
		buf_adds(b, GEN_PICK(g, "[ab]", "[^/]", "[^a]", "[a-c.]", "[]a]", "[^]/]",
				     "[\\x80-\\xff]", "[[:alpha:]]", "[^[:lower:]]", "[/a]",
				     "[\\d.]", "[a-]", "[\\w]", "[^\\s]", "[\\]a]", "[.]"));
	else if (what < 85)
		buf_adds(b, GEN_PICK(g, "\\d", "\\w", "\\s", "\\h", "\\D", "\\W", "\\S", "\\H",
				     "\\v"));
	else if (what < 97 && depth < 3) {
		buf_adds(b, gen_chance(g, 20) ? "(?:" : "(");
		for (unsigned n = 1 + rng_below(&g->rng, 3); n > 0; n--) {
			if (!gen_chance(g, 10))
				gen_sequence(g, b, depth + 1);
			if (n > 1)
				buf_addc(b, '|');
		}
		buf_addc(b, ')');
	} else if (gen_chance(g, 35)) {
		gen_exotic(g, b);
	} else {
		buf_adds(b, "a");
	}
}

static void gen_quantifier(struct gen *g, struct buf *b)
{
	buf_adds(b, GEN_PICK(g, "?", "*", "+", "*", "+", "?", "{2}", "{1,4}", "{0,1}", "{0,3}",
			     "{,2}", "{2,}", "{0}", "{x}"));
	if (gen_chance(g, 10))
		buf_adds(b, GEN_PICK(g, "?", "?", "?", "+"));
}

static void gen_sequence(struct gen *g, struct buf *b, unsigned depth)
{
	for (unsigned n = 1 + rng_below(&g->rng, 3); n > 0; n--) {
		if (depth && gen_chance(g, 15))
			buf_addc(b, '/');
		gen_atom(g, b, depth);
		if (gen_chance(g, 22))
			gen_quantifier(g, b);
	}
}

static void gen_literal(struct gen *g, struct buf *b)
{
	for (unsigned n = 1 + rng_below(&g->rng, 3); n > 0; n--) {
		buf_addc(b, '/');
		for (unsigned k = 1 + rng_below(&g->rng, 2); k > 0; k--)
			buf_adds(b, gen_chance(g, 85)
					    ? GEN_PICK(g, "a", "b", "c")
					    : GEN_PICK(g, "\\.", "\\-", "\\+", "_", "\\\\"));
	}
}

static void gen_regex(struct gen *g, struct buf *b)
{
	if (gen_chance(g, 30)) {
		gen_literal(g, b);
		if (gen_chance(g, 40))
			buf_adds(b, GEN_PICK(g, "(/.*)?", "/.*", ".*", "/.+", "(/.*?)?", "/?", "/*",
					     "\\"));
		return;
	}
	if (gen_chance(g, 4)) /* not every regex begins with a slash */
		buf_adds(b, GEN_PICK(g, "(/a)?", ".*", "^", "[/]", "(/a|/b)", "\\/", "/{1}", "/+"));
	for (unsigned n = 1 + rng_below(&g->rng, 3); n > 0; n--) {
		buf_adds(b, gen_chance(g, 90)
				    ? "/"
				    : GEN_PICK(g, "/*", "/?", "/+", "(/.*)?/", "(.*/)?", "//"));
		gen_sequence(g, b, 0);
	}
	if (gen_chance(g, 45))
		buf_adds(b,
			 GEN_PICK(g, "(/.*)?", "/.*", ".*", "(/.*)?/c", "(\\.[^/]*)*", "/[^/]+"));
	if (gen_chance(g, 4)) {
		buf_addc(b, '|');
		gen_sequence(g, b, 0);
	}
	if (gen_chance(g, 1)) /* no regex at all */
		buf_adds(b, GEN_PICK(g, "(", ")", "[", "**", "\\", "(?", "{2}{3}{4}", "[b-a]"));
}

void gen_specs(struct gen *g, struct buf *b, unsigned n)
{
	static const char *const kinds[] = {"--", "-d", "-c", "-b", "-s", "-p", "-l"};

	for (; n > 0; n--) {
		gen_regex(g, b);
		buf_addc(b, '\t');
		if (gen_chance(g, 40))
			buf_printf(b, "%s ",
				   gen_chance(g, 60) ? kinds[rng_below(&g->rng, 2)]
						     : kinds[rng_below(&g->rng, 7)]);
		if (gen_chance(g, 15))
			buf_adds(b, "<<none>>\n");
		else
			buf_printf(b, "u:r:t%u\n", rng_below(&g->rng, 6));
		g->specs++;
	}
}

void gen_subs(struct gen *g, struct buf *b, unsigned n)
{
	for (; n > 0; n--) {
		buf_printf(b, "%s ",
			   GEN_PICK(g, "/a", "/b", "/a/b", "/a/b/c", "/c", "/c/a", "/", "/ab",
				    "/a/", "/b/c", "/."));
		buf_printf(b, "%s\n",
			   GEN_PICK(g, "/a", "/b", "/c", "/", "/a/b", "/a/a/a", "/b/", "/c/c",
				    "/a/b/c", "a", "/b//c", "/."));
	}
}

void gen_set(struct gen *g)
{
	for (int i = 0; i < GEN_PARTS; i++)
		buf_reset(&g->part[i]);
	gen_specs(g, &g->part[0], 1 + rng_below(&g->rng, MOST_SPECS));
	gen_specs(g, &g->part[1], gen_chance(g, 30) ? rng_below(&g->rng, 5) : 0);
	gen_specs(g, &g->part[2], gen_chance(g, 40) ? rng_below(&g->rng, 5) : 0);
	gen_subs(g, &g->part[3], gen_chance(g, 50) ? rng_below(&g->rng, 4) : 0);
	gen_subs(g, &g->part[4], gen_chance(g, 30) ? rng_below(&g->rng, 4) : 0);
}

/* ---- files and paths ------------------------------------------------------------------------ */

int gen_write(struct gen *g, const char *base)
{
	char name[4300];

	for (int i = 0; i < GEN_PARTS; i++) {
		FILE *out;

		snprintf(name, sizeof(name), "%s%s", base, gen_suffix[i]);
		out = fopen(name, "we");
		if (!out || fwrite(buf_str(&g->part[i]), 1, g->part[i].len, out) != g->part[i].len)
			return -errno;
		if (fclose(out))
			return -errno;
	}
	return 0;
}

static int add_path(struct corpus *out, const char *path, size_t len)
{
	_cleanup_free_ char *clean = malloc(len + 1);

	if (!clean)
		return -ENOMEM;
	if (!len || path[0] != '/' || memchr(path, 0, len))
		return 0;
	len = ours_normalise(path, len, clean);
	return corpus_add(out, clean, len, LBL_ANY);
}

/** A path as an alias: what follows its first component below the source of a substitution. */
static int add_aliased(struct gen *g, struct corpus *out, const struct model *m, const char *path)
{
	_cleanup_(buf_done) struct buf b = {0};
	int list = (int)rng_below(&g->rng, 2);
	const char *rest = strchr(path + 1, '/');

	if (!m->n_subs[list])
		return 0;
	buf_adds(&b, m->subs[list][rng_below(&g->rng, (unsigned)m->n_subs[list])].from);
	buf_adds(&b, rest && gen_chance(g, 70) ? rest : path);
	return add_path(out, buf_str(&b), b.len);
}

static int by_path(const void *a, const void *b, void *arg)
{
	const struct corpus_path *x = a, *y = b;

	return strcmp((char *)arg + x->offset, (char *)arg + y->offset);
}

int gen_paths(struct gen *g, const struct model *m, struct corpus *out)
{
	int r = 0;

	buf_reset(&out->text);
	out->n_paths = 0;
	for (size_t i = 0; r >= 0 && i < m->n_specs; i++) {
		for (int k = 0; r >= 0 && k < PATHS_PER_SPEC; k++) {
			_cleanup_(buf_done) struct buf b = {0};

			sample_regex(&g->rng, m->specs[i].regex, &b);
			if (k == 2 || k == 3)
				sample_near(&g->rng, &b);
			else if (k == 4)
				sample_mutate(&g->rng, &b);
			if (b.len > 200)
				buf_cut(&b, 200);
			r = add_path(out, buf_str(&b), b.len);
			if (r >= 0 && b.len && b.data[0] == '/')
				r = add_aliased(g, out, m, b.data);
		}
	}
	if (r >= 0)
		r = add_path(out, "/", 1);
	if (gen_chance(g, 50)) /* as a walk would come by */
		qsort_r(out->paths, out->n_paths, sizeof(*out->paths), by_path, out->text.data);
	return r;
}

void gen_done(struct gen *g)
{
	for (int i = 0; i < GEN_PARTS; i++)
		buf_done(&g->part[i]);
}

int gen_args(int argc, char **argv, uint64_t *sets, uint64_t *seed)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && !strcmp(argv[i], "--sets"))
			*sets = strtoull(argv[i + 1], NULL, 0);
		else if (i + 1 < argc && !strcmp(argv[i], "--seed"))
			*seed = strtoull(argv[i + 1], NULL, 0);
		else
			return -EINVAL;
	}
	return 0;
}

int gen_dir(const char *what, char dir[4096], char base[4200])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, 4096, "%s/relabel-%s.XXXXXX", tmp ? tmp : "/tmp", what);
	if (!mkdtemp(dir))
		return -errno;
	snprintf(base, 4200, "%s/file_contexts", dir);
	return 0;
}
