/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules_files.h"

#include "rules/spec.h"

static enum spec_result scan(const char *text, size_t len, struct spec *s)
{
	/* a copy of just this size, so that a read beyond it is seen */
	char *copy = malloc(len ? len : 1);
	const char *p = copy;
	enum spec_result r;

	assert_non_null(copy);
	memcpy(copy, text, len);
	*s = (struct spec){0};
	r = spec_scan(&p, copy + len, s);
	if (r == SPEC_OK) { /* views into the caller's text instead */
		s->regex = text + (s->regex - copy);
		s->context = text + (s->context - copy);
	}
	free(copy);
	return r;
}

static void check(const char *line, const char *regex, enum lbl_kind kind, const char *context)
{
	struct spec s;

	assert_int_equal(scan(line, strlen(line), &s), SPEC_OK);
	assert_int_equal(s.regex_len, strlen(regex));
	assert_memory_equal(s.regex, regex, s.regex_len);
	assert_int_equal(s.kind, kind);
	assert_int_equal(s.context_len, strlen(context));
	assert_memory_equal(s.context, context, s.context_len);
}

static void lines_come_apart(void **state)
{
	check("/a c", "/a", LBL_ANY, "c");
	check("/a c\n", "/a", LBL_ANY, "c");
	check("  \t/a\t--\tu:r:t:s0  \n", "/a", LBL_REG, "u:r:t:s0");
	check("/a -- c\r\n", "/a", LBL_REG, "c");
	check("/a c\r\n", "/a", LBL_ANY, "c");
	check("/a\v-d\fc", "/a", LBL_DIR, "c");
	check("/a --", "/a", LBL_ANY, "--");
	check("/a/#b c", "/a/#b", LBL_ANY, "c");
	check("/a -l <<none>> # \xff rest", "/a", LBL_LNK, "<<none>>");
	check("/a -b c\0", "/a", LBL_BLK, "c");
	check("/a/very/long/path/that/spans/blocks -c system_u:object_r:some_type_t:s0\n",
	      "/a/very/long/path/that/spans/blocks", LBL_CHR, "system_u:object_r:some_type_t:s0");
	check("/a -s c", "/a", LBL_SOCK, "c");
	check("/a -p c", "/a", LBL_FIFO, "c");
}

static void fields_of_every_length_at_every_place(void **state)
{
	char line[128];

	for (int lead = 0; lead < 20; lead++) {
		for (int len = 1; len < 40; len++) {
			char regex[64];

			memset(regex, 'a', (size_t)len);
			regex[len] = '\0';
			snprintf(line, sizeof(line), "%*s%s -- ctx\n", lead, "", regex);
			check(line, regex, LBL_REG, "ctx");
		}
	}
}

