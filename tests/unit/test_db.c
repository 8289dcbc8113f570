/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * db: who wins, from tables of rules and questions; states, generations, threads.  Over 600 lines
 * because the tables are, and all ask through the same three ways.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "rules_rig.h"

/* ---- who wins ------------------------------------------------------------------------------- */

struct question {
	const char *rules, *path;
	enum lbl_kind kind;
	const char *want;
};

static void answer_all(const struct question *q, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rig g;
		const char *got;

		assert_int_equal(rig_open(&g, q[i].rules, (struct lbl_rules_options){0}), 0);
		got = ask(&g, q[i].path, q[i].kind);
		if (strcmp(got, q[i].want) != 0)
			fail_msg("%s in\n%s\nis %s, not %s", q[i].path, q[i].rules, got, q[i].want);
		rig_close(&g);
	}
}

/* The rows of file-contexts.md 6.5, with the flat rule's answers. */
static void the_discriminating_examples(void **state)
{
	static const struct question rows[] = {
		{"/a/b lit\n/a/.* rex", "/a/b", LBL_REG, "lit"},
		{"/a/b/c.* deep\n/.* root", "/a/b/cx", LBL_REG, "root"},
		{"/.* root\n/a/b/c.* deep", "/a/b/cx", LBL_REG, "deep"},
		{"/a/x.* one\n/a/x.y two\n/a/x.* -- three", "/a/xzy", LBL_DIR, "two"},
		{"/a/x.* one\n/a/x.y two\n/a/x.* -- three", "/a/xzy", LBL_REG, "three"},
		{"/a/b/c/d/.* deep\n/a/b/c/.* mid", "/a/b/c/d/x", LBL_REG, "mid"},
		{"/a/b/.* <<none>>\n/a/.* later", "/a/b/x", LBL_REG, "later"},
		{"/a/b/.* -d <<none>>\n/a/.* later", "/a/b/x", LBL_REG, "later"},
		{"/a/b/.* -d <<none>>\n/a/.* later", "/a/b/x", LBL_DIR, "later"},
		{"/a/b/.* deep\n/a/.* <<none>>", "/a/b/x", LBL_REG, "<<none>>"},
		{"/v/f/c/.* <<none>>\nL:/v/f(/.*)? loc", "/v/f/c/x", LBL_REG, "loc"},
		{"/tmp/.* <<none>>\nL:/.*/\\.X11-unix/.* l", "/tmp/.X11-unix/X0", LBL_REG, "l"},
		{"/a/.* gen\n/a/b/? opt", "/a/b", LBL_DIR, "opt"},
		{"/a/.* gen\n/a/b/* opt", "/a/b", LBL_DIR, "opt"},
		{"/a/.* gen\n/a/c/{0,1}x? opt", "/a/cx", LBL_DIR, "opt"},
		{"/.* gen\n/a/? opt", "/a", LBL_DIR, "opt"},
		{"/a/.* gen\n/a/b/x|/a/c/y alt", "/a/c/y", LBL_REG, "alt"},
		{"/a/.* gen\n/a/b/x|/a/c/y alt", "/a/pre/a/c/y", LBL_REG, "alt"},
		{"/a/.* gen\n/a/b/x|/a/c/y alt", "/a/b/xtail", LBL_REG, "alt"},
		{"/a/b first\n/a/b -- second", "/a/b", LBL_REG, "second"},
		{"/a/b -- first\n/a/b second", "/a/b", LBL_REG, "second"},
		{"/a/b -- f\n/a/b -d d\n/a/b -l l", "/a/b", LBL_ANY, "l"},
		{"/a/b\\d esc\n/a/.* gen", "/a/b7", LBL_REG, "gen"},
		{"/a/b\\@c esc\n/a/.* gen", "/a/b@c", LBL_REG, "gen"},
		{"/a/b} br\n/a/.* gen", "/a/b}", LBL_REG, "gen"},
		{"/.* gen\n/a\\-b/c.* esc", "/a-b/cx", LBL_REG, "esc"},
		{"/.* gen\n/x/a\\-b/c.* esc", "/x/a-b/cx", LBL_REG, "esc"},
		{"/.* gen\n/a\\/b.* esc", "/a/bx", LBL_REG, "esc"},
		{"/a/b lit", "/a/b\n", LBL_REG, "no spec"},
		{"/a/.* g\n/a/(b bad", "/a/x", LBL_REG, "g"},
		{"/a/b base\nL:/a/.* loc", "/a/b", LBL_REG, "base"},
		{"/a/b/c/.* base\nH:/a/b/.* home\nL:/.* loc", "/a/b/c/d", LBL_REG, "loc"},
	};

	answer_all(rows, ARRAY_SIZE(rows));
}

