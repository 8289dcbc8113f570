/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "rules/positions.h"
#include "rules/regex.h"
#include "rules/side.h"

struct machine {
	struct regex regex;
	struct positions positions;
	struct positions_start start;
};

static int machine_make(struct machine *m, const char *text, bool whole)
{
	int r;

	*m = (struct machine){0};
	assert_int_equal(positions_init(&m->positions), 0);
	r = regex_parse(&m->regex, text, strlen(text), whole);
	if (r < 0)
		return r;
	return positions_add(&m->positions, &m->regex, 0, LBL_ANY, &m->start);
}

static void machine_done(struct machine *m)
{
	regex_done(&m->regex);
	positions_done(&m->positions);
}

/** Plain simulation of the position automaton. */
static bool machine_matches(const struct machine *m, const char *s, size_t len)
{
	const struct positions *ps = &m->positions;
	_cleanup_free_ bool *now = calloc(ps->n + 1, 1), *next = calloc(ps->n + 1, 1);
	bool ends = m->start.nullable;

	assert_true(now && next);
	for (uint32_t i = 0; i < m->start.n_first; i++)
		now[ps->follow[m->start.first + i]] = true;
	for (size_t at = 0; at < len; at++) {
		ends = false;
		memset(next, 0, ps->n + 1);
		for (size_t i = 0; i < ps->n; i++) {
			const struct position *p = &ps->v[i];

			if (!now[i] || !regex_set_has(&ps->sets[p->set], (unsigned char)s[at]))
				continue;
			ends |= (p->flags & POSITION_LAST) != 0;
			for (uint32_t f = 0; f < p->n_follow; f++)
				next[ps->follow[p->follow + f]] = true;
		}
		memcpy(now, next, ps->n + 1);
	}
	return ends;
}

/** Every string of up to @max bytes of the pattern's own alphabet and a few more. */
static void compare_with_pcre(const char *text, unsigned max)
{
	static const char extra[] = "a/|$\n\xa0\xe9";
	char alphabet[8] = {0};
	struct side_match *match = side_match_new();
	struct side *side = NULL;
	struct machine m;
	unsigned letters = 0, total = 1;

	for (const char *p = text; *p && letters < 4; p++)
		if (!strchr(alphabet, *p) && !strchr(".*+?()[]{}\\^:", *p))
			alphabet[letters++] = *p;
	for (const char *p = extra; *p && letters < 7; p++)
		if (!strchr(alphabet, *p))
			alphabet[letters++] = *p;
	if (machine_make(&m, text, true) != 0)
		fail_msg("%s is refused", text);
	assert_int_equal(side_compile(&side, text, strlen(text), NULL), 0);
	for (unsigned len = 0; len <= max; len++, total *= letters) {
		for (unsigned n = 0; n < total; n++) {
			char s[8];

			for (unsigned i = 0, rest = n; i < len; i++, rest /= letters)
				s[i] = alphabet[rest % letters];
			s[len] = '\0';
			if (machine_matches(&m, s, len) != side_matches(side, match, s, len))
				fail_msg("%s and \"%s\"", text, s);
		}
	}
	machine_done(&m);
	side_free(side);
	side_match_free(match);
}

