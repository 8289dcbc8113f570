/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random rule sets over a small alphabet, and paths made from them, asked of lib/rules (from the
 * text, with a state cache that is always full, and compiled), of the model, and of libselinux.
 * Shipped policies are too tame to show precedence bugs; these are not.
 *
 * libselinux before 3.8 must answer what the model does with all its quirks switched on (model.h),
 * of which a lookup of ours has none; how often that makes a difference is counted.
 *
 *	rulesets [--sets N] [--seed S]
 *
 * Set number i of a run is made from seed S + i alone, so `--seed S+i --sets 1` repeats it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "corpus.h"
#include "sample.h"
#include "set.h"

#if HAVE_LIBSELINUX
#include <selinux/label.h>
#endif

enum { PARTS = 5, MOST_SPECS = 14, PATHS_PER_SPEC = 6 };

static const char *const suffix[PARTS] = {"", ".homedirs", ".local", ".subs_dist", ".subs"};

struct run {
	struct rng rng;
	char dir[4096], base[4200];
	struct buf part[PARTS];
	struct corpus paths; /* only its list is used */
	unsigned long specs, lookups, skipped, jit_bugs, valid, below[3];
	unsigned long asked, explained; /* of libselinux */
};

/* ---- random text ---------------------------------------------------------------------------- */

static bool chance(struct run *f, unsigned percent)
{
	return rng_below(&f->rng, 100) < percent;
}

static const char *pick(struct run *f, const char *const *list, unsigned n)
{
	return list[rng_below(&f->rng, n)];
}

