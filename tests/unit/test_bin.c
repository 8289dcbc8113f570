/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules/bin.h"
#include "rules/spec.h"

/*
 * The text of the images below:
 *
 *	1  /etc/.*		     x:y:z
 *	2  /etc/pass\.wd	 --  p
 *	4  /.*			 -d  <<none>>
 *	5  /etc/pass\.wd	     x:y:z
 *	6  /usr/lib/x/y/z[0-9]	 -l  q
 */
#define LIBRARY "10.42 2022-12-11"
#define TREE_MAGIC         \
	"\xf9\x7c\xff\x8a" \
	"\0\0\0\6"
#define TREE_HEADER                                \
	TREE_MAGIC "\0\0\0\x10" LIBRARY "\0\0\0\6" \
		   "8-8-el"
#define TREE_BODY                             \
	"\0\0\0\0\0\0\0\5" /* specs */        \
	"\0\0\0\4"	   /* contexts */     \
	"\0\x08<<none>>"                      \
	"\0\1p"                               \
	"\0\5x:y:z"                           \
	"\0\1q"                               \
	"\0\1\0"                              \
	"\0\0\0\0" /* literals of the root */ \
	"\0\0\0\1"                            \
	"\0\0\0\1"                            \
	"\0\0\0\4"                            \
	"\0\4/.*\0"                           \
	"\0\1\1\0\0\0\0"                      \
	"\0\0\0\2" /* children */             \
	"\0\4"                                \
	"etc\0"                               \
	"\0\0\0\2"                            \
	"\0\0\0\2"                            \
	"\0\x0e/etc/pass\\.wd\0"              \
	"\0\x0d/etc/pass.wd\0\7"              \
	"\0\0\0\3"                            \
	"\0\x0e/etc/pass\\.wd\0"              \
	"\0\x0d/etc/pass.wd\0\0"              \
	"\0\0\0\1"                            \
	"\0\0\0\3"                            \
	"\0\0\0\1"                            \
	"\0\x08/etc/.*\0"                     \
	"\0\5\0\0\0\0\0"                      \
	"\0\0\0\0"                            \
	"\0\4usr\0\0\0\0\0\0\0\0\0\0\0\0\1"   \
	"\0\4lib\0\0\0\0\0\0\0\0\0\0\0\0\1"   \
	"\0\2x\0\0\0\0\0\0\0\0\1"             \
	"\0\0\0\4"                            \
	"\0\0\0\6"                            \
	"\0\x14/usr/lib/x/y/z[0-9]\0"         \
	"\0\x0e\6\0\0\0\0"                    \
	"\0\0\0" /* and the string's own NUL */

#define FLAT_HEADER                                             \
	"\x8a\xff\x7c\xf9\5\0\0\0\x10\0\0\0" LIBRARY "\6\0\0\0" \
	"8-8-el"
#define FLAT_BODY                                            \
	"\2\0\0\0"                                           \
	"\4\0\0\0/etc\0"                                     \
	"\4\0\0\0/usr\0"                                     \
	"\5\0\0\0"                                           \
	"\6\0\0\0x:y:z\0\x08\0\0\0/etc/.*\0"                 \
	"\0\0\0\0\0\0\0\0\1\0\0\0\5\0\0\0\0\0\0\0"           \
	"\x09\0\0\0<<none>>\0\4\0\0\0/.*\0"                  \
	"\0\x40\0\0\xff\xff\xff\xff\1\0\0\0\1\0\0\0\0\0\0\0" \
	"\2\0\0\0q\0\x14\0\0\0/usr/lib/x/y/z[0-9]\0"         \
	"\0\xa0\0\0\1\0\0\0\1\0\0\0\x0e\0\0\0\0\0\0\0"       \
	"\2\0\0\0p\0\x0e\0\0\0/etc/pass\\.wd\0"              \
	"\0\x80\0\0\0\0\0\0\0\0\0\0\x0d\0\0\0\0\0\0\0"       \
	"\6\0\0\0x:y:z\0\x0e\0\0\0/etc/pass\\.wd\0"          \
	"\0\0\0\0\0\0\0\0\0\0\0\0\x0d\0\0\0\0\0\0" /* and the NUL */

static const char tree[] = TREE_HEADER TREE_BODY;
static const char flat[] = FLAT_HEADER FLAT_BODY;

#define SPEC(l, r, k, c)                                                  \
	{                                                                 \
		.regex = (r), .context = (c), .regex_len = sizeof(r) - 1, \
		.context_len = sizeof(c) - 1, .line = (l), .kind = (k)    \
	}

