/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Upstream's compiled form, written by us and read by libselinux: it must answer from it what it
 * answers from the text, and so must we; and where its own compiler is given, that must write the
 * same bytes.  Over the corpora, and over random sets that go for the corners of the format.
 *
 *	oracle_bin FORMAT [COMPILER]
 *
 * LBL_ORACLE=quick asks little, for builds that are slow themselves; LBL_ALL=1 asks most.
 *
 * tests/oracle/newer runs the same program with a later libselinux than the one it was built with.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <selinux/label.h>
#include <selinux/selinux.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/replace.h"
#include "corpus.h"
#include "lbl-rules.h"
#include "model.h"
#include "ours.h"
#include "rules/spec.h"
#include "sample.h"

static const char *const parts[] = {"", ".homedirs", ".local"};

struct job {
	unsigned format;
	const char *compiler; /* upstream's, or NULL */
	bool tree;	      /* libselinux looks up in a tree: 3.8 and later */
	unsigned long paths;  /* to be asked in each corpus */
	unsigned long lookups, files, differences, refused;
	unsigned long twins, misplaced, newlines; /* explained differences from the flat rule */
	unsigned long old_literals;		  /* ... and from the text */
};

static void complain(struct job *j, const char *set, const char *what, const char *path,
		     unsigned kind, const char *a, const char *b)
{
	if (j->differences++ >= 20)
		return;
	printf("%s: %s", set, what);
	if (path) {
		printf(": kind %u, path ", kind);
		corpus_print_path(path);
	}
	printf("\n\t%s\n\t%s\n", a ? a : "none", b ? b : "none");
	fflush(stdout);
}

/* ---- files ---------------------------------------------------------------------------------- */

static int compile(struct job *j, const char *text, const char *bin)
{
	struct lbl_bin_options options = {
		.size = sizeof(options), .path = text, .output = bin, .version = j->format};

	return lbl_bin_compile(&options);
}

static bool same_bytes(const char *a, const char *b)
{
	struct map x = {0}, y = {0};
	bool same = map_open(&x, AT_FDCWD, a, 1 << 28) == 0 &&
		    map_open(&y, AT_FDCWD, b, 1 << 28) == 0 && x.len == y.len &&
		    memcmp(x.data, y.data, x.len) == 0;

	map_done(&x);
	map_done(&y);
	return same;
}

/**
 * A copy of @text where each literal path has one spec only.  libselinux 3.8 to 3.10 sort those of
 * one path by kind, 3.11 and we leave them as they come; all of them sort again what they read.
 */
static int drop_twins(const char *text, const char *to)
{
	_cleanup_(arena_done) struct arena arena = {0};
	_cleanup_(buf_done) struct buf out = {0};
	struct seen {
		const char *path;
		size_t len;
	} *seen = NULL;
	size_t n = 0, cap = 0, same;
	struct map m = {0};
	struct spec s;
	int r = map_open(&m, AT_FDCWD, text, 1 << 28);
	const char *p = m.data, *end = m.len ? p + m.len : p, *line = p;

	for (; r >= 0 && p < end; line = p) {
		if (spec_scan(&p, end, &s) == SPEC_OK && spec_is_literal(s.regex, s.regex_len)) {
			char *path = arena_alloc(&arena, s.regex_len);
			size_t len = spec_unescape(s.regex, s.regex_len, path);

			for (same = 0; same < n; same++)
				if (seen[same].len == len && !memcmp(seen[same].path, path, len))
					break;
			if (same < n) {
				buf_addc(&out, '\n'); /* lines keep their numbers */
				continue;
			}
			r = array_reserve(&seen, &cap, n + 1, sizeof(*seen));
			if (r >= 0)
				seen[n++] = (struct seen){path, len};
		}
		buf_add(&out, line, (size_t)(p - line));
	}
	if (r >= 0)
		r = replace_file(to, buf_str(&out), out.len, 0600);
	free(seen);
	map_done(&m);
	return r;
}

/** Do we and upstream's compiler write the same of @text, or both refuse it? */
static void compare_bytes(struct job *j, const char *set, const char *text)
{
	char command[4096], single[300], ours[320], theirs[320];
	int r, status;

	if (!j->compiler)
		return;
	snprintf(single, sizeof(single), "%s.single", text);
	snprintf(ours, sizeof(ours), "%s.ours", text);
	snprintf(theirs, sizeof(theirs), "%s.theirs", text);
	snprintf(command, sizeof(command), "'%s' -r -o '%s' '%s' >/dev/null 2>&1", j->compiler,
		 theirs, single);
	r = drop_twins(text, single);
	if (r >= 0) {
		r = compile(j, single, ours);
		status = system(command);
		if ((r < 0) != (status != 0))
			complain(j, set, "one compiler refuses it, ours says", NULL, 0,
				 strerror(-r), text);
		else if (r >= 0 && !same_bytes(ours, theirs))
			complain(j, set, "other bytes than upstream's compiler writes", NULL, 0,
				 ours, theirs);
		else if (r >= 0)
			j->files++;
	}
	unlink(single);
	unlink(ours);
	unlink(theirs);
}