/* 6.4 of the same document. */
static void later_files_win_but_for_literals(void **state)
{
	static const struct question rows[] = {
		{"/a/b.* base\nH:/a/b.* home\nL:/.* loc", "/a/bx", LBL_REG, "loc"},
		{"/a/.* base\nH:/a/.* home", "/a/b", LBL_REG, "home"},
		{"/a/b lit\nL:/a/.* loc", "/a/b", LBL_REG, "lit"},
		{"/a/b base\nH:/a/b home\nL:/a/b loc", "/a/b", LBL_REG, "loc"},
		{"/a/b base\nH:/a/b home", "/a/b", LBL_REG, "home"},
		{"/a/b base\nL:/a/b -d loc", "/a/b", LBL_DIR, "loc"},
		{"/a/b base\nL:/a/b -d loc", "/a/b", LBL_REG, "base"},
		{"/a/b <<none>>\nL:/a/.* loc", "/a/b", LBL_REG, "<<none>>"},
	};

	answer_all(rows, ARRAY_SIZE(rows));
}

static void base_only_leaves_companions_out_but_substitutes(void **state)
{
	struct rig g;

	assert_int_equal(rig_open(&g, "/a/.* base\nH:/a/.* home\nL:/a/.* loc\nS:/s /a",
				  (struct lbl_rules_options){.flags = LBL_RULES_BASE_ONLY}),
			 0);
	assert_string_equal(ask(&g, "/s/x", LBL_REG), "base");
	rig_close(&g);
}

static void kinds_filter(void **state)
{
	static const char specs[] = "/k -d d\n/k -c c\n/k -b b\n/k -s s\n/k -p p\n/k -l l\n/k -- r";
	static const char *const want[] = {"r", "d", "c", "b", "s", "p", "l", "r"};
	struct rig g;

	assert_int_equal(rig_open(&g, specs, (struct lbl_rules_options){0}), 0);
	for (enum lbl_kind k = LBL_ANY; k <= LBL_REG; k++)
		assert_string_equal(ask(&g, "/k", k), want[k]);
	assert_string_equal(ask(&g, "/", LBL_DIR), "no spec");
	rig_close(&g);
	assert_int_equal(lbl_kind_of_mode(S_IFDIR | 0755), LBL_DIR);
	assert_int_equal(lbl_kind_of_mode(S_IFREG), LBL_REG);
	assert_int_equal(lbl_kind_of_mode(S_IFLNK), LBL_LNK);
	assert_int_equal(lbl_kind_of_mode(S_IFCHR), LBL_CHR);
	assert_int_equal(lbl_kind_of_mode(S_IFBLK), LBL_BLK);
	assert_int_equal(lbl_kind_of_mode(S_IFSOCK), LBL_SOCK);
	assert_int_equal(lbl_kind_of_mode(S_IFIFO), LBL_FIFO);
	assert_int_equal(lbl_kind_of_mode(0), LBL_ANY);
}