static void lines_that_are_no_specs(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		enum spec_result want;
	} rows[] = {
		{"", 0, SPEC_BLANK},
		{"\n", 1, SPEC_BLANK},
		{" \t\r\v\f\n", 6, SPEC_BLANK},
		{"# c \xff\0", 7, SPEC_BLANK},
		{"  #/a c", 7, SPEC_BLANK},
		{"/a", 2, SPEC_MISSING},
		{"/a  \n/b", 7, SPEC_MISSING},
		{"/a -f c", 7, SPEC_BAD_KIND},
		{"/a - c", 6, SPEC_BAD_KIND},
		{"/a --- c", 8, SPEC_BAD_KIND},
		{"/a c #x", 7, SPEC_BAD_KIND},
		{"/a u:r:t:s0 - s1", 16, SPEC_BAD_KIND},
		{"/\xc3\xa9 c", 5, SPEC_NON_ASCII},
		{"/a \xc3 c", 6, SPEC_NON_ASCII},
		{"/a -- \x80", 7, SPEC_NON_ASCII},
		{"/a\0b c", 6, SPEC_NUL},
		{"/a \0", 4, SPEC_NUL},
		{"/a c\0 x", 7, SPEC_NUL},
		{"\0", 1, SPEC_NUL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec s;

		if (scan(rows[i].text, rows[i].len, &s) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

static void limits_hold_to_the_byte(void **state)
{
	_cleanup_(buf_done) struct buf b = {0};
	struct spec s;

	for (size_t n = SPEC_REGEX_MAX; n <= SPEC_REGEX_MAX + 1; n++) {
		buf_reset(&b);
		while (b.len < n)
			buf_addc(&b, 'x');
		buf_adds(&b, " c");
		assert_int_equal(scan(buf_str(&b), b.len, &s),
				 n == SPEC_REGEX_MAX ? SPEC_OK : SPEC_REGEX_TOO_LONG);
	}
	for (size_t n = SPEC_FIELD_MAX; n <= SPEC_FIELD_MAX + 1; n++) {
		buf_reset(&b);
		buf_adds(&b, "/a ");
		while (b.len < n + 3)
			buf_addc(&b, 'x');
		assert_int_equal(scan(buf_str(&b), b.len, &s),
				 n == SPEC_FIELD_MAX ? SPEC_OK : SPEC_TOO_LONG);
	}
}

static void the_position_moves_line_by_line(void **state)
{
	static const char text[] = "/a c\n\n# x\n/b -- d rest\n/c";
	static const enum spec_result want[] = {SPEC_OK, SPEC_BLANK, SPEC_BLANK, SPEC_OK,
						SPEC_MISSING};
	const char *p = text, *end = text + sizeof(text) - 1;
	struct spec s;

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_true(p < end);
		assert_int_equal(spec_scan(&p, end, &s), want[i]);
	}
	assert_ptr_equal(p, end);
}

static void hints_are_of_the_regex(void **state)
{
	struct spec s;

	assert_int_equal(scan("/a|b c", 6, &s), SPEC_OK);
	assert_true(s.bar && !s.high);
	assert_int_equal(scan("/a c|d", 6, &s), SPEC_OK);
	assert_true(!s.bar && !s.high);
	assert_int_equal(scan("/aaaaaaaaaaaaaa\\xff c", 21, &s), SPEC_OK);
	assert_true(!s.bar && s.high);
	assert_int_equal(scan("/a\\. c\\x41", 10, &s), SPEC_OK);
	assert_true(!s.high);
}

static void complaint(enum spec_result what, const struct spec *s, const char *want)
{
	struct rules_told told = {.dir = "D"};
	struct diag d = {rules_tell, &told};

	spec_complain(&d, "D/f", 7, what, s);
	assert_string_equal(buf_str(&told.text), want);
	buf_done(&told.text);
}

static void errors_speak_upstreams_words(void **state)
{
	struct spec s = {.bad = "-f\x1b[m", .bad_len = 5, .regex = "/x", .regex_len = 5000};
	char regex[65];

	memset(regex, 'x', 64);
	regex[64] = '\0';
	s.regex = regex;
	complaint(SPEC_MISSING, &s, "f:  line 7 is missing fields\n");
	complaint(SPEC_NON_ASCII, &s, "f:  line 7 error due to: Non-ASCII characters found\n");
	complaint(SPEC_TOO_LONG, &s, "f:  line 7 error due to: Spec entry too long\n");
	complaint(SPEC_NUL, &s, "f:  line 7 error due to: NUL byte found\n");
	complaint(SPEC_BAD_KIND, &s, "f:  line 7 has invalid file type -f\\033[m\n");
	complaint(SPEC_REGEX_TOO_LONG, &s,
		  "f:  line 7 has invalid regex "
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...:  regex of "
		  "length 5000 too long\n");
	complaint(SPEC_OK, &s, "");
	complaint(SPEC_BLANK, &s, "");
}

static void literals_are_told_from_regexes(void **state)
{
	static const struct {
		const char *text, *path; /* path NULL: a regex */
	} rows[] = {
		{"/a/b", "/a/b"},
		{"/a\\.b", "/a.b"},
		{"/a\\-b\\_c\\,d", "/a-b_c,d"},
		{"/a\\[\\]\\{\\}\\(\\)\\^\\$\\?\\*\\+\\|", "/a[]{}()^$?*+|"},
		{"/a.b", NULL},
		{"/a]", NULL},
		{"/a}", NULL},
		{"/a)", NULL},
		{"/a\\d", NULL},
		{"/a\\@", NULL},
		{"/a\\/b", NULL},
		{"/a\\", NULL},
		{"/a\\\\", NULL},
		{"^/a", NULL},
		{"/a$", NULL},
		{"/a-b_c,d@e", "/a-b_c,d@e"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].text);
		char out[64];

		if (spec_is_literal(rows[i].text, n) != !!rows[i].path)
			fail_msg("%s", rows[i].text);
		if (!rows[i].path)
			continue;
		out[spec_unescape(rows[i].text, n, out)] = '\0';
		assert_string_equal(out, rows[i].path);
	}
}

static void alternation_outside_groups_is_never_missed(void **state)
{
	static const struct {
		const char *text;
		bool split;
	} rows[] = {
		{"/a|b", true},		{"/(a|b)c", false},
		{"/(?:a|b)c", false},	{"/a\\|b", false},
		{"/[|]b", false},	{"/[]|]b", false},
		{"/[^]|]b", false},	{"/[\\]|]b", false},
		{"/(a[)]|b)c", false},	{"/[[:alpha:](]|x", true},
		{"/(a)|b", true},	{"/\\(a|b", true},
		{"/\\Q(\\E|b", true},	{"/(?#()|b", true},
		{"/\\c(|b", true},	{"/(*MARK:()|b", true},
		{"/a)|b", true},	{"/[\\c]|]b", true},
		{"/((a|b)|c)d", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (spec_is_split(rows[i].text, strlen(rows[i].text)) != rows[i].split)
			fail_msg("%s", rows[i].text);
}

static void kinds_have_names(void **state)
{
	assert_string_equal(spec_kind_name(LBL_ANY), "wildcard");
	assert_string_equal(spec_kind_name(LBL_DIR), "directory");
	assert_string_equal(spec_kind_name(LBL_SOCK), "sock-file");
	assert_string_equal(spec_kind_name(LBL_REG), "regular-file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_apart),
		cmocka_unit_test(fields_of_every_length_at_every_place),
		cmocka_unit_test(lines_that_are_no_specs),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(the_position_moves_line_by_line),
		cmocka_unit_test(hints_are_of_the_regex),
		cmocka_unit_test(errors_speak_upstreams_words),
		cmocka_unit_test(literals_are_told_from_regexes),
		cmocka_unit_test(alternation_outside_groups_is_never_missed),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
