/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lookup: what opening a rule set costs, and one lookup, beside libselinux on the same paths.
 *
 *	lookup [--rounds N] [--selinux EVERY] SET PATHS     SET: folder with a file_contexts
 *	lookup --count carried|full PASSES LIMIT SET PATHS  only that work, for counting
 *instructions
 *
 * A pass takes the paths in the order of the list, which is that of a walk.  "Carried" is what the
 * walk does: a position is kept per directory and a file costs the bytes of its name.  The rounds
 * of the two libraries alternate, so that a noisy machine spoils both; the median counts.  Times
 * are the thread's CPU time: nothing here waits but for the CPU, and that is the neighbours' doing.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "corpus.h"
#include "ours.h"
#include "rules/db.h"
#include "sample.h"

#if HAVE_LIBSELINUX
#include <selinux/label.h>
#endif

enum { OPENS = 15, MOST_ROUNDS = 99 };

/* A path of the list, taken apart as a walk has it. */
struct entry {
	const char *path, *name;
	unsigned path_len, name_len;
	enum lbl_kind kind;
	unsigned dir; /* which of positions */
};

struct bench {
	struct corpus c;
	struct entry *entries;
	uint32_t *shuffled;
	size_t n, n_dirs;
	db_state *positions; /* of each directory, filled as the walk enters it */
	struct db *db;
	struct db_reader *reader;
	unsigned rounds, every;
	uint64_t sum; /* of answers, so that none is optimised away */
#if HAVE_LIBSELINUX
	struct selabel_handle *selinux;
#endif
};

/* Its temporary folder goes however the program ends. */
static struct corpus *opened;

static void clean_up(void)
{
	if (opened)
		corpus_done(opened);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), by_value);
	return values[n / 2];
}

static void die(const char *what, int r)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-r));
	exit(1);
}

/* ---- preparing ------------------------------------------------------------------------------ */

/** Number the directories: entries next to each other with the same parent share one. */
static void group(struct bench *b)
{
	const char *dir = NULL;
	size_t dir_len = 0;

	b->entries = calloc(b->c.n_paths, sizeof(*b->entries));
	b->shuffled = calloc(b->c.n_paths, sizeof(*b->shuffled));
	if (!b->entries || !b->shuffled)
		die("entries", -ENOMEM);
	for (size_t i = 0; i < b->c.n_paths; i++) {
		const struct corpus_path *p = &b->c.paths[i];
		const char *path = b->c.text.data + p->offset, *slash = strrchr(path, '/');
		size_t len = (size_t)(slash - path);

		if (p->len < 2) /* the root has neither parent nor name */
			continue;
		if (!dir || len != dir_len || memcmp(dir, path, len)) {
			dir = path;
			dir_len = len;
			b->n_dirs++;
		}
		b->entries[b->n++] = (struct entry){.path = path,
						    .name = slash + 1,
						    .path_len = p->len,
						    .name_len = p->len - (unsigned)len - 1,
						    .kind = p->kind,
						    .dir = (unsigned)b->n_dirs - 1};
	}
}

static void shuffle(struct bench *b)
{
	struct rng rng = {.state = 7};

	for (size_t i = 0; i < b->n; i++)
		b->shuffled[i] = (uint32_t)i;
	for (size_t i = b->n; i > 1; i--) {
		size_t k = (size_t)(rng_next(&rng) % i);
		uint32_t t = b->shuffled[i - 1];

		b->shuffled[i - 1] = b->shuffled[k];
		b->shuffled[k] = t;
	}
}

static void open_db(struct bench *b)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = b->c.base};
	int r = db_open(&b->db, &ro);

	if (r >= 0)
		r = db_reader_new(b->db, &b->reader);
	if (r < 0)
		die(b->c.base, r);
}

static void close_db(struct bench *b)
{
	b->reader = db_reader_free(b->reader);
	b->db = db_free(b->db);
}

/* ---- the work ------------------------------------------------------------------------------- */

static void add_answer(struct bench *b, const struct entry *e, db_state state)
{
	const struct db_spec *spec = NULL;
	int r = db_answer(b->reader, state, e->kind, &spec);

	if (unlikely(r < 0))
		r = ours_answer(b->reader, e->path, e->path_len, e->kind, &state, &spec);
	if (unlikely(r < 0))
		die("db_answer", r);
	b->sum += spec ? spec->line : 0;
}