static void odd_texts_and_paths(void **state)
{
	static const struct question rows[] = {
		{"/ root\n/.* all", "/", LBL_DIR, "root"},
		{"/.* all", "/x", LBL_REG, "all"},
		{"/a/b.c x", "/a/b\nc", LBL_REG, "x"},
		{"/a/b..c x",
		 "/a/b\xc3\xa9"
		 "c",
		 LBL_REG, "x"},
		{"/a/b\\ x", "/a/b$zzz", LBL_REG, "x"},
		{"^/a/b$ x", "/a/b", LBL_REG, "x"},
		{"/a/b{x} x", "/a/b{x}", LBL_REG, "x"},
		{"/a/c[x] x", "/a/cx\n", LBL_REG, "no spec"},
		{"/a/[[:digit:]]+ x", "/a/0123", LBL_REG, "x"},
		{"/a\\x20b x", "/a b", LBL_REG, "x"},
		{"/a\\hb x",
		 "/a\xa0"
		 "b",
		 LBL_REG, "x"},
		{"/a\\hb x",
		 "/a\xa1"
		 "b",
		 LBL_REG, "no spec"},
		{"/a[^\\xe9]b x",
		 "/a\xe9"
		 "b",
		 LBL_REG, "no spec"},
		{"/a//b x", "/a/b", LBL_REG, "no spec"},
		{"/a\\.b lit\n/a.* rex", "/a.b", LBL_REG, "lit"},
		{"(/usr)?/bin/x.* x", "/bin/xy", LBL_REG, "x"},
		{"(/usr)?/bin/x.* x", "/usr/bin/x", LBL_REG, "x"},
		{"rel.* x", "relative", LBL_REG, "x"},
		{"/a/(x/)*y x", "/a/x/x/y", LBL_REG, "x"},
		{"/run/*.fingerd\\.pid x", "/runafingerd.pid", LBL_REG, "x"},
	};

	answer_all(rows, ARRAY_SIZE(rows));
}

static void a_long_path_is_no_way_out(void **state)
{
	_cleanup_(buf_done) struct buf path = {0};
	struct rig g;

	buf_adds(&path, "/a/");
	for (int i = 0; i < 1900; i++)
		buf_adds(&path, "b/");
	buf_adds(&path, "d");
	assert_int_equal(rig_open(&g, "/a/.* g\n/a/([^/]+/)*d alt", (struct lbl_rules_options){0}),
			 0);
	assert_string_equal(ask(&g, buf_str(&path), LBL_REG), "alt");
	rig_close(&g);
}

/* ---- substitutions -------------------------------------------------------------------------- */