/* ---- answers -------------------------------------------------------------------------------- */

/** One set, as text and compiled, in the hands of libselinux and in ours. */
struct both {
	struct selabel_handle *theirs[2];
	struct lbl_rules *ours[2];
	struct model *model;
};

static void both_done(struct both *b)
{
	for (int i = 0; i < 2; i++) {
		if (b->theirs[i])
			selabel_close(b->theirs[i]);
		lbl_rules_free(b->ours[i]);
	}
	model_free(b->model);
}

static int both_open(struct both *b, const char *text, const char *bin)
{
	const char *const names[2] = {text, bin};

	for (int i = 0; i < 2; i++) {
		struct selinux_opt opt = {.type = SELABEL_OPT_PATH, .value = names[i]};
		struct lbl_rules_options ro = {.size = sizeof(ro), .path = names[i]};
		int r = lbl_rules_open(&b->ours[i], &ro);

		if (r < 0)
			return r;
		b->theirs[i] = selabel_open(SELABEL_CTX_FILE, &opt, 1);
		if (!b->theirs[i])
			return -errno;
	}
	return model_open(&b->model, text);
}

/** libselinux's answer, malloc'ed; NULL: none. */
static char *ask(struct selabel_handle *h, const char *path, enum lbl_kind kind)
{
	static const mode_t modes[] = {0,	 S_IFDIR, S_IFCHR, S_IFBLK,
				       S_IFSOCK, S_IFIFO, S_IFLNK, S_IFREG};
	char *context = NULL;

	return selabel_lookup_raw(h, &context, path, (int)modes[kind]) < 0 ? NULL : context;
}

/** Does libselinux keep @regex in a node that is not on the way to @path? */
static bool is_misplaced(const char *regex, const char *path)
{
	for (int level = 0; level < 3; level++) {
		const char *slash = *regex ? strchr(regex + 1, '/') : NULL;
		char plain[4096];
		size_t n;

		if (!slash || !spec_is_literal(regex + 1, (size_t)(slash - regex) - 1))
			return false;
		n = spec_unescape(regex + 1, (size_t)(slash - regex) - 1, plain);
		if (*path != '/' || strncmp(path + 1, plain, n) != 0 || path[1 + n] != '/')
			return true;
		regex = slash;
		path += n + 1;
	}
	return false;
}

/** Is @context that of another literal for the path of the winner? */
static bool is_of_twin(const struct model *m, const struct model_spec *won, enum lbl_kind kind,
		       const char *context)
{
	for (size_t i = 0; won->plain && i < m->n_specs; i++) {
		const struct model_spec *s = &m->specs[i];

		if (s != won && s->plain && !strcmp(s->plain, won->plain) &&
		    (!kind || !s->kind || s->kind == kind) && text_same(s->context, context))
			return true;
	}
	return false;
}

/** Where the tree of libselinux 3.8 and later does not answer what the flat rule does. */
static void explain(struct job *j, const struct both *b, const char *set, const char *path,
		    enum lbl_kind kind, const struct lbl_match *ours, const char *theirs)
{
	const struct model_spec *win[MODEL_KINDS] = {NULL}, *won;
	char plain[1024];
	size_t len = ours_normalise(path, strlen(path), plain);

	(void)model_answer(b->model, plain, len, 0, win); /* too hard: nobody won */
	won = win[kind];
	if (plain[len - 1] == '\n')
		j->newlines++;
	else if (won && is_of_twin(b->model, won, kind, theirs))
		j->twins++;
	else if (won && !won->plain && is_misplaced(won->regex, plain))
		j->misplaced++;
	else
		complain(j, set, "ours and libselinux's, from the text", path, kind,
			 ours ? ours->context : NULL, theirs);
}

/**
 * Format 5 has the literals of libselinux before 3.8 behind all regexes, and no lines: where those
 * stood in the text that we take for regexes is lost.
 */
static bool is_old_literal(const struct job *j, const struct model *m, const char *regex)
{
	for (size_t i = 0; j->format == 5 && i < m->n_specs; i++)
		if (!strcmp(m->specs[i].regex, regex))
			return !m->specs[i].meta34 && !m->specs[i].plain;
	return false;
}

static void check(struct job *j, const struct both *b, const char *set, const char *path,
		  enum lbl_kind kind, bool flat)
{
	char *theirs[2];
	struct lbl_match m[2];
	int r[2];

