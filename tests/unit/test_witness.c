/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/witness.h"

#include "rules_rig.h"

/* No context is given: a spec is known by its number. */
static void open_rig(struct rig *g, struct witness **w, const char *text)
{
	assert_int_equal(rig_open(g, text, (struct lbl_rules_options){0}), 0);
	assert_int_equal(witness_new(w, g->db), 0);
}

static void close_rig(struct rig *g, struct witness *w)
{
	witness_free(w);
	rig_close(g);
}

/** The witness for @spec of @text, or the word for what came instead. */
static const char *wins(const char *text, uint32_t spec, enum lbl_kind kind)
{
	static char said[256];
	_cleanup_(buf_done) struct buf path = {0};
	const struct db_spec *winner = NULL;
	struct witness *w;
	struct rig g;
	int r;

	open_rig(&g, &w, text);
	r = witness_wins(w, spec, kind, &path);
	if (r > 0) {
		assert_int_equal(db_resolve(g.reader, buf_str(&path), path.len, kind, &winner), 0);
		assert_non_null(winner);
		assert_int_equal((winner->rank & 0x7fffffff) - 1, spec);
		snprintf(said, sizeof(said), "%s", buf_str(&path));
	} else {
		assert_true(r == 0 || r == -EAGAIN);
		strcpy(said, r == 0 ? "never" : "undecided");
	}
	close_rig(&g, w);
	return said;
}

#define WINS(text, spec, path)	  assert_string_equal(wins(text, spec, LBL_REG), path)
#define KIND(text, spec, k, path) assert_string_equal(wins(text, spec, k), path)

static void test_shadowed_by_one(void **state)
{
	WINS("/a/.* c:c:c\n/a/b c:c:c\n", 0, "/a/a");
	WINS("/a/b.* c:c:c\n/a/.* c:c:c\n", 0, "never");
	WINS("/a/[bc] c:c:c\n/a/[^/]+ c:c:c\n", 0, "never");
	WINS("/a/[bc]+ c:c:c\n/a/[bd]+ c:c:c\n", 0, "/a/c");
	WINS("/a/b+ c:c:c\n/a/b c:c:c\n", 0, "/a/bb");
	/* a directory and what is below it */
	WINS("/a(/.*)? c:c:c\n/a/.* c:c:c\n", 0, "/a");
	WINS("/a/.* c:c:c\n/a(/.*)? c:c:c\n", 0, "never");
	/* the same spec again */
	WINS("/a/.*\\.so c:c:c\n/a/.*\\.so c:c:c\n", 0, "never");
}

static void test_shadowed_by_a_union(void **state)
{
	WINS("/a/[bc]+ c:c:c\n/a/b.* c:c:c\n/a/c.* c:c:c\n", 0, "never");
	WINS("/a/[bcd]+ c:c:c\n/a/b.* c:c:c\n/a/c.* c:c:c\n", 0, "/a/d");
	WINS("/a/.. c:c:c\n/a/b[^/] c:c:c\n/a/[^b]. c:c:c\n", 0, "never");
	WINS("/a/(x|y)* c:c:c\n/a/(xy)* c:c:c\n/a/x* c:c:c\n/a/y* c:c:c\n", 0, "/a/yx");
	/* even and odd lengths */
	WINS("/a/x+ c:c:c\n/a/(xx)+ c:c:c\n/a/x(xx)* c:c:c\n", 0, "never");
	WINS("/a/x+ c:c:c\n/a/(xxx)+ c:c:c\n/a/x(xx)* c:c:c\n", 0, "/a/xx");
	WINS("/a/x+ c:c:c\n/a/(xxx)+ c:c:c\n/a/(xx)+ c:c:c\n/a/x c:c:c\n", 0, "/a/xxxxx");
}

