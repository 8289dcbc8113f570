/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relabel: the whole engine over a small tree, with the system calls failing by script.
 * Over 600 lines because all cases are about the one call, and share that tree.
 */
#include "relabel_rig.h"

#include <sys/resource.h>

static const char rules_text[] = "/.* u:object_r:default_t:s0\n"
				 "/etc(/.*)? u:object_r:etc_t:s0\n"
				 "/etc/shadow -- u:object_r:shadow_t:s0\n"
				 "/var/log(/.*)? u:object_r:log_t:s0\n"
				 "/none(/.*)? <<none>>\n";

/* ---- one run ---- */

static enum lbl_io way; /* all cases are the same for each */
static bool newest_first, late;
static unsigned threads = 2;

static struct told run_with(unsigned flags, const char *operand, struct fake_rule *faults,
			    size_t n_faults)
{
	struct fake_script script = {
		.rules = faults, .n_rules = n_faults, .newest_first = newest_first, .late = late};
	struct lbl_relabel_options o = {
		.flags = flags,
		.threads = threads,
		.queue_ops = faults ? &queue_fake : NULL,
		.queue_arg = faults ? &script : NULL,
		.io = way,
	};
	struct told told = {0};

	rig_run(&o, &told, operand);
	return told;
}

static struct told run(unsigned flags, const char *operand)
{
	return run_with(flags, operand, NULL, 0);
}

static int fresh_tree(void **state)
{
	run_shell("rm -rf '%s' && mkdir -p '%s'/etc/ssh '%s'/var/log '%s'/none/below", tree, tree,
		  tree, tree);
	run_shell("cd '%s' && touch etc/passwd etc/shadow etc/ssh/config var/log/messages none/x",
		  tree);
	return 0;
}

/* ---- cases ---- */

static void labels_once_and_then_nothing(void **state)
{
	struct told t = run(LBL_RECURSE, tree);

	assert_int_equal(t.result, 0);
	assert_int_equal(t.count.changed, 9); /* five directories, four files */
	assert_int_equal(t.events[LBL_EV_CHANGED], 9);
	assert_string_equal(label_of("/etc/shadow"), "u:object_r:shadow_t:s0");
	assert_string_equal(label_of("/etc/ssh/config"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/none/x"), "");
	t = run(LBL_RECURSE, tree);
	assert_int_equal(t.count.changed, 0);
	assert_int_equal(t.count.files, 9);
}

static void not_recursive_means_one(void **state)
{
	struct told t = run(0, at("/etc"));

	assert_int_equal(t.count.changed, 1);
	assert_string_equal(label_of("/etc"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/etc/passwd"), "");
}

static void dry_run_counts_and_writes_nothing(void **state)
{
	struct told t = run(LBL_RECURSE | LBL_DRY_RUN, tree);

	assert_int_equal(t.count.changed, 9);
	assert_string_equal(label_of("/etc/passwd"), "");
}

static void operands_that_cannot_be(void **state)
{
	struct told t = run(LBL_RECURSE, at("/no"));

	assert_int_equal(t.result, 0);
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 1);
	t = run(LBL_RECURSE | LBL_IGNORE_MISSING, at("/no"));
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 0);
	t = run(LBL_RECURSE, "/usr");
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 1);
	assert_string_equal(t.detail, "alternate root");

	assert_int_equal(symlink("etc", at("/alias")), 0);
	t = run(LBL_RECURSE, at("/alias/passwd"));
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 1);
	assert_string_equal(t.other, at("/alias")); /* the component to blame */
	assert_string_equal(label_of("/etc/passwd"), "");
	t = run(LBL_RECURSE | LBL_RESOLVE_OPERAND, at("/alias/passwd"));
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
}

/* An operand below a root: links lead where they would lead in that system. */
static void links_of_another_system_are_its_own(void **state)
{
	struct told t;

	run_shell("ln -s /etc '%s'/absolute && ln -s ../../../../etc '%s'/var/up &&"
		  "ln -s '%s' '%s'/host && ln -s '%s' '%s'/../alias",
		  tree, tree, at("/etc"), tree, tree, tree);
	t = run(LBL_RECURSE | LBL_RESOLVE_OPERAND, at("/absolute/passwd"));
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 0);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	run(LBL_RECURSE | LBL_RESOLVE_OPERAND, at("/var/up/ssh/config"));
	assert_string_equal(label_of("/etc/ssh/config"), "u:object_r:etc_t:s0");
	/* in that system there is no such path */
	t = run(LBL_RESOLVE_OPERAND, at("/host/shadow"));
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 1);
	assert_string_equal(t.detail, "resolve");
	assert_string_equal(label_of("/etc/shadow"), "");
	t = run(LBL_RESOLVE_OPERAND, "/etc/passwd");
	assert_string_equal(t.detail, "alternate root");
	t = run(LBL_RESOLVE_OPERAND, at("/../alias/etc/shadow")); /* as it is really called */
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 0);
	run_shell("rm '%s'/../alias", tree);
}