	for (int i = 0; i < 2; i++) {
		theirs[i] = ask(b->theirs[i], path, kind);
		r[i] = lbl_rules_lookup(b->ours[i], path, kind, &m[i]);
	}
	j->lookups += 2;
	if (!text_same(theirs[0], theirs[1]))
		complain(j, set, "libselinux, from the text and from our file", path, kind,
			 theirs[0], theirs[1]);
	if (r[1] == 1 && is_old_literal(j, b->model, m[1].regex))
		j->old_literals++;
	else if (r[0] != r[1] || (r[0] == 1 && !text_same(m[0].context, m[1].context)))
		complain(j, set, "ours, from the text and from our file", path, kind,
			 r[0] == 1 ? m[0].regex : NULL, r[1] == 1 ? m[1].regex : NULL);
	else if (flat && !text_same(r[0] == 1 ? m[0].context : NULL, theirs[0]))
		explain(j, b, set, path, kind, r[0] == 1 ? &m[0] : NULL, theirs[0]);
	for (int i = 0; i < 2; i++)
		freecon(theirs[i]);
}

/* ---- corpora -------------------------------------------------------------------------------- */

/** Put the compiled files in the place of @c's texts. */
static int replace_texts(struct job *j, struct corpus *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		char text[256], bin[260];
		int r;

		snprintf(text, sizeof(text), "%s%s", c->base, parts[i]);
		snprintf(bin, sizeof(bin), "%s.bin", text);
		if (access(text, F_OK) < 0)
			continue;
		compare_bytes(j, c->name, text);
		r = compile(j, text, bin);
		if (r < 0)
			return r;
		unlink(text);
	}
	return 0;
}

static int run_corpus(struct job *j, const char *root, const char *name, const char *list)
{
	_cleanup_(corpus_done) struct corpus text = {0}, bin = {0};
	_cleanup_(both_done) struct both both = {0};
	struct rng rng = {.state = j->format};
	int r = corpus_open(&text, root, name);

	if (r >= 0)
		r = corpus_open(&bin, root, name);
	if (r >= 0 && list)
		r = corpus_read_paths(&text, list);
	if (r >= 0)
		r = corpus_derive(&text, 1, 2000);
	if (r >= 0)
		r = replace_texts(j, &bin);
	if (r >= 0)
		r = both_open(&both, text.base, bin.base);
	if (r < 0) {
		printf("%s: %s\n", name, strerror(-r));
		return r;
	}
	for (unsigned long i = 0; i < MIN(j->paths, text.n_paths); i++) {
		/* half of them the real ones, half what the specs say */
		size_t half = text.n_paths / 2,
		       at = (size_t)rng_below(&rng, (unsigned)half) + (i & 1 ? half : 0);
		const struct corpus_path *p = &text.paths[at];

		if (p->len > 1000) /* where libselinux gives up */
			continue;
		check(j, &both, name, text.text.data + p->offset, p->kind, list && j->tree);
		check(j, &both, name, text.text.data + p->offset,
		      (enum lbl_kind)rng_below(&rng, MODEL_KINDS), list && j->tree);
	}
	printf("%s: %lu lookups so far\n", name, j->lookups);
	fflush(stdout);
	return 0;
}

/* ---- random sets ---------------------------------------------------------------------------- */

static void random_spec(struct rng *rng, struct buf *out)
{
	static const char *const pieces[] = {
		"a",	  "b",	 "usr",	 "\\.x", "a\\-b", "a\\/b", "b\\d", ".*",    "[^/]+",
		"(/.*)?", "x?",	 "a{2}", "}",	 "]",	  "|/a/b", "\\,",  "(a|b)", "-",
		"\\",	  "\\_", "^",	 "$",	 "(",	  "/?(b)", "\\{",  "\\@",   "b\\+\\]"};
	static const char *const kinds[] = {"--", "-d", "-l", "-c", "-b", "-s", "-p"};
	static const char *const contexts[] = {"u:r:a", "u:r:b", "<<none>>", "u:r:a:s0", "c"};
	unsigned levels = 1 + rng_below(rng, 5);

	for (unsigned i = 0; i < levels; i++) {
		if (rng_below(rng, 20))
			buf_addc(out, '/');
		for (unsigned n = rng_below(rng, 8) ? 1 : rng_below(rng, 3); n; n--)
			/* the odd pieces are not to spoil every set */
			buf_adds(out, pieces[rng_below(
					      rng, rng_below(rng, 4) ? 12 : ARRAY_SIZE(pieces))]);
	}
	buf_addc(out, '\t');
	if (rng_below(rng, 3) == 0)
		buf_printf(out, "%s\t", kinds[rng_below(rng, ARRAY_SIZE(kinds))]);
	buf_printf(out, "%s\n", contexts[rng_below(rng, ARRAY_SIZE(contexts))]);
}

