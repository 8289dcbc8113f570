/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of finding, and next to it what looks alike and is none. */
#include <sys/stat.h>

#include "lbl-rules.h"
#include "rules_files.h"

struct heard {
	struct rules_files files;
	struct buf list; /* "FILE:LINE CODE", one a line */
	struct buf text; /* the same with what was said */
	struct buf last_witness;
	unsigned n;
};

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void hear(void *user, const struct lbl_finding *f)
{
	struct heard *h = user;

	assert_null(strchr(f->text, '\n'));
	buf_printf(&h->list, "%s:%u %s\n", last_name(f->file), f->line, f->code);
	buf_printf(&h->text, "%s:%u %s [%s]\n", last_name(f->file), f->line, f->text, f->code);
	buf_reset(&h->last_witness);
	buf_adds(&h->last_witness, f->witness ? f->witness : "");
	h->n++;
}

static void heard_done(struct heard *h)
{
	buf_done(&h->list);
	buf_done(&h->text);
	buf_done(&h->last_witness);
	rules_files_remove(&h->files);
}

static void lint(struct heard *h, const char *rules, bool source, lbl_check_fn check)
{
	struct lbl_lint_options o = {.size = sizeof(o), .finding = hear, .user = h, .check = check};
	int r;

	*h = (struct heard){0};
	rules_files_make(&h->files);
	rules_files_write(&h->files, rules);
	o.path = h->files.base;
	r = source ? lbl_lint_source(&o) : lbl_lint_rules(&o);
	assert_int_equal(r, h->n);
}

/** The rules (marks as for rules_files_write()) have just these findings. */
static void found(const char *rules, const char *want)
{
	struct heard h;

	lint(&h, rules, false, NULL);
	if (strcmp(buf_str(&h.list), want) != 0)
		print_message("%s\n%s\n", rules, buf_str(&h.text));
	assert_string_equal(buf_str(&h.list), want);
	heard_done(&h);
}

/** The same for refpolicy source. */
static void in_source(const char *text, const char *want)
{
	struct heard h;

	lint(&h, text, true, NULL);
	if (strcmp(buf_str(&h.list), want) != 0)
		print_message("%s\n%s\n", text, buf_str(&h.text));
	assert_string_equal(buf_str(&h.list), want);
	heard_done(&h);
}

/** @part occurs in what is said. */
static void says(const char *rules, const char *part)
{
	struct heard h;

	lint(&h, rules, false, NULL);
	if (!strstr(buf_str(&h.text), part))
		print_message("%s\n%s\n", rules, buf_str(&h.text));
	assert_non_null(strstr(buf_str(&h.text), part));
	heard_done(&h);
}

#define A " u:r:a:s0\n"
#define B " u:r:b:s0\n"
#define C " u:r:c:s0\n"

static void a_clean_set_is_clean(void **state)
{
	found("/.*" A "/a(/.*)?" B "/a/b --" C "/a/b -d" A, "");
	found("", "");
	found("# comment\n\n \t \n/a" A, "");
}

static void lines_that_cannot_be_read(void **state)
{
	found("/a\n/b" A, "fc:1 malformed\n");
	found("/a -x" A "/b" A, "fc:1 malformed\n");
	found("/a\xc3\xa9" A, "fc:1 malformed\n");
	says("/a u:r:t:s0 - s1\n", "(a context cannot hold spaces)");
	/* the others are looked at all the same */
	found("/a\n/b/" A "L:/c\n", "fc:1 malformed\nfc:2 never-matches\nfc.local:1 malformed\n");
}

static void comments_taken_for_fields(void **state)
{
	found("/a u:r:t:s0 # why\n", "fc:1 trailing-comment\n");
	found("/a u:r:t:s0 #why\n", "fc:1 trailing-comment\n");
	found("/a # why\n", "fc:1 trailing-comment\n");
	found("/a #why\n", "fc:1 trailing-comment\n");
	found("/a -- # why\n", "fc:1 trailing-comment\n");
	/* behind three fields it does no harm; in a path it is a byte */
	found("/a -- u:r:t:s0 # why\n", "");
	found("/a/#b" A, "");
}

static void contexts(void **state)
{
	found("/a --\n", "fc:1 missing-context\n");
	found("/a -d\n", "fc:1 missing-context\n");
	found("/a u:r\n", "fc:1 invalid-context\n");
	found("/a <<none>>\n/b u:r:t\n", "");
}

