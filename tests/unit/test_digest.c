/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl-rules.h"
#include "rules/stem.h"
#include "rules_files.h"

/** Sets with all that has a place of its own in upstream's order. */
static const char rules_text[] = "/.*\tu:r:root:s0\n"
				 "/a(/.*)?\tu:r:a:s0\n"
				 "/a/.*\t-d\tu:r:any:s0\n"
				 "/a/n/.*\t<<none>>\n"
				 "/a/n/x.*\tu:r:nx:s0\n"
				 "/a/nn/z\tu:r:lit:s0\n"
				 "/a/nn/a\t-d\tu:r:one:s0\n"
				 "/a/nn/a\t--\tu:r:two:s0\n"
				 "/a/na\tu:r:lit:s0\n"
				 "/a/n\\-b\tu:r:lit:s0\n"
				 "/a/m\t-d\tu:r:m:s0\n"
				 "/a/nn/[x]\t--\tu:r:cls:s0\n"
				 "/a/nn/c/d.*\t--\tu:r:d1:s0\n"
				 "/a/nn/b/d.*\t-l\tu:r:d2:s0\n"
				 "/a/nn-b/d.*\t-l\tu:r:d3:s0\n"
				 "/a/n\\-c/b/d.*\t-p\tu:r:d4:s0\n"
				 "/a/zz/q/w.*\t-s\tu:r:w1:s0\n"
				 "/a/zz/q/w/e.*\t-b\tu:r:w2:s0\n"
				 "/a/zz/q/w/ef\t-c\tu:r:w3:s0\n"
				 "/a/zz/q/w/d/g\tu:r:w4:s0\n"
				 "/a/zz/q/e?\tu:r:w5:s0\n"
				 "/ab/x.*\tu:r:ab:s0\n"
				 "/ab\\.c/x.*\t-b\tu:r:abc:s0\n"
				 "/ab?/c\tu:r:opt:s0\n"
				 "/b/?\tu:r:b:s0\n"
				 "/b/c/x|/ab/c/y\tu:r:alt:s0\n"
				 "/var/.*\tu:r:var:s0\n"
				 "/a/na/./\tu:r:odd:s0\n"
				 "H:/a/na\tu:r:home:s0\n"
				 "H:/a/[^/]+/x\tu:r:homex:s0\n"
				 "L:/a/na\t-d\tu:r:loc:s0\n"
				 "L:/a/zz/.*\tu:r:locz:s0\n"
				 "S:/tmp/t9 /\n";

/** @compiled: from our compiled form of that text. */
static struct lbl_rules *open_rules(struct rules_files *f, const char *text, bool compiled)
{
	struct lbl_rules_options options = {.size = sizeof(options)};
	struct lbl_compile_options co = {.size = sizeof(co)};
	struct lbl_rules *rules;

	rules_files_make(f);
	rules_files_write(f, text);
	options.path = co.path = f->base;
	if (compiled)
		assert_int_equal(lbl_compile(&co), 0);
	assert_int_equal(lbl_rules_open(&rules, &options), 0);
	if (getuid() == 0) /* what others compiled is not trusted */
		assert_int_equal(lbl_rules_compiled(rules) != NULL, compiled);
	return rules;
}

static void close_rules(struct rules_files *f, struct lbl_rules *rules)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.lbl", f->base);
	unlink(name);
	lbl_rules_free(rules);
	rules_files_remove(f);
}

static const char *hex(const unsigned char digest[LBL_SHA1_SIZE], char out[2 * LBL_SHA1_SIZE + 1])
{
	for (int i = 0; i < LBL_SHA1_SIZE; i++)
		sprintf(out + 2 * i, "%02x", digest[i]);
	return out;
}

/** What selabel_get_digests_all_partial_matches of libselinux 3.11 prints for this set. */
static void specs_are_hashed_in_upstreams_order(void **state)
{
	static const struct {
		const char *path, *digest;
	} seen[] = {
		{"/tmp/t9", "2ba4b55d2a31f42a80fb5b37f7782d58a49bd36e"},
		{"/tmp/t9/b", "bcbbd493931dbcfc171bfb213c5f9ba726842751"},
		{"/tmp/t9/other", "530a34e04677c6638e151a265abcdbfb249a14ad"},
		{"/tmp/t9/a", "752da5d0f718819ca769114917350449bc0e1cd6"},
		{"/tmp/t9/a/nn", "6f1bab4b19b10b27711bea14d2b47cf00e58d748"},
		{"/tmp/t9/a/nn/c", "a5275cf8a746409a232bff2ad898f1d408b42bce"},
		{"/tmp/t9/a/na", "731181d6e8a5159ba8fa1c773f50d8de84400c06"},
		{"/tmp/t9/a/m", "d422ba563127e65873398a1eaa5b8bfff176f57c"},
		{"/tmp/t9/a/k", "62b533ae17efa9d5fd65454fa883f08cd322463e"},
		{"/tmp/t9/a/n", "6f362bc6dd0ba6aa3135cc95a1d363172eb5fe24"},
		{"/tmp/t9/a/zz", "2b5306ff708fbcd840a5e6369157afb25562288f"},
		{"/tmp/t9/a/zz/q", "845e37e8a68b7fa369204c5e4196709a4176a519"},
		{"/tmp/t9/a/zz/q/w", "40861222f54e82e06ad869a0aec9d9535a21b6c8"},
		{"/tmp/t9/a/zz/q/w/e", "ba924b5fb7ce5a963ccda6f771ba0bc6c6630917"},
		{"/tmp/t9/ab", "370c606d17bb4ee0713535ec8cb0fab3bccc2168"},
		{"/tmp/t9/ab/c", "2dc09d72361a3d034f15400704045c51ada0610e"},
	};
	unsigned char digest[LBL_SHA1_SIZE];
	char text[2 * LBL_SHA1_SIZE + 1];

	for (int compiled = 0; compiled < 2; compiled++) {
		struct rules_files files;
		struct lbl_rules *rules = open_rules(&files, rules_text, compiled);

		for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
			assert_int_equal(lbl_rules_partial_digest(rules, seen[i].path, digest), 1);
			assert_string_equal(hex(digest, text), seen[i].digest);
		}
		assert_int_equal(lbl_rules_partial_digest(rules, "", digest), -EINVAL);
		close_rules(&files, rules);
	}
}