#define PICK(f, ...)                                \
	pick(f, (const char *const[]){__VA_ARGS__}, \
	     ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

static void gen_sequence(struct run *f, struct buf *b, unsigned depth);

static void gen_exotic(struct run *f, struct buf *b)
{
	buf_adds(b, PICK(f, "(?!b)", "(?=a)", "(?<=a)", "(a|b)\\1", "a++", "(?>a*)", "(?i)", "\\b",
			 "\\Qa.\\E", "(?#x)", "\\Ka", "(?|a|b)", "\\N", "\\R", "\\p{L}", "(?<n>a)",
			 "\\A", "\\z", "\\Z", "^", "$", "\\C", "\\B", "(?<!a)", "(*COMMIT)",
			 "(?:a(?!c))?"));
}

static void gen_atom(struct run *f, struct buf *b, unsigned depth)
{
	unsigned what = rng_below(&f->rng, 100);

	if (what < 55)
		buf_addc(b, "abc"[rng_below(&f->rng, 3)]);
	else if (what < 63)
		buf_adds(b, ".");
	else if (what < 70)
		buf_adds(b, PICK(f, "\\.", "\\-", "\\+", "\\_", "\\@", "\\x61", "\\/", "-", "_",
				 "}", "]", "{", "\\t", "\\xff", "\\0"));
	else if (what < 80)
		buf_adds(b, PICK(f, "[ab]", "[^/]", "[^a]", "[a-c.]", "[]a]", "[^]/]",
				 "[\\x80-\\xff]", "[[:alpha:]]", "[^[:lower:]]", "[/a]", "[\\d.]",
				 "[a-]", "[\\w]", "[^\\s]", "[\\]a]", "[.]"));
	else if (what < 85)
		buf_adds(b, PICK(f, "\\d", "\\w", "\\s", "\\h", "\\D", "\\W", "\\S", "\\H", "\\v"));
	else if (what < 97 && depth < 3) {
		buf_adds(b, chance(f, 20) ? "(?:" : "(");
		for (unsigned n = 1 + rng_below(&f->rng, 3); n > 0; n--) {
			if (!chance(f, 10))
				gen_sequence(f, b, depth + 1);
			if (n > 1)
				buf_addc(b, '|');
		}
		buf_addc(b, ')');
	} else if (chance(f, 35)) {
		gen_exotic(f, b);
	} else {
		buf_adds(b, "a");
	}
}

static void gen_quantifier(struct run *f, struct buf *b)
{
	buf_adds(b, PICK(f, "?", "*", "+", "*", "+", "?", "{2}", "{1,4}", "{0,1}", "{0,3}", "{,2}",
			 "{2,}", "{0}", "{x}"));
	if (chance(f, 10))
		buf_adds(b, PICK(f, "?", "?", "?", "+"));
}

static void gen_sequence(struct run *f, struct buf *b, unsigned depth)
{
	for (unsigned n = 1 + rng_below(&f->rng, 3); n > 0; n--) {
		if (depth && chance(f, 15))
			buf_addc(b, '/');
		gen_atom(f, b, depth);
		if (chance(f, 22))
			gen_quantifier(f, b);
	}
}

static void gen_literal(struct run *f, struct buf *b)
{
	for (unsigned n = 1 + rng_below(&f->rng, 3); n > 0; n--) {
		buf_addc(b, '/');
		for (unsigned k = 1 + rng_below(&f->rng, 2); k > 0; k--)
			buf_adds(b, chance(f, 85) ? PICK(f, "a", "b", "c")
						  : PICK(f, "\\.", "\\-", "\\+", "_", "\\\\"));
	}
}

static void gen_regex(struct run *f, struct buf *b)
{
	if (chance(f, 30)) {
		gen_literal(f, b);
		if (chance(f, 40))
			buf_adds(b, PICK(f, "(/.*)?", "/.*", ".*", "/.+", "(/.*?)?", "/?", "/*",
					 "\\"));
		return;
	}
	if (chance(f, 4)) /* not every regex begins with a slash */
		buf_adds(b, PICK(f, "(/a)?", ".*", "^", "[/]", "(/a|/b)", "\\/", "/{1}", "/+"));
	for (unsigned n = 1 + rng_below(&f->rng, 3); n > 0; n--) {
		buf_adds(b, chance(f, 90) ? "/"
					  : PICK(f, "/*", "/?", "/+", "(/.*)?/", "(.*/)?", "//"));
		gen_sequence(f, b, 0);
	}
	if (chance(f, 45))
		buf_adds(b, PICK(f, "(/.*)?", "/.*", ".*", "(/.*)?/c", "(\\.[^/]*)*", "/[^/]+"));
	if (chance(f, 4)) {
		buf_addc(b, '|');
		gen_sequence(f, b, 0);
	}
	if (chance(f, 1)) /* no regex at all */
		buf_adds(b, PICK(f, "(", ")", "[", "**", "\\", "(?", "{2}{3}{4}", "[b-a]"));
}

static void gen_specs(struct run *f, struct buf *b, unsigned n)
{
	static const char *const kinds[] = {"--", "-d", "-c", "-b", "-s", "-p", "-l"};

	for (; n > 0; n--) {
		gen_regex(f, b);
		buf_addc(b, '\t');
		if (chance(f, 40))
			buf_printf(b, "%s ",
				   chance(f, 60) ? kinds[rng_below(&f->rng, 2)]
						 : kinds[rng_below(&f->rng, 7)]);
		if (chance(f, 15))
			buf_adds(b, "<<none>>\n");
		else
			buf_printf(b, "u:r:t%u\n", rng_below(&f->rng, 6));
		f->specs++;
	}
}

static void gen_subs(struct run *f, struct buf *b, unsigned n)
{
	for (; n > 0; n--) {
		buf_printf(b, "%s ",
			   PICK(f, "/a", "/b", "/a/b", "/a/b/c", "/c", "/c/a", "/", "/ab", "/a/",
				"/b/c", "/."));
		buf_printf(b, "%s\n",
			   PICK(f, "/a", "/b", "/c", "/", "/a/b", "/a/a/a", "/b/", "/c/c", "/a/b/c",
				"a", "/b//c", "/."));
	}
}

static void gen_set(struct run *f)
{
	for (int i = 0; i < PARTS; i++)
		buf_reset(&f->part[i]);
	gen_specs(f, &f->part[0], 1 + rng_below(&f->rng, MOST_SPECS));
	gen_specs(f, &f->part[1], chance(f, 30) ? rng_below(&f->rng, 5) : 0);
	gen_specs(f, &f->part[2], chance(f, 40) ? rng_below(&f->rng, 5) : 0);
	gen_subs(f, &f->part[3], chance(f, 50) ? rng_below(&f->rng, 4) : 0);
	gen_subs(f, &f->part[4], chance(f, 30) ? rng_below(&f->rng, 4) : 0);
}

/* ---- files and paths ------------------------------------------------------------------------ */

static int write_set(struct run *f)
{
	char name[4300];

	for (int i = 0; i < PARTS; i++) {
		FILE *out;

		snprintf(name, sizeof(name), "%s%s", f->base, suffix[i]);
		out = fopen(name, "we");
		if (!out || fwrite(buf_str(&f->part[i]), 1, f->part[i].len, out) != f->part[i].len)
			return -errno;
		if (fclose(out))
			return -errno;
	}
	return 0;
}

static int add_path(struct run *f, const char *path, size_t len)
{
	_cleanup_free_ char *clean = malloc(len + 1);

	if (!clean)
		return -ENOMEM;
	if (!len || path[0] != '/' || memchr(path, 0, len))
		return 0;
	len = ours_normalise(path, len, clean);
	return corpus_add(&f->paths, clean, len, LBL_ANY);
}

/** A path as an alias: what follows its first component below the source of a substitution. */
static int add_aliased(struct run *f, const struct model *m, const char *path)
{
	_cleanup_(buf_done) struct buf b = {0};
	int list = (int)rng_below(&f->rng, 2);
	const char *rest = strchr(path + 1, '/');

	if (!m->n_subs[list])
		return 0;
	buf_adds(&b, m->subs[list][rng_below(&f->rng, (unsigned)m->n_subs[list])].from);
	buf_adds(&b, rest && chance(f, 70) ? rest : path);
	return add_path(f, buf_str(&b), b.len);
}

static int by_path(const void *a, const void *b, void *arg)
{
	const struct corpus_path *x = a, *y = b;

	return strcmp((char *)arg + x->offset, (char *)arg + y->offset);
}

static int gen_paths(struct run *f, const struct model *m)
{
	int r = 0;

	buf_reset(&f->paths.text);
	f->paths.n_paths = 0;
	for (size_t i = 0; r >= 0 && i < m->n_specs; i++) {
		for (int k = 0; r >= 0 && k < PATHS_PER_SPEC; k++) {
			_cleanup_(buf_done) struct buf b = {0};

			sample_regex(&f->rng, m->specs[i].regex, &b);
			if (k == 2 || k == 3)
				sample_near(&f->rng, &b);
			else if (k == 4)
				sample_mutate(&f->rng, &b);
			if (b.len > 200)
				buf_cut(&b, 200);
			r = add_path(f, buf_str(&b), b.len);
			if (r >= 0 && b.len && b.data[0] == '/')
				r = add_aliased(f, m, b.data);
		}
	}
	if (r >= 0)
		r = add_path(f, "/", 1);
	if (chance(f, 50)) /* as a walk would come by */
		qsort_r(f->paths.paths, f->paths.n_paths, sizeof(*f->paths.paths), by_path,
			f->paths.text.data);
	return r;
}

/* ---- checks --------------------------------------------------------------------------------- */

static bool clash(const struct model_spec *a, const struct model_spec *b)
{
	const char *x = a->plain ? a->plain : a->regex, *y = b->plain ? b->plain : b->regex;

	return a->file == b->file && !a->plain == !b->plain && !strcmp(x, y) &&
	       (a->kind == b->kind || !a->kind || !b->kind);
}

/** Is there anything a validating open must refuse? */
static bool has_faults(struct model *m)
{
	for (size_t i = 0; i < m->n_specs; i++) {
		for (size_t k = 0; k < i; k++) {
			if (clash(&m->specs[i], &m->specs[k]))
				return true;
		}
	}
	return model_has_bad(m);
}

static void count_diag(void *user, const struct lbl_diag *diag)
{
	if (diag->severity == LBL_ERROR)
		++*(unsigned *)user;
}

static int check_validation(struct run *f, struct set *s)
{
	unsigned told = 0;
	struct lbl_rules_options ro = {.size = sizeof(ro),
				       .path = f->base,
				       .flags = LBL_RULES_VALIDATE,
				       .diag = count_diag,
				       .user = &told};
	struct lbl_rules *rules = NULL;
	bool faults = has_faults(s->model);
	int r = lbl_rules_open(&rules, &ro);

	lbl_rules_free(rules);
	f->valid += r == 0;
	if (r == (faults ? -EINVAL : 0) && faults == (told > 0))
		return 0;
	snprintf(s->why, sizeof(s->why), "validating open: %s, %u errors told; expected %s",
		 strerror(-r), told, faults ? "errors" : "none");
	return -1;
}

static const char *path_at(const struct run *f, size_t i)
{
	return f->paths.text.data + f->paths.paths[i].offset;
}

#if HAVE_LIBSELINUX
/** Return 0, or -1 and why. */
static int compare_libselinux(struct run *f, struct set *s, struct selabel_handle *h,
			      const char *path, size_t len)
{
	static const mode_t modes[MODEL_KINDS] = {0,	    S_IFDIR, S_IFCHR, S_IFBLK,
						  S_IFSOCK, S_IFIFO, S_IFLNK, S_IFREG};
	const struct model_spec *ours[MODEL_KINDS];
	unsigned long errors;

	if (model_answer(s->model, path, len, 0, ours) < 0)
		return 0;
	errors = s->model->errors;
	for (unsigned k = 0; k < MODEL_KINDS; k++) {
		const struct model_spec *want =
			model_quirky(s->model, path, len, (enum lbl_kind)k,
				     QUIRK_NEWLINE | QUIRK_STEM | QUIRK_LITERAL);
		bool same;
		char *got = NULL;

		if (s->model->errors != errors)
			return 0; /* too hard for PCRE2, so for both */
		if (selabel_lookup_raw(h, &got, path, (int)modes[k]) < 0)
			got = NULL;
		f->asked++;
		f->explained += !text_same(got, ours[k] ? ours[k]->context : NULL);
		same = text_same(got, want ? want->context : NULL);
		if (!same)
			snprintf(s->why, sizeof(s->why), "libselinux, kind %u: %s, want %s", k,
				 got ? got : "none",
				 want && want->context ? want->context : "none");
		freecon(got);
		if (!same)
			return -1;
	}
	return 0;
}

/** The path it answers wrongly, or NULL.  To it a set with an invalid regex is another thing. */
static const char *check_libselinux(struct run *f, struct set *s)
{
	struct selinux_opt opt = {SELABEL_OPT_PATH, f->base};
	struct selabel_handle *h;
	const char *bad = NULL;

	if (!BEFORE_3_8 || model_has_bad(s->model))
		return NULL;
	h = selabel_open(SELABEL_CTX_FILE, &opt, 1);
	if (!h) {
		snprintf(s->why, sizeof(s->why), "libselinux does not open the set");
		return "/";
	}
	for (size_t i = 0; !bad && i < f->paths.n_paths; i++)
		if (compare_libselinux(f, s, h, path_at(f, i), f->paths.paths[i].len) < 0)
			bad = path_at(f, i);
	selabel_close(h);
	return bad;
}
#else
static const char *check_libselinux(struct run *f, struct set *s)
{
	return NULL;
}
#endif

static int check_below(struct run *f, struct set *s, size_t i)
{
	const char *path = path_at(f, i);
	size_t len = f->paths.paths[i].len;
	_cleanup_(buf_done) struct buf b = {0};

	for (size_t k = 0; k < f->paths.n_paths; k++) {
		const char *other = path_at(f, k);

		if (!strncmp(other, path, len) && other[len] == '/' &&
		    set_check_below(s, path, other) < 0)
			return -1;
	}
	buf_printf(&b, "%s/%s", len == 1 ? "" : path, PICK(f, "a", "b/c", "x", "\xff\n", "."));
	return set_check_below(s, path, b.data);
}

static int fail(const struct run *f, const struct set *s, uint64_t seed, const char *path)
{
	printf("set %llu fails (repeat: --seed %llu --sets 1): %s\n", (unsigned long long)seed,
	       (unsigned long long)seed, s->why);
	if (path) {
		printf("path: ");
		corpus_print_path(path);
		putchar('\n');
	}
	for (int i = 0; i < PARTS; i++)
		printf("---- file_contexts%s\n%s", suffix[i], buf_str(&f->part[i]));
	printf("----\n");
	return 1;
}

static int run_set(struct run *f, uint64_t seed)
{
	struct set s;
	int r;

	f->rng.state = seed * 0x5851f42d4c957f2du;
	gen_set(f);
	r = write_set(f);
	if (r < 0) {
		printf("%s: %s\n", f->base, strerror(-r));
		return 1;
	}
	r = set_open(&s, f->base, 0, 1 + rng_below(&f->rng, 20000));
	if (r == 1)
		snprintf(s.why, sizeof(s.why), "the set does not open");
	if (r == 0 && (gen_paths(f, s.model) < 0 || check_validation(f, &s) < 0))
		r = -1;
	if (r) {
		set_close(&s);
		return fail(f, &s, seed, NULL);
	}
	for (size_t i = 0; r == 0 && i < f->paths.n_paths; i++) {
		if (set_check(&s, path_at(f, i), f->paths.paths[i].len) < 0 ||
		    check_below(f, &s, i) < 0)
			r = fail(f, &s, seed, path_at(f, i));
	}
	if (r == 0) {
		const char *bad = check_libselinux(f, &s);

		r = bad ? fail(f, &s, seed, bad) : 0;
	}
	f->lookups += s.lookups;
	f->skipped += s.skipped;
	f->jit_bugs += s.jit_bugs;
	for (int i = 0; i < 3; i++)
		f->below[i] += s.below[i];
	set_close(&s);
	return r;
}

static int make_dir(struct run *f)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%s/relabel-rulesets.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(f->dir))
		return -errno;
	snprintf(f->base, sizeof(f->base), "%s/file_contexts", f->dir);
	return 0;
}