static const struct bin_spec specs[] = {
	SPEC(1, "/etc/.*", LBL_ANY, "x:y:z"),	      SPEC(2, "/etc/pass\\.wd", LBL_REG, "p"),
	SPEC(4, "/.*", LBL_DIR, "<<none>>"),	      SPEC(5, "/etc/pass\\.wd", LBL_ANY, "x:y:z"),
	SPEC(6, "/usr/lib/x/y/z[0-9]", LBL_LNK, "q"),
};

/* regexes, then literals */
static const unsigned in_rule_order[] = {0, 2, 4, 1, 3};

/** Parse a copy of just this size, so that a read beyond it is seen. */
static int parse(struct bin *b, const void *data, size_t len, char **ret_copy)
{
	*ret_copy = malloc(len ? len : 1);
	assert_non_null(*ret_copy);
	memcpy(*ret_copy, data, len);
	return bin_parse(b, *ret_copy, len);
}

static int result_of(const void *data, size_t len)
{
	struct bin b;
	char *copy;
	int r = parse(&b, data, len, &copy);

	for (size_t i = 0; r == 0 && i < b.n; i++)
		assert_in_range(b.v[i].regex_len, 1, SPEC_REGEX_MAX);
	bin_done(&b);
	free(copy);
	return r;
}

static void check_same(const struct bin_spec *a, const struct bin_spec *b)
{
	assert_int_equal(a->regex_len, b->regex_len);
	assert_memory_equal(a->regex, b->regex, a->regex_len);
	assert_int_equal(a->context_len, b->context_len);
	assert_memory_equal(a->context, b->context, a->context_len);
	assert_int_equal(a->kind, b->kind);
}

static void tells_compiled_forms_from_text(void **state)
{
	assert_true(bin_is(tree, sizeof(tree)));
	assert_true(bin_is(flat, sizeof(flat)));
	assert_true(bin_is(tree, 4));
	assert_false(bin_is(tree, 3));
	assert_false(bin_is(NULL, 0));
	assert_false(bin_is("/etc/.* x:y:z\n", 14));
	assert_int_equal(result_of("/etc/.* x:y:z\n", 14), -EBADMSG);
	assert_int_equal(result_of("", 0), -EBADMSG);
}

static void tree_comes_apart(void **state)
{
	struct bin b;
	char *copy;

	assert_int_equal(parse(&b, tree, sizeof(tree), &copy), 0);
	assert_int_equal(b.version, 6);
	assert_int_equal(b.n, 5);
	for (size_t i = 0; i < 5; i++) {
		check_same(&b.v[i], &specs[in_rule_order[i]]);
		assert_int_equal(b.v[i].line, i < 3 ? specs[in_rule_order[i]].line : 0);
	}
	bin_done(&b);
	free(copy);
}

static void flat_form_comes_apart(void **state)
{
	struct bin b;
	char *copy;

	assert_int_equal(parse(&b, flat, sizeof(flat), &copy), 0);
	assert_int_equal(b.version, 5);
	assert_int_equal(b.n, 5);
	for (size_t i = 0; i < 5; i++) {
		check_same(&b.v[i], &specs[in_rule_order[i]]);
		assert_int_equal(b.v[i].line, 0);
	}
	bin_done(&b);
	free(copy);
}

static void flat_form_of_the_other_byte_order(void **state)
{
	static const char big[] = "\xf9\x7c\xff\x8a\0\0\0\5\0\0\0\1x\0\0\0\1y"
				  "\0\0\0\0\0\0\0\1"
				  "\0\0\0\2c\0\0\0\0\4/.*\0\0\0\x80\0\xff\xff\xff\xff"
				  "\0\0\0\1\0\0\0\1\0\0\0\3abc";
	struct bin b;
	char *copy;

	assert_int_equal(parse(&b, big, sizeof(big) - 1, &copy), 0);
	assert_int_equal(b.n, 1);
	check_same(b.v, &(struct bin_spec)SPEC(0, "/.*", LBL_REG, "c"));
	bin_done(&b);
	free(copy);
}

/** The regex library's version in a header is that of the machine. */
static size_t header_len(void)
{
	char version[64];

	pcre2_config(PCRE2_CONFIG_VERSION, version);
	return sizeof(TREE_HEADER) - 1 - strlen(LIBRARY) + strlen(version);
}