static int no_b(void *user, const char *context, char **ret_canonical)
{
	return strstr(context, ":b:") == NULL;
}

static void contexts_the_policy_does_not_know(void **state)
{
	struct heard h;

	lint(&h, "/a" A "/b" B "/c <<none>>\n", false, no_b);
	assert_string_equal(buf_str(&h.list), "fc:2 invalid-context\n");
	heard_done(&h);
	/* a module's own types are not there yet */
	lint(&h, "/b gen_context(u:r:b,s0)\n", true, no_b);
	assert_string_equal(buf_str(&h.list), "");
	heard_done(&h);
}

static void expressions(void **state)
{
	found("/a/(b" A, "fc:1 invalid-regex\n");
	says("/a/(b" A, "At offset 7: missing closing parenthesis");
	found("/a(?!x).*" A, "fc:1 needs-pcre\n");
	found("/a(?:x).*" A, "");
	found("/a/b/x|/a/c/y" A, "fc:1 top-level-alternation\nfc:1 tree-difference\n");
}

static void alternation(void **state)
{
	found("/(a|b)|c" A, "fc:1 top-level-alternation\n");
	found("/(a|b)" A "/[|]x+" A "/a\\|b.*" A "(/a|/c)" B, "");
}

static void dots(void **state)
{
	found("/etc/resolv.conf" A, "fc:1 unescaped-dot\n");
	found("/root/.ssh(/.*)?" A, "fc:1 unescaped-dot\n");
	says("/etc/a.b\\.c.d" A, "/etc/a\\.b\\.c\\.d");
	says("/etc/[^.x].b.c" A, ": /etc/[^.x].b\\.c [");
	/* policy source cannot say "include(" */
	found("/usr/inclu.e(/.*)?" A, "");
	found("/usr/inclu.d(/.*)?" A, "fc:1 unescaped-dot\n");
	/* a quantifier, a class, the end, something that is no name */
	found("/etc/a.*b" A "/etc/a.?b" B "/etc/x[.a]b+" A "/etc/c." B "/etc/d.{2}x" A
	      "/etc/e.(x)" B "/etc/f..g" A "/etc/h\\.i+" B "/etc/\\d.x" A,
	      "");
}

static void paths_that_cannot_be(void **state)
{
	found("/a/" A, "fc:1 never-matches\n");
	found("/a//b" A, "fc:1 never-matches\n");
	found("/a/\\./b" A, "fc:1 never-matches\n");
	found("/a/\\.\\." A, "fc:1 never-matches\n");
	found("a/b" A, "fc:1 never-matches\n");
	found("/a/(.*/)?/b.*" A, "fc:1 never-matches\n");
	found("a/.+" A, "fc:1 never-matches\n");
	found("/" A "/a/\\.b" A "/a/\\.\\.\\." B "/a//?b" A "(.*/)?c" A, "");
}

static void given_twice(void **state)
{
	found("/a/b" A "/a/b" A, "fc:2 duplicate\n");
	found("/a/b" A "/a/b" B, "fc:2 conflicting-duplicate\n");
	found("/a/b.+" A "/a/b.+ --" B, "fc:2 conflicting-duplicate\n");
	found("/a/b --" A "/a/b" B, "fc:2 conflicting-duplicate\n");
	found("/a/b-c" A "/a/b\\-c" A, "fc:2 duplicate\n");
	found("/a/b -d" A "/a/b --" B "/a/b -l" C, "");
	found("/a/b" A "/a/b.?" B, "");
}

static void given_again_in_another_file(void **state)
{
	found("/a/b" A "L:/a/b" B, "fc.local:1 overrides\n");
	found("/a/b.+" A "L:/a/b.+" A, "fc.local:1 overrides\n");
	says("/a/b.+" A "L:/a/b.+" B, "wins over fc:1, which says u:r:a:s0");
	says("/a/b.+" A "L:/a/b.+ -d" B, "wins for its kind over fc:1");
	says("/a/b.+" A "L:/a/b.+" A, "says what fc:1 says already");
	found("/a/b -d" A "L:/a/b --" B, "");
	/* the base file is told about as well as its own duplicate */
	found("/a/b" A "/a/b" A "L:/a/b" B, "fc:2 duplicate\nfc.local:1 overrides\n");
}

