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
#include "gen.h"
#include "set.h"

#if HAVE_LIBSELINUX
#include <selinux/label.h>
#endif

struct run {
	struct gen gen;
	char dir[4096], base[4200];
	struct corpus paths; /* only its list is used */
	unsigned long lookups, skipped, jit_bugs, valid, below[3];
	unsigned long asked, explained; /* of libselinux */
};

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
	buf_printf(&b, "%s/%s", len == 1 ? "" : path,
		   GEN_PICK(&f->gen, "a", "b/c", "x", "\xff\n", "."));
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
	for (int i = 0; i < GEN_PARTS; i++)
		printf("---- file_contexts%s\n%s", gen_suffix[i], buf_str(&f->gen.part[i]));
	printf("----\n");
	return 1;
}

static int run_set(struct run *f, uint64_t seed)
{
	struct set s;
	int r;

	f->gen.rng.state = seed * 0x5851f42d4c957f2du;
	gen_set(&f->gen);
	r = gen_write(&f->gen, f->base);
	if (r < 0) {
		printf("%s: %s\n", f->base, strerror(-r));
		return 1;
	}
	r = set_open(&s, f->base, 0, 1 + rng_below(&f->gen.rng, 20000));
	if (r == 1)
		snprintf(s.why, sizeof(s.why), "the set does not open");
	if (r == 0 && (gen_paths(&f->gen, s.model, &f->paths) < 0 || check_validation(f, &s) < 0))
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

int main(int argc, char **argv)
{
	struct run f = {0};
	uint64_t sets = 1500, seed = 1;
	unsigned failures = 0;

	if (gen_args(argc, argv, &sets, &seed) < 0 || gen_dir("rulesets", f.dir, f.base) < 0) {
		fprintf(stderr, "usage: rulesets [--sets N] [--seed S]\n");
		return 2;
	}
	for (uint64_t i = 0; i < sets && failures < 3; i++)
		failures += run_set(&f, seed + i);
	printf("%llu sets, %lu specs, %lu lookups (%lu paths too hard for PCRE2, %lu wrong by its "
	       "JIT), %lu valid, "
	       "below: "
	       "%lu varies, %lu same, %lu nothing; %u failures\n",
	       (unsigned long long)sets, f.gen.specs, f.lookups, f.skipped, f.jit_bugs, f.valid,
	       f.below[0], f.below[1], f.below[2], failures);
	printf("libselinux: %lu lookups; %lu answers unlike ours, explained by its quirks\n",
	       f.asked, f.explained);
	if (sets >= 500 && !failures && (!f.below[1] || !f.below[2] || !f.valid)) {
		printf("some branch was never taken\n");
		failures = 1;
	}
	gen_done(&f.gen);
	free(f.paths.paths);
	buf_done(&f.paths.text);
	corpus_remove_dir(f.dir);
	return failures ? 1 : 0;
}