/* Every operation fails with every error: the run goes on, each failure is counted by class. */
static void faults_are_counted_and_the_walk_goes_on(void **state)
{
	static const struct {
		enum queue_op op;
		const char *name;
		const char *spared; /* labelled all the same */
	} where[] = {
		{QUEUE_GETXATTR_AT, "shadow", "/etc/passwd"},
		{QUEUE_OPENAT, "shadow", "/etc/passwd"},
		{QUEUE_STATX, "shadow", "/etc/passwd"},
		{QUEUE_SETXATTR_PIN, "shadow", "/etc/passwd"},
		{QUEUE_GETXATTR_PIN, "shadow", "/etc/passwd"},
		{QUEUE_OPENAT, "ssh", "/etc/passwd"},
		{QUEUE_GETDENTS, "ssh", "/etc/passwd"},
		{QUEUE_SETXATTR_FD, "ssh", "/etc/ssh/config"},
		{QUEUE_GETXATTR_FD, "ssh", "/etc/ssh/config"},
	};
	static const struct {
		int error;
		enum lbl_class klass;
	} errors[] = {
		{-EIO, LBL_CLASS_OTHER},       {-ENOSPC, LBL_CLASS_NO_SPACE},
		{-EDQUOT, LBL_CLASS_NO_SPACE}, {-EROFS, LBL_CLASS_READ_ONLY},
		{-ENOENT, LBL_CLASS_VANISHED}, {-EPERM, LBL_CLASS_DENIED},
		{-EACCES, LBL_CLASS_DENIED},   {-EOPNOTSUPP, LBL_CLASS_UNSUPPORTED},
		{-EINVAL, LBL_CLASS_INVALID},
	};

	for (size_t i = 0; i < ARRAY_SIZE(where); i++)
		for (size_t k = 0; k < ARRAY_SIZE(errors); k++) {
			struct fake_rule fault = {
				.op = where[i].op, .name = where[i].name, .error = errors[k].error};
			struct told t;

			fresh_tree(state);
			if (where[i].op == QUEUE_GETXATTR_PIN) /* else there is none to read */
				set_label("/etc/shadow", "u:object_r:old_t:s0");
			t = run_with(LBL_RECURSE, tree, &fault, 1);
			assert_int_equal(t.result, 0);
			/* nothing more is tried of an owner without quota */
			if (errors[k].error != -EDQUOT ||
			    (where[i].op != QUEUE_SETXATTR_PIN && where[i].op != QUEUE_SETXATTR_FD))
				assert_string_not_equal(label_of(where[i].spared), "");
			assert_true(fault.hits > 0);
			if (t.count.errors[errors[k].klass] == 0)
				fail_msg("op %d of %s, error %d: class %d not counted",
					 (int)where[i].op, where[i].name, errors[k].error,
					 (int)errors[k].klass);
			assert_int_equal(t.events[LBL_EV_ERROR] > 0,
					 report_is_error(errors[k].klass));
			assert_int_equal(t.events[LBL_EV_READ_ONLY] > 0,
					 errors[k].klass == LBL_CLASS_READ_ONLY);
		}
}

static void unsupported_is_told_once_a_mount(void **state)
{
	struct fake_rule fault = {.op = QUEUE_GETXATTR_AT, .error = -EOPNOTSUPP};
	struct told t = run_with(LBL_RECURSE, tree, &fault, 1);

	assert_int_equal(t.count.errors[LBL_CLASS_UNSUPPORTED], 4);
	assert_int_equal(t.events[LBL_EV_ERROR], 1);
}

/* ---- exchanges between two calls ---- */

static void swap_in_other_range(void *user, struct queue_req *req)
{
	/* the name was read; now it becomes another inode, with another range */
	assert_int_equal(rename(at("/etc/secret"), at("/etc/passwd")), 0);
}

static void range_is_taken_from_the_inode_that_is_written(void **state)
{
	struct fake_rule race = {
		.op = QUEUE_OPENAT, .name = "passwd", .nth = 1, .before = swap_in_other_range};

	run_shell("touch '%s'/etc/secret", tree);
	set_label("/etc/passwd", "u:object_r:old_t:s0");
	set_label("/etc/secret", "u:object_r:old_t:s15");
	run_with(LBL_RECURSE, at("/etc"), &race, 1);
	assert_int_equal(race.hits, 1);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s15");
}

