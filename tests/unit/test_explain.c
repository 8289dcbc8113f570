/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl-rules.h"
#include "rules_files.h"

/* The rules of one test, and all that was told of them. */
struct rig {
	struct rules_files files;
	struct rules_told told;
	struct lbl_rules *rules;
};

/** @compiled: from our compiled form of that text. */
static void rig_open(struct rig *g, const char *text, bool compiled)
{
	struct lbl_rules_options o = {.size = sizeof(o), .diag = rules_tell, .user = &g->told};
	struct lbl_compile_options co = {.size = sizeof(co), .path = g->files.base};

	*g = (struct rig){0};
	rules_files_make(&g->files);
	rules_files_write(&g->files, text);
	g->told.dir = g->files.dir;
	o.path = g->files.base;
	if (compiled)
		assert_int_equal(lbl_compile(&co), 0);
	assert_int_equal(lbl_rules_open(&g->rules, &o), 0);
	if (!compiled)
		assert_null(lbl_rules_compiled(g->rules));
	else if (getuid() == 0) /* what others compiled is not trusted */
		assert_non_null(lbl_rules_compiled(g->rules));
}

static void rig_close(struct rig *g)
{
	char compiled[128];

	snprintf(compiled, sizeof(compiled), "%s.lbl", g->files.base);
	unlink(compiled);
	lbl_rules_free(g->rules);
	buf_done(&g->told.text);
	rules_files_remove(&g->files);
}

/** A file's name without the directory of the test. */
static const char *short_name(const struct rig *g, const char *file)
{
	size_t n = strlen(g->files.dir) + 1;

	assert_true(strncmp(file, g->files.dir, n - 1) == 0);
	return file + n;
}

static void add_steps(struct buf *b, const struct rig *g, const struct lbl_explain *e)
{
	struct lbl_explain_step s;
	size_t pos = 0;

	while (lbl_explain_next_step(e, &pos, &s) > 0)
		buf_printf(b, "%s:%u %s->%s: %s->%s\n", short_name(g, s.file), s.line, s.from, s.to,
			   s.before, s.after);
}

static void add_candidates(struct buf *b, const struct rig *g, const struct lbl_explain *e)
{
	static const char *const why[] = {"wins", "kind", "literal", "older"};
	struct lbl_candidate c;
	size_t pos = 0;

	while (lbl_explain_next_candidate(e, &pos, &c) > 0)
		buf_printf(b, "%s:%u %s %s%s\n", short_name(g, c.match.file), c.match.line,
			   c.match.context ? c.match.context : "<<none>>", why[c.why],
			   c.literal ? " =" : "");
}

/** The answer, which must also be the one a lookup gives. */
static void check(struct rig *g, const char *path, enum lbl_kind kind, const char *want)
{
	_cleanup_(buf_done) struct buf text = {0};
	struct lbl_candidate first = {.why = LBL_WHY_KIND};
	struct lbl_explain *e = NULL;
	struct lbl_match m;
	size_t pos = 0;
	int r = lbl_rules_lookup(g->rules, path, kind, &m);

	assert_int_equal(lbl_explain_new(&e, g->rules, path, kind), 0);
	(void)lbl_explain_next_candidate(e, &pos, &first);
	assert_int_equal(r, first.why == LBL_WHY_WINS);
	if (r == 1) {
		assert_ptr_equal(m.regex, first.match.regex);
		assert_int_equal(m.line, first.match.line);
		assert_string_equal(m.file, first.match.file);
	}
	buf_printf(&text, "%s\n", lbl_explain_path(e));
	add_steps(&text, g, e);
	add_candidates(&text, g, e);
	if (want)
		assert_string_equal(buf_str(&text), want);
	lbl_explain_free(e);
}

static void every_spec_says_why_it_lost(void **state)
{
	struct rig g;

	rig_open(&g,
		 "/.* root\n"
		 "/a/b tree\n"
		 "/a(/.*)? <<none>>\n"
		 "/a/[bc] -d dir\n"
		 "/a/b -l link\n"
		 "/a/. -s sock\n"
		 "H:/a/b -- home\n"
		 "L:/a/x? other\n"
		 "L:/a/..? local\n",
		 *state);
	check(&g, "/a/b", LBL_REG,
	      "/a/b\n"
	      "fc.homedirs:1 home wins =\n"
	      "fc:5 link kind =\n"
	      "fc:2 tree older =\n"
	      "fc.local:2 local literal\n"
	      "fc:6 sock kind\n"
	      "fc:4 dir kind\n"
	      "fc:3 <<none>> literal\n"
	      "fc:1 root literal\n");
	check(&g, "/a/c", LBL_DIR,
	      "/a/c\n"
	      "fc.local:2 local wins\n"
	      "fc:6 sock kind\n"
	      "fc:4 dir older\n"
	      "fc:3 <<none>> older\n"
	      "fc:1 root older\n");
	check(&g, "/a", LBL_REG, "/a\nfc:3 <<none>> wins\nfc:1 root older\n");
	check(&g, "/a/b", LBL_ANY, NULL);
	rig_close(&g);
}

static void a_path_may_have_no_winner(void **state)
{
	struct rig g;

	rig_open(&g, "/a -d dir\n/a.? -l link\n", *state);
	check(&g, "/a", LBL_REG, "/a\nfc:1 dir kind =\nfc:2 link kind\n");
	check(&g, "/b", LBL_REG, "/b\n");
	check(&g, "/", LBL_DIR, "/\n");
	rig_close(&g);
}