static void full(struct bench *b, const struct entry *e)
{
	db_state state;
	int r = db_seek(b->reader, e->path, e->path_len, &state);

	if (unlikely(r < 0))
		die("db_seek", r);
	add_answer(b, e, state);
}

static void pass_full(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++)
		full(b, &b->entries[i]);
}

static void pass_random(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++)
		full(b, &b->entries[b->shuffled[i]]);
}

/* The directory's own position is sought for once and not timed against the file: in the walk it is
 * the position its entry in the parent had. */
static void seek_dirs(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->entries[i];
		int r;

		if (i && e[-1].dir == e->dir)
			continue;
		r = db_seek(b->reader, e->path, e->path_len - e->name_len - 1,
			    &b->positions[e->dir]);
		if (r < 0)
			die("db_seek", r);
	}
}

static void pass_carried(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->entries[i];
		db_state state;
		int r = db_child(b->reader, b->positions[e->dir], e->name, e->name_len, &state);

		if (unlikely(r == -ESTALE)) {
			r = db_seek(b->reader, e->path, e->path_len - e->name_len - 1,
				    &b->positions[e->dir]);
			if (r >= 0)
				r = db_child(b->reader, b->positions[e->dir], e->name, e->name_len,
					     &state);
		}
		if (unlikely(r < 0))
			die("db_child", r);
		add_answer(b, e, state);
	}
}

/** ns per path of one pass */
static double timed(struct bench *b, void (*pass)(struct bench *))
{
	double start = now();

	pass(b);
	return (now() - start) / (double)b->n;
}

/* ---- the other library ---------------------------------------------------------------------- */

#if HAVE_LIBSELINUX
static void open_selinux(struct bench *b)
{
	struct selinux_opt opt = {.type = SELABEL_OPT_PATH, .value = b->c.base};

	b->selinux = selabel_open(SELABEL_CTX_FILE, &opt, 1);
	if (!b->selinux)
		die("selabel_open", -errno);
}

static void close_selinux(struct bench *b)
{
	selabel_close(b->selinux);
	b->selinux = NULL;
}

/** ns per lookup over blocks of 100 paths, one block of @every. */
static double time_selinux(struct bench *b, size_t *ret_lookups)
{
	static const mode_t modes[] = {0,	 S_IFDIR, S_IFCHR, S_IFBLK,
				       S_IFSOCK, S_IFIFO, S_IFLNK, S_IFREG};
	double start = now();
	size_t done = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->entries[i];
		char *context;

		if (i / 100 % b->every)
			continue;
		done++;
		if (selabel_lookup_raw(b->selinux, &context, e->path, (int)modes[e->kind]) < 0)
			continue;
		b->sum += (unsigned char)context[0];
		freecon(context);
	}
	*ret_lookups = done;
	return (now() - start) / (double)done;
}
#else
static void open_selinux(struct bench *b)
{
}

static void close_selinux(struct bench *b)
{
}

static double time_selinux(struct bench *b, size_t *ret_lookups)
{
	*ret_lookups = 0;
	return 0;
}
#endif

/* ---- measuring ------------------------------------------------------------------------------ */

static void line(const char *what, double ours, double theirs, const char *unit)
{
	printf("%-34s %10.1f %s", what, ours, unit);
	if (theirs > 0)
		printf("   libselinux %10.1f %s   ratio %7.1f", theirs, unit, theirs / ours);
	putchar('\n');
}

static void bench_open(struct bench *b)
{
	double ours[OPENS], first[OPENS], theirs[OPENS];

	for (unsigned i = 0; i < OPENS; i++) {
		double start = now();

		open_db(b);
		ours[i] = (now() - start) / 1e3;
		full(b, &b->entries[b->n / 2]);
		first[i] = (now() - start) / 1e3;
		close_db(b);
		start = now();
		open_selinux(b);
		theirs[i] = (now() - start) / 1e3;
		close_selinux(b);
	}
	line("open from text", median(ours, OPENS), HAVE_LIBSELINUX ? median(theirs, OPENS) : 0,
	     "us");
	line("open and one answer", median(first, OPENS), 0, "us");
}