static void swap_in_link(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at("/etc/passwd")), 0);
	assert_int_equal(symlink("../var/log/messages", at("/etc/passwd")), 0);
}

static void a_link_that_takes_the_name_is_not_followed(void **state)
{
	struct fake_rule race = {
		.op = QUEUE_OPENAT, .name = "passwd", .nth = 1, .before = swap_in_link};
	struct told t = run_with(LBL_RECURSE, at("/etc"), &race, 1);

	assert_int_equal(race.hits, 1);
	assert_string_equal(label_of("/var/log/messages"), "");
	assert_int_equal(t.count.errors[LBL_CLASS_VANISHED], 1);
}

static void swap_in_hard_link(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at("/shared/mine")), 0);
	assert_int_equal(link(at("/etc/shadow"), at("/shared/mine")), 0);
}

static void a_hard_link_that_takes_the_name_is_refused(void **state)
{
	struct fake_rule race = {
		.op = QUEUE_OPENAT, .name = "mine", .nth = 1, .before = swap_in_hard_link};
	struct told t;

	run_shell("mkdir -m 1777 '%s'/shared && touch '%s'/shared/mine", tree, tree);
	t = run_with(LBL_RECURSE, at("/shared"), &race, 1);
	assert_int_equal(race.hits, 1);
	assert_string_equal(label_of("/etc/shadow"), "");
	assert_int_equal(t.count.links_refused, 1);
}

static void take_link_away(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at("/shared/mine")), 0);
}

/* linked, opened by us, unlinked, counted: one name, but not this one */
static void a_hard_link_taken_away_before_the_count_is_refused(void **state)
{
	struct fake_rule race[] = {
		{.op = QUEUE_OPENAT, .name = "mine", .nth = 1, .before = swap_in_hard_link},
		{.op = QUEUE_STATX, .name = "mine*", .nth = 1, .before = take_link_away},
	};
	struct told t;

	run_shell("mkdir -m 1777 '%s'/shared && touch '%s'/shared/mine", tree, tree);
	t = run_with(LBL_RECURSE, at("/shared"), race, 2);
	assert_int_equal(race[0].hits, 1);
	assert_int_equal(race[1].hits, 1);
	assert_string_equal(label_of("/etc/shadow"), "");
	assert_int_equal(t.count.errors[LBL_CLASS_VANISHED], 1);
	assert_int_equal(t.count.changed, 1); /* the directory */
}

/* ---- several names ---- */

static void the_highest_rank_decides(void **state)
{
	struct told t;

	/* /var/log is written after /etc in the rules, so its name speaks */
	assert_int_equal(link(at("/etc/passwd"), at("/var/log/copy")), 0);
	assert_int_equal(link(at("/etc/passwd"), at("/again")), 0);
	t = run(LBL_RECURSE, tree);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:log_t:s0");
	assert_int_equal(t.events[LBL_EV_CONFLICT], 1);
	assert_int_equal(t.count.errors[LBL_CLASS_CONFLICT], 0);
	t = run(LBL_RECURSE, tree);
	assert_int_equal(t.count.changed, 0);
	t = run(LBL_RECURSE | LBL_CONFLICT_ERROR, tree);
	assert_int_equal(t.count.errors[LBL_CLASS_CONFLICT], 1);
}

