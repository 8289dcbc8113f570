/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl-rules.h"
#include "rules/db.h"

#include "rules_files.h"

/* Each line of a rule set with its own context: "t1" says which spec it was. */
struct pair {
	struct rules_files files[2];
	struct lbl_rules *rules[2];
	struct lbl_diff *diff;
};

static void pair_open(struct pair *p, const char *old_text, const char *new_text)
{
	for (int i = 0; i < 2; i++) {
		struct lbl_rules_options ro = {.size = sizeof(ro)};

		rules_files_make(&p->files[i]);
		rules_files_write(&p->files[i], i ? new_text : old_text);
		ro.path = p->files[i].base;
		assert_int_equal(lbl_rules_open(&p->rules[i], &ro), 0);
	}
	assert_int_equal(lbl_diff_new(&p->diff, p->rules[0], p->rules[1]), 0);
}

static void pair_close(struct pair *p)
{
	lbl_diff_free(p->diff);
	for (int i = 0; i < 2; i++) {
		lbl_rules_free(p->rules[i]);
		rules_files_remove(&p->files[i]);
	}
}

static void put_winner(struct buf *b, bool is, const struct lbl_match *m)
{
	const char *context = !is ? "-" : m->context ? m->context : "<<none>>";

	buf_adds(b, context);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** "OLD>NEW KIND [BELOW] WITNESS", one item a line, in the order of the alphabet. */
static const char *items(struct pair *p)
{
	static char said[2048];
	char *lines[64];
	struct lbl_diff_item item;
	size_t pos = 0, n = 0;

	while (lbl_diff_next(p->diff, &pos, &item) > 0) {
		struct buf b = {0};

		put_winner(&b, item.had, &item.old_match);
		buf_addc(&b, '>');
		put_winner(&b, item.has, &item.new_match);
		buf_printf(&b, " %u ", item.kind);
		if (*item.below)
			buf_printf(&b, "[%s] ", item.below);
		buf_adds(&b, item.undecided ? "?" : item.witness);
		assert_int_equal(buf_error(&b), 0);
		assert_true(n < ARRAY_SIZE(lines));
		lines[n++] = b.data;
	}
	qsort(lines, n, sizeof(*lines), by_text);
	said[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(said, lines[i]);
		strcat(said, "\n");
		free(lines[i]);
	}
	return said;
}

static void check(const char *old_text, const char *new_text, const char *expect)
{
	struct pair p;

	pair_open(&p, old_text, new_text);
	assert_string_equal(items(&p), expect);
	pair_close(&p);
}

static void test_nothing(void **state)
{
	static const char set[] =
		"/.* d\n/a(/.*)? a\n/a/b b\n/(x y\n/c(?=x).* c\nS:/l /a\nD:/m /l\n";

	check(set, set, "");
	check("", "", "");
	/* other words for the same */
	check("/a/(b|c) x\n", "/a/[bc] x\n", "");
	check("/a/b x\n/a/c x\n", "/a/[bc] x\n", "");
	check("/a/.* x\n", "/a/.* y\n/a/.* x\n", "");
	check("/a/b+ x\n/a/.* y\n", "/a/.* y\n", "");
	/* no label is no label */
	check("/a/.* <<none>>\n", "", "");
	/* what can never win may say what it likes */
	check("/a/b.* x\n/a/.* y\n", "/a/b.* z\n/a/.* y\n", "");
	/* and so may what no file is called */
	check("/a/ x\n/b/\\.\\./c x\n", "/a/ y\n/b/\\.\\./c y\n", "");
}

static void test_one_spec(void **state)
{
	check("/.* d\n", "/.* d\n/a/.* a\n", "d>a 0 /a/a\n");
	check("/.* d\n/a/.* a\n", "/.* d\n", "a>d 0 /a/a\n");
	check("", "/a/.* a\n", "->a 0 /a/a\n");
	check("/a/.* a\n", "/a/.* <<none>>\n", "a><<none>> 0 /a/a\n");
	check("/a/.* a\n", "/a/.* b\n", "a>b 0 /a/a\n");
	check("/a/.* -d a\n", "/a/.* -d b\n", "a>b 1 /a/a\n");
	/* moved: of two that overlap the other one wins */
	check("/a/.*x a\n/a/x.* b\n", "/a/x.* b\n/a/.*x a\n", "b>a 0 /a/x\n");
	check("/a/y.*x a\n/a/x.* b\n", "/a/x.* b\n/a/y.*x a\n", "");
	/* what it covered is spread over what lies below */
	check("/.* d\n/a/.* a\n/a/b/.* b\n", "/.* d\n/a/.* a\n/a/b/.* b\n/a/.*\\.so s\n",
	      "a>s 0 /a/.so\nb>s 0 /a/b/.so\n");
	/* they meet nowhere but where both begin to be other than plain */
	check("/a[bc]? x\n", "/a[de]? y\n", "->y 0 /ad\nx>- 0 /ab\nx>y 0 /a\n");
	/* a context that changed where a newer spec leaves it something */
	check("/a/.* x\n/a/b.* y\n", "/a/.* z\n/a/b.* y\n", "x>z 0 /a/a\n");
}

static void test_literals(void **state)
{
	check("/a/.* a\n/a/b b\n", "/a/.* a\n", "b>a 0 /a/b\n");
	check("/a/.* a\n", "/a/.* a\n/a/b b\n", "a>b 0 /a/b\n");
	check("/a/b b\n/a/.* a\n", "/a/b c\n/a/.* a\n", "b>c 0 /a/b\n");
	/* the last one counts, for its kind */
	check("/a b\n/a -d c\n", "/a -d c\n/a b\n", "c>b 1 /a\n");
	check("/a b\n/a -d c\n", "/a b\n", "c>b 1 /a\n");
	check("/a -- b\n", "/a -- c\n", "b>c 7 /a\n");
	/* a literal hides what changes below it */
	check("/a/[bc] x\n/a/b z\n", "/a/[bc] y\n/a/b z\n", "x>y 0 /a/c\n");
	check("/a/b+ x\n/a/b z\n", "/a/b y\n/a/b+ x\n", "z>y 0 /a/b\n");
	check("/a\\.b x\n", "/a[.]b y\n", "x>y 0 /a.b\n");
}

static void test_kinds(void **state)
{
	/* for some of the kinds that both are for: one by one */
	check("/.* d\n/a/.* -d x\n/a/.* -- x\n", "/.* d\n/a/.* x\n",
	      "d>x 2 /a/a\nd>x 3 /a/a\nd>x 4 /a/a\nd>x 5 /a/a\nd>x 6 /a/a\n");
	/* a path for each kind, for all kinds together */
	check("/.* d\n/.*a -d k\n/.*b -- k\n", "/.* e\n/.*a -d k\n/.*b -- k\n", "d>e 0 /\n");
	check("/a/[ab] d\n/a/a -d k\n/a/b -- k\n", "/a/[ab] e\n/a/a -d k\n/a/b -- k\n",
	      "d>e 0 /a/b\n");
	check("/.* d\n", "/.* d\n/a -l e\n", "d>e 6 /a\n");
}

static void test_substitutions(void **state)
{
	/* no file is seen below an alias, but for what is seen there through others */
	check("/l/.* x\n/u/.* u\nD:/l /u\n", "/l/.* y\n/u/.* u\nD:/l /u\n", "");
	check("/l/.* x\nD:/l /u\nD:/k /l\n", "/l/.* y\nD:/l /u\nD:/k /l\n", "x>y 0 /k/a\n");
	check("/u/q x\nD:/l /u\nD:/u /z\n", "/u/q y\nD:/l /u\nD:/u /z\n", "x>y 0 /l/q\n");
	/* a new alias: all that is below it is seen as something else */
	check("/l/a a\n/l/b b\n/u/a c\n/u/b b\n", "/l/a a\n/l/b b\n/u/a c\n/u/b b\nD:/l /u\n",
	      "a>c 0 [/l] /l/a\n");
	check("/l/.* l\n/u/.* u\n/u/x.* x\n", "/l/.* l\n/u/.* u\n/u/x.* x\nS:/l /u\n",
	      "l>u 0 [/l] /l/a\nl>x 0 [/l] /l/x\n");
	check("/l/.* l\nD:/l /u\n", "/l/.* l\nD:/l /u\nD:/l/m /l\n", "->l 0 [/l/m] /l/m/a\n");
	/* seen differently, and yet the same */
	check("/u/.* u\n/v/.* u\nD:/l /u\n", "/u/.* u\n/v/.* u\nD:/l /v\n", "");
	/* an alias's own name, and the root */
	check("/u u\nD:/l /u\n", "/u u\n", "u>- 0 [/l] /l\n");
	check("/ r\n/q q\n/z z\nD:/ /z\n", "/ r\n/q q\n/z z\n", "z>r 0 [/] /\n");
	/* the same substitutions in other words */
	check("/x x\nS:/l /m\nD:/m /x\n", "/x x\nD:/l /x\nD:/m /x\n", "");
}

static void test_undecided(void **state)
{
	/* a path may be found and judged all the same, */
	check("/a/(?=b).* x\n", "/a/(?=b).* y\n", "x>y 0 /a/b\n");
	check("/a/(?=b).* x\n", "", "x>- 0 /a/b\n");
	/* but if none is, that is said, not left out */
	check("/a/(?=b)c x\n", "/a/(?=b)c y\n", "x>y 0 ?\n");
	/* PCRE2 may hide the difference; or not */
	check("/a/b+ x\n/a/(?=b).* z\n", "/a/b+ y\n/a/(?=b).* z\n", "x>y 0 ?\n");
	check("/a/c+ x\n/a/(?=b).* z\n", "/a/c+ y\n/a/(?=b).* z\n", "x>y 0 /a/c\n");
	/* it certainly does not matter here */
	check("/a/(?=b).* x\n/a.* y\n", "/a.* y\n", "");
}

static void test_below(void **state)
{
	struct pair p;

	pair_open(&p,
		  "/.* d\n/u/.* u\n/u/(.*/)?bin/.* b\n/u/lib/.* l\n/u/lib/x/.* x\n/v/q q\n"
		  "D:/m /u/lib\n",
		  "/.* d\n/u/.* u\n/u/(.*/)?bin/.* c\n/u/lib/.* l\n/u/lib/x/.* x\n/v/q r\n"
		  "D:/m /u/lib\n");
	assert_string_equal(items(&p), "b>c 0 /u/bin/a\nq>r 0 /v/q\n");
	assert_int_equal(lbl_diff_below(p.diff, "/"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/u"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/u//x/"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/u/bin"), 1);
	/* all below is taken by others, also by another name */
	assert_int_equal(lbl_diff_below(p.diff, "/u/lib"), 0);
	assert_int_equal(lbl_diff_below(p.diff, "/u/lib/x"), 0);
	assert_int_equal(lbl_diff_below(p.diff, "/m"), 0);
	assert_int_equal(lbl_diff_below(p.diff, "/w"), 0);
	assert_int_equal(lbl_diff_below(p.diff, "/v"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/v/q"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/v/q/r"), 0);
	assert_int_equal(lbl_diff_below(p.diff, "/v/p"), 0);
	pair_close(&p);

	/* what is below an alias is elsewhere */
	pair_open(&p, "/u/.* u\nD:/x/y/z /u\n", "/u/.* v\nD:/x/y/z /u\n");
	assert_int_equal(lbl_diff_below(p.diff, "/x"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/x/y/z/q"), 1);
	assert_int_equal(lbl_diff_below(p.diff, "/x/y/w"), 0);
	pair_close(&p);

	pair_open(&p, "/u/.* u\n", "/u/.* u\n");
	assert_int_equal(lbl_diff_below(p.diff, "/"), 0);
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),	      cmocka_unit_test(test_one_spec),
		cmocka_unit_test(test_literals),      cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_substitutions), cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