/* The table of 4.2; %p stands for the path that the rules see. */
static void substitutions_row_by_row(void **state)
{
	static const struct {
		const char *subs, *path, *seen;
	} rows[] = {
		{"S:/l /x", "/l/q", "/x/q"},
		{"S:/l /x", "/l", "/x"},
		{"S:/l /x", "/lq", "/lq"},
		{"S:/l /", "/l/q", "/q"},
		{"S:/l /", "/l", "/"},
		{"S:/l/ /x", "/l/q", "/l/q"},
		{"S:/ /x", "/", "/x"},
		{"S:/ /x", "/q", "/q"},
		{"S:/l /x/", "/l/q", "/x//q"},
		{"S:/x /x/y", "/x/q", "/x/y/q"},
		{"S:/x /x/y", "/x/y", "/x/y/y"},
		{"S:/l/m /x\nS:/l /z", "/l/m/q", "/z/m/q"},
		{"S:/l /z\nS:/l/m /x", "/l/m/q", "/x/q"},
		{"S:/l /z\nS:/l/m /x", "/l/mm/q", "/z/mm/q"},
		{"S:/l /z\nS:/l/m /x", "/l/m", "/x"},
		{"S:/l /z\nS:/l/m/n /x", "/l/m/q", "/z/m/q"},
		{"S:/l /old\nS:/l /new", "/l/q", "/new/q"},
		{"S:/l /d\nD:/d /x", "/l/q", "/x/q"},
		{"S:/l /d/e\nD:/d /x\nD:/d/e/f /y", "/l/f/g", "/y/g"},
		{"S:/l /d/e\nD:/d /x\nD:/d/e/f /y", "/l/ff/g", "/x/e/ff/g"},
		{"D:/l /m\nD:/m /n", "/l/q", "/m/q"},
		{"D:/l /m\nS:/m /n", "/l/q", "/m/q"},
		{"S:l x", "l/q", "x/q"},
		{"S:/l\xc3\xa9 /x", "/l\xc3\xa9/q", "/x/q"},
		{"S:/l\xc3\xa9 /x", "/l\xc3\xa8/q", "/l\xc3\xa8/q"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(buf_done) struct buf rules = {0};
		struct rig g;
		const char *got;

		/* bytes beyond ASCII cannot be named in a spec but by number */
		buf_adds(&rules, "/.* other\n");
		for (const char *p = rows[i].seen; *p; p++)
			if (*p & 0x80)
				buf_printf(&rules, "\\x%02x", (unsigned char)*p);
			else
				buf_addc(&rules, *p);
		buf_printf(&rules, " seen\n%s", rows[i].subs);
		assert_int_equal(rig_open(&g, buf_str(&rules), (struct lbl_rules_options){0}), 0);
		got = ask(&g, rows[i].path, LBL_REG);
		if (strcmp(got, "seen") != 0)
			fail_msg("%s with %s is not seen as %s but %s", rows[i].path, rows[i].subs,
				 rows[i].seen, got);
		rig_close(&g);
	}
}

static void a_carried_state_changes_and_reverts(void **state)
{
	static const char rules[] = "/usr/lib/.* usrlib\n/usr/lib/systemd/x unit\n/lib.* plain\n"
				    "/other/.* other\nD:/lib /usr/lib\nD:/lib/systemd /other\n";
	struct rig g;

	assert_int_equal(rig_open(&g, rules, (struct lbl_rules_options){0}), 0);
	assert_string_equal(ask(&g, "/lib/x", LBL_REG), "usrlib");
	assert_string_equal(ask(&g, "/libx/y", LBL_REG), "plain");
	assert_string_equal(ask(&g, "/lib/systemd/x", LBL_REG), "other");
	assert_string_equal(ask(&g, "/lib/systemdx", LBL_REG), "usrlib");
	assert_string_equal(ask(&g, "/lib/sys", LBL_REG), "usrlib");
	assert_string_equal(ask(&g, "/lib/systemd", LBL_REG), "no spec");
	rig_close(&g);
}

/* ---- specs for PCRE2 ------------------------------------------------------------------------ */

static void side_specs_are_asked_when_they_could_win(void **state)
{
	static const char rules[] = "/p/.* gen\n/p/(?!no).* side\n/p/q/.* later\n/p/lit lit\n"
				    "/d/.* gen\n/d/(?=x).* -d dirs\n";
	const struct db_spec *spec;
	struct db_stats stats;
	struct rig g;
	db_state s;

	assert_int_equal(rig_open(&g, rules, (struct lbl_rules_options){0}), 0);
	assert_string_equal(ask(&g, "/p/yes", LBL_REG), "side");
	assert_string_equal(ask(&g, "/p/no", LBL_REG), "gen");
	assert_string_equal(ask(&g, "/p/q/x", LBL_REG), "later");
	assert_string_equal(ask(&g, "/p/lit", LBL_REG), "lit");
	assert_string_equal(ask(&g, "/d/x", LBL_DIR), "dirs");
	assert_string_equal(ask(&g, "/d/x", LBL_REG), "gen");
	assert_int_equal(db_seek(g.reader, "/p/yes", 6, &s), 0);
	assert_int_equal(db_answer(g.reader, s, LBL_REG, &spec), -EAGAIN);
	assert_int_equal(db_seek(g.reader, "/p/q/x", 6, &s), 0);
	assert_int_equal(db_answer(g.reader, s, LBL_REG, &spec), 0);
	assert_int_equal(db_seek(g.reader, "/d/x", 4, &s), 0);
	assert_int_equal(db_answer(g.reader, s, LBL_REG, &spec), 0);
	assert_int_equal(db_answer(g.reader, s, LBL_ANY, &spec), -EAGAIN);
	assert_int_equal(db_seek(g.reader, "/other", 6, &s), 0);
	assert_int_equal(db_answer(g.reader, s, LBL_REG, &spec), 0);
	db_stats(g.db, &stats);
	assert_int_equal(stats.side_specs, 2);
	rig_close(&g);
}

static void side_specs_see_the_substituted_path(void **state)
{
	struct rig g;

	assert_int_equal(
		rig_open(&g, "/x/(?=y).* side\nS:/l /d\nD:/d /x", (struct lbl_rules_options){0}),
		0);
	assert_string_equal(ask(&g, "/l/y", LBL_REG), "side");
	assert_string_equal(ask(&g, "/l/z", LBL_REG), "no spec");
	assert_string_equal(ask(&g, "/x/y", LBL_REG), "side");
	rig_close(&g);
}

static void an_unbounded_search_is_no_silent_no(void **state)
{
	_cleanup_(buf_done) struct buf path = {0};
	const struct db_spec *spec = NULL;
	struct rig g;

	buf_adds(&path, "/");
	for (int i = 0; i < 60; i++)
		buf_adds(&path, "a");
	assert_int_equal(
		rig_open(&g, "/.* gen\n/(a+)+(?!x)[bc] side", (struct lbl_rules_options){0}), 0);
	assert_int_equal(db_resolve(g.reader, buf_str(&path), path.len, LBL_REG, &spec),
			 -EOVERFLOW);
	assert_null(spec);
	rig_close(&g);
}

static void an_invalid_regex_is_told_once_and_never_matches(void **state)
{
	struct rig g;

	assert_int_equal(rig_open(&g, "/a/.* g\n/a/(b bad\n", (struct lbl_rules_options){0}), 0);
	assert_string_equal(buf_str(&g.told.text), "");
	assert_string_equal(ask(&g, "/z", LBL_REG), "no spec");
	assert_string_equal(buf_str(&g.told.text), "");
	assert_string_equal(ask(&g, "/a/b", LBL_REG), "g");
	assert_string_equal(ask(&g, "/a/(b", LBL_REG), "g");
	assert_string_equal(buf_str(&g.told.text),
			    "fc:  line 2 has invalid regex /a/(b:  REGEX back-end error: At offset "
			    "7: missing closing parenthesis\n");
	rig_close(&g);
}

/* ---- states and generations ----------------------------------------------------------------- */

static void below_is_seen(void **state)
{
	static const char rules[] = "/same(/.*)? x\n/none(/.*)? <<none>>\n/typed/.* -d x\n"
				    "/typed/.* -- y\n/deep/.* x\n/deep/a/b y\n/diff y\n/diff/.* x\n"
				    "/side(/.*)? x\n/side/(?!n).* s\nD:/alias /same\n";
	static const struct {
		const char *path;
		enum db_below want;
	} rows[] = {
		{"/", DB_BELOW_VARIES},		 {"/same", DB_BELOW_SAME},
		{"/same/x", DB_BELOW_SAME},	 {"/none", DB_BELOW_NOTHING},
		{"/none/x/y", DB_BELOW_NOTHING}, {"/nospec", DB_BELOW_NOTHING},
		{"/typed", DB_BELOW_VARIES},	 {"/typed/x", DB_BELOW_SAME},
		{"/deep", DB_BELOW_VARIES},	 {"/deep/x", DB_BELOW_SAME},
		{"/deep/a", DB_BELOW_VARIES},	 {"/deep/a/b", DB_BELOW_VARIES},
		{"/diff", DB_BELOW_VARIES},	 {"/side", DB_BELOW_VARIES},
		{"/alias", DB_BELOW_SAME},	 {"/alias/x", DB_BELOW_SAME},
	};
	struct rig g;
	db_state s;

	assert_int_equal(rig_open(&g, rules, (struct lbl_rules_options){0}), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(db_seek(g.reader, rows[i].path, strlen(rows[i].path), &s), 0);
		if (db_below(g.reader, s) != rows[i].want)
			fail_msg("below %s: %d", rows[i].path, db_below(g.reader, s));
	}
	rig_close(&g);
}

static void root_and_empty_path_lead_to_the_same_children(void **state)
{
	const struct db_spec *a = NULL, *b = NULL;
	db_state root, empty, x, y;
	struct rig g;

	assert_int_equal(rig_open(&g, "/a x\n//a no\nD:/a /a\n", (struct lbl_rules_options){0}), 0);
	assert_int_equal(db_seek(g.reader, "/", 1, &root), 0);
	assert_int_equal(db_seek(g.reader, "", 0, &empty), 0);
	assert_int_equal(db_child(g.reader, root, "a", 1, &x), 0);
	assert_int_equal(db_child(g.reader, empty, "a", 1, &y), 0);
	assert_int_equal(db_answer(g.reader, x, LBL_REG, &a), 0);
	assert_int_equal(db_answer(g.reader, y, LBL_REG, &b), 0);
	assert_string_equal(name_of(a), "x");
	assert_ptr_equal(a, b);
	rig_close(&g);
}

static void old_states_are_stale_after_a_flush(void **state)
{
	const struct db_spec *spec;
	struct db_stats stats;
	struct rig g;
	db_state dir, child;
	char path[32];

	assert_int_equal(rig_open(&g,
				  "/d/.*x.* x\n/d/[0-9]*7/q.*z z\n/d/[^4]*3/.*y y\n/d/1?5?/z+q w\n",
				  (struct lbl_rules_options){.cache_max = 1}),
			 0);
	assert_int_equal(db_seek(g.reader, "/d", 2, &dir), 0);
	assert_int_equal(db_child(g.reader, dir, "1", 1, &child), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/d/%d/%sx", i, i & 1 ? "zqz" : "q/y");
		assert_string_equal(ask(&g, path, LBL_REG), "x");
	}
	db_stats(g.db, &stats);
	assert_true(stats.flushes > 0);
	assert_true(stats.states <= 16);
	assert_int_equal(db_child(g.reader, dir, "1", 1, &child), -ESTALE);
	assert_int_equal(db_answer(g.reader, dir, LBL_REG, &spec), -ESTALE);
	assert_int_equal(db_below(g.reader, dir), DB_BELOW_VARIES);
	assert_int_equal(db_seek(g.reader, "/d", 2, &dir), 0);
	assert_int_equal(db_child(g.reader, dir, "ax", 2, &child), 0);
	assert_int_equal(db_answer(g.reader, child, LBL_REG, &spec), 0);
	assert_string_equal(spec->context, "x");
	rig_close(&g);
}

static void memory_stays_bounded(void **state)
{
	struct db_stats stats;
	struct rig g;
	db_state s;
	uint64_t x = 1;

	assert_int_equal(rig_open(&g, "/.*a.*b x\n/.*ca?c.{3}d y\n/(.*/)?q[a-m].*z.*y z\n",
				  (struct lbl_rules_options){.cache_max = 1 << 20}),
			 0);
	for (int i = 0; i < 20000; i++) {
		char path[24] = "/";

		for (size_t j = 1; j < 20; j++, x = x * 6364136223846793005u + 1442695040888963407u)
			path[j] = "abcdqzy/m"[(x >> 33) % 9];
		assert_int_equal(db_seek(g.reader, path, 20, &s), 0);
	}
	db_stats(g.db, &stats);
	assert_true(stats.memory < 2 << 20);
	rig_close(&g);
}

/* ---- threads -------------------------------------------------------------------------------- */

struct thread_job {
	struct db *db;
	unsigned seed;
	_Atomic unsigned *bad;
};

static void *ask_in_thread(void *arg)
{
	static const char *const dirs[] = {"/usr/lib", "/lib64", "/etc", "/home/u", "/x"};
	struct thread_job *job = arg;
	struct db_reader *reader;
	uint64_t x = job->seed;

	if (db_reader_new(job->db, &reader) < 0) {
		atomic_fetch_add(job->bad, 1);
		return NULL;
	}
	for (int i = 0; i < 3000; i++) {
		const struct db_spec *whole = NULL, *again = NULL;
		char path[64];
		db_state s;

		x = x * 6364136223846793005u + 1442695040888963407u;
		snprintf(path, sizeof(path), "%s/%s%u.so%s", dirs[(x >> 32) % 5],
			 x >> 40 & 1 ? "java/" : "", (unsigned)(x >> 44) % 300,
			 x >> 41 & 1 ? ".1" : "");
		if (db_seek(reader, path, strlen(path), &s) < 0 ||
		    db_answer(reader, s, LBL_REG, &whole) < 0 ||
		    db_resolve(reader, path, strlen(path), LBL_REG, &again) < 0 || whole != again)
			atomic_fetch_add(job->bad, 1);
		if (whole)
			db_mark_used(job->db, whole);
	}
	db_reader_free(reader);
	return NULL;
}

static void run_threads(size_t cache_max)
{
	static const char rules[] = "/.* def\n/usr/(.*/)?java/.+\\.so(\\.[^/]*)* java\n"
				    "/usr/lib/.*\\.so(\\.[0-9])* lib\n/etc/.* -- etc\n"
				    "/usr/.*12.* twelve\n/home/[^/]+/.* home\nD:/lib64 /usr/lib\n";
	struct thread_job jobs[4];
	pthread_t threads[4];
	_Atomic unsigned bad = 0;
	struct rig g;

	assert_int_equal(rig_open(&g, rules, (struct lbl_rules_options){.cache_max = cache_max}),
			 0);
	for (unsigned i = 0; i < 4; i++) {
		jobs[i] = (struct thread_job){g.db, i + 1, &bad};
		assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, &jobs[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(bad, 0);
	rig_close(&g);
}

static void threads_share_the_states(void **state)
{
	run_threads(0);
}

static void threads_survive_flushes(void **state)
{
	run_threads(1);
	run_threads(1 << 18);
}

static void *look_up_in_thread(void *arg)
{
	struct thread_job *job = arg;
	struct lbl_rules *rules = (struct lbl_rules *)job->db;
	struct lbl_match m;

	for (int i = 0; i < 1000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/a//%d/", i);
		if (lbl_rules_lookup(rules, path, LBL_REG, &m) != 1 ||
		    strcmp(m.context, i % 2 ? "odd" : "even") != 0)
			atomic_fetch_add(job->bad, 1);
	}
	return NULL;
}

static void public_lookups_are_thread_safe(void **state)
{
	struct rules_files f;
	struct lbl_rules *rules;
	struct lbl_rules_options o = {.size = sizeof(o)};
	struct lbl_match m = {.line = 77};
	struct thread_job job;
	_Atomic unsigned bad = 0;
	pthread_t threads[3];

	rules_files_make(&f);
	o.path = f.base;
	rules_files_write(&f, "/a/.*[02468] even\n/a/.*[13579] odd");
	assert_int_equal(lbl_rules_open(&rules, &o), 0);
	job = (struct thread_job){.db = (struct db *)rules, .bad = &bad};
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_up_in_thread, &job), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(bad, 0);
	assert_int_equal(lbl_rules_lookup(rules, "", LBL_REG, &m), -EINVAL);
	assert_int_equal(lbl_rules_lookup(rules, "/b", LBL_REG, &m), 0);
	assert_int_equal(m.line, 77);
	lbl_rules_free(rules);
	assert_null(lbl_rules_free(NULL));
	rules_files_remove(&f);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static void unused_specs_in_rank_order(void **state)
{
	static const char *const want[] = {"three", "four", "one"};
	const struct db_spec *spec;
	struct rig g;
	size_t pos = 0;
	db_state s;

	assert_int_equal(rig_open(&g, "/one one\n/two.* two\n/three.* three\nL:/four.* four\n",
				  (struct lbl_rules_options){0}),
			 0);
	assert_int_equal(db_seek(g.reader, "/two", 4, &s), 0);
	assert_int_equal(db_answer(g.reader, s, LBL_REG, &spec), 0);
	db_mark_used(g.db, spec);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(db_next_unused(g.db, &pos, &spec), 1);
		assert_string_equal(spec->context, want[i]);
	}
	assert_int_equal(db_next_unused(g.db, &pos, &spec), 0);
	assert_int_equal(db_next_unused(g.db, &pos, &spec), 0);
	rig_close(&g);
}

static void ranks_are_the_order_of_winning(void **state)
{
	const struct db_spec *spec[3];
	static const char *const paths[] = {"/r1", "/r2", "/lit"};
	struct rig g;

	assert_int_equal(rig_open(&g, "/lit c\n/r1.* c\n/r2.* c\n", (struct lbl_rules_options){0}),
			 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
			db_resolve(g.reader, paths[i], strlen(paths[i]), LBL_REG, &spec[i]), 0);
	assert_true(spec[0]->rank < spec[1]->rank);
	assert_true(spec[1]->rank < spec[2]->rank);
	assert_int_equal(spec[0]->context_len, 1);
	rig_close(&g);
}

static void only_what_is_near_is_parsed(void **state)
{
	struct db_stats stats;
	struct rig g;

	assert_int_equal(rig_open(&g, "/usr/a.* x\n/usr/b.* x\n/etc/a.* x\n/var/lib/x.* x\n",
				  (struct lbl_rules_options){0}),
			 0);
	db_stats(g.db, &stats);
	assert_int_equal(stats.parsed, 0);
	assert_string_equal(ask(&g, "/usr/alpha", LBL_REG), "x");
	db_stats(g.db, &stats);
	assert_int_equal(stats.specs, 4);
	assert_int_equal(stats.parsed, 1);
	rig_close(&g);
}

static void paths_are_normalised(void **state)
{
	static const char *const rows[][2] = {
		{"/", "/"},
		{"//", "/"},
		{"///a", "/a"},
		{"/a/", "/a"},
		{"/a//b//", "/a/b"},
		{"a", "a"},
		{"/a/./b/../c/", "/a/./b/../c"},
		{"", ""},
		{"//a//b///c", "/a/b/c"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char out[64];

		assert_int_equal(db_normalise(rows[i][0], out), strlen(rows[i][1]));
		assert_string_equal(out, rows[i][1]);
		strcpy(out, rows[i][0]);
		db_normalise(out, out);
		assert_string_equal(out, rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_discriminating_examples),
		cmocka_unit_test(later_files_win_but_for_literals),
		cmocka_unit_test(base_only_leaves_companions_out_but_substitutes),
		cmocka_unit_test(kinds_filter),
		cmocka_unit_test(odd_texts_and_paths),
		cmocka_unit_test(a_long_path_is_no_way_out),
		cmocka_unit_test(substitutions_row_by_row),
		cmocka_unit_test(a_carried_state_changes_and_reverts),
		cmocka_unit_test(side_specs_are_asked_when_they_could_win),
		cmocka_unit_test(side_specs_see_the_substituted_path),
		cmocka_unit_test(an_unbounded_search_is_no_silent_no),
		cmocka_unit_test(an_invalid_regex_is_told_once_and_never_matches),
		cmocka_unit_test(below_is_seen),
		cmocka_unit_test(root_and_empty_path_lead_to_the_same_children),
		cmocka_unit_test(old_states_are_stale_after_a_flush),
		cmocka_unit_test(memory_stays_bounded),
		cmocka_unit_test(threads_share_the_states),
		cmocka_unit_test(threads_survive_flushes),
		cmocka_unit_test(public_lookups_are_thread_safe),
		cmocka_unit_test(unused_specs_in_rank_order),
		cmocka_unit_test(ranks_are_the_order_of_winning),
		cmocka_unit_test(only_what_is_near_is_parsed),
		cmocka_unit_test(paths_are_normalised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
