/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names: memory of the rule engine under names nobody has.
 *
 *	names [--names N] [--no-memory REASON] FILE_CONTEXTS
 *
 * N is a million, hundreds of caches filled and begun anew; ten million with LBL_ALL=1.
 *
 * Each name begins where some spec does and goes on with pieces that specs with inner wildcards
 *look for ("java", ".so", "[", control bytes), so that nearly every byte asks for a state nobody
 *has asked for before: the worst there is for automata made on demand.  One in a thousand is 4 KiB
 *long. What is asserted: what the engine says it has, and what the process has.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "rules/db.h"

#define LIMIT_KIB 12288

static uint64_t state = 88172645463325252u;

static uint64_t rng(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/** The plain beginnings of all specs, one after the other. */
struct stems {
	struct buf text;
	uint32_t at[8192], n;
};

static void read_stems(struct stems *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[4096];

	if (!f) {
		perror(path);
		exit(1);
	}
	while (s->n < ARRAY_SIZE(s->at) && fgets(line, sizeof(line), f)) {
		if (line[0] != '/')
			continue;
		s->at[s->n++] = (uint32_t)s->text.len;
		buf_add(&s->text, line, strcspn(line, ".^$?*+|[({\\ \t\n"));
		buf_addc(&s->text, '\0');
	}
	fclose(f);
}

static void make_name(const struct stems *s, struct buf *name)
{
	static const char *const pieces[] = {"java",  ".so",	".",	  "lib",  "/",
					     "bin",   "x86_64", "nvidia", "\x01", "\xff",
					     "getty", "log",	"thumb",  "-"};
	size_t want = rng() % 1000 ? 24 + rng() % 80 : 4000;

	buf_reset(name);
	buf_adds(name, buf_str(&s->text) + s->at[rng() % s->n]);
	while (name->len < want) {
		if (rng() % 3)
			buf_adds(name, pieces[rng() % ARRAY_SIZE(pieces)]);
		else
			buf_addc(name, (char)('a' + rng() % 26));
	}
}

static size_t rss_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss;
}

static void ask(struct db_reader *reader, const struct buf *name)
{
	const struct db_spec *spec;
	int r = db_resolve(reader, buf_str(name), name->len, LBL_REG, &spec);

	if (r < 0) {
		fprintf(stderr, "%s: %s\n", buf_str(name), strerror(-r));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct lbl_rules_options o = {.size = sizeof(o), .flags = LBL_RULES_TEXT};
	unsigned long n = getenv("LBL_ALL") ? 10000000 : 1000000, bad = 0;
	const char *no_memory = NULL;
	static struct stems stems;
	struct db_reader *reader;
	struct buf name = {0};
	struct db_stats stats;
	size_t before;
	struct db *db;

	for (argv++, argc--; argc > 2; argc -= 2, argv += 2) {
		if (strcmp(argv[0], "--names") == 0)
			n = strtoul(argv[1], NULL, 10);
		else
			no_memory = argv[1];
	}
	o.path = argv[0];
	read_stems(&stems, o.path);
	before = rss_kib();
	if (db_open(&db, &o) < 0 || db_reader_new(db, &reader) < 0) {
		fprintf(stderr, "%s cannot be opened\n", o.path);
		return 1;
	}
	for (unsigned long i = 0; i < n; i++) {
		make_name(&stems, &name);
		ask(reader, &name);
		if (i % 65536 && i + 1 < n)
			continue;
		db_stats(db, &stats);
		if (stats.memory > (size_t)LIMIT_KIB << 10)
			bad++;
	}
	printf("%lu names in %zu specs: %zu states, %zu flushes, %zu KiB by its own account, the "
	       "process grew by %zu KiB (limit %u, and 4096 more for what malloc keeps)\n",
	       n, stats.specs, stats.states, stats.flushes, stats.memory >> 10, rss_kib() - before,
	       LIMIT_KIB);
	if (no_memory)
		printf("the process is not judged: %s\n", no_memory);
	else if (rss_kib() - before > LIMIT_KIB + 4096)
		bad++;
	db_reader_free(reader);
	db_free(db);
	buf_done(&name);
	buf_done(&stems.text);
	return bad ? 1 : 0;
}
