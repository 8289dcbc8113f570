/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source: opening a set of files, and all that can be wrong with it. */
#include <sys/resource.h>
#include <sys/stat.h>

#include "rules/bin.h"
#include "rules/source.h"
#include "rules_rig.h"

static void fails(const char *rules, unsigned flags, const char *want)
{
	struct rig g;
	int r = rig_open(&g, rules, (struct lbl_rules_options){.flags = flags});

	assert_string_equal(buf_str(&g.told.text), want);
	assert_int_equal(r, -EINVAL);
	rig_close(&g);
}

static void all_errors_of_all_files_are_told(void **state)
{
	fails("/only\n/ok c\n/k -f c\n/n\xc3\xa9 c\n# \xc3\xa9\n/ok2 -- c rest of line \xc3\xa9\n"
	      "H:/h -q c\nL:/l\n/c \xff\n/d - c\n/e --- c\n",
	      0,
	      "fc:  line 1 is missing fields\n"
	      "fc:  line 3 has invalid file type -f\n"
	      "fc:  line 4 error due to: Non-ASCII characters found\n"
	      "fc:  line 7 error due to: Non-ASCII characters found\n"
	      "fc:  line 8 has invalid file type -\n"
	      "fc:  line 9 has invalid file type ---\n"
	      "fc.homedirs:  line 1 has invalid file type -q\n"
	      "fc.local:  line 1 is missing fields\n");
}

static void validation_finds_everything(void **state)
{
	fails("/a/(b u:r:c\n/x u:r:c\n/x u:r:d\n/\\(y u:r:c\nbroken\n/[z-a] u:r:c\n/x\\-y -- "
	      "u:r:c\n/x-y -d u:r:c\n/x-y u:r:c\n"
	      "L:/x u:r:c\nL:/x u:r:c\nL:/r.* -d u:r:c\nL:/r.* -- u:r:c\nL:/r.* -- u:r:d\nL:/x -- "
	      "u:r:d\n",
	      LBL_RULES_VALIDATE,
	      "fc:  line 5 is missing fields\n"
	      "fc:  line 1 has invalid regex /a/(b:  REGEX back-end error: At offset 7: missing "
	      "closing parenthesis\n"
	      "fc:  line 6 has invalid regex /[z-a]:  REGEX back-end error: At offset 5: range out "
	      "of order in character class\n"
	      "fc: Multiple different specifications for wildcard /x  (u:r:c and u:r:d).\n"
	      "fc: Multiple same specifications for regular-file /x-y.\n"
	      "fc.local: Multiple same specifications for wildcard /x.\n"
	      "fc.local: Multiple different specifications for regular-file /r.*  (u:r:c and "
	      "u:r:d).\n"
	      "fc.local: Multiple different specifications for wildcard /x  (u:r:c and u:r:d).\n");
}

struct checker {
	struct rules_told told;
	unsigned calls;
};

static int check_context(void *user, const char *context, char **ret_canonical)
{
	struct checker *c = user;

	c->calls++;
	if (strcmp(context, "u:r:alias") == 0)
		*ret_canonical = strdup("canonical");
	if (strcmp(context, "u:r:unknown") == 0)
		return -ENOENT;
	return strncmp(context, "u:r:bad", 7) != 0;
}

static void checker_tell(void *user, const struct lbl_diag *diag)
{
	struct checker *c = user;

	rules_tell(&c->told, diag);
}

static void contexts_are_checked_once_each(void **state)
{
	struct checker c = {0};
	struct rules_files f;
	struct lbl_rules *rules;
	struct lbl_match m;
	struct lbl_rules_options o = {.size = sizeof(o),
				      .flags = LBL_RULES_VALIDATE,
				      .check = check_context,
				      .diag = checker_tell,
				      .user = &c,
				      .check_user = &c};

	rules_files_make(&f);
	c.told.dir = f.dir;
	o.path = f.base;
	rules_files_write(&f, "/a u:r:alias\n/b u:r:alias\n/c u:r:unknown\n/d <<none>>\n/e "
			      "u:r:good\n/f u:r:good");
	assert_int_equal(lbl_rules_open(&rules, &o), 0);
	assert_int_equal(c.calls, 3);
	assert_int_equal(lbl_rules_lookup(rules, "//b/", LBL_REG, &m), 1);
	assert_string_equal(m.context, "canonical");
	assert_string_equal(m.regex, "/b");
	assert_int_equal(m.line, 2);
	assert_string_equal(m.file, f.base);
	assert_int_equal(lbl_rules_lookup(rules, "/d", LBL_REG, &m), 1);
	assert_null(m.context);
	lbl_rules_free(rules);

	/* what no kernel would take is not even asked about */
	rules_files_write(&f, "/a nonsense");
	c.calls = 0;
	assert_int_equal(lbl_rules_open(&rules, &o), -EINVAL);
	assert_int_equal(c.calls, 0);
	o.check = NULL;
	assert_int_equal(lbl_rules_open(&rules, &o), -EINVAL);
	o.check = check_context;
	buf_reset(&c.told.text);

	rules_files_write(&f, "/a u:r:bad1\n/b u:r:good\n/c u:r:bad1\n/d u:r:bad2");
	assert_int_equal(lbl_rules_open(&rules, &o), -EINVAL);
	assert_string_equal(buf_str(&c.told.text), "fc: line 1 has invalid context u:r:bad1\n"
						   "fc: line 3 has invalid context u:r:bad1\n"
						   "fc: line 4 has invalid context u:r:bad2\n");
	buf_done(&c.told.text);
	rules_files_remove(&f);
}