static void shadowed(void **state)
{
	found("/a/b/.*" A "/a/.*" B, "fc:1 shadowed\n");
	says("/a/b/.*" A "/a/.*" B, "/a/.* on line 2 takes all it matches");
	found("/a/(b|c)" A "/a/b.?" B "/a/c.*" C, "fc:1 shadowed\n");
	says("/a/(b|c)" A "/a/b.?" B "/a/c.*" C, "others take all it matches");
	found("/a/b/.*" A "/a/.*" A, "fc:1 redundant\n");
	found("/a/[^x]b?" A "/a/(.)" B "/a/[a-z]b" C, ""); /* /a/-b is left */
	found("/a/[bc]" A "/a/b" B "/a/c" C, "fc:1 shadowed\n");
	/* by a path of one kind, or by specs of some kinds */
	found("/a/[b]" A "/a/b -d" B, "");
	found("/a/b.* -d" A "/a/.* --" B, "");
	found("/a/b.*" A "/a/.* --" B "/a/.* -d" B "/a/.* -l" B "/a/.* -c" B "/a/.* -b" B
	      "/a/.* -s" B,
	      "");
	found("/a/b.*" A "/a/.* --" B "/a/.* -d" B "/a/.* -l" B "/a/.* -c" B "/a/.* -b" B
	      "/a/.* -s" B "/a/.* -p" B,
	      "fc:1 shadowed\n");
	/* the order of specific ones first is the mistake that .local invites */
	found("/x" A "L:/srv/www/.*" A "L:/srv/.*" B, "fc.local:1 shadowed\n");
}

static void behind_substitutions(void **state)
{
	found("/lib/.*" A "D:/lib /usr/lib\n", "fc:1 behind-substitution\n");
	says("/lib/.*" A "D:# x\nD:/lib /usr/lib\n", "fc.subs_dist:2 turns");
	says("/lib/x" A "S:/lib /usr/lib\n", "fc.subs:1 turns the paths it is for, as /lib/x");
	found("/lib.*" A "D:/lib /usr/lib\n", "");
	found("/usr/lib/.*" A "D:/lib /usr/lib\n", "");
	/* what the one takes away the other one brings back */
	found("/lib/.*" A "S:/lib /usr/lib\nS:/other /lib\n", "");
}

static void substitutions(void **state)
{
	found("S:/a\n", "fc.subs:1 subs-malformed\n");
	found("S:/a/ /b\n", "fc.subs:1 subs-alias\n");
	found("S:a /b\n", "fc.subs:1 subs-alias\n");
	found("S:/a//b /b\n", "fc.subs:1 subs-alias\n");
	found("S:/ /b\n", "fc.subs:1 subs-alias\n");
	found("D:/a /b/\n", "fc.subs_dist:1 subs-target\n");
	found("D:/a # /b\n", "fc.subs_dist:1 subs-target\n");
	found("S:/a /b\nS:/a /c\n", "fc.subs:1 subs-hidden\n");
	found("S:/a/b /x\nS:/a /c\n", "fc.subs:1 subs-hidden\n");
	says("S:/a/b /x\nS:/a /c\n", "alias /a/b is never reached: line 2");
	found("S:/a /c\nS:/a/b /x\nS:/ab /y\nS: # /a\nS:\nS:/d / third\nD:/a /x\n", "");
}

static void the_tree_and_none(void **state)
{
	/* the rows of the discriminating examples where 3.4 and 3.11 part */
	found("/a/b/.* <<none>>\n/a/.*" B, "fc:1 shadowed\nfc:2 tree-difference\n");
	says("/a/b/.* <<none>>\n/a/.*" B,
	     "but with libselinux 3.11 /a/b/.* on line 1 does (<<none>>)");
	found("/a/b/.* -d <<none>>\n/a/.*" B, "fc:1 shadowed\nfc:2 tree-difference\n");
	found("/a/b/.*" B "/a/.* <<none>>\n", "fc:1 shadowed\n");
	/* neither spec hides the other */
	found("/a/b/.*x <<none>>\n/a/(.*/)?y.*" B, "fc:2 tree-difference\n");
	found("/a/b/.*x -d <<none>>\n/a/(.*/)?y.*" B, "fc:2 tree-difference\n");
	found("/tmp/.* <<none>>\nL:/.*/\\.X11-unix/.*" B, "fc.local:1 tree-difference\n");
	found("/a/b/.*x" A "/a/(.*/)?y.*" B, "");
	found("/a/b/.*x <<none>>\n/a/(.*/)?y.* <<none>>\n", "");
	found("/a/b/.*x -d <<none>>\n/a/(.*/)?y.* --" B, "");
	found("/a/(.*/)?y.*" B "/a/b/.*x <<none>>\n", "");
	/* at one node, order is what counts; nor is one seen that another node keeps away */
	found("/a/b/.*x <<none>>\n/a/b/y.*" B, "");
	found("/a/b/.*x <<none>>\n/a/b/.+" A "/a/(.*/)?y.*" B, "fc:1 shadowed\n");
}