static void check_written(unsigned version, const struct bin_spec *v, size_t n, const char *body,
			  size_t len)
{
	_cleanup_(buf_done) struct buf out = {0};
	char library[64];

	buf_adds(&out, "before");
	pcre2_config(PCRE2_CONFIG_VERSION, library);
	assert_int_equal(bin_format(&out, v, n, version), 0);
	assert_memory_equal(out.data, "before", 6);
	assert_memory_equal(out.data + 6, version == 6 ? tree : flat, 8);
	assert_memory_equal(out.data + 6 + 12, library, strlen(library));
	assert_int_equal(out.len - 6, header_len() + len);
	assert_memory_equal(out.data + 6 + header_len(), body, len);
}

static void both_are_written(void **state)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8
	print_message("the images are those of a little-endian machine with 64 bits\n");
	skip();
#endif
	check_written(6, specs, ARRAY_SIZE(specs), TREE_BODY, sizeof(TREE_BODY));
	check_written(5, specs, ARRAY_SIZE(specs), FLAT_BODY, sizeof(FLAT_BODY));
	/* 65 bytes with a library version of 16 */
	check_written(6, NULL, 0, "\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 27);
	check_written(5, NULL, 0, "\0\0\0\0\0\0\0", 8);
}

static void round_trips_keep_rule_order(void **state)
{
	static const struct bin_spec odd[] = {
		SPEC(9, "(/usr)?/bin/x.*", LBL_ANY, "a"),
		SPEC(3, "//a//b/.*", LBL_ANY, "b"), /* not after line 9 in a text, but in ours */
		SPEC(0, "/a\\-b/c.*", LBL_REG, "c"),
		SPEC(0, "x", LBL_BLK, "b"),
		SPEC(0, "//l//m", LBL_SOCK, "d"),
		SPEC(0, "\\-", LBL_FIFO, "e"),
		SPEC(0, "/", LBL_CHR, "b"),
		SPEC(0, "//l//m", LBL_SOCK, "c"),
	};

	for (unsigned version = 5; version <= 6; version++) {
		_cleanup_(buf_done) struct buf out = {0};
		const struct bin_spec *twin = NULL;
		struct bin b;

		assert_int_equal(bin_format(&out, odd, ARRAY_SIZE(odd), version), 0);
		assert_int_equal(bin_parse(&b, out.data, out.len), 0);
		assert_int_equal(b.n, ARRAY_SIZE(odd));
		for (size_t i = 0; i < 3; i++) {
			check_same(&b.v[i], &odd[i]);
			assert_int_equal(b.v[i].line, version == 6 ? 9 + i : 0);
		}
		/* literals may come in any order, but for equal ones */
		for (size_t i = 3; i < b.n; i++)
			if (b.v[i].kind == LBL_SOCK) {
				check_same(&b.v[i], twin ? &odd[7] : &odd[4]);
				twin = &b.v[i];
			}
		assert_non_null(twin);
		bin_done(&b);
	}
}

static void what_does_not_fit_is_not_written(void **state)
{
	static char longest[SPEC_FIELD_MAX + 2];
	_cleanup_(buf_done) struct buf out = {0};
	struct bin_spec s = SPEC(1, "/.*", LBL_ANY, "c");

	memset(longest, 'x', sizeof(longest) - 1);
	buf_adds(&out, "kept");
	assert_int_equal(bin_format(&out, &s, 1, 4), -EINVAL);
	assert_int_equal(bin_format(&out, &s, 1, 7), -EINVAL);
	s.regex_len = 0;
	assert_int_equal(bin_format(&out, &s, 1, 6), -EINVAL);
	s.regex = longest;
	s.regex_len = SPEC_REGEX_MAX + 1;
	assert_int_equal(bin_format(&out, &s, 1, 6), -EINVAL);
	s = (struct bin_spec)SPEC(UINT32_MAX, "/.*", LBL_ANY, "c");
	assert_int_equal(bin_format(&out, &s, 1, 6), -EINVAL);
	s = (struct bin_spec)SPEC(1, "/.*", LBL_ANY, "");
	assert_int_equal(bin_format(&out, &s, 1, 6), -EINVAL);
	s.context = longest;
	s.context_len = SPEC_FIELD_MAX + 1;
	assert_int_equal(bin_format(&out, &s, 1, 5), -EINVAL);
	assert_string_equal(buf_str(&out), "kept");
	s.context_len--;
	assert_int_equal(bin_format(&out, &s, 1, 6), 0);
	assert_int_equal(result_of(out.data + 4, out.len - 4), 0);
}