/* Table of trust.h: the way root, user 5, ...; last the directory that holds the name. */
static void trust_is_a_matter_of_the_whole_way(void **state)
{
	static const struct {
		struct {
			uint32_t uid, mode;
		} way[4];
		uint32_t inode_uid;
		bool trusted;
	} rows[] = {
		{{{0, 0755}, {0, 0755}}, 0, true},
		{{{0, 0755}, {0, 0755}}, 7, true},
		{{{0, 0755}, {5, 0755}}, 5, true},
		{{{0, 0755}, {5, 0755}}, 0, false},
		{{{0, 0755}, {5, 0755}, {0, 0755}}, 5, true},
		{{{0, 0755}, {5, 0755}, {0, 0755}}, 0, false}, /* moved by 5 */
		{{{0, 0755}, {5, 0755}, {6, 0755}}, 6, false},
		{{{0, 01777}}, 0, false},
		{{{0, 01777}, {5, 0755}}, 5, true},
		{{{0, 01777}, {0, 0700}}, 3, true},
		{{{0, 0777}, {0, 0755}}, 0, false},
		{{{0, 0775}}, 0, false}, /* perhaps the mask of an ACL */
		{{{0, 0755}, {0, 0775}, {0, 0755}}, 0, false},
		{{{5, 0755}, {5, 02775}}, 5, false},
		{{{0, 01777}, {0, 01777}, {0, 0755}}, 0, false}, /* moved from one to the other */
		{{{0, 0755}, {65534, 0755}}, 65534, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		trust t = trust_start();

		for (size_t k = 0; k < 4 && rows[i].way[k].mode; k++)
			t = trust_enter(t, rows[i].way[k].uid, rows[i].way[k].mode);
		if (trust_link(t, rows[i].inode_uid) != rows[i].trusted)
			fail_msg("row %zu", i);
	}
}

static void a_way_others_can_change_does_not_decide(void **state)
{
	struct told t;

	/* /var/log outranks /etc, but anybody could have put the link there */
	assert_int_equal(chmod(at("/var"), 0777), 0);
	assert_int_equal(link(at("/etc/passwd"), at("/var/log/copy")), 0);
	t = run(LBL_RECURSE, tree);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	assert_int_equal(t.events[LBL_EV_CONFLICT], 0);
	/* the same when the way is the operand's own */
	t = run(0, at("/var/log/copy"));
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	assert_int_equal(t.count.links_refused, 1);
	assert_int_equal(chmod(at("/var"), 0755), 0);
	run(0, at("/var/log/copy"));
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:log_t:s0");
}

/* A name the second pass misses might have decided: that is told. */
static void failures_of_the_later_passes_are_told(void **state)
{
	struct fake_rule open_fails = {
		.op = QUEUE_OPENAT, .name = "passwd", .nth = 2, .error = -EIO};
	struct fake_rule read_fails = {
		.op = QUEUE_GETDENTS, .name = "log", .nth = 3, .error = -EIO};
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/var/log/copy")), 0);
	t = run_with(LBL_RECURSE, tree, &open_fails, 1);
	assert_int_equal(open_fails.hits, 1);
	assert_int_equal(t.count.errors[LBL_CLASS_OTHER], 1);

	fresh_tree(state);
	assert_int_equal(link(at("/etc/passwd"), at("/var/log/copy")), 0);
	t = run_with(LBL_RECURSE, tree, &read_fails, 1);
	assert_int_equal(read_fails.hits, 1);
	assert_int_equal(t.count.errors[LBL_CLASS_OTHER], 1);
}

/* What no pass can open or read is one failure, not one for each pass. */
static void a_failure_of_each_pass_is_told_once(void **state)
{
	struct fake_rule faults[] = {
		{.op = QUEUE_GETDENTS, .name = "log", .error = -EIO},
		{.op = QUEUE_OPENAT, .name = "ssh", .error = -EIO},
	};
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run_with(LBL_RECURSE, tree, faults, ARRAY_SIZE(faults));
	assert_in_range(faults[0].hits, 3, 9);
	assert_in_range(faults[1].hits, 3, 9);
	/* of ssh, that it cannot be opened, and that it is not labelled therefore */
	assert_int_equal(t.count.errors[LBL_CLASS_OTHER], 3);
	assert_int_equal(t.events[LBL_EV_ERROR], 3);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	/* another one is none of these */
	faults[0] =
		(struct fake_rule){.op = QUEUE_GETDENTS, .name = "log", .nth = 1, .error = -EIO};
	faults[1] =
		(struct fake_rule){.op = QUEUE_GETDENTS, .name = "log", .nth = 1, .error = -EACCES};
	fresh_tree(state);
	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run_with(LBL_RECURSE, tree, faults, ARRAY_SIZE(faults));
	assert_int_equal(t.count.errors[LBL_CLASS_OTHER], 1);
	assert_int_equal(t.count.errors[LBL_CLASS_DENIED], 1);
}

/* ... but for the last ones, where there are too many to know them all. */
static void few_failures_are_known(void **state)
{
	struct known k;
	unsigned again = 0;

	assert_int_equal(known_init(&k), 0);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < KNOWN_MAX + 1000; i++)
			again += known_note(&k, (const char *)&i, sizeof(i), 1);
	assert_int_equal(again, KNOWN_MAX);
	assert_true(k.n_slots <= 2 * KNOWN_MAX);
	known_done(&k);
}

static void take_operand_away(void *user, struct queue_req *req)
{
	assert_int_equal(rename(at("/etc"), at("/gone")), 0);
}