static void test_literals(void **state)
{
	/* a literal beats every regex, and the last one its likes */
	WINS("/a/b c:c:c\n/a/.* c:c:c\n", 0, "/a/b");
	WINS("/a/b c:c:c\n/a/b c:c:c\n", 0, "never");
	WINS("/a/b c:c:c\n/a/b c:c:c\n", 1, "/a/b");
	WINS("/a/b\\.c c:c:c\n", 0, "/a/b.c");
	WINS("/a/[bc] c:c:c\n/a/b c:c:c\n/a/c c:c:c\n", 0, "never");
	/* no file is called that */
	WINS("/a//b c:c:c\n", 0, "never");
	WINS("/a/ c:c:c\n", 0, "never");
	WINS("a c:c:c\n", 0, "never");
	WINS("/ c:c:c\n", 0, "/");
}

static void test_kinds(void **state)
{
	static const char text[] = "/a/.* c:c:c\n/a/.* -d c:c:c\n/a/.* -- c:c:c\n";

	KIND(text, 0, LBL_REG, "never");
	KIND(text, 0, LBL_DIR, "never");
	KIND(text, 0, LBL_LNK, "/a/a");
	KIND(text, 0, LBL_ANY, "never");
	KIND(text, 1, LBL_DIR, "/a/a");
	KIND(text, 1, LBL_REG, "never");
	KIND(text, 2, LBL_REG, "/a/a");
}

static void test_names_of_files(void **state)
{
	/* a path has no "." or ".." among its names, no empty one, and no slash at its end */
	WINS("/a/\\. c:c:c\n", 0, "never");
	WINS("/a/\\.\\.(/.*)? c:c:c\n", 0, "never");
	WINS("/a/\\.\\.?/b c:c:c\n", 0, "never");
	WINS("/a/\\.\\.\\. c:c:c\n", 0, "/a/...");
	WINS("/a/\\..* c:c:c\n", 0, "/a/.a");
	WINS("/a/.+/ c:c:c\n", 0, "never");
	WINS("/a/.* c:c:c\n/a/[^/]* c:c:c\n", 0, "/a/a/a");
	WINS("/a/.*/.* c:c:c\n/a/[^/]+/[^/]+ c:c:c\n", 0, "/a/a/a/a");
	WINS(".* c:c:c\n", 0, "/");
	WINS(".* c:c:c\n/ c:c:c\n", 0, "/a");
	WINS("/?.? c:c:c\n/ c:c:c\n", 0, "/a");
	/* readable if possible, never NUL */
	WINS("/a/[^a-z] c:c:c\n", 0, "/a/0");
	WINS("/a/[^a-zA-Z0-9/.] c:c:c\n", 0, "/a/_");
	WINS("/a/[\\t\\xff] c:c:c\n", 0, "/a/\xff");
	WINS("/a/[\\x01\\x7f] c:c:c\n", 0, "/a/\x01");
	WINS("/a/\\x00 c:c:c\n", 0, "never");
}

static void test_sticky_killers(void **state)
{
	/* each of these doubles a deterministic automaton; none is in the way */
	static const char text[] = "/u/.* c:c:c\n"
				   "/u/(.*/)?java/.+\\.so(\\.[^/]*)* c:c:c\n"
				   "/u/(.*/)?nvidia/.+\\.so(\\.[^/]*)* c:c:c\n"
				   "/u/.*/program(/.*)? c:c:c\n"
				   "/u/(.*/)?bin(/.*)? c:c:c\n"
				   "/u/(.*/)?sbin(/.*)? c:c:c\n"
				   "/u/.*\\.cgi c:c:c\n"
				   "/u/(.*/)?lib(/.*)? c:c:c\n"
				   "/u/[^x].* c:c:c\n/u/x[^y].* c:c:c\n/u/xy? c:c:c\n"
				   "/u/xy[^z].* c:c:c\n";

	WINS(text, 0, "/u/xyz");
	WINS(text, 1, "/u/xyz/java/a.so");
	WINS("/u/.*\\.so c:c:c\n/u/(.*/)?a[^/]*\\.so c:c:c\n/u/(.*/)?([^a/][^/]*)?\\.so c:c:c\n", 0,
	     "never");
	/* nothing before the dot */
	WINS("/u/.*\\.so c:c:c\n/u/.+\\.so c:c:c\n", 0, "/u/.so");
}