static void the_tree_and_depth(void **state)
{
	found("/a/.*" A "/a/b/?" B, "fc:2 tree-difference\n");
	found("/a/.*" A "/a/b/*" B, "fc:2 tree-difference\n");
	found("/a/.*" A "/a/c/{0,1}x?" B, "fc:2 tree-difference\n");
	found("/.*" A "/a/?" B, "fc:2 tree-difference\n");
	found("/a/.*" A "/a/b/.?x" B "/a/b/c+" A, "");
	/* the same label either way */
	found("/a/.*" A "/a/b/?" A, "");
}

static void escapes(void **state)
{
	found("/a/b\\d" A, "fc:1 escape-difference\n");
	found("/a/b\\@c" A, "fc:1 escape-difference\n");
	found("/a/b}" A, "fc:1 escape-difference\n");
	found("/a\\-b/c.*" A, "fc:1 escape-difference\n");
	found("/x/a\\-b/c.*" A "/a\\.b/c.*" A "/a\\-b.*" B "/a/b\\+c" A, "");
}

static void source_of_a_module(void **state)
{
	in_source("# comment\n"
		  "/usr/bin/foo\t--\tgen_context(system_u:object_r:foo_exec_t,s0)\n"
		  "/usr/bin/bar gen_context(system_u:object_r:foo_exec_t, s0, c0.c3)\n"
		  "/tmp/foo\t<<none>>\n"
		  "/srv/x\tsystem_u:object_r:x_t:s0\n"
		  "HOME_DIR/\\.foo(/.*)?\tgen_context(system_u:object_r:ROLE_foo_t,s0)\n"
		  "HOME_ROOT/x\t-d\tgen_context(system_u:object_r:x_t,s0)\n"
		  "/run/user/%{USERID}/a\tgen_context(system_u:object_r:x_t,s0)\n"
		  "/run/USER/a\tgen_context(system_u:object_r:x_t,s0)\n",
		  "");
}

#define G " gen_context(system_u:object_r:a,s0)\n"
#define H " gen_context(system_u:object_r:b,s0)\n"

static void source_with_blocks(void **state)
{
	in_source("ifdef(`distro_debian',`\n/a" G "',`\n/a" H "')\n", "");
	in_source("ifdef(`x', `\n/a" G "')\nifndef(`y',`\n/a" H "') dnl end of y\n", "");
	in_source("ifdef(`x',`/a gen_context(system_u:object_r:a,s0)')\n/b" G, "");
	in_source("optional_policy(`\n/a" G "')\ntunable_policy(`t',`\n/b" G "')\n", "");
	/* here both may be there */
	in_source("/a" G "ifdef(`x',`\n/a" H "')\n", "fc:3 conflicting-duplicate\n");
	in_source("ifdef(`x',`\n/a" G "ifdef(`y',`\n/a" G "')\n')\n", "fc:4 duplicate\n");
	/* a spec in a block shadows none outside */
	in_source("/a/b.+" G "ifdef(`x',`\n/a/b.*.*" H "')\n", "");
	in_source("/a/b.*.*" G "ifdef(`x',`\n/a/b.+" H "')\n", "fc:3 shadowed\n");
}

