/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ask the same question three times: of lib/rules (by full path, carried from directory to
 * directory, and through lbl_rules_lookup()), of a brute-force model of the flat rule, and of
 * libselinux.  The model is cheap, so it sees every path; libselinux takes 100 to 400 us for one
 * lookup, so it sees a repeatable sample, which also proves the model.
 *
 *	LBL_CORPORA  folder with debian/ fedora/ refpolicy/ paths/ (default: ../shared/corpora)
 *	LBL_ORACLE   short (default; full where LBL_ALL is set), full, or quick (for builds that
 *		     are slow themselves)
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "corpus.h"
#include "lbl.h"
#include "model.h"
#include "ours.h"
#include "rules/db.h"
#include "sample.h"

#if HAVE_LIBSELINUX
#include <selinux/label.h>
#endif

/* On longer paths libselinux's backtracking gives up and says "no label". */
enum { WORKERS = 2, BLOCK = 512, SHOWN = 10, LONGEST_FOR_SELINUX = 1000 };

/* How much is done of each of the three shared corpora. */
static const struct mode {
	const char *name;
	unsigned every;			    /* one block of paths of so many */
	unsigned per_spec;		    /* paths made from each spec, and as many near misses */
	unsigned long selinux;		    /* lookups wanted of libselinux; a few fall to chance */
	unsigned long least, least_selinux; /* what must have been compared in all */
} modes[] = {
	{"short", 3, 2, 20500, 400000, 60000},
	{"full", 1, 8, 138000, 400000, 400000},
	{"quick", 12, 2, 1500, 400000, 3000},
};

/*
 * Where libselinux and the flat rule are known to disagree, and why that is right.  A difference
 * counts as explained when switching on this quirk, and nothing else, in the model of libselinux
 * 3.4 gives libselinux's answer.
 */
static const struct {
	unsigned quirk; /* 0: see several_literals() */
	const char *reason;
} explained[] = {
	{QUIRK_NEWLINE, "`$` matches before a newline that ends the path; to us that is another "
			"file's name"},
	{QUIRK_STEM, "a quantified or escaped slash ends the first component, which libselinux "
		     "compares as text before it asks the regex"},
	{QUIRK_LITERAL, "3.4 ranks a spec with `]`, `}` or an escaped letter above all regexes"},
	{QUIRK_NEWLINE | QUIRK_STEM | QUIRK_LITERAL, "several of the above at once"},
	{0, "query without a kind, several literals with kinds: 3.8 and later take the first line, "
	    "we the last"},
};

/* Shared by the workers. */
struct tally {
	atomic_ulong paths, lookups, selinux, differences, shown, skipped, filter_checks, seeks;
	atomic_ulong explained[ARRAY_SIZE(explained)];
};

struct job {
	const struct corpus *corpus;
	struct tally *tally;
	unsigned every;	 /* see struct mode */
	unsigned stride; /* one path of so many goes to libselinux */
	unsigned worker;

	struct model *model;
	struct db *db;
	struct db_reader *reader;
	struct carry carry;
	struct lbl_rules *rules;
#if HAVE_LIBSELINUX
	struct selabel_handle *selinux;
#endif
};

/* ---- telling -------------------------------------------------------------------------------- */

static void show(struct job *j, const char *what, const char *path, unsigned kind, const char *a,
		 const char *b)
{
	atomic_fetch_add(&j->tally->differences, 1);
	if (atomic_fetch_add(&j->tally->shown, 1) >= SHOWN)
		return;
	printf("%s: %s: kind %u, path ", j->corpus->name, what, kind);
	corpus_print_path(path);
	printf("\n\tgot  %s\n\twant %s\n", a, b);
	fflush(stdout);
}

static const char *say_ours(const struct db_spec *s, char *buf, size_t size)
{
	if (!s)
		return "no spec";
	snprintf(buf, size, "%s:%u: %s -> %s", s->file, s->line, s->regex,
		 s->context ? s->context : "<<none>>");
	return buf;
}

static const char *say_model(const struct model_spec *s, char *buf, size_t size)
{
	if (!s)
		return "no spec";
	snprintf(buf, size, "file %u:%u: %s -> %s", s->file, s->line, s->regex,
		 s->context ? s->context : "<<none>>");
	return buf;
}