static void bench_lookups(struct bench *b)
{
	double t[6][MOST_ROUNDS], start;
	struct db_stats st;
	size_t lookups = 0;

	open_selinux(b);
	for (unsigned i = 0; i < b->rounds; i++) {
		open_db(b);
		t[0][i] = timed(b, pass_full);
		t[1][i] = timed(b, pass_full);
		close_db(b);
		open_db(b);
		start = now();
		seek_dirs(b);
		pass_carried(b);
		t[2][i] = (now() - start) / (double)b->n;
		t[3][i] = timed(b, pass_carried);
		t[4][i] = timed(b, pass_random);
		if (i + 1 < b->rounds)
			close_db(b);
		t[5][i] = time_selinux(b, &lookups);
	}
	close_selinux(b);
	db_stats(b->db, &st);
	close_db(b);
	double other = median(t[5], b->rounds);

	line("full path, first pass", median(t[0], b->rounds), other, "ns");
	line("full path, steady", median(t[1], b->rounds), other, "ns");
	line("full path, random order", median(t[4], b->rounds), other, "ns");
	line("carried, first pass with its seeks", median(t[2], b->rounds), other, "ns");
	line("carried, steady", median(t[3], b->rounds), other, "ns");
	printf("memory %zu KiB, %zu states, %zu of %zu specs parsed, %zu for PCRE2, %zu flushes\n",
	       st.memory / 1024, st.states, st.parsed, st.specs, st.side_specs, st.flushes);
	printf("%zu paths in %zu directories, %u rounds; libselinux: %zu lookups a round; sum "
	       "%llx\n",
	       b->n, b->n_dirs, b->rounds, lookups, (unsigned long long)b->sum);
}

/** Only the counted work, so that two runs that differ in @passes differ in nothing else. */
static void count(struct bench *b, const char *what, unsigned passes, size_t limit)
{
	b->n = MIN(b->n, limit);
	open_db(b);
	seek_dirs(b);
	for (unsigned i = 0; i < passes; i++) {
		if (!strcmp(what, "carried"))
			pass_carried(b);
		else
			pass_full(b);
	}
	close_db(b);
	printf("%s: %u passes over %zu paths, sum %llx\n", what, passes, b->n,
	       (unsigned long long)b->sum);
}

static void usage(void)
{
	fprintf(stderr, "usage: lookup [--rounds N] [--selinux EVERY] SET PATHS\n"
			"       lookup --count carried|full PASSES LIMIT SET PATHS\n");
	exit(2);
}

static void load(struct bench *b, char *set, const char *paths)
{
	char *slash;
	int r;

	while ((slash = strrchr(set, '/')) && slash > set && !slash[1])
		*slash = 0;
	if (slash)
		*slash = 0;
	opened = &b->c;
	atexit(clean_up);
	r = corpus_open(&b->c, slash ? set : ".", slash ? slash + 1 : set);
	if (r >= 0) {
		b->c.n_paths = 0; /* only the list asked for */
		r = corpus_read_paths(&b->c, paths);
	}
	if (r < 0)
		die(paths, r);
	group(b);
	shuffle(b);
	b->positions = calloc(b->n_dirs + 1, sizeof(*b->positions));
	if (!b->positions)
		die("positions", -ENOMEM);
}

int main(int argc, char **argv)
{
	static struct bench b = {.rounds = 5, .every = 40};
	const char *what = NULL;
	unsigned passes = 0;
	size_t limit = 0;
	int i = 1;

	for (; i < argc && !strncmp(argv[i], "--", 2); i += 2) {
		if (!strcmp(argv[i], "--count") && i + 3 < argc) {
			what = argv[i + 1];
			passes = (unsigned)strtoul(argv[i + 2], NULL, 10);
			limit = strtoul(argv[i + 3], NULL, 10);
			i += 2;
		} else if (!strcmp(argv[i], "--rounds") && i + 1 < argc) {
			b.rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
		} else if (!strcmp(argv[i], "--selinux") && i + 1 < argc) {
			b.every = (unsigned)strtoul(argv[i + 1], NULL, 10);
		} else {
			usage();
		}
	}
	if (i + 2 != argc || !b.rounds || b.rounds > MOST_ROUNDS || !b.every)
		usage();
	load(&b, argv[i], argv[i + 1]);
	if (what) {
		count(&b, what, passes, limit);
	} else {
		bench_open(&b);
		bench_lookups(&b);
	}
	free(b.entries);
	free(b.shuffled);
	free(b.positions);
	return 0;
}