static void an_operand_that_vanishes_between_the_passes_is_no_end(void **state)
{
	/* the link count is asked for once; the next opening of the operand is the second pass */
	struct fake_rule race = {
		.op = QUEUE_OPENAT, .name = "etc", .nth = 3, .before = take_operand_away};
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run_with(LBL_RECURSE, at("/etc"), &race, 1);
	assert_int_equal(race.hits, 1);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 1);
}

static void an_operand_closed_to_us_between_the_passes_is_told(void **state)
{
	struct fake_rule fault = {.op = QUEUE_OPENAT, .name = "etc", .nth = 3, .error = -EACCES};
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run_with(LBL_RECURSE, at("/etc"), &fault, 1);
	assert_int_equal(fault.hits, 1);
	assert_int_equal(t.count.errors[LBL_CLASS_OPERAND], 1);
	assert_int_equal(t.events[LBL_EV_ERROR], 1);
}

static void exchange_dir(void *user, struct queue_req *req)
{
	assert_int_equal(rename(at("/etc/ssh"), at("/elsewhere")), 0);
	assert_int_equal(symlink("../var/log", at("/etc/ssh")), 0);
}

static void a_directory_exchanged_between_the_passes_is_no_error(void **state)
{
	struct fake_rule race = {
		.op = QUEUE_OPENAT, .name = "ssh", .nth = 2, .before = exchange_dir};
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run_with(LBL_RECURSE, tree, &race, 1);
	assert_int_equal(race.hits, 1);
	assert_int_equal(t.events[LBL_EV_ERROR], 0);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
}

static void no_memory_for_the_top_ends_the_run(void **state)
{
	struct fake_rule fault = {.op = QUEUE_OPENAT, .name = "etc", .nth = 2, .error = -ENOMEM};

	assert_int_equal(run_with(LBL_RECURSE, at("/etc"), &fault, 1).result, -ENOMEM);
	assert_int_equal(fault.hits, 1);
}

/* Refused, whichever of its names comes first: one has no say, the other may not have one. */
static void a_refusal_is_told_in_any_order(void **state)
{
	run_shell("mkdir -m 1777 '%s'/shared && touch '%s'/none/f", tree, tree);
	for (int i = 0; i < 8; i++) {
		struct told t;

		run_shell("rm -rf '%s'/none/[0-9]*; mkdir '%s'/none/%d; ln -f '%s'/none/f "
			  "'%s'/none/%d/f; rm -f '%s'/shared/*; ln '%s'/none/f '%s'/shared/%d",
			  tree, tree, i, tree, tree, i, tree, tree, tree, i);
		t = run(LBL_RECURSE, tree);
		assert_int_equal(t.count.links_refused, 1);
		assert_int_equal(t.events[LBL_EV_LINK_REFUSED], 1);
		assert_string_equal(label_of("/none/f"), "");
	}
}

static void many_conflicts_keep_little(void **state)
{
	struct told t;

	run_shell("cd '%s'/etc && i=0 && while [ $i -lt 300 ]; do : >$i; ln $i ../var/log/$i; "
		  "i=$((i + 1)); done",
		  tree);
	t = run(LBL_RECURSE, tree);
	assert_int_equal(t.events[LBL_EV_CONFLICT], 300);
	assert_string_equal(label_of("/etc/299"), "u:object_r:log_t:s0");
	t = run(LBL_RECURSE, tree);
	assert_int_equal(t.count.changed, 0);
}

static void names_that_agree_are_labelled_once(void **state)
{
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run(LBL_RECURSE, at("/etc"));
	assert_string_equal(label_of("/etc/passwd-"), "u:object_r:etc_t:s0");
	assert_int_equal(t.events[LBL_EV_CONFLICT], 0);
	assert_int_equal(t.count.changed, 5);
}

static void multilink_can_be_left_alone(void **state)
{
	struct told t;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	t = run(LBL_RECURSE | LBL_SKIP_MULTILINK, at("/etc"));
	assert_string_equal(label_of("/etc/passwd"), "");
	assert_int_equal(t.events[LBL_EV_MULTILINK], 2);
	t = run(LBL_RECURSE | LBL_NO_LINK_TABLE, at("/etc"));
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
}