static void compare(struct job *j, const char *what, const char *path, unsigned kind, int r,
		    const struct db_spec *got, const struct model_spec *want)
{
	char a[8192], b[8192];

	atomic_fetch_add(&j->tally->lookups, 1);
	if (r == 0 && ours_same(got, want))
		return;
	if (r < 0)
		snprintf(a, sizeof(a), "error: %s", strerror(-r));
	show(j, what, path, kind, r < 0 ? a : say_ours(got, a, sizeof(a)),
	     say_model(want, b, sizeof(b)));
}

/* ---- ours against the model ----------------------------------------------------------------- */

static void check_states(struct job *j, const char *path, size_t len,
			 const struct model_spec *const win[MODEL_KINDS])
{
	const struct db_spec *got = NULL;
	db_state state = 0;
	int r = carry_to(&j->carry, path, len, &state);

	for (unsigned k = 0; k < MODEL_KINDS; k++) {
		int s = r < 0 ? r
			      : ours_answer(j->reader, path, len, (enum lbl_kind)k, &state, &got);

		compare(j, "carried", path, k, s, got, win[k]);
	}
	r = db_seek(j->reader, path, len, &state);
	for (unsigned k = 0; k < MODEL_KINDS; k++) {
		int s = r < 0 ? r
			      : ours_answer(j->reader, path, len, (enum lbl_kind)k, &state, &got);

		compare(j, "full path", path, k, s, got, win[k]);
	}
}

/** The public call, with the path as written. */
static void check_lookup(struct job *j, const char *raw, unsigned kind,
			 const struct model_spec *want)
{
	struct lbl_match m = {0};
	struct db_spec got = {0};
	int r = lbl_rules_lookup(j->rules, raw, (enum lbl_kind)kind, &m);

	got.regex = m.regex;
	got.context = m.context;
	got.file = m.file;
	got.line = m.line;
	got.kind = m.kind;
	compare(j, "lbl_rules_lookup", raw, kind, MIN(r, 0), r == 1 ? &got : NULL, want);
}

/* ---- the model against libselinux ----------------------------------------------------------- */

#if HAVE_LIBSELINUX
/* A query without a kind, and libselinux chose another literal of the same text. */
static bool several_literals(const struct job *j, unsigned kind, const struct model_spec *won,
			     const char *context)
{
	if (kind != LBL_ANY || !won || !won->plain)
		return false;
	for (size_t i = 0; i < j->model->n_specs; i++) {
		const struct model_spec *s = &j->model->specs[i];

		if (s->plain && !strcmp(s->plain, won->plain) && text_same(s->context, context))
			return true;
	}
	return false;
}

static int explain(struct job *j, const char *path, size_t len, unsigned kind,
		   const struct model_spec *won, const char *context)
{
	for (size_t i = 0; i < ARRAY_SIZE(explained); i++) {
		const struct model_spec *s;

		if (!explained[i].quirk) {
			if (several_literals(j, kind, won, context))
				return (int)i;
			continue;
		}
		s = model_quirky(j->model, path, len, (enum lbl_kind)kind, explained[i].quirk);
		if (text_same(s ? s->context : NULL, context))
			return (int)i;
	}
	return -1;
}

static void check_selinux(struct job *j, const char *raw, const char *path, size_t len,
			  unsigned kind, const struct model_spec *want)
{
	static const mode_t mode_of_kind[MODEL_KINDS] = {0,	   S_IFDIR, S_IFCHR, S_IFBLK,
							 S_IFSOCK, S_IFIFO, S_IFLNK, S_IFREG};
	char b[8192], *context = NULL;
	int r = selabel_lookup_raw(j->selinux, &context, raw, (int)mode_of_kind[kind]);
	int error = r < 0 ? errno : 0, why;

	atomic_fetch_add(&j->tally->selinux, 1);
	if (r < 0 && error != ENOENT) {
		show(j, "libselinux failed", path, kind, strerror(error), "an answer");
		return;
	}
	if (r < 0)
		context = NULL;
	if (!text_same(context, want ? want->context : NULL)) {
		why = explain(j, path, len, kind, want, context);
		if (why >= 0)
			atomic_fetch_add(&j->tally->explained[why], 1);
		else
			show(j, "the model against libselinux", path, kind,
			     say_model(want, b, sizeof(b)), context ? context : "no context");
	}
	if (context)
		freecon(context);
}
#else
static void check_selinux(struct job *j, const char *raw, const char *path, size_t len,
			  unsigned kind, const struct model_spec *want)
{
}
#endif

/* ---- one path ------------------------------------------------------------------------------- */