static void what_we_parse_means_what_pcre_says(void **state)
{
	static const char *const texts[] = {
		"ab",
		"a.b",
		".*",
		"a.*",
		".+",
		"a+b",
		"a?b",
		"a*b",
		"a??b",
		"a*?b",
		"a+?b",
		"(ab)*c",
		"(ab)+c?",
		"(a|b)*",
		"(?:a|bc)d",
		"(a|)b",
		"()a",
		"(|a)*b",
		"a(/.*)?",
		"(a/)?b",
		"(.*/)?b",
		"[ab]c",
		"[^a]b",
		"[^/]+b",
		"[a-c]*",
		"[]a]b",
		"[^]a]b",
		"[a-]b",
		"[-a]b",
		"[a\\-c]b",
		"[[:alpha:]]b",
		"[[:^alpha:]]b",
		"[^[:digit:]a]",
		"[\\d/]a",
		"[a^]b",
		"[a-b-c]",
		"[\\]]a",
		"[\\ba]",
		"[$]a",
		"[.*]a",
		"a[[]b",
		"\\d",
		"\\Da",
		"\\wa",
		"\\Wa",
		"\\sa",
		"\\S",
		"\\ha",
		"\\H",
		"\\va",
		"\\V",
		"\\x61b",
		"\\xe9a",
		"\\xA0",
		"[^\\xe9]",
		"\\.a",
		"\\/a",
		"\\@a",
		"\\t|\\n",
		"\\e",
		"a{2}",
		"a{2}b",
		"a{1,2}b",
		"a{0,2}b",
		"a{2,}b",
		"a{0}b",
		"a{0,0}b",
		"a{0,}b",
		"a{1}",
		"(ab){2}",
		"(a|b){2,3}",
		"(a?){2}b",
		"(a*){2,3}b",
		"(a?b?){2,}",
		"(a{1,2}){2}",
		"(a{0,2}b?){0,2}",
		"a{x}",
		"a{",
		"a{1",
		"a{1,",
		"a{b,1}",
		"a}",
		"a]",
		"{x}a",
		"a|b",
		"a|b|/",
		"ab|a",
		"|a",
		"a|",
		"^a",
		"^^ab$",
		"a$",
		"a$$",
		"a\\",
		"a|b\\",
		"(a|b)|/",
		"((((a))))",
		"a(b(/(a)?)?)?",
		"(a|b)(a|b)",
		".a.",
		"..",
		"[^a][^b]",
		"(a.)*b",
		"(.*a.*b)?",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		compare_with_pcre(texts[i], 4);
}

static void what_is_not_ours_is_refused(void **state)
{
	static const char *const texts[] = {
		"(?=a)b",  "(?!a)b",   "(?<=a)b",  "(?<!a)b",	"(?>a)b",  "(?i)a",   "(?i:a)",
		"(?<n>a)", "(?P<n>a)", "(?#x)a",   "(?|a|b)",	"(*F)",	   "(*)",     "(a)\\1",
		"a*+",	   "a++",      "a?+",	   "a{2}+",	"a**",	   "a+*",     "a{2}{3}",
		"a{2}*",   "*a",       "+a",	   "?a",	"{2}a",	   "(*a)",    "(+a)",
		"a|*b",	   "^*a",      "a^b",	   "a|^b",	"a$b",	   "a$|b",    "(a$)",
		"(^a)",	   "\\ba",     "\\Ba",	   "\\Aa",	"a\\z",	   "a\\Z",    "\\Ga",
		"\\Ka",	   "\\Qa\\E",  "\\Ra",	   "\\Xa",	"\\Ca",	   "\\Na",    "\\pLa",
		"\\cA",	   "\\o{60}",  "\\x{61}",  "\\x6",	"\\0",	   "\\012",   "\\1",
		"\\ga",	   "\\ka",     "\\la",	   "\\Ua",	"(a",	   "a)",      "a(b))",
		"[a",	   "[]",       "[^]",	   "[z-a]",	"[a-\\d]", "[\\d-z]", "[[:foo:]]",
		"[[.a.]]", "[[=a=]]",  "[[:<:]]",  "[\\Q]\\E]", "[\\N]",   "[\\R]",   "[a\\",
		"(a\\",	   "a{2,1}",   "a{65536}", "a{,2}",	"a{ 1}",   "a{1 }",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct machine m;

		if (machine_make(&m, texts[i], true) != -EOPNOTSUPP)
			fail_msg("%s is taken", texts[i]);
		machine_done(&m);
	}
}

static void a_rest_is_no_whole(void **state)
{
	struct machine m;

	assert_int_equal(machine_make(&m, "^a", false), -EOPNOTSUPP);
	machine_done(&m);
	assert_int_equal(machine_make(&m, "a|b", false), -EOPNOTSUPP);
	machine_done(&m);
	assert_int_equal(machine_make(&m, "(a|b)\\", false), 0);
	assert_true(machine_matches(&m, "a$zzz", 5));
	assert_false(machine_matches(&m, "a", 1));
	machine_done(&m);
}

static void expect(const char *text, int want)
{
	struct machine m;
	int r = machine_make(&m, text, true);

	if (r != want)
		fail_msg("%.40s: %d", text, r);
	machine_done(&m);
}

static void everything_is_bounded(void **state)
{
	_cleanup_(buf_done) struct buf b = {0};

	for (int i = 0; i < REGEX_DEPTH_MAX; i++)
		buf_adds(&b, "(");
	buf_adds(&b, "a");
	for (int i = 0; i < REGEX_DEPTH_MAX; i++)
		buf_adds(&b, ")");
	expect(buf_str(&b), 0);
	buf_adds(&b, ")");
	expect("((((((((((a{10}){10}){10}){10}){10}){10}){10}){10}){10}){10})", -E2BIG);
	expect("a{8192}", 0);
	expect("a{8193}", -E2BIG);
	expect("a{65535}", -E2BIG);
	expect("(){65535}", 0);
	expect("((){65535}){65535}", 0);
	expect("((((|){60000}){60000}){60000}){60000}", 0);
	expect("(a{0}){65535}", 0);
	expect("a{0,8192}", 0);

	/* follow lists of an alternation under a star are quadratic */
	buf_reset(&b);
	buf_adds(&b, "(a");
	for (int i = 0; i < 250; i++)
		buf_adds(&b, "|b");
	buf_adds(&b, ")*");
	expect(buf_str(&b), 0);
	buf_cut(&b, b.len - 2);
	for (int i = 0; i < 50; i++)
		buf_adds(&b, "|b");
	buf_adds(&b, ")*");
	expect(buf_str(&b), -E2BIG);
}

static void depth_is_bounded(void **state)
{
	_cleanup_(buf_done) struct buf b = {0};

	for (int i = 0; i < 2000; i++)
		buf_adds(&b, "(");
	expect(buf_str(&b), -EOPNOTSUPP);
	for (int i = 0; i < 2000; i++)
		buf_adds(&b, ")");
	expect(buf_str(&b), -EOPNOTSUPP);
}

static void a_refused_spec_leaves_the_pool_alone(void **state)
{
	struct machine m;
	struct positions_start start;
	size_t n, follow;

	assert_int_equal(machine_make(&m, "ab*", true), 0);
	n = m.positions.n;
	follow = m.positions.n_follow;
	assert_int_equal(regex_parse(&m.regex, "a{9000}", 7, true), 0);
	assert_int_equal(positions_add(&m.positions, &m.regex, 1, LBL_ANY, &start), -E2BIG);
	assert_int_equal(m.positions.n, n);
	assert_int_equal(m.positions.n_follow, follow);
	assert_true(machine_matches(&m, "abb", 3));
	machine_done(&m);
}

static void universal_positions_are_known(void **state)
{
	static const struct {
		const char *text;
		bool universal;
	} rows[] = {
		{"a.*", true},	 {"a.+", true},	       {"a(/.*)?", true}, {"a(.|b)*", true},
		{"a.*b", false}, {"a[^/]*", false},    {"a.", false},	  {"a.{2,}", true},
		{"a.*b?", true}, {"a[\\d\\D]*", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct machine m;
		unsigned flags = 0;

		assert_int_equal(machine_make(&m, rows[i].text, true), 0);
		for (size_t p = 0; p < m.positions.n; p++)
			flags |= m.positions.v[p].flags;
		if (!(flags & POSITION_UNIVERSAL) != !rows[i].universal)
			fail_msg("%s", rows[i].text);
		machine_done(&m);
	}
}

static void pcre_errors_have_upstreams_words(void **state)
{
	_cleanup_(buf_done) struct buf b = {0};
	struct side *side = NULL;

	assert_int_equal(side_compile(&side, "/a/(b", 5, &b), -EINVAL);
	assert_null(side);
	assert_string_equal(buf_str(&b),
			    "REGEX back-end error: At offset 7: missing closing parenthesis");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_we_parse_means_what_pcre_says),
		cmocka_unit_test(what_is_not_ours_is_refused),
		cmocka_unit_test(a_rest_is_no_whole),
		cmocka_unit_test(everything_is_bounded),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(a_refused_spec_leaves_the_pool_alone),
		cmocka_unit_test(universal_positions_are_known),
		cmocka_unit_test(pcre_errors_have_upstreams_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