static void files_that_cannot_be_read(void **state)
{
	struct rules_files f;
	struct rules_told told = {{0}};
	struct db *db = NULL;
	char name[128];
	struct lbl_rules_options o = {.size = sizeof(o), .diag = rules_tell, .user = &told};

	rules_files_make(&f);
	told.dir = f.dir;
	o.path = f.base;
	assert_int_equal(db_open(&db, &o), -ENOENT);
	assert_int_equal(mkdir(f.base, 0700), 0);
	assert_int_equal(db_open(&db, &o), -EISDIR);
	assert_int_equal(rmdir(f.base), 0);
	rules_files_write(&f, "");
	snprintf(name, sizeof(name), "%s.local", f.base);
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(db_open(&db, &o), -EISDIR);
	assert_null(db);
	assert_string_equal(buf_str(&told.text), "fc.local:  Is a directory\n");
	buf_done(&told.text);
	rules_files_remove(&f);
	o.path = NULL;
	assert_int_equal(db_open(&db, &o), -EINVAL);
}

static void a_huge_file_is_refused(void **state)
{
	struct rules_files f;
	struct db *db = NULL;
	struct lbl_rules_options o = {.size = sizeof(o)};

	rules_files_make(&f);
	rules_files_put(&f, "", "", 0);
	o.path = f.base;
	assert_int_equal(truncate(f.base, (256 << 20) + 1), 0);
	assert_int_equal(db_open(&db, &o), -EFBIG);
	rules_files_remove(&f);
}

static void an_empty_file_has_no_specs(void **state)
{
	struct db_stats stats;
	struct rig g;

	assert_int_equal(rig_open(&g, "", (struct lbl_rules_options){0}), 0);
	assert_string_equal(ask(&g, "/x", LBL_REG), "no spec");
	db_stats(g.db, &stats);
	assert_int_equal(stats.specs, 0);
	rig_close(&g);
}

static void a_binary_file_is_told_briefly(void **state)
{
	_cleanup_(buf_done) struct buf text = {0};
	struct rig g;
	size_t lines = 0;

	for (int i = 0; i < 5000; i++)
		buf_add(&text, "\x8a\xff\x7c\xf9 x\n", 7);
	assert_int_equal(rig_open(&g, buf_str(&text), (struct lbl_rules_options){0}), -EINVAL);
	for (const char *p = buf_str(&g.told.text); *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 101);
	rig_close(&g);
}

/* ---- drop-ins ------------------------------------------------------------------------------- */

static const char *const drop_ins[] = {"b.fc", "a.fc", "B.fc", ".hidden.fc", "c.fc~", ".fc", "d"};

static void put_drop_in(const struct rig *g, const char *name, const char *text)
{
	char suffix[64];

	snprintf(suffix, sizeof(suffix), ".local.d/%s", name);
	rules_files_put(&g->files, suffix, text, strlen(text));
}