static void steps_tell_their_lines(void **state)
{
	struct rig g;

	rig_open(&g,
		 "/usr/lib(/.*)? lib\n"
		 "S:# nothing\n"
		 "S:\n"
		 "S:/alone\n"
		 "S:/opt /lib64\n"
		 "D:/lib64 /usr/lib\n"
		 "D:/l /\n",
		 *state);
	check(&g, "//opt//x/", LBL_REG,
	      "/usr/lib/x\n"
	      "fc.subs:4 /opt->/lib64: /opt/x->/lib64/x\n"
	      "fc.subs_dist:1 /lib64->/usr/lib: /lib64/x->/usr/lib/x\n"
	      "fc:1 lib wins\n");
	check(&g, "/lib64", LBL_DIR,
	      "/usr/lib\n"
	      "fc.subs_dist:1 /lib64->/usr/lib: /lib64->/usr/lib\n"
	      "fc:1 lib wins\n");
	check(&g, "/l/usr/lib", LBL_DIR,
	      "/usr/lib\n"
	      "fc.subs_dist:2 /l->/: /l/usr/lib->/usr/lib\n"
	      "fc:1 lib wins\n");
	check(&g, "/usr/lib", LBL_DIR, "/usr/lib\nfc:1 lib wins\n");
	rig_close(&g);
}

static void specs_for_pcre2_are_candidates_too(void **state)
{
	struct rig g;

	rig_open(&g,
		 "/.* root\n"
		 "/s/(?!x).(/.*)? ahead\n"
		 "/s/(a|b)\\1 same\n"
		 "/s/[ab]+ regex\n",
		 *state);
	check(&g, "/s/aa", LBL_REG, "/s/aa\nfc:4 regex wins\nfc:3 same older\nfc:1 root older\n");
	check(&g, "/s/c/d", LBL_REG, "/s/c/d\nfc:2 ahead wins\nfc:1 root older\n");
	rig_close(&g);
}

static void what_cannot_be_answered(void **state)
{
	struct lbl_explain *e = NULL;
	char path[64];
	struct rig g;

	rig_open(&g, "/(a+)+(?!x)[bc] x\n/a* y\n", false);
	assert_int_equal(lbl_explain_new(&e, g.rules, "", LBL_REG), -EINVAL);
	assert_int_equal(lbl_explain_new(&e, g.rules, "/a", (enum lbl_kind)8), -EINVAL);
	assert_null(e);
	assert_null(lbl_explain_free(NULL));
	/* a limit PCRE2 runs into below the winner does not matter, as it does not to a lookup */
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	check(&g, path, LBL_REG, NULL);
	rig_close(&g);
	rig_open(&g, "/a* y\n/(a+)+(?!x)[bc] x\n", false);
	assert_int_equal(lbl_explain_new(&e, g.rules, path, LBL_REG), -EOVERFLOW);
	rig_close(&g);
}

/** Random rules over few words: the first candidate is the lookup's answer, for every kind. */
static void the_winner_is_the_lookups(void **state)
{
	static const char *const pieces[] = {"/a", "/b", "/.*", "/[ab]", "(/.*)?", "/a.?", "c*"};
	static const char *const kinds[] = {"", "--", "-d", "-l"};
	static const char *const words[] = {"/a", "/b", "/c", "/ab", "/"};
	unsigned seed = 7;

	for (int round = 0; round < 300; round++) {
		_cleanup_(buf_done) struct buf text = {0};
		struct rig g;

		for (int n = 0; n < 12; n++) {
			for (int i = rand_r(&seed) % 3; i >= 0; i--)
				buf_adds(&text, pieces[rand_r(&seed) % ARRAY_SIZE(pieces)]);
			buf_printf(&text, " %s t%d\n", kinds[rand_r(&seed) % ARRAY_SIZE(kinds)], n);
		}
		buf_adds(&text, "D:/b /a\n");
		rig_open(&g, buf_str(&text), false);
		for (int n = 0; n < 20; n++) {
			char path[32] = "";

			for (int i = rand_r(&seed) % 4; i >= 0; i--)
				strcat(path, words[rand_r(&seed) % ARRAY_SIZE(words)]);
			for (enum lbl_kind k = LBL_ANY; k <= LBL_REG; k++)
				check(&g, path, k, NULL);
		}
		rig_close(&g);
	}
}

static void files_in_load_order(void **state)
{
	static const struct {
		const char *name;
		enum lbl_file_role role;
		size_t entries;
	} want[] = {
		{"fc.subs_dist", LBL_FILE_SUBS_DIST, 2},
		{"fc", LBL_FILE_BASE, 3},
		{"fc.local", LBL_FILE_LOCAL, 1},
	};
	struct lbl_rules_file f;
	size_t pos = 0;
	struct rig g;

	rig_open(&g, "# none\n/a x\n/b x\n/c x\nL:/a x\nD:/l /x\nD:/m /x\nD:/incomplete\n", *state);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(lbl_rules_next_file(g.rules, &pos, &f), 1);
		assert_string_equal(short_name(&g, f.path), want[i].name);
		assert_int_equal(f.role, want[i].role);
		assert_int_equal(f.entries, want[i].entries);
		assert_false(f.upstream_bin);
	}
	assert_int_equal(lbl_rules_next_file(g.rules, &pos, &f), 0);
	assert_int_equal(lbl_rules_next_file(g.rules, &pos, &f), 0);
	rig_close(&g);
}

/* From text, and from the compiled form. */
#define BOTH(f)                                            \
	cmocka_unit_test_prestate(f, NULL),                \
	{                                                  \
#f " (compiled)", f, NULL, NULL, (void *)1 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(every_spec_says_why_it_lost),
		BOTH(a_path_may_have_no_winner),
		BOTH(steps_tell_their_lines),
		BOTH(specs_for_pcre2_are_candidates_too),
		cmocka_unit_test(what_cannot_be_answered),
		cmocka_unit_test(the_winner_is_the_lookups),
		BOTH(files_in_load_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