int main(int argc, char **argv)
{
	struct run f = {0};
	uint64_t sets = 1500, seed = 1;
	unsigned failures = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--sets"))
			sets = strtoull(argv[i + 1], NULL, 0);
		else if (!strcmp(argv[i], "--seed"))
			seed = strtoull(argv[i + 1], NULL, 0);
		else
			argc = 0;
	}
	if (argc % 2 == 0 || make_dir(&f) < 0) {
		fprintf(stderr, "usage: rulesets [--sets N] [--seed S]\n");
		return 2;
	}
	for (uint64_t i = 0; i < sets && failures < 3; i++)
		failures += run_set(&f, seed + i);
	printf("%llu sets, %lu specs, %lu lookups (%lu paths too hard for PCRE2, %lu wrong by its "
	       "JIT), %lu valid, "
	       "below: "
	       "%lu varies, %lu same, %lu nothing; %u failures\n",
	       (unsigned long long)sets, f.specs, f.lookups, f.skipped, f.jit_bugs, f.valid,
	       f.below[0], f.below[1], f.below[2], failures);
	printf("libselinux: %lu lookups; %lu answers unlike ours, explained by its quirks\n",
	       f.asked, f.explained);
	if (sets >= 500 && !failures && (!f.below[1] || !f.below[2] || !f.valid)) {
		printf("some branch was never taken\n");
		failures = 1;
	}
	for (int i = 0; i < PARTS; i++)
		buf_done(&f.part[i]);
	free(f.paths.paths);
	buf_done(&f.paths.text);
	corpus_remove_dir(f.dir);
	return failures ? 1 : 0;
}