static void every_truncation_is_seen(void **state)
{
	for (size_t n = 0; n < sizeof(tree); n++)
		assert_int_equal(result_of(tree, n), -EBADMSG);
	for (size_t n = 0; n < sizeof(flat); n++)
		assert_int_equal(result_of(flat, n), -EBADMSG);
	assert_int_equal(result_of(tree, sizeof(tree)), 0);
	assert_int_equal(result_of(flat, sizeof(flat)), 0);
}

static void any_byte_may_be_anything(void **state)
{
	static const unsigned char values[] = {0, 1, 2, 0x20, 0x7f, 0x80, 0xff};
	char bytes[MAX(sizeof(tree), sizeof(flat))];

	for (size_t i = 0; i < sizeof(tree) + sizeof(flat); i++) {
		bool first = i < sizeof(tree);
		size_t len = first ? sizeof(tree) : sizeof(flat);

		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			int r;

			memcpy(bytes, first ? tree : flat, len);
			bytes[first ? i : i - sizeof(tree)] = (char)values[k];
			r = result_of(bytes, len);
			assert_true(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
		}
	}
}

/** An image with the bytes @from, met once, replaced by as many others. */
static void refused(const char *image, size_t len, const char *from, const char *to, size_t n,
		    int expected)
{
	_cleanup_free_ char *copy = malloc(len);
	char *at;

	assert_non_null(copy);
	memcpy(copy, image, len);
	at = memmem(copy, len, from, n);
	assert_non_null(at);
	assert_null(memmem(at + 1, len - (size_t)(at + 1 - copy), from, n));
	memcpy(at, to, n);
	assert_int_equal(result_of(copy, len), expected);
}

#define TREE(from, to, expected) refused(tree, sizeof(tree), from, to, sizeof(from) - 1, expected)
#define FLAT(from, to, expected) refused(flat, sizeof(flat), from, to, sizeof(from) - 1, expected)

static void trees_that_cannot_be(void **state)
{
	TREE("\x8a\0\0\0\6", "\x8a\0\0\0\7", -EPROTONOSUPPORT);
	TREE("\x8a\0\0\0\6", "\x8a\0\0\0\4", -EPROTONOSUPPORT);
	TREE("\xf9\x7c\xff\x8a\0\0\0\6", "\x8a\xff\x7c\xf9\6\0\0\0", -EPROTONOSUPPORT);
	TREE("\0\0\0\x10" LIBRARY, "\xff\xff\xff\xff" LIBRARY, -EBADMSG);
	TREE("\0\5\0\0\0\4\0\x08", "\0\4\0\0\0\4\0\x08", -EBADMSG); /* specs */
	TREE("\0\0\0\4\0\x08", "\xff\xff\xff\xff\0\x08", -EBADMSG); /* contexts */
	TREE("\0\x08<<none>>", "\xff\xff<<none>>", -EBADMSG);
	TREE("x:y:z", "x:y z", -EBADMSG);
	TREE("x:y:z", "x:y\xc3z", -EBADMSG);
	TREE("\0\0\0\1\0\0\0\4\0\4/", "\0\0\0\0\0\0\0\4\0\4/", -EBADMSG); /* context 0 */
	TREE("\0\0\0\1\0\0\0\4\0\4/", "\0\0\0\5\0\0\0\4\0\4/", -EBADMSG); /* of 4 */
	TREE("\0\0\0\1\0\0\0\4\0\4/", "\0\0\0\1\0\0\0\0\0\4/", -EBADMSG); /* line */
	TREE("\0\0\0\1\0\0\0\4\0\4/", "\0\0\0\1\xff\xff\xff\xff\0\4/", -EBADMSG);
	TREE("\4/.*\0", "\4/.*x", -EBADMSG);
	TREE("\4/.*\0", "\4/\0*\0", -EBADMSG);
	TREE("\4/.*\0", "\4/ *\0", -EBADMSG);
	TREE("\4/.*\0\0\1", "\4/.*\0\0\4", -EBADMSG); /* prefix longer than text */
	TREE("\4/.*\0\0\1\1\0\0\0\0", "\4/.*\0\0\1\x08\0\0\0\0", -EBADMSG); /* kind */
	TREE("\4/.*\0\0\1\1\0\0\0\0", "\4/.*\0\0\1\1\0\0\xff\0", -EBADMSG); /* serialised regex */
	TREE("pass.wd\0\7", "pass.wx\0\7", -EBADMSG); /* not the text's path */
	TREE("pass\\.wd\0\0\x0d/etc/pass.wd\0\7", "pass...d\0\0\x0d/etc/pass.wd\0\7", -EBADMSG);
	TREE("\1q\0\1\0", "\1q\0\0\0", -EBADMSG); /* name without its NUL */
	TREE("\1q\0\1\0", "\1q\0\1x", -EBADMSG);
	TREE("\0\4etc\0", "\0\4ext\0", 0);
	TREE("\0\4etc\0", "\0\4e\0t\0", -EBADMSG);
	TREE("\0\4etc\0", "\0\4usr\0", -EBADMSG); /* twins */
	TREE("\0\4etc\0", "\0\4var\0", -EBADMSG); /* out of order */
	TREE("\0\0\0\2\0\4etc", "\xff\xff\xff\xff\0\4etc", -EBADMSG);
}