/** A rule set whose drop-ins are named in an order that is not theirs. */
static int open_with_drop_ins(struct rig *g, unsigned flags)
{
	char dir[128];
	int r;

	assert_int_equal(rig_open(g, "/.* base\n/a/x literal\nL:/a/.* local\n",
				  (struct lbl_rules_options){0}),
			 0);
	g->reader = db_reader_free(g->reader);
	g->db = db_free(g->db);
	snprintf(dir, sizeof(dir), "%s.local.d", g->files.base);
	assert_int_equal(mkdir(dir, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(drop_ins); i++)
		put_drop_in(g, drop_ins[i], "/hidden.* wrong\n");
	put_drop_in(g, "B.fc", "/a/b.* B\n/a/c.* B\n/a/y from-B\n");
	put_drop_in(g, "a.fc", "/a/b.* a\n/a/c.* a\n/a/y from-a\n");
	put_drop_in(g, "b.fc", "/a/b.* b\n");
	g->options.flags = flags;
	r = db_open(&g->db, &g->options);
	if (r == 0)
		assert_int_equal(db_reader_new(g->db, &g->reader), 0);
	return r;
}

static void close_with_drop_ins(struct rig *g)
{
	char name[256];

	for (size_t i = 0; i < ARRAY_SIZE(drop_ins); i++) {
		snprintf(name, sizeof(name), "%s.local.d/%s", g->files.base, drop_ins[i]);
		unlink(name);
	}
	snprintf(name, sizeof(name), "%s.local.d", g->files.base);
	assert_int_equal(rmdir(name), 0);
	rig_close(g);
}

static void drop_ins_come_last_in_the_order_of_their_names(void **state)
{
	struct rig g;

	assert_int_equal(open_with_drop_ins(&g, 0), 0);
	assert_string_equal(ask(&g, "/a/q", LBL_REG), "local");
	assert_string_equal(ask(&g, "/a/bq", LBL_REG), "b");
	assert_string_equal(ask(&g, "/a/cq", LBL_REG), "a"); /* "B" < "a" < "b" */
	assert_string_equal(ask(&g, "/a/x", LBL_REG), "literal");
	assert_string_equal(ask(&g, "/a/y", LBL_REG), "from-a");
	assert_string_equal(ask(&g, "/hidden", LBL_REG), "base");
	close_with_drop_ins(&g);
}

static void drop_ins_are_local(void **state)
{
	struct rig g;

	assert_int_equal(open_with_drop_ins(&g, LBL_RULES_BASE_ONLY), 0);
	assert_string_equal(ask(&g, "/a/bq", LBL_REG), "base");
	close_with_drop_ins(&g);
}

static void a_broken_drop_in_is_told_by_its_name(void **state)
{
	struct rig g;

	assert_int_equal(open_with_drop_ins(&g, 0), 0);
	g.reader = db_reader_free(g.reader);
	g.db = db_free(g.db);
	put_drop_in(&g, "a.fc", "/fine c\n/alone\n");
	assert_int_equal(db_open(&g.db, &g.options), -EINVAL);
	assert_string_equal(buf_str(&g.told.text), "fc.local.d/a.fc:  line 2 is missing fields\n");
	close_with_drop_ins(&g);
}

/* A link is a file of any size that costs nothing. */
static void drop_ins_are_not_huge_together(void **state)
{
	char link[192], file[192];
	struct rig g;

	assert_int_equal(open_with_drop_ins(&g, 0), 0);
	g.reader = db_reader_free(g.reader);
	g.db = db_free(g.db);
	put_drop_in(&g, "a.fc", "#");
	snprintf(file, sizeof(file), "%s.local.d/a.fc", g.files.base);
	snprintf(link, sizeof(link), "%s.local.d/b.fc", g.files.base);
	assert_int_equal(truncate(file, 130 << 20), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("a.fc", link), 0);
	assert_int_equal(db_open(&g.db, &g.options), -EFBIG);
	assert_string_equal(buf_str(&g.told.text), "fc.local.d/b.fc:  File too large\n");
	close_with_drop_ins(&g);
}

static void unlink_suffix(const struct rules_files *f, const char *suffix)
{
	char name[192];

	snprintf(name, sizeof(name), "%s%s", f->base, suffix);
	assert_int_equal(unlink(name), 0);
}

/** In version 6 a context is written once, and all specs call it by a number. */
static void a_small_bin_does_not_become_a_huge_text(void **state)
{
	enum { SPECS = 30000, MIB = 1024 /* kB, of ru_maxrss */ };
	static char context[SPEC_FIELD_MAX];
	struct bin_spec *specs = calloc(SPECS, sizeof(*specs));
	struct buf bin = {0};
	struct rules_told told = {0};
	struct lbl_rules_options o = {.size = sizeof(o), .diag = rules_tell, .user = &told};
	struct rules_files f;
	struct rusage before, after;
	struct db *db;

	assert_non_null(specs);
	memset(context, 'c', sizeof(context));
	for (unsigned i = 0; i < SPECS; i++)
		specs[i] = (struct bin_spec){.regex = "/.*",
					     .regex_len = 3,
					     .context = context,
					     .context_len = sizeof(context),
					     .line = i + 1};
	assert_int_equal(bin_format(&bin, specs, SPECS, 6), 0);
	assert_true(bin.len < 1u << 20);
	free(specs);
	rules_files_make(&f);
	rules_files_put(&f, ".bin", bin.data, bin.len);
	buf_done(&bin);
	o.path = f.base;
	told.dir = f.dir;
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(db_open(&db, &o), -EFBIG);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_true(after.ru_maxrss - before.ru_maxrss < 1024 * MIB);
	assert_string_equal(buf_str(&told.text), "fc.bin:  File too large\n");
	buf_done(&told.text);
	unlink_suffix(&f, ".bin");
	rules_files_remove(&f);
}

static void too_many_drop_ins_are_told_once(void **state)
{
	char dir[128], name[40];
	struct rig g;

	g = (struct rig){.db = NULL};
	rules_files_make(&g.files);
	g.told.dir = g.files.dir;
	rules_files_write(&g.files, "/a t\n");
	snprintf(dir, sizeof(dir), "%s.local.d", g.files.base);
	assert_int_equal(mkdir(dir, 0755), 0);
	for (unsigned i = 0; i < SOURCE_FILES_MAX + 8; i++) {
		snprintf(name, sizeof(name), ".local.d/%u.fc", i);
		rules_files_put(&g.files, name, "", 0);
	}
	g.options = (struct lbl_rules_options){.size = sizeof(g.options),
					       .path = g.files.base,
					       .diag = rules_tell,
					       .user = &g.told};
	assert_int_equal(db_open(&g.db, &g.options), -E2BIG);
	assert_string_equal(buf_str(&g.told.text),
			    "fc.local.d:  too many files, a rule set has at most 2048\n");
	for (unsigned i = 0; i < SOURCE_FILES_MAX + 8; i++) {
		snprintf(name, sizeof(name), ".local.d/%u.fc", i);
		unlink_suffix(&g.files, name);
	}
	assert_int_equal(rmdir(dir), 0);
	buf_done(&g.told.text);
	rules_files_remove(&g.files);
}

static int open_below(struct rules_files *f, struct rules_told *told, const char *path,
		      const char *root, struct db **ret_db)
{
	struct lbl_rules_options o = {
		.size = sizeof(o),
		.path = path,
		.root = root,
		.diag = rules_tell,
		.user = told,
	};

	*told = (struct rules_told){.dir = f->dir};
	return db_open(ret_db, &o);
}

/* All files of a set below a root are found there, and nowhere else. */
static void another_systems_files_are_its_own(void **state)
{
	char top[128], path[160], name[192];
	struct rules_files f;
	struct rules_told told;
	struct db_stats stats;
	struct db *db;

	rules_files_make(&f);
	/* fc.top/fc is inside; fc and its companions beside fc.top are not */
	rules_files_write(&f, "/outside x\nL:/local x\nD:/a /b\n");
	snprintf(top, sizeof(top), "%s.top", f.base);
	assert_int_equal(mkdir(top, 0755), 0);
	snprintf(path, sizeof(path), "%s/fc", top);
	rules_files_put(&f, ".top/real", "/one c\n/two c\n", 14);
	snprintf(name, sizeof(name), "%s", path);
	assert_int_equal(symlink("/real", name), 0);
	snprintf(name, sizeof(name), "%s.local", path);
	assert_int_equal(symlink("../fc.local", name), 0); /* its own, that is: a loop */
	assert_int_equal(open_below(&f, &told, path, top, &db), -ELOOP);
	assert_string_equal(buf_str(&told.text),
			    "fc.top/fc.local:  Too many levels of symbolic links\n");
	buf_done(&told.text);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(open_below(&f, &told, path, top, &db), 0);
	db_stats(db, &stats);
	assert_int_equal(stats.specs, 2);
	db_free(db);
	assert_int_equal(open_below(&f, &told, f.base, top, &db), -EXDEV);
	buf_done(&told.text);
	assert_int_equal(unlink(path), 0);
	snprintf(name, sizeof(name), "%s/real", top);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(rmdir(top), 0);
	rules_files_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_errors_of_all_files_are_told),
		cmocka_unit_test(validation_finds_everything),
		cmocka_unit_test(contexts_are_checked_once_each),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(another_systems_files_are_its_own),
		cmocka_unit_test(a_huge_file_is_refused),
		cmocka_unit_test(an_empty_file_has_no_specs),
		cmocka_unit_test(a_binary_file_is_told_briefly),
		cmocka_unit_test(a_small_bin_does_not_become_a_huge_text),
		cmocka_unit_test(too_many_drop_ins_are_told_once),
		cmocka_unit_test(drop_ins_come_last_in_the_order_of_their_names),
		cmocka_unit_test(drop_ins_are_local),
		cmocka_unit_test(a_broken_drop_in_is_told_by_its_name),
		cmocka_unit_test(drop_ins_are_not_huge_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