static void check_random(struct job *j, const char *text, const char *bin, struct rng *rng)
{
	_cleanup_(both_done) struct both both = {0};

	int r = both_open(&both, text, bin);

	if (r < 0) {
		complain(j, "random", "a set that cannot be opened", NULL, 0, text, strerror(-r));
		return;
	}
	for (size_t i = 0; i < both.model->n_specs; i++) {
		_cleanup_(buf_done) struct buf path = {0};

		sample_regex(rng, both.model->specs[i].regex, &path);
		for (int near = 0; near < 2; near++) {
			if (path.len && path.len < 500 && strlen(path.data) == path.len)
				for (enum lbl_kind k = LBL_ANY; k <= LBL_REG; k++)
					check(j, &both, "random", path.data, k, false);
			sample_near(rng, &path);
		}
	}
}

static int run_random(struct job *j, unsigned long sets)
{
	char dir[] = "/tmp/relabel-bin.XXXXXX", text[64], bin[80], other[64];
	struct rng rng = {.state = 1};
	int r = mkdtemp(dir) ? 0 : -errno;

	snprintf(text, sizeof(text), "%s/text", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(bin, sizeof(bin), "%s.bin", other);
	for (unsigned long i = 0; r >= 0 && i < sets; i++) {
		_cleanup_(buf_done) struct buf set = {0};

		for (unsigned n = 1 + rng_below(&rng, 12); n; n--)
			random_spec(&rng, &set);
		r = replace_file(text, buf_str(&set), set.len, 0600);
		if (r < 0)
			break;
		compare_bytes(j, "random", text);
		if (compile(j, text, bin) < 0)
			j->refused++;
		else
			check_random(j, text, other, &rng);
		if (j->differences) {
			printf("the set:\n%s\n", buf_str(&set));
			break;
		}
	}
	corpus_remove_dir(dir);
	printf("random: %lu lookups so far, %lu sets, %lu of them refused\n", j->lookups, sets,
	       j->refused);
	return r;
}

/* ---- all ------------------------------------------------------------------------------------ */

static int silent(int type, const char *fmt, ...)
{
	return 0;
}

static int run_all(struct job *j, const char *root, bool shared, unsigned long sets)
{
	static const char *const names[] = {"debian", "fedora", "refpolicy"};
	char list[4096];
	int r = run_corpus(j, SOURCE_ROOT "/tests/corpus", "small", NULL);

	snprintf(list, sizeof(list), "%s/paths/real.txt.xz", root);
	for (size_t i = 0; r >= 0 && shared && i < ARRAY_SIZE(names); i++)
		r = run_corpus(j, root, names[i], list);
	return r < 0 ? r : run_random(j, sets);
}

int main(int argc, char **argv)
{
	const char *root = getenv("LBL_CORPORA"), *mode = getenv("LBL_ORACLE");
	bool quick = mode && strcmp(mode, "quick") == 0, most = getenv("LBL_ALL"), shared;
	struct job j = {0};
	union selinux_callback callback = {.func_log = silent};
	char probe[4096];

	if (argc < 2 || argc > 3 || (strcmp(argv[1], "5") && strcmp(argv[1], "6"))) {
		fprintf(stderr, "usage: %s 5|6 [COMPILER]\n", argv[0]);
		return 2;
	}
	j.format = (unsigned)(argv[1][0] - '0');
	j.tree = j.format == 6;
	j.paths = quick ? 500 : most ? 6000 : 2000; /* 3.4 takes 300 us for a lookup */
	if (j.tree && !quick)
		j.paths *= 10;
	j.compiler = argc > 2 && access(argv[2], X_OK) == 0 ? argv[2] : NULL;
	if (!root)
		root = SOURCE_ROOT "/../shared/corpora";
	snprintf(probe, sizeof(probe), "%s/fedora/file_contexts", root);
	shared = access(probe, R_OK) == 0;
	selinux_set_callback(SELINUX_CB_LOG, callback); /* what it thinks of odd escapes */
	if (run_all(&j, root, shared, quick ? 50 : most ? 400 : 150) < 0)
		return 1;
	if (j.tree)
		printf("from the flat rule libselinux differs in %lu lookups: several literals of "
		       "one path %lu, specs kept too deep %lu, paths that end in a newline %lu\n",
		       j.twins + j.misplaced + j.newlines, j.twins, j.misplaced, j.newlines);
	else
		printf("answers of our own that are those of the old literals: %lu\n",
		       j.old_literals);
	printf("format %u: %lu lookups, %lu files byte for byte%s, %lu differences\n", j.format,
	       j.lookups, j.files, j.compiler ? "" : " (no compiler of upstream)", j.differences);
	if (!j.differences && !shared) {
		printf("skipped: no corpora in %s (set LBL_CORPORA)\n", root);
		return 77;
	}
	return j.differences || !j.lookups ? 1 : 0;
}