static void exclusions_and_stop(void **state)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = rules_path};
	struct lbl_relabel_options o = {.size = sizeof(o),
					.flags = LBL_RECURSE | LBL_NO_MOUNT_CHECK,
					.alt_root = tree,
					.xattr = XATTR};
	struct lbl_relabel *rl;

	assert_int_equal(lbl_rules_open(&o.rules, &ro), 0);
	assert_int_equal(lbl_relabel_new(&rl, &o), 0);
	assert_int_equal(lbl_relabel_exclude(rl, "etc"), -EINVAL);
	assert_int_equal(lbl_relabel_exclude(rl, at("/etc/ssh/")), 0);
	assert_int_equal(lbl_relabel_path(rl, at("/etc")), 0);
	assert_int_equal(lbl_relabel_path(rl, at("/etc/ssh/config")), 0);
	assert_string_equal(label_of("/etc/ssh"), "");
	assert_string_equal(label_of("/etc/ssh/config"), "");
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	lbl_relabel_stop(rl);
	assert_int_equal(lbl_relabel_path(rl, at("/var")), -ECANCELED);
	lbl_relabel_free(rl);
	lbl_rules_free(o.rules);
}

/* ---- batches ---- */

enum { DIRS = 6, FILES = 50 };

static void many_files(void)
{
	char path[64];

	for (int i = 0; i < DIRS * FILES; i++) {
		snprintf(path, sizeof(path), "/var/d%d", i / FILES);
		if (i % FILES == 0)
			assert_int_equal(mkdir(at(path), 0755), 0);
		snprintf(path, sizeof(path), "/var/d%d/f%d", i / FILES, i % FILES);
		assert_int_equal(mknod(at(path), S_IFREG | 0644, 0), 0);
	}
}

static void all_of_many_are_labelled(void **state)
{
	struct told t;

	many_files();
	t = run(LBL_RECURSE, at("/var"));
	assert_int_equal(t.result, 0);
	assert_int_equal(t.count.changed, DIRS * (FILES + 1) + 3);
	assert_int_equal(t.events[LBL_EV_CHANGED], t.count.changed);
	assert_string_equal(label_of("/var/d1/f1"), "u:object_r:default_t:s0");
	t = run(LBL_RECURSE, at("/var"));
	assert_int_equal(t.count.changed, 0);
}

/* Pins count against the limit, and give way. */
static void few_descriptors_are_enough(void **state)
{
	struct rlimit old, few;
	struct told t;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	for (unsigned n = 40; n <= 64; n += 24) {
		few.rlim_cur = n;
		fresh_tree(state);
		many_files();
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		t = run(LBL_RECURSE, at("/var"));
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		assert_int_equal(t.result, 0);
		assert_int_equal(t.count.changed, DIRS * (FILES + 1) + 3);
		assert_int_equal(t.events[LBL_EV_ERROR], 0);
	}
}

/* What the kernel itself refuses: an attribute of this kind on a link. */
static void a_refusal_names_its_path(void **state)
{
	struct told t;

	many_files();
	assert_int_equal(symlink("f1", at("/var/d3/link")), 0);
	t = run(LBL_RECURSE, at("/var"));
	assert_int_equal(t.count.changed, DIRS * (FILES + 1) + 3);
	assert_int_equal(t.count.errors[LBL_CLASS_DENIED], 1);
	assert_int_equal(t.events[LBL_EV_ERROR], 1);
	assert_string_equal(t.path, at("/var/d3/link"));
	assert_string_equal(t.detail, "set context");
}

/* The second of many sets fails: its own file is named, the others are not touched by that. */
static void each_failure_is_its_own(void **state)
{
	for (unsigned nth = 1; nth <= DIRS * FILES; nth += 99) {
		struct fake_rule fault = {.op = QUEUE_SETXATTR_PIN, .nth = nth, .error = -ENOSPC};
		struct told t;

		fresh_tree(state);
		many_files();
		t = run_with(LBL_RECURSE, at("/var"), &fault, 1);
		assert_int_equal(t.count.changed, DIRS * (FILES + 1) + 2);
		assert_int_equal(t.count.errors[LBL_CLASS_NO_SPACE], 1);
		assert_string_equal(label_of(t.path + strlen(tree)), "");
		t = run(LBL_RECURSE, at("/var"));
		assert_int_equal(t.count.changed, 1);
	}
}

/* Labels on their way hold descriptors: who wants one more for a directory gets it from them. */
static void a_batch_gives_way_to_a_directory(void **state)
{
	struct fake_rule faults[] = {
		{.op = QUEUE_OPENAT, .name = "sub", .nth = 1, .error = -EMFILE},
		{.op = QUEUE_OPENAT, .name = "deep", .nth = 1, .error = -ENFILE},
	};
	struct told t;

	run_shell("mkdir -p '%s'/var/x/sub/deep && cd '%s'/var/x && touch 1 2 3 sub/4 sub/deep/5",
		  tree, tree);
	threads = 1;
	late = true;
	t = run_with(LBL_RECURSE, at("/var/x"), faults, ARRAY_SIZE(faults));
	late = false;
	threads = 2;
	assert_int_equal(faults[0].seen, 2);
	assert_int_equal(faults[1].seen, 2);
	assert_int_equal(t.count.errors[LBL_CLASS_OTHER], 0);
	assert_int_equal(t.count.changed, 8);
	assert_string_equal(label_of("/var/x/sub/deep/5"), "u:object_r:default_t:s0");
}