static void source_with_errors(void **state)
{
	in_source("ifdef(`x',`\n/a" G, "fc:1 unbalanced\n");
	in_source("/a" G "')\n", "fc:2 unbalanced\n");
	in_source("ifdef(`x',`\n# don't\n/a" G "')\n", "fc:2 unbalanced\n");
	in_source("# don't\n/a" G, "");
	in_source("/a gen_context(u:r:t,s0\n", "fc:1 unbalanced\n");
	in_source("/a gen_context(u:r:t)\n", "fc:1 gen-context\n");
	in_source("/a gen_context(u:r:t,s0,c0,c1)\n", "fc:1 gen-context\n");
	in_source("/a gen_context(u:r:t:s0,s0)\n", "fc:1 gen-context\n");
	in_source("/a gen_context(u:r:t,s0 - s1)\n", "fc:1 gen-context\n");
	in_source("/a -x" G, "fc:1 malformed\n");
	in_source("/a b" G, "fc:1 malformed\n");
	in_source("/a" G "/b\n/c --\n", "fc:2 missing-context\nfc:3 missing-context\n");
	in_source("/a gen_context(u:r:t,s0) # why\n", "fc:1 trailing-comment\n");
	in_source("/a -- gen_context(u:r:t,s0) # why\n", "");
	in_source("/a gen_context(u:r:t,s0) why\n", "fc:1 malformed\n");
	in_source("/a\xff" G, "fc:1 malformed\n");
}

static void source_and_paths(void **state)
{
	in_source("/etc/a.b" G "/c/" G "/d/(e" G "/f|g" G,
		  "fc:1 unescaped-dot\nfc:2 never-matches\nfc:3 invalid-regex\n"
		  "fc:4 top-level-alternation\n");
	/* a policy is built in an order of its own, so the file's does not matter */
	in_source("/a/b/.*" G "/a/.*" H, "");
	in_source("/a/.*b" G "/a/.*bb?" H, "fc:1 shadowed\n");
}

static void hostile_text(void **state)
{
	struct heard h;

	lint(&h, "/a\033[2J/" A "/b \033\001\n", false, NULL);
	assert_non_null(strstr(buf_str(&h.text), "/a\\033[2J/"));
	assert_null(strchr(buf_str(&h.text), '\033'));
	heard_done(&h);
}

static void files_that_cannot_be_read(void **state)
{
	struct lbl_lint_options o = {.size = sizeof(o), .path = "/nonexistent/fc", .finding = hear};
	struct heard h;
	char name[160];

	assert_int_equal(lbl_lint_rules(&o), -ENOENT);
	assert_int_equal(lbl_lint_source(&o), -ENOENT);
	o.path = NULL;
	assert_int_equal(lbl_lint_rules(&o), -EINVAL);

	h = (struct heard){0};
	rules_files_make(&h.files);
	rules_files_write(&h.files, "/a" A);
	snprintf(name, sizeof(name), "%s.local", h.files.base);
	assert_int_equal(mkdir(name, 0700), 0);
	o.path = h.files.base;
	o.user = &h;
	assert_int_equal(lbl_lint_rules(&o), 1);
	assert_string_equal(buf_str(&h.text), "fc.local:0 Is a directory [unreadable]\n");
	heard_done(&h);
}

static void codes_have_names(void **state)
{
	struct lbl_lint_code code;
	const char *before = "";
	size_t pos = 0, n = 0;

	for (; lbl_lint_next_code(&pos, &code) > 0; n++) {
		assert_true(strcmp(before, code.code) < 0);
		assert_true(strlen(code.text) > 0);
		before = code.code;
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_set_is_clean),
		cmocka_unit_test(lines_that_cannot_be_read),
		cmocka_unit_test(comments_taken_for_fields),
		cmocka_unit_test(contexts),
		cmocka_unit_test(contexts_the_policy_does_not_know),
		cmocka_unit_test(expressions),
		cmocka_unit_test(alternation),
		cmocka_unit_test(dots),
		cmocka_unit_test(paths_that_cannot_be),
		cmocka_unit_test(given_twice),
		cmocka_unit_test(given_again_in_another_file),
		cmocka_unit_test(shadowed),
		cmocka_unit_test(behind_substitutions),
		cmocka_unit_test(substitutions),
		cmocka_unit_test(the_tree_and_none),
		cmocka_unit_test(the_tree_and_depth),
		cmocka_unit_test(escapes),
		cmocka_unit_test(source_of_a_module),
		cmocka_unit_test(source_with_blocks),
		cmocka_unit_test(source_with_errors),
		cmocka_unit_test(source_and_paths),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(codes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