static void check_path(struct job *j, size_t index)
{
	const struct corpus_path *p = &j->corpus->paths[index];
	const char *raw = j->corpus->text.data + p->offset;
	const struct model_spec *win[MODEL_KINDS] = {NULL}, *again[MODEL_KINDS] = {NULL};
	struct rng rng = {.state = index};
	_cleanup_free_ char *path = malloc(p->len + 1), *theirs = malloc(p->len + 1);
	unsigned draw = (unsigned)(rng_next(&rng) >> 32);
	size_t len;

	if (!path || !theirs)
		abort();
	len = ours_normalise(raw, p->len, path);
	if (db_normalise(raw, theirs) != len || strcmp(path, theirs))
		show(j, "db_normalise", raw, 0, theirs, path);
	if (model_answer(j->model, path, len, 0, win) < 0) {
		atomic_fetch_add(&j->tally->skipped, 1);
		return;
	}
	atomic_fetch_add(&j->tally->paths, 1);
	if (draw % 1000 == 0) {
		atomic_fetch_add(&j->tally->filter_checks, 1);
		if (model_answer(j->model, path, len, MODEL_NO_FILTER, again) < 0 ||
		    memcmp(win, again, sizeof(win)))
			show(j, "the model's prefix filter", path, 0, "with", "without");
	}
	check_states(j, path, len, win);
	check_lookup(j, raw, p->kind, win[p->kind]);
	check_lookup(j, raw, draw % MODEL_KINDS, win[draw % MODEL_KINDS]);
	if (len > LONGEST_FOR_SELINUX)
		return;
	if (draw / 8 % j->stride == 0)
		check_selinux(j, raw, path, len, p->kind, win[p->kind]);
	if (draw / 8 % (j->stride * 64) == 0) {
		for (unsigned k = 0; k < MODEL_KINDS; k++)
			check_selinux(j, raw, path, len, k, win[k]);
	}
}

/* ---- one corpus ----------------------------------------------------------------------------- */

static void told(void *user, const struct lbl_diag *diag)
{
	printf("%s\n", diag->text);
}

static int job_open(struct job *j)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = j->corpus->base, .diag = told};
	int r;

	if ((r = model_open(&j->model, j->corpus->base)) < 0 || (r = db_open(&j->db, &ro)) < 0 ||
	    (r = lbl_rules_open(&j->rules, &ro)) < 0 ||
	    (r = db_reader_new(j->db, &j->reader)) < 0 ||
	    (r = carry_init(&j->carry, j->reader)) < 0)
		return r;
#if HAVE_LIBSELINUX
	struct selinux_opt opt = {.type = SELABEL_OPT_PATH, .value = j->corpus->base};

	j->selinux = selabel_open(SELABEL_CTX_FILE, &opt, 1);
	if (!j->selinux)
		return -errno;
#endif
	return 0;
}

static void job_close(struct job *j)
{
#if HAVE_LIBSELINUX
	if (j->selinux)
		selabel_close(j->selinux);
#endif
	carry_done(&j->carry);
	db_reader_free(j->reader);
	db_free(j->db);
	lbl_rules_free(j->rules);
	model_free(j->model);
}

/** Blocks of paths go round the workers, so that each sees runs in walk order. */
static int work(struct job *j)
{
	int r = job_open(j);

	if (r < 0) {
		printf("%s: cannot open: %s\n", j->corpus->base, strerror(-r));
		job_close(j);
		return 1;
	}
	for (size_t i = 0; i < j->corpus->n_paths; i++) {
		if (i / BLOCK % j->every == 0 && i / BLOCK / j->every % WORKERS == j->worker)
			check_path(j, i);
	}
	atomic_fetch_add(&j->tally->seeks, j->carry.stale);
	job_close(j);
	fflush(stdout);
	return 0;
}

static int run_workers(const struct corpus *c, struct tally *t, unsigned every, unsigned stride)
{
	pid_t pids[WORKERS];
	int bad = 0, status;

	fflush(stdout);
	for (unsigned w = 0; w < WORKERS; w++) {
		pids[w] = fork();
		if (pids[w] < 0) {
			perror("fork");
			exit(1);
		}
		if (pids[w] == 0) {
			struct job j = {.corpus = c,
					.tally = t,
					.every = every,
					.stride = stride,
					.worker = w};

			exit(work(&j)); /* with the leak checker's say */
		}
	}
	for (unsigned w = 0; w < WORKERS; w++) {
		if (waitpid(pids[w], &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status)) {
			printf("%s: worker %u died (status %d)\n", c->name, w, status);
			bad = 1;
		}
	}
	return bad;
}

