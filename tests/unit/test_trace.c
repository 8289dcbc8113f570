/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/automaton.h"
#include "rules/trace.h"
#include "rules_rig.h"

/** "t3 t1", the types of a list's specs. */
static void add_types(struct buf *b, struct rig *g, const struct trace_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct db_spec *spec = source_spec(db_automaton(g->db)->source, l->v[i]);

		assert_non_null(spec);
		if (i)
			buf_addc(b, ' ');
		buf_adds(b, spec->context ? spec->context : "none");
	}
}

static void check(struct rig *g, const char *path, const char *matches, const char *alive)
{
	_cleanup_(trace_done) struct trace t = {0};
	_cleanup_(buf_done) struct buf text = {0};

	assert_int_equal(trace_path(&t, g->db, path, strlen(path), 0), 0);
	assert_int_equal(t.alive.n, 0);
	add_types(&text, g, &t.matches);
	assert_string_equal(buf_str(&text), matches);

	buf_reset(&text);
	assert_int_equal(trace_path(&t, g->db, path, strlen(path), TRACE_ALIVE), 0);
	assert_int_equal(t.unknown.n, 0);
	add_types(&text, g, &t.matches);
	assert_string_equal(buf_str(&text), matches);
	buf_reset(&text);
	add_types(&text, g, &t.alive);
	assert_string_equal(buf_str(&text), alive);
}

static const char rules[] = "/.* root\n"
			    "/n/.* <<none>>\n"
			    "/a/b -- file\n"
			    "/a/b -d dir\n"
			    "/a/b(/.*)? tree\n"
			    "/a/b/c+ many\n"
			    "/a/b/?c? odd\n"
			    "/q/[xy]{2,3} class\n";

/** What every state of the automaton has long dropped is still there. */
static void nothing_is_pruned(void **state)
{
	struct rig g;

	assert_int_equal(rig_open(&g, rules, (struct lbl_rules_options){0}), 0);
	for (int round = 0; round < 2; round++) {
		check(&g, "/n", "root", "none root");
		check(&g, "/n/x", "none root", "none root");
		check(&g, "/a/b", "dir file odd tree root", "dir file odd many tree root");
		check(&g, "/a/b/c", "odd many tree root", "odd many tree root");
		check(&g, "/a/b/cc", "many tree root", "many tree root");
		check(&g, "/a/bc", "odd root", "odd root");
		check(&g, "/q", "root", "class root");
		check(&g, "/q/x", "root", "class root");
		check(&g, "/q/xyx", "class root", "class root");
		check(&g, "/", "root", "dir file class odd many tree none root");
		/* once more with states made, pruned and the trie unfolded */
		ask(&g, "/n/x", LBL_REG);
		ask(&g, "/a/b/cc", LBL_DIR);
	}
	rig_close(&g);
}

static void sides_match_begin_or_do_neither(void **state)
{
	struct rig g;

	assert_int_equal(rig_open(&g,
				  "/.* root\n"
				  "/s/(?!x)..(/.*)? ahead\n"
				  "/s/(a|b)\\1 same\n"
				  "/p|/s/yz split\n"
				  "/s/q(?=r)[ broken\n",
				  (struct lbl_rules_options){0}),
			 0);
	check(&g, "/", "root", "split same ahead root");
	check(&g, "/s", "root", "split same ahead root");
	check(&g, "/s/", "root", "split same ahead root");
	/* what a match may end with can always still come */
	check(&g, "/s/x", "root", "split root");
	check(&g, "/s/a", "root", "split same ahead root");
	check(&g, "/s/aa", "same ahead root", "split same ahead root");
	check(&g, "/s/ab", "ahead root", "split ahead root");
	check(&g, "/s/yz", "split ahead root", "split ahead root");
	check(&g, "/pq", "split root", "split root");
	rig_close(&g);
}

static void a_search_without_end_is_named(void **state)
{
	_cleanup_(trace_done) struct trace t = {0};
	_cleanup_(buf_done) struct buf path = {0};
	struct rig g;

	buf_adds(&path, "/");
	for (int i = 0; i < 60; i++)
		buf_addc(&path, 'a');
	assert_int_equal(rig_open(&g, "/.* root\n/(a+)+(?!x)[bc] side\n/a+ plain",
				  (struct lbl_rules_options){0}),
			 0);
	assert_int_equal(trace_path(&t, g.db, buf_str(&path), path.len, 0), 0);
	assert_int_equal(t.unknown.n, 1);
	assert_int_equal(t.unknown.v[0], 1);
	assert_int_equal(t.matches.n, 2);
	assert_int_equal(t.matches.v[0], 2);
	rig_close(&g);
}

/** More states of the trie than any recursion would bear, bytes the automaton lumps together. */
static void long_and_odd_paths(void **state)
{
	_cleanup_(buf_done) struct buf rule = {0};
	struct rig g;

	buf_adds(&rule, "/[^x] any\n");
	for (int i = 0; i < 2000; i++)
		buf_adds(&rule, "/d");
	buf_adds(&rule, " deep\n");
	assert_int_equal(rig_open(&g, buf_str(&rule), (struct lbl_rules_options){0}), 0);
	check(&g, "/", "", "deep any");
	check(&g, "/\xff", "any", "any");
	check(&g, "/x", "", "");
	buf_cut(&rule, rule.len - strlen(" deep\n"));
	check(&g, buf_str(&rule) + strlen("/[^x] any\n"), "deep", "deep");
	check(&g, "d", "", "");
	rig_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_pruned),
		cmocka_unit_test(sides_match_begin_or_do_neither),
		cmocka_unit_test(a_search_without_end_is_named),
		cmocka_unit_test(long_and_odd_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
