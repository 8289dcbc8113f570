/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bare: files that have no label yet, or seem to have none, and what may be made of that. */
#include "relabel_rig.h"

static const char rules_text[] = "/.* u:object_r:default_t:s0\n"
				 "/etc(/.*)? u:object_r:etc_t:s0\n";

enum { FILES = 200, STREAK_MAX = 16 };

/* Calls counted by rules that change nothing. */
enum { READ_NAME, READ_PIN, OPEN, WRITE, COUNTED };

struct counted {
	struct told told;
	unsigned calls[COUNTED];
};

static struct counted run_with(unsigned flags, const struct fake_rule *fault)
{
	struct fake_rule rules[COUNTED + 1] = {
		[READ_NAME] = {.op = QUEUE_GETXATTR_AT},
		[READ_PIN] = {.op = QUEUE_GETXATTR_PIN},
		[OPEN] = {.op = QUEUE_OPENAT, .name = "f*"},
		[WRITE] = {.op = QUEUE_SETXATTR_PIN},
	};
	struct fake_script script = {.rules = rules, .n_rules = COUNTED + (fault != NULL)};
	struct lbl_relabel_options o = {
		.flags = flags | LBL_RECURSE,
		.threads = 1,
		.queue_ops = &queue_fake,
		.queue_arg = &script,
		.io = LBL_IO_SYNC,
	};
	struct counted c = {0};

	if (fault)
		rules[COUNTED] = *fault;
	rig_run(&o, &c.told, at("/etc"));
	for (int i = 0; i < COUNTED; i++)
		c.calls[i] = rules[i].hits;
	if (fault)
		assert_int_equal(rules[COUNTED].hits, 1);
	return c;
}

static int fresh_tree(void **state)
{
	run_shell("rm -rf '%s' && mkdir -p '%s'/etc '%s'/victim && cd '%s'/etc && "
		  "touch ../victim/file && seq -f f%%g %d | xargs touch",
		  tree, tree, tree, tree, FILES);
	return 0;
}

/* A look at the name is the first files' only; and who writes needs not read before. */
static void no_look_at_what_seems_bare(void **state)
{
	struct counted c = run_with(0, NULL);

	assert_int_equal(c.told.count.changed, FILES + 1); /* and the directory */
	assert_int_equal(c.calls[READ_NAME], STREAK_MAX);
	assert_int_equal(c.calls[READ_PIN], 0);
	assert_int_equal(c.calls[OPEN], FILES);
	assert_int_equal(c.calls[WRITE], FILES);
	assert_int_equal(c.told.events[LBL_EV_CHANGED], FILES + 1);
	assert_string_equal(label_of("/etc/f200"), "u:object_r:etc_t:s0");

	c = run_with(0, NULL);
	assert_int_equal(c.told.count.changed, 0);
	assert_int_equal(c.calls[READ_NAME], FILES);
	assert_int_equal(c.calls[OPEN], 0);
}

static void a_dry_run_looks(void **state)
{
	struct counted c = run_with(LBL_DRY_RUN, NULL);

	assert_int_equal(c.told.count.changed, FILES + 1);
	assert_int_equal(c.calls[READ_NAME], FILES);
	assert_int_equal(c.calls[WRITE], 0);
	assert_string_equal(label_of("/etc/f1"), "");
}

/* Wherever labels turn up among those without, what is to be kept of them is kept. */
static void labels_between_are_seen(void **state)
{
	char name[16];
	struct counted c;

	for (int i = 10; i <= FILES; i += 20) {
		snprintf(name, sizeof(name), "/etc/f%d", i);
		set_label(name, i % 40 == 10 ? "u:object_r:old_t:s15" : "u:object_r:etc_t:s0");
	}
	c = run_with(0, NULL);
	assert_int_equal(c.told.count.changed, FILES + 1 - FILES / 40);
	for (int i = 10; i <= FILES; i += 20) {
		snprintf(name, sizeof(name), "/etc/f%d", i);
		assert_string_equal(label_of(name),
				    i % 40 == 10 ? "u:object_r:etc_t:s15" : "u:object_r:etc_t:s0");
	}
}

/* ---- exchanges between two calls ---- */

static const char *swapped(const struct queue_req *req)
{
	static char rel[64];

	snprintf(rel, sizeof(rel), "/etc/%s", req->name);
	return rel;
}

static void swap_in_other_range(void *user, struct queue_req *req)
{
	assert_int_equal(rename(at("/victim/file"), at(swapped(req))), 0);
	snprintf(user, 64, "%s", swapped(req));
}

/* The inode that is there when it is opened has a range of its own, though the name had none. */
static void what_has_a_label_by_then_keeps_its_range(void **state)
{
	for (unsigned nth = 1; nth <= 100; nth += 99) { /* looked at; not looked at */
		char name[64] = "";
		struct fake_rule race = {.op = QUEUE_OPENAT,
					 .name = "f*",
					 .nth = nth,
					 .before = swap_in_other_range,
					 .user = name};
		struct counted c;

		fresh_tree(state);
		set_label("/victim/file", "u:object_r:old_t:s15");
		c = run_with(0, &race);
		assert_int_equal(c.told.count.changed, FILES + 1);
		assert_string_equal(label_of(name), "u:object_r:etc_t:s15");
	}
}

static void swap_in_hard_link(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at(swapped(req))), 0);
	assert_int_equal(link(at("/victim/file"), at(swapped(req))), 0);
}

static void swap_in_link(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at(swapped(req))), 0);
	assert_int_equal(symlink("../victim/file", at(swapped(req))), 0);
}

static void take_away(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at(swapped(req))), 0);
}

static void nothing_else_is_labelled(void **state)
{
	static const struct {
		void (*before)(void *user, struct queue_req *req);
		enum lbl_event_type told;
		unsigned vanished;
	} cases[] = {
		{swap_in_hard_link, LBL_EV_MULTILINK, 0},
		{swap_in_link, LBL_EV_CHANGED, 1},
		{take_away, LBL_EV_CHANGED, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fake_rule race = {
			.op = QUEUE_OPENAT, .name = "f*", .nth = 100, .before = cases[i].before};
		struct counted c;

		fresh_tree(state);
		c = run_with(LBL_SKIP_MULTILINK, &race);
		assert_string_equal(label_of("/victim/file"), "");
		assert_int_equal(c.told.count.changed, FILES);
		assert_true(c.told.events[cases[i].told] > 0);
		assert_int_equal(c.told.count.errors[LBL_CLASS_VANISHED], cases[i].vanished);
	}
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
		cmocka_unit_test_setup(no_look_at_what_seems_bare, fresh_tree),
		cmocka_unit_test_setup(a_dry_run_looks, fresh_tree),
		cmocka_unit_test_setup(labels_between_are_seen, fresh_tree),
		cmocka_unit_test(what_has_a_label_by_then_keeps_its_range),
		cmocka_unit_test(nothing_else_is_labelled),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
