/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs that mean a part of a tree, lbl_relabel_options.enter and .select; and those over a tree
 * that is not where it is said to be, lbl_relabel_tree().
 */
#include "relabel_rig.h"

static const char rules_text[] = "/.* u:object_r:default_t:s0\n"
				 "/etc(/.*)? u:object_r:etc_t:s0\n"
				 "/var(/.*)? u:object_r:var_t:s0\n";

struct part {
	const char *enter, *select; /* NULL: all; else this path alone */
	_Atomic unsigned entered, asked;
	_Atomic nlink_t nlink; /* of what was asked for last */
};

static bool enter(void *user, const char *dir)
{
	struct part *p = user;

	p->entered++;
	return !p->enter || strcmp(dir, p->enter) == 0;
}

static bool choose(void *user, const char *path, enum lbl_kind kind, int fd)
{
	struct part *p = user;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(lbl_kind_of_mode(st.st_mode), kind);
	p->asked++;
	p->nlink = st.st_nlink;
	return !p->select || strcmp(path, p->select) == 0;
}

static struct told run(struct part *part, unsigned flags, const char *operand)
{
	struct lbl_relabel_options o = {
		.flags = flags,
		.enter = enter,
		.select = choose,
		.part_user = part,
	};
	struct told told = {0};

	rig_run(&o, &told, operand);
	assert_int_equal(told.result, 0);
	return told;
}

static int fresh_tree(void **state)
{
	run_shell("rm -rf '%s' && mkdir -p '%s'/etc/ssh '%s'/var/log", tree, tree, tree);
	run_shell("cd '%s' && touch etc/passwd etc/ssh/config var/log/messages", tree);
	return 0;
}

static void only_what_is_chosen_is_labelled(void **state)
{
	struct part part = {.select = "/etc/passwd"};
	struct told t = run(&part, LBL_RECURSE, tree);

	assert_int_equal(t.count.changed, 1);
	assert_int_equal(part.asked, 8);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/etc"), "");
	assert_string_equal(label_of("/etc/ssh/config"), "");
	part = (struct part){.select = "/etc"}; /* a directory */
	t = run(&part, LBL_RECURSE, tree);
	assert_int_equal(t.count.changed, 1);
	assert_int_equal(part.asked, 7); /* what is right nobody asks about */
	assert_string_equal(label_of("/etc"), "u:object_r:etc_t:s0");
}

static void an_operand_alone_is_asked_for(void **state)
{
	struct part part = {.select = "/etc/other"};
	struct told t = run(&part, 0, at("/etc/passwd"));

	assert_int_equal(part.asked, 1);
	assert_int_equal(t.count.changed, 0);
	part.select = "/etc/passwd";
	t = run(&part, 0, at("/etc/passwd"));
	assert_int_equal(t.count.changed, 1);
}

static void what_is_not_entered_is_not_looked_at(void **state)
{
	struct part part = {.enter = "/etc"};
	struct told t = run(&part, LBL_RECURSE, tree);

	assert_int_equal(part.entered, 3);    /* /etc, /etc/ssh, /var */
	assert_int_equal(t.count.entries, 3); /* the top, /etc, its file */
	assert_int_equal(t.count.changed, 3);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/etc/ssh"), "");
	assert_string_equal(label_of("/var"), "");
}

/* Any of its names can be the one that is meant, and the best one decides all the same. */
static void one_of_several_names_is_enough(void **state)
{
	struct part part = {.select = "/etc/passwd"};
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/var/log/copy")), 0);
	t = run(&part, LBL_RECURSE, tree);
	assert_int_equal(t.count.changed, 1);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:var_t:s0");
	set_label("/etc/passwd", "u:object_r:wrong_t:s0");
	part.select = "/etc/nothing";
	t = run(&part, LBL_RECURSE, tree);
	assert_int_equal(t.count.changed, 0);
	assert_int_equal(t.events[LBL_EV_CONFLICT], 0);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:wrong_t:s0");
}

static void a_dry_run_asks_as_well(void **state)
{
	struct part part = {.select = "/var/log/messages"};
	struct told t = run(&part, LBL_RECURSE | LBL_DRY_RUN, tree);

	assert_int_equal(t.count.changed, 1);
	assert_int_equal(part.asked, 8);
	assert_string_equal(label_of("/var/log/messages"), "");
}

/* By the path that is said, shown by it, left out by it; whatever is at that path. */
static void a_tree_is_where_it_is_said_to_be(void **state)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = rules_path};
	struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = LBL_RECURSE,
		.event = on_event,
		.user = &told,
		.xattr = XATTR,
	};
	size_t fds = open_fds();
	struct lbl_relabel *rl;
	int fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);

	run_shell("mkdir '%s/etc/out'", tree);
	assert_int_equal(lbl_rules_open(&o.rules, &ro), 0);
	assert_int_equal(lbl_relabel_new(&rl, &o), 0);
	assert_int_equal(lbl_relabel_exclude(rl, "/proc/etc/out"), 0);
	assert_int_equal(lbl_relabel_tree(rl, "proc", fd), -EINVAL);
	assert_int_equal(lbl_relabel_tree(rl, "/proc", fd), 0); /* a mount, which does not count */
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:default_t:s0");
	assert_string_equal(label_of("/etc/out"), "");
	set_label("/etc/passwd", "u:object_r:wrong_t:s0");
	assert_int_equal(lbl_relabel_tree(rl, "/var", fd), 0);
	assert_string_equal(label_of(""), "u:object_r:var_t:s0");
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:var_t:s0");
	lbl_relabel_free(rl);
	lbl_rules_free(o.rules);
	close(fd);
	assert_int_equal(open_fds(), fds);
}

static int set_up(void **state)
{
	return rig_set_up(rules_text);
}

static int tear_down(void **state)
{
	return rig_tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_what_is_chosen_is_labelled, fresh_tree),
		cmocka_unit_test_setup(an_operand_alone_is_asked_for, fresh_tree),
		cmocka_unit_test_setup(what_is_not_entered_is_not_looked_at, fresh_tree),
		cmocka_unit_test_setup(one_of_several_names_is_enough, fresh_tree),
		cmocka_unit_test_setup(a_dry_run_asks_as_well, fresh_tree),
		cmocka_unit_test_setup(a_tree_is_where_it_is_said_to_be, fresh_tree),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
