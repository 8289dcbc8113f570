/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* progress, counts: what a run is expected to come to, and what is remembered of it. */
#include "relabel_rig.h"

#include "engine/counts.h"

static char file[96];

static const char *key(const char *root)
{
	static struct buf b;

	buf_reset(&b);
	counts_key(&b, 0x1234, "btrfs", root);
	return buf_str(&b);
}

static void write_file(const char *text, size_t len, mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static uint64_t found(const char *root)
{
	struct counts c = {0};
	uint64_t n;

	assert_int_equal(counts_load(&c, file), 0);
	n = counts_find(&c, key(root));
	counts_done(&c);
	return n;
}

static void test_counts_are_kept(void **state)
{
	struct counts c = {0};
	char path[32];
	struct stat st;

	(void)unlink(file);
	assert_int_equal(found("/@"), 0);
	assert_int_equal(counts_put(&c, key("/@"), 1000), 1);
	assert_int_equal(counts_put(&c, key("/a b\n\\\xff"), 7), 1);
	assert_int_equal(counts_put(&c, key("/@"), 1010), 0); /* about the same */
	assert_int_equal(counts_put(&c, key("/@"), 2000), 1);
	assert_int_equal(counts_save(&c, file), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(found("/@"), 2000);
	assert_int_equal(found("/a b\n\\\xff"), 7);
	assert_int_equal(found("/@/a"), 0);

	for (unsigned i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		assert_int_equal(counts_put(&c, key(path), i + 1), 1);
	}
	assert_int_equal(counts_save(&c, file), 0);
	assert_int_equal(found("/299"), 300);
	assert_int_equal(found("/@"), 0); /* the oldest are dropped */
	counts_done(&c);
}

static void test_counts_of_others_are_none(void **state)
{
	static const char head[] = "relabel-counts 1\n";
	char text[4096];
	int n;

	n = snprintf(text, sizeof(text), "%s%s%s%s%s%s 5 %s\n12 %s\n13 %s", head, "-1 x\n",
		     "99999999999999999999 x\n", "\n \n1\n1 \n", "0 0 0 0\n", "x", key("/@"),
		     key("/@"), key("/@"));
	write_file(text, (size_t)n, 0600);
	assert_int_equal(found("/@"), 12); /* the one whole line of ours */
	write_file(text, (size_t)n, 0620);
	assert_int_equal(found("/@"), 0); /* somebody else could have written it */
	write_file(text + 1, (size_t)n - 1, 0600);
	assert_int_equal(found("/@"), 0);

	memset(text, 'x', sizeof(text)); /* one endless line */
	memcpy(text, head, sizeof(head) - 1);
	write_file(text, sizeof(text), 0600);
	assert_int_equal(found("/@"), 0);
	n = snprintf(text, sizeof(text), "%s12 a%cb\n", head, '\0');
	write_file(text, (size_t)n, 0600);
	assert_int_equal(found("/@"), 0);
	assert_int_equal(truncate(file, 64 << 20), 0);
	assert_int_equal(found("/@"), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink("/dev/zero", file), 0);
	assert_int_equal(found("/@"), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(found("/@"), 0);
	assert_int_equal(unlink(file), 0);
}

/* One run over the tree: what it was expected to come to, and what it came to. */
static struct lbl_progress progress_of(unsigned flags, uint64_t least, const char *exclude)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = rules_path};
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = LBL_RECURSE | flags,
		.xattr = XATTR,
		.counts = file,
		.counts_least = least,
	};
	struct lbl_progress p;
	struct lbl_relabel *rl;

	assert_int_equal(lbl_rules_open(&o.rules, &ro), 0);
	assert_int_equal(lbl_relabel_new(&rl, &o), 0);
	if (exclude)
		assert_int_equal(lbl_relabel_exclude(rl, exclude), 0);
	lbl_relabel_progress(rl, &p);
	assert_int_equal(p.entries + p.expected, 0);
	assert_string_equal(p.path, "");
	assert_int_equal(lbl_relabel_path(rl, tree), 0);
	lbl_relabel_progress(rl, &p);
	assert_int_equal(p.step, LBL_STEP_NONE);
	lbl_relabel_free(rl);
	lbl_rules_free(o.rules);
	return p;
}

static void test_a_part_of_a_file_system(void **state)
{
	struct lbl_progress p;

	(void)unlink(file);
	run_shell("mkdir -p '%s/d' && cd '%s/d' && touch 1 2 3 4 5 6 7 8", tree, tree);
	p = progress_of(0, 0, NULL);
	assert_int_equal(p.entries, 10);
	assert_int_equal(p.expected, 0);
	progress_of(LBL_PROGRESS, 11, NULL);
	progress_of(LBL_PROGRESS | LBL_DRY_RUN, 10, NULL);
	progress_of(LBL_PROGRESS, 1, at("/d"));
	assert_int_equal(access(file, F_OK), -1); /* too few, nothing to be changed, not all */

	p = progress_of(LBL_PROGRESS, 10, NULL);
	assert_int_equal(p.expected, 0);
	run_shell("rm '%s/d/8'", tree);
	p = progress_of(LBL_PROGRESS | LBL_DRY_RUN, 1, NULL);
	assert_int_equal(p.entries, 9);
	assert_int_equal(p.expected, 10);
	/* asked for before the run, so noted by its first directory */
	assert_string_equal(p.path, tree);
	assert_true(p.mount[0] == '/');
	assert_int_equal(p.mount_entries, 9);
	assert_int_equal(p.mount_expected, 10);

	run_shell("cd '%s/d' && touch 8 9 a b", tree);
	p = progress_of(LBL_PROGRESS, 1, NULL);
	assert_int_equal(p.entries, 13);
	assert_int_equal(p.expected, 13); /* never less than what was seen */
	p = progress_of(LBL_PROGRESS, 1, at("/d"));
	assert_int_equal(p.entries, 1);
	assert_int_equal(p.expected, 13);
}

static int set_up(void **state)
{
	int r = rig_set_up("/.* u:object_r:default_t:s0\n");

	snprintf(file, sizeof(file), "%s/made/counts", top);
	return r;
}

static int tear_down(void **state)
{
	return rig_tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_kept),
		cmocka_unit_test(test_counts_of_others_are_none),
		cmocka_unit_test(test_a_part_of_a_file_system),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
