/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl-rules.h"
#include "rules_files.h"

struct set {
	struct rules_files files;
	struct lbl_rules *rules;
};

static void set_make(struct set *s, const char *text)
{
	struct lbl_rules_options options = {.size = sizeof(options)};

	rules_files_make(&s->files);
	rules_files_write(&s->files, text);
	options.path = s->files.base;
	assert_int_equal(lbl_rules_open(&s->rules, &options), 0);
}

static void set_drop(struct set *s)
{
	lbl_rules_free(s->rules);
	rules_files_remove(&s->files);
}

static void check(struct set *s, const char *yes, const char *no)
{
	const char *lists[] = {no, yes};

	for (int want = 0; want < 2; want++) {
		for (const char *p = lists[want]; *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");
			char path[256];

			snprintf(path, sizeof(path), "%.*s", (int)n, p);
			if (lbl_rules_partial(s->rules, path) != want)
				fail_msg("%s is not %d", path, want);
			p += n;
		}
	}
}

static void what_can_still_come(void **state)
{
	struct set s;

	set_make(&s, "/a/b/c -- u:r:lit:s0\n"
		     "/d/[xy]{2}/z u:r:class:s0\n"
		     "/s/(?=q)[q]r u:r:side:s0\n"
		     "/e\\.f u:r:esc:s0\n"
		     "/n <<none>>\n"
		     "/n/x(/.*)? <<none>>\n"
		     "/m/.* <<none>>\n"
		     "/m/k/[z] -d u:r:kind:s0\n"
		     "/(bad u:r:bad:s0\n"
		     "S:/alias /a/b\n"
		     "D:/a/b/cx /d\n");
	check(&s,
	      "/ /a /a/ /a/b /a//b /a/b/c /a/b/c/ /d /d/x /d/yx /d/xx/ /d/xx/z /s /s/q /s/qr /e "
	      "/e. /e.f "
	      "/m /m/k /m/k/z /alias /alias/c /alias/cx /alias/cx/xy /d/xx",
	      "/a/c /a/b/cc /a/b/c/d /d/xxx /d/xx/zz /s/r /s/qq /ex /n /n/x /n/x/y /m/x "
	      "/m/kk /m/k/zz /b /( /(bad /alias/d /al a");
	assert_int_equal(lbl_rules_partial(s.rules, ""), -EINVAL);
	set_drop(&s);
}

/** A <<none>> that would win everything below hides nothing. */
static void none_does_not_hide(void **state)
{
	struct set s;

	set_make(&s, "/.* u:r:root:s0\n/n/.* <<none>>\n");
	check(&s, "/ /n /n/ /n/x /n/x/y", "a");
	set_drop(&s);
}

/** Nobody can say no when PCRE2 cannot. */
static void unknown_is_not_no(void **state)
{
	char path[80] = "/";
	struct set s;

	set_make(&s, "/(a+)+(?!x)[bc] u:r:side:s0\n");
	memset(path + 1, 'a', 60);
	strcpy(path + 61, "x");
	assert_int_equal(lbl_rules_partial(s.rules, path), 1);
	check(&s, "/ /aa /aab", "/aax");
	set_drop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_still_come),
		cmocka_unit_test(none_does_not_hide),
		cmocka_unit_test(unknown_is_not_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