static void flat_forms_that_cannot_be(void **state)
{
	FLAT("\xf9\5\0\0\0", "\xf9\4\0\0\0", -EPROTONOSUPPORT);
	FLAT("\xf9\5\0\0\0", "\xf9\1\0\0\0", -EPROTONOSUPPORT);
	FLAT("\2\0\0\0\4\0\0\0/etc", "\xff\xff\xff\xff\4\0\0\0/etc", -EBADMSG);
	FLAT("\4\0\0\0/etc\0", "\xff\xff\xff\xff/etc\0", -EBADMSG);
	FLAT("\4\0\0\0/etc\0", "\4\0\0\0/etcx", -EBADMSG);
	FLAT("\5\0\0\0\6", "\xff\xff\xff\xff\6", -EBADMSG);
	FLAT("\x08\0\0\0/etc/.*", "\xff\xff\xff\xff/etc/.*", -EBADMSG);
	FLAT("\x08\0\0\0/etc/.*", "\0\0\0\0/etc/.*", -EBADMSG);
	FLAT("\0\x40\0\0\xff", "\0\x41\0\0\xff", -EBADMSG); /* mode */
	FLAT("\0\x40\0\0\xff", "\0\x30\0\0\xff", -EBADMSG);
	FLAT("\0\x40\0\0\xff\xff\xff\xff", "\0\x40\0\0\xff\xff\xff\x7f", -EBADMSG);
	FLAT("\0\xa0\0\0\1\0\0\0", "\0\xa0\0\0\2\0\0\0", -EBADMSG); /* stem of 2 */
	FLAT("\0\xa0\0\0\1\0\0\0\1", "\0\xa0\0\0\1\0\0\0\2", -EBADMSG);
	FLAT("\x0e\0\0\0\0\0\0\0\2", "\xff\0\0\0\0\0\0\0\2", -EBADMSG); /* prefix */
	FLAT("\x0e\0\0\0\0\0\0\0\2", "\x0e\0\0\0\0\0\0\x80\2", -EBADMSG);
}

/** @levels nodes, each the only child of the one before; the last has no specs either. */
static int nested(size_t levels)
{
	_cleanup_(buf_done) struct buf b = {0};

	buf_add(&b, TREE_HEADER "\0\0\0\0\0\0\0\0\0\0\0\0\0\1", sizeof(TREE_HEADER) + 13);
	buf_addc(&b, '\0');
	for (size_t i = 1; i < levels; i++)
		buf_add(&b, "\0\0\0\0\0\0\0\0\0\0\0\1\0\2x", 16);
	buf_add(&b, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(buf_error(&b), 0);
	return result_of(b.data, b.len);
}

static void depth_is_bounded(void **state)
{
	assert_int_equal(nested(1), 0);
	assert_int_equal(nested(32), 0);
	assert_int_equal(nested(33), -EBADMSG);
	assert_int_equal(nested(1000000), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_compiled_forms_from_text),
		cmocka_unit_test(tree_comes_apart),
		cmocka_unit_test(flat_form_comes_apart),
		cmocka_unit_test(flat_form_of_the_other_byte_order),
		cmocka_unit_test(both_are_written),
		cmocka_unit_test(round_trips_keep_rule_order),
		cmocka_unit_test(what_does_not_fit_is_not_written),
		cmocka_unit_test(every_truncation_is_seen),
		cmocka_unit_test(any_byte_may_be_anything),
		cmocka_unit_test(trees_that_cannot_be),
		cmocka_unit_test(flat_forms_that_cannot_be),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