/** Compare over one corpus.  @share: lookups wanted of libselinux. */
static int run(struct corpus *c, struct tally *total, unsigned every, unsigned long share)
{
	struct tally *t =
		mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long stride = MAX(1UL, c->n_paths / every / share);
	int bad;

	if (t == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	bad = run_workers(c, t, every, (unsigned)stride);
	printf("%-10s %lu paths, %lu lookups, %lu of libselinux, %lu differences, %lu of the "
	       "model's filter checked, %lu paths too hard for PCRE2\n",
	       c->name, t->paths, t->lookups, t->selinux, t->differences, t->filter_checks,
	       t->skipped);
	if (!t->paths || t->skipped * 100 > t->paths) {
		printf("%s: too few paths were compared\n", c->name);
		bad = 1;
	}
	total->lookups += t->lookups;
	total->selinux += t->selinux;
	total->differences += t->differences;
	for (size_t i = 0; i < ARRAY_SIZE(explained); i++)
		total->explained[i] += t->explained[i];
	munmap(t, sizeof(*t));
	return bad;
}

/** The whole comparison of the set in @dir/@name with the paths of @lists. */
static int run_named(const char *dir, const char *name, const char *const *lists,
		     struct tally *total, const struct mode *mode)
{
	_cleanup_(corpus_done) struct corpus c = {0};
	int r = corpus_open(&c, dir, name);

	for (; r >= 0 && *lists; lists++)
		r = corpus_read_paths(&c, *lists);
	if (r >= 0)
		r = corpus_derive(&c, mode->per_spec, (unsigned)mode->selinux);
	if (r < 0) {
		printf("%s/%s: %s\n", dir, name, strerror(-r));
		return 1;
	}
	return run(&c, total, mode->every, mode->selinux);
}

static int run_shared(const char *root, struct tally *total, const struct mode *mode)
{
	static const char *const names[] = {"debian", "fedora", "refpolicy"};
	char real[4096], synth[4096];
	const char *const lists[] = {real, synth, NULL};
	int bad = 0;

	snprintf(real, sizeof(real), "%s/paths/real.txt.xz", root);
	snprintf(synth, sizeof(synth), "%s/paths/synth-fedora.txt.xz", root);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		bad |= run_named(root, names[i], lists, total, mode);
	return bad;
}

static int verdict(const struct tally *t, const struct mode *least)
{
	for (size_t i = 0; i < ARRAY_SIZE(explained); i++)
		printf("explained: %lu: %s\n", t->explained[i], explained[i].reason);
	if (least && t->lookups < least->least) {
		printf("only %lu lookups compared\n", t->lookups);
		return 1;
	}
	if (HAVE_LIBSELINUX && least && t->selinux < least->least_selinux) {
		printf("only %lu lookups of libselinux compared\n", t->selinux);
		return 1;
	}
	printf("%lu lookups compared, %lu unexplained differences (libselinux: %lu)\n",
	       t->lookups + t->selinux, t->differences, t->selinux);
	return t->differences ? 1 : 0;
}

static const struct mode *mode_of(const char *name)
{
	if (!name)
		name = getenv("LBL_ALL") ? "full" : "short";
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const char *const none[] = {NULL};
	static const struct mode small = {"small", 1, 40, 20000, 0, 0};
	const char *root = getenv("LBL_CORPORA");
	const struct mode *mode = mode_of(getenv("LBL_ORACLE"));
	struct tally total = {0};
	char probe[4096];
	bool shared;
	int bad;

	if (!root)
		root = SOURCE_ROOT "/../shared/corpora";
	if (!mode) {
		fprintf(stderr, "LBL_ORACLE is short, full or quick\n");
		return 2;
	}
	snprintf(probe, sizeof(probe), "%s/fedora/file_contexts", root);
	shared = access(probe, R_OK) == 0;
	bad = run_named(SOURCE_ROOT "/tests/corpus", "small", none, &total, &small);
	if (shared)
		bad |= run_shared(root, &total, mode);
	bad |= verdict(&total, shared ? mode : NULL);
	if (!HAVE_LIBSELINUX)
		printf("built without libselinux: compared with the model only\n");
	if (!bad && !shared) {
		printf("skipped: no corpora in %s (set LBL_CORPORA)\n", root);
		return 77;
	}
	return bad;
}