static struct lbl_relabel *to_stop;

static void stop_run(void *user, struct queue_req *req)
{
	lbl_relabel_stop(to_stop);
}

static void stop_at_event(void *user, const struct lbl_event *ev)
{
	struct told *told = user;

	assert_int_equal(ev->type, LBL_EV_CHANGED);
	if (told->events[ev->type]++ == 20)
		lbl_relabel_stop(to_stop);
}

static unsigned labelled_below(const char *rel)
{
	char command[256];
	unsigned n = 0;
	FILE *f;

	snprintf(command, sizeof(command), "getfattr -R -h -n %s '%s' 2>/dev/null | grep -c ^user",
		 XATTR, at(rel));
	f = popen(command, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &n), 1);
	pclose(f);
	return n;
}

/* What is stopped has told exactly of what it did. */
static void a_stopped_run_has_lost_nothing(void **state)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = rules_path};
	struct fake_rule stop = {.op = QUEUE_SETXATTR_PIN, .nth = 100, .before = stop_run};
	struct fake_script script = {.rules = &stop, .n_rules = 1};

	for (int scripted = 0; scripted < 2; scripted++) {
		struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER};
		struct lbl_relabel_options o = {
			.size = sizeof(o),
			.flags = LBL_RECURSE | LBL_NO_MOUNT_CHECK | LBL_REPORT_CHANGES,
			.alt_root = tree,
			.xattr = XATTR,
			.event = scripted ? on_event : stop_at_event,
			.user = &told,
			.queue_ops = scripted ? &queue_fake : NULL,
			.queue_arg = &script,
			.io = way,
		};
		size_t fds = open_fds();

		fresh_tree(state);
		many_files();
		assert_int_equal(lbl_rules_open(&o.rules, &ro), 0);
		assert_int_equal(lbl_relabel_new(&to_stop, &o), 0);
		assert_int_equal(lbl_relabel_path(to_stop, at("/var")), -ECANCELED);
		lbl_relabel_counters(to_stop, &told.count);
		lbl_relabel_free(to_stop);
		lbl_rules_free(o.rules);
		assert_true(told.count.changed >= 20);
		assert_true(told.count.changed < DIRS * (FILES + 1) + 3);
		assert_int_equal(told.events[LBL_EV_CHANGED], told.count.changed);
		assert_int_equal(labelled_below("/var"), told.count.changed);
		for (size_t i = 0; i < LBL_CLASSES; i++)
			assert_int_equal(told.count.errors[i], 0);
		assert_int_equal(open_fds(), fds);
	}
}

static void options_of_older_callers_are_taken(void **state)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = rules_path};
	struct lbl_relabel_options o = {.size = offsetof(struct lbl_relabel_options, io),
					.io = 12345};
	struct lbl_relabel *rl;

	assert_int_equal(lbl_rules_open(&o.rules, &ro), 0);
	assert_int_equal(lbl_relabel_new(&rl, &o), 0);
	lbl_relabel_free(rl);
	o.size = sizeof(o);
	assert_int_equal(lbl_relabel_new(&rl, &o), -EINVAL);
	o.io = LBL_IO_URING;
	o.size = offsetof(struct lbl_relabel_options, io) - 1;
	assert_int_equal(lbl_relabel_new(&rl, &o), -EINVAL);
	lbl_rules_free(o.rules);
}

static int set_up(void **state)
{
	return rig_set_up(rules_text);
}

static int tear_down(void **state)
{
	return rig_tear_down();
}

/* Each fails alone: what one file cannot hold says nothing of the file system. */
static void no_space_for_one_file_is_its_own(void **state)
{
	struct fake_rule faults[] = {
		{.op = QUEUE_SETXATTR_PIN, .nth = 1, .error = -ENOSPC},
	};
	struct told told = run_with(LBL_RECURSE, tree, faults, ARRAY_SIZE(faults));

	assert_int_equal(told.result, 0);
	assert_int_equal(told.count.errors[LBL_CLASS_NO_SPACE], 1);
	assert_int_equal(told.events[LBL_EV_FULL], 0);
	assert_true(faults[0].seen > 1);
}

