/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl-rules.h"
#include "rules_files.h"

static const char text[] = "/dev/.* u:r:dev:s0\n"
			   "/dev/d[^/]* -b u:r:disk:s0\n"
			   "/dev/disk/.* u:r:tree:s0\n"
			   "/dev/disk/by\\-id/.* u:r:id:s0\n"
			   "/dev/disk/by_uu/.* u:r:uu:s0\n"
			   "/dev/sda -b u:r:sda:s0\n"
			   "/dev/cdrom -b u:r:cdrom:s0\n"
			   "/dev/none <<none>>\n"
			   "/none/.* <<none>>\n";

static void check(struct lbl_rules *rules, const char *context, enum lbl_kind kind,
		  const char *path, const char *one, const char *two)
{
	const char *aliases[] = {one, two, NULL};
	struct lbl_match match = {.context = "untouched"};
	int r = lbl_rules_best_match(rules, path, one ? aliases : NULL, kind, &match);

	assert_int_equal(r, context != NULL);
	assert_string_equal(match.context, context ? context : "untouched");
}

static void names_are_weighed(void **state)
{
	struct lbl_rules_options options = {.size = sizeof(options)};
	struct lbl_match match;
	struct rules_files files;
	struct lbl_rules *rules;

	rules_files_make(&files);
	rules_files_write(&files, text);
	options.path = files.base;
	assert_int_equal(lbl_rules_open(&rules, &options), 0);

	/* no other names: a lookup */
	check(rules, "u:r:disk:s0", LBL_BLK, "/dev/dm-0", NULL, NULL);
	check(rules, NULL, LBL_BLK, "/none/x", NULL, NULL);
	check(rules, NULL, LBL_BLK, "/x", NULL, NULL);
	/* a literal name wins, the path's own before the others', these in their order */
	check(rules, "u:r:sda:s0", LBL_BLK, "/dev/sda", "/dev/cdrom", NULL);
	check(rules, "u:r:cdrom:s0", LBL_BLK, "/dev/sdb", "/dev/disk/by-id/x", "/dev/cdrom");
	check(rules, "u:r:cdrom:s0", LBL_BLK, "/dev/sdb", "/dev/cdrom", "/dev/sda");
	check(rules, "u:r:dev:s0", LBL_CHR, "/dev/sdb", "/dev/cdrom", "/dev/sda");
	/* else the longest plain beginning, escapes counted once, and the first of equals */
	check(rules, "u:r:id:s0", LBL_BLK, "/dev/x", "/dev/disk/by-id/x", "/dev/disk/x");
	check(rules, "u:r:id:s0", LBL_BLK, "/dev/x", "/dev/disk/x", "/dev/disk/by-id/x");
	check(rules, "u:r:uu:s0", LBL_BLK, "/dev/x", "/dev/disk/by_uu/x", "/dev/disk/by-id/x");
	check(rules, "u:r:id:s0", LBL_BLK, "/dev/x", "/dev/disk/by-id/x", "/dev/disk/by_uu/x");
	/* <<none>> is nothing, a literal one too */
	check(rules, "u:r:dev:s0", LBL_BLK, "/dev/none", "/dev/x", NULL);
	check(rules, "u:r:dev:s0", LBL_BLK, "/none/x", "/x", "/dev/x");
	check(rules, NULL, LBL_BLK, "/none/x", "/x", "/dev/none");
	/* an empty name is none, unless it is the path */
	check(rules, "u:r:dev:s0", LBL_BLK, "/x", "", "/dev/x");
	assert_int_equal(lbl_rules_best_match(rules, "", NULL, LBL_BLK, &match), -EINVAL);
	lbl_rules_free(rules);
	rules_files_remove(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_weighed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