static void test_substitutions(void **state)
{
	/* what an alias hides can never win, */
	WINS("/l/.* c:c:c\n/u/.* c:c:c\nD:/l /u\n", 0, "never");
	/* but for the alias's own name, when the other is not meant by it */
	WINS("/l.* c:c:c\n/u/.* c:c:c\nD:/l /u\n", 0, "/la");
	WINS("/u/.* c:c:c\nD:/l /u\n", 0, "/u/a");
	/* the only way to see a path is through the alias */
	WINS("/u/.* c:c:c\nD:/l /u\nD:/u /x\n", 0, "/l/a");
	WINS("/u/.* c:c:c\nS:/l /u\nD:/u /x\n", 0, "never");
	WINS("/x/.* c:c:c\nS:/l /u\nD:/u /x\nD:/x /y\n", 0, "/l/a");
	WINS("/x/q c:c:c\nS:/l /u\nD:/u/v /x\nD:/x /y\nD:/u /z\n", 0, "never");
	WINS("/x/q c:c:c\nS:/l /u\nD:/x /y\nD:/u /z\nD:/u/v /x\n", 0, "/l/v/q");
	WINS("/x/q c:c:c\nS:/u /o\nS:/l /u\nD:/x /y\nD:/u/v /x\n", 0, "/l/v/q");
	/* the newest entry wins, not the longest */
	WINS("/x/.* c:c:c\nD:/l/m /x\nD:/x /y\nD:/l /z\n", 0, "never");
	WINS("/x/.* c:c:c\nD:/x /y\nD:/l /z\nD:/l/m /x\n", 0, "/l/m/a");
	/* a replacement that ends in a slash makes two of them */
	WINS("/x//q c:c:c\nD:/l /x/\n", 0, "/l/q");
	WINS("/x/ c:c:c\nD:/l /x/\n", 0, "/l");
	/* "/" as a replacement, and as an alias of the root alone */
	WINS("/q c:c:c\nD:/l /\nD:/q /y\n", 0, "/l/q");
	WINS("/ c:c:c\nD:/ /r\nD:/l /\n", 0, "/l");
	WINS("/r c:c:c\nD:/r /s\nD:/ /r\n", 0, "/");
	WINS("/ c:c:c\nD:/ /r\n", 0, "never");
	/* and a relative one */
	WINS("q/.* c:c:c\nS:/l q\n", 0, "/l/a");
}

static void test_undecided(void **state)
{
	/* a look-ahead is no regular expression; a path may be found all the same */
	WINS("/a/(?=b).* c:c:c\n", 0, "/a/b");
	WINS("/a/(?=b)c c:c:c\n", 0, "undecided");
	WINS("/a/(?=b).* c:c:c\n/a.* c:c:c\n", 0, "never");
	WINS("/a/.* c:c:c\n/a/(?=b).* c:c:c\n", 0, "/a/a");
	WINS("/a/b c:c:c\n/a/(?=b).* c:c:c\n", 0, "/a/b");
	WINS("/a/b+ c:c:c\n/a/(?=b).* c:c:c\n", 0, "undecided");
	WINS("/a/b+ c:c:c\n/a/(?=c).* c:c:c\n", 0, "/a/b");
	/* no regex at all */
	WINS("/a/[ c:c:c\n", 0, "never");
}

/* Sets of killers that double with each name: the limit, not a hang. */
static void test_limit(void **state)
{
	_cleanup_(buf_done) struct buf text = {0};
	unsigned n = 40;

	buf_adds(&text, "/(a|b)* c:c:c\n/a* c:c:c\n");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "/(a|b)*a(a|b){%u}b?(aa|bb)(a|b)* c:c:c\n", i + 3);
	buf_adds(&text, "/(a|b){0,60} c:c:c\n");
	/* either a path or "undecided" is right, and either comes soon */
	assert_string_not_equal(wins(buf_str(&text), 0, LBL_REG), "never");
}