static void no_spec_no_digest(void **state)
{
	unsigned char digest[LBL_SHA1_SIZE] = {42};
	struct rules_files files;
	struct lbl_rules *rules = open_rules(&files, "/a/.* <<none>>\n/b/c u:r:t:s0", false);

	assert_int_equal(lbl_rules_partial_digest(rules, "/a", digest), 0);
	assert_int_equal(lbl_rules_partial_digest(rules, "/c", digest), 0);
	assert_int_equal(digest[0], 42);
	assert_int_equal(lbl_rules_partial_digest(rules, "/b", digest), 1);
	close_rules(&files, rules);
}

/** sha1sum of the files one after the other; upstream's selabel_digest says the same. */
static void all_files_are_hashed_in_load_order(void **state)
{
	unsigned char digest[LBL_SHA1_SIZE];
	char text[2 * LBL_SHA1_SIZE + 1];
	for (int compiled = 0; compiled < 2; compiled++) {
		struct rules_files files;
		struct lbl_rules *rules = open_rules(&files, rules_text, compiled);

		assert_int_equal(lbl_rules_digest(rules, digest), 0);
		assert_string_equal(hex(digest, text), "02c5559e8a5e6345a9dfcc8465c77ca4ea9c3c45");
		close_rules(&files, rules);

		rules = open_rules(&files, "/a u:r:t:s0\nD:/x /y", compiled);
		assert_int_equal(lbl_rules_digest(rules, digest), 0);
		assert_string_equal(hex(digest, text), "68012261076b921d485b1e2adb4bd10cdc6c8216");
		close_rules(&files, rules);
	}
}

/** What was read stays what it is; a compiled form has to look again. */
static void files_that_change(void **state)
{
	unsigned char before[LBL_SHA1_SIZE], after[LBL_SHA1_SIZE] = {42};

	for (int compiled = 0; compiled < 2; compiled++) {
		struct rules_files files;
		struct lbl_rules *rules = open_rules(&files, "/a u:r:t:s0", compiled);
		bool looks = lbl_rules_compiled(rules);

		assert_int_equal(lbl_rules_digest(rules, before), 0);
		rules_files_put(&files, "", "/b u:r:t:s0\n", 12);
		assert_int_equal(lbl_rules_digest(rules, after), looks ? -ESTALE : 0);
		if (looks)
			assert_int_equal(after[0], before[0]); /* of the round before */
		else
			assert_memory_equal(before, after, sizeof(before));
		close_rules(&files, rules);
	}
}

static void check_stem(const char *regex, const char *way)
{
	char out[64];
	size_t n = stem_of_spec(regex, strlen(regex), out);

	assert_true(n <= strlen(regex));
	for (size_t i = 0; i < n; i++)
		out[i] = out[i] ? out[i] : '|';
	out[n] = '\0';
	assert_string_equal(out, way);
}

static void specs_are_kept_where_upstream_keeps_them(void **state)
{
	char out[64];

	check_stem("/.*", "");
	check_stem("/a(/.*)?", "");
	check_stem("/a/.*", "a|");
	check_stem("/a/b/c/d/e.*", "a|b|c|");
	check_stem("/a/b/?", "a|b|");
	check_stem("/a\\-b/c.*", "a-b|");
	check_stem("/a\\@b/c.*", "");
	check_stem("/a\\/b.*", "");
	check_stem("/a/b", "a|");
	check_stem("/a/b/c/d/e", "a|b|c|");
	check_stem("//a///b/c.*", "a|b|");
	check_stem("(/usr)?/bin/x.*", "");
	check_stem("/a/b/x|/a/c/y", "a|b|");
	check_stem("a/b", "");
	check_stem("xa/b.*", "a|");
	check_stem("/", "");
	check_stem("/a/", "a|");
	assert_int_equal(stem_of_path("/a//bc/d", 8, out), 5);
	assert_memory_equal(out, "a\0bc\0", 5);
	assert_int_equal(stem_of_path("/", 1, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specs_are_hashed_in_upstreams_order),
		cmocka_unit_test(no_spec_no_digest),
		cmocka_unit_test(all_files_are_hashed_in_load_order),
		cmocka_unit_test(files_that_change),
		cmocka_unit_test(specs_are_kept_where_upstream_keeps_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