static void no_more_is_tried_of_who_has_no_quota(void **state)
{
	struct fake_rule faults[] = {
		{.op = QUEUE_SETXATTR_PIN, .error = -EDQUOT},
		{.op = QUEUE_SETXATTR_FD, .error = -EDQUOT},
	};
	struct told told;

	run_shell("cd '%s'/etc && seq 200 | xargs touch", tree);
	told = run_with(LBL_RECURSE, tree, faults, ARRAY_SIZE(faults));
	assert_int_equal(told.result, 0);
	assert_int_equal(told.events[LBL_EV_FULL], 1);
	/* one for each thread may have been on its way */
	assert_in_range(faults[0].hits + faults[1].hits, 1, 2);
	assert_true(told.count.errors[LBL_CLASS_NO_SPACE] > 200);
	assert_true(told.events[LBL_EV_ERROR] <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(labels_once_and_then_nothing, fresh_tree),
		cmocka_unit_test_setup(not_recursive_means_one, fresh_tree),
		cmocka_unit_test_setup(dry_run_counts_and_writes_nothing, fresh_tree),
		cmocka_unit_test_setup(operands_that_cannot_be, fresh_tree),
		cmocka_unit_test(links_of_another_system_are_its_own),
		cmocka_unit_test(faults_are_counted_and_the_walk_goes_on),
		cmocka_unit_test_setup(unsupported_is_told_once_a_mount, fresh_tree),
		cmocka_unit_test_setup(no_space_for_one_file_is_its_own, fresh_tree),
		cmocka_unit_test_setup(no_more_is_tried_of_who_has_no_quota, fresh_tree),
		cmocka_unit_test_setup(range_is_taken_from_the_inode_that_is_written, fresh_tree),
		cmocka_unit_test_setup(a_link_that_takes_the_name_is_not_followed, fresh_tree),
		cmocka_unit_test_setup(a_hard_link_that_takes_the_name_is_refused, fresh_tree),
		cmocka_unit_test_setup(a_hard_link_taken_away_before_the_count_is_refused,
				       fresh_tree),
		cmocka_unit_test_setup(the_highest_rank_decides, fresh_tree),
		cmocka_unit_test(trust_is_a_matter_of_the_whole_way),
		cmocka_unit_test_setup(a_way_others_can_change_does_not_decide, fresh_tree),
		cmocka_unit_test_setup(failures_of_the_later_passes_are_told, fresh_tree),
		cmocka_unit_test_setup(a_failure_of_each_pass_is_told_once, fresh_tree),
		cmocka_unit_test(few_failures_are_known),
		cmocka_unit_test_setup(an_operand_that_vanishes_between_the_passes_is_no_end,
				       fresh_tree),
		cmocka_unit_test_setup(an_operand_closed_to_us_between_the_passes_is_told,
				       fresh_tree),
		cmocka_unit_test_setup(a_directory_exchanged_between_the_passes_is_no_error,
				       fresh_tree),
		cmocka_unit_test_setup(no_memory_for_the_top_ends_the_run, fresh_tree),
		cmocka_unit_test_setup(a_refusal_is_told_in_any_order, fresh_tree),
		cmocka_unit_test_setup(many_conflicts_keep_little, fresh_tree),
		cmocka_unit_test_setup(names_that_agree_are_labelled_once, fresh_tree),
		cmocka_unit_test_setup(multilink_can_be_left_alone, fresh_tree),
		cmocka_unit_test_setup(exclusions_and_stop, fresh_tree),
		cmocka_unit_test_setup(all_of_many_are_labelled, fresh_tree),
		cmocka_unit_test_setup(few_descriptors_are_enough, fresh_tree),
		cmocka_unit_test_setup(a_refusal_names_its_path, fresh_tree),
		cmocka_unit_test(each_failure_is_its_own),
		cmocka_unit_test(a_stopped_run_has_lost_nothing),
		cmocka_unit_test(options_of_older_callers_are_taken),
	};
	const struct CMUnitTest batches[] = {
		cmocka_unit_test_setup(all_of_many_are_labelled, fresh_tree),
		cmocka_unit_test(each_failure_is_its_own),
		cmocka_unit_test_setup(a_batch_gives_way_to_a_directory, fresh_tree),
		cmocka_unit_test(a_stopped_run_has_lost_nothing),
	};
	int r;

	if (set_up(NULL))
		return 1;
	r = cmocka_run_group_tests_name("auto", tests, NULL, NULL);
	way = LBL_IO_URING;
	r += cmocka_run_group_tests_name("uring", tests, NULL, NULL);
	newest_first = true;
	r += cmocka_run_group_tests_name("uring, last done first", batches, NULL, NULL);
	return tear_down(NULL) ? 1 : r;
}