struct kill_list {
	const uint32_t *v;
	size_t n;
};

static bool kills(void *user, uint32_t spec)
{
	const struct kill_list *list = user;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == spec)
			return true;
	return false;
}

static void test_find(void **state)
{
	static const uint32_t second[] = {2}, both[] = {2, 3};
	struct kill_list list = {NULL, 0};
	struct witness_query q = {.match = 0, .also = 1, .kills = kills, .user = &list};
	_cleanup_(buf_done) struct buf path = {0};
	struct witness *w;
	struct rig g;

	open_rig(&g, &w,
		 "/a/.* c:c:c\n/(a|b)/.*x c:c:c\n/a/x c:c:c\n/a/.+x -d c:c:c\nD:/a /c\nD:/d /a\n");
	q.kind = LBL_REG;
	assert_int_equal(witness_find(w, &q, &path), 1);
	assert_string_equal(buf_str(&path), "/d/x");
	q.as_written = true;
	assert_int_equal(witness_find(w, &q, &path), 1);
	assert_string_equal(buf_str(&path), "/a/x");
	list = (struct kill_list){second, 1};
	assert_int_equal(witness_find(w, &q, &path), 1);
	assert_string_equal(buf_str(&path), "/a/ax");
	list = (struct kill_list){both, 2}; /* the second is for directories */
	assert_int_equal(witness_find(w, &q, &path), 1);
	q.kind = LBL_DIR;
	assert_int_equal(witness_find(w, &q, &path), 0);
	close_rig(&g, w);
}

static int find_below(struct witness *w, const char *not_below, struct buf *ret_path)
{
	struct kill_list list = {NULL, 0};
	struct witness_query q = {
		.match = 0, .also = WITNESS_NO_SPEC, .kills = kills, .user = &list};

	q.kind = LBL_REG;
	q.not_below = not_below;
	return witness_find(w, &q, ret_path);
}

static void test_not_below(void **state)
{
	_cleanup_(buf_done) struct buf path = {0};
	struct witness *w;
	struct rig g;

	open_rig(&g, &w, "(/a.*|/b/c) c:c:c\nD:/l /b\n");
	assert_int_equal(find_below(w, NULL, &path), 1);
	assert_string_equal(buf_str(&path), "/a");
	assert_int_equal(find_below(w, "/", &path), 0);
	assert_int_equal(find_below(w, "/b", &path), 1);
	close_rig(&g, w);

	open_rig(&g, &w, "/b/c.+ c:c:c\nD:/l /b\nD:/k/x /b\n");
	assert_int_equal(find_below(w, "/b", &path), 1);
	assert_string_equal(buf_str(&path), "/k/x/ca");
	assert_int_equal(find_below(w, "/b/ca", &path), 1);
	assert_string_equal(buf_str(&path), "/b/ca");
	assert_int_equal(find_below(w, "/k", &path), 1);
	assert_string_equal(buf_str(&path), "/b/ca");
	close_rig(&g, w);

	open_rig(&g, &w, "/b/c(/.*)? c:c:c\n");
	assert_int_equal(find_below(w, "/b", &path), 0);
	assert_int_equal(find_below(w, "/b/c", &path), 1);
	assert_string_equal(buf_str(&path), "/b/c");
	close_rig(&g, w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shadowed_by_one), cmocka_unit_test(test_shadowed_by_a_union),
		cmocka_unit_test(test_literals),	cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_names_of_files),	cmocka_unit_test(test_sticky_killers),
		cmocka_unit_test(test_substitutions),	cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_limit),		cmocka_unit_test(test_find),
		cmocka_unit_test(test_not_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
