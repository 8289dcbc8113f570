/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk when calls fail, and when the tree changes under it. */
#include "walk_fixture.h"

/* ---- faults --------------------------------------------------------------------------------- */

static void any_call_may_fail(void **state)
{
	struct fixture *f = *state;
	static const int errors[] = {-EIO,     -EPERM,	    -EACCES, -ENOSPC,
				     -EROFS,   -EOPNOTSUPP, -ENOMEM, /* gone: */ -ENOENT,
				     -ENOTDIR, -ELOOP};
	static const struct {
		enum queue_op op;
		const char *name, *what, *path;
	} cases[] = {
		{QUEUE_OPENAT, "b", "open", "/T/a/b"},
		{QUEUE_STATX, "b", "stat", "/T/a/b"},
		{QUEUE_GETDENTS, "b", "read directory", "/T/a/b"},
		{QUEUE_CLOSE, "b", NULL, NULL},
	};

	make_small(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(errors) * 2; i++) {
		int error = errors[i / 2 / ARRAY_SIZE(cases)];
		size_t c = i / 2 % ARRAY_SIZE(cases);
		struct fake_rule rules[] = {
			{.op = cases[c].op, .name = cases[c].name, .error = error}};
		struct fake_script script;
		char line[64];

		f->rec.o.threads = i % 2 ? 4 : 1;
		use_script(f, &script, rules, 1);
		assert_int_equal(run(f), 0);
		assert_true(atomic_load(&rules[0].hits) > 0);
		assert_int_equal(f->rec.failures, cases[c].what ? 1 : 0);
		if (cases[c].what) {
			snprintf(line, sizeof(line), "! %s %d %s", cases[c].what, -error,
				 cases[c].path);
			assert_true(has(f, line));
		}
		/* an unopened directory can still be labelled, one that is gone cannot */
		assert_int_equal(has(f, "k /T/a/b"), cases[c].op == QUEUE_OPENAT &&
							     error != -ENOENT &&
							     error != -ENOTDIR && error != -ELOOP);
		assert_true(has(f, "f /T/a/z") && has(f, "f /T/s") && has(f, "l /T/link"));
	}
}

static void the_top_may_fail(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {{.op = QUEUE_OPENAT, .name = "t", .error = -EIO}};
	struct fake_script script;

	use_script(f, &script, rules, 1);
	assert_int_equal(run(f), -EIO);
	EXPECT(f, "! open 5 /T");
	rules[0].op = QUEUE_STATX;
	assert_int_equal(run(f), -EIO);
	EXPECT(f, "! stat 5 /T");
}

static void reading_may_fail_half_way(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {{.op = QUEUE_GETDENTS, .name = "t", .nth = 3, .error = -EIO}};
	struct fake_script script;

	make_files(f, "t", 3000);
	use_script(f, &script, rules, 1);
	assert_int_equal(run(f), 0);
	assert_true(has(f, "! read directory 5 /T"));
	assert_int_equal(f->rec.failures, 1);
	assert_in_range(f->rec.entries, 500, 2999);
}

static void statx_of_unknown_kind_may_fail(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {
		{.op = QUEUE_GETDENTS, .no_types = true},
		{.op = QUEUE_STATX, .name = "s", .error = -ENOENT},
	};
	struct fake_script script;

	make_small(f);
	use_script(f, &script, rules, 2);
	assert_int_equal(run(f), 0);
	assert_true(has(f, "! stat 2 /T/s"));
	assert_int_equal(f->rec.failures, 1);
	assert_int_equal(f->rec.entries, 4);
}

static void retries_without_noatime(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {{.op = QUEUE_OPENAT, .name = "a", .nth = 1, .error = -EPERM}};
	struct fake_script script;

	make_small(f);
	use_script(f, &script, rules, 1);
	assert_int_equal(run(f), 0);
	assert_int_equal(atomic_load(&rules[0].seen), 2);
	assert_int_equal(f->rec.failures, 0);
	assert_true(has(f, "d /T/a"));
}

static void remove_b(void *user, struct queue_req *req)
{
	struct fixture *f = user;

	unlinkat(f->fd, "t/a/b/x", 0);
	unlinkat(f->fd, "t/a/b/y", 0);
	unlinkat(f->fd, "t/a/b", AT_REMOVEDIR);
}

static void replace_b(void *user, struct queue_req *req)
{
	struct fixture *f = user;

	remove_b(user, req);
	assert_int_equal(symlinkat("/", f->fd, "t/a/b"), 0);
}

static void a_directory_may_vanish_or_change(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {
		{.op = QUEUE_OPENAT, .name = "b", .nth = 1, .before = remove_b, .user = f}};
	struct fake_script script;

	make_small(f);
	use_script(f, &script, rules, 1);
	assert_int_equal(run(f), 0);
	EXPECT(f, "! open 2 /T/a/b", "d /T", "d /T/a", "f /T/a/z", "f /T/s", "l /T/link");

	make_dir(f, "t/a/b");
	rules[0] = (struct fake_rule){
		.op = QUEUE_OPENAT, .name = "b", .nth = 1, .before = replace_b, .user = f};
	assert_int_equal(run(f), 0);
	assert_true(has(f, "! open 20 /T/a/b") || has(f, "! open 40 /T/a/b"));
	assert_int_equal(f->rec.n, 6);
}

/* ---- the tree changes ---------------------------------------------------------------------- */

static void move_top_away(struct record *rec, const char *path)
{
	char from[64], to[64];

	if (strlen(path) != strlen("/T") + 40 * strlen("/c") || strcmp(path + 2 + 78, "/c"))
		return;
	snprintf(from, sizeof(from), "%s/t/c", rec->tmp);
	snprintf(to, sizeof(to), "%s/t/moved", rec->tmp);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(mkdir(from, 0755), 0);
}

static void another_directory_in_place_is_not_entered(void **state)
{
	struct fixture *f = *state;
	size_t stale = 0;

	make_chain(f, 40);
	f->rec.o.threads = 1;
	f->rec.o.max_fds = 4;
	f->rec.on_dir = move_top_away;
	assert_int_equal(run(f), 0);
	for (size_t i = 0; i < f->rec.n; i++)
		stale += strncmp(f->rec.lines[i], "! reopen 116 ", 13) == 0; /* ESTALE */
	assert_true(stale > 0);
	assert_int_equal(stale, f->rec.failures);
	assert_int_equal(stale + f->rec.dirs, 1 + 3 * 40);
}

static void descriptor_shortage_closes_waiting_directories(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {
		{.op = QUEUE_OPENAT, .name = "c", .nth = 30, .error = -EMFILE},
		{.op = QUEUE_OPENAT, .name = "c", .nth = 35, .error = -ENFILE},
	};
	struct fake_script script;

	make_chain(f, 40);
	f->rec.o.threads = 1;
	use_script(f, &script, rules, 2);
	assert_int_equal(run(f), 0);
	assert_int_equal(atomic_load(&rules[1].hits), 1);
	assert_int_equal(f->rec.failures, 0);
	assert_int_equal(f->rec.dirs, 1 + 3 * 40);
}

struct storm {
	struct fixture *f;
	unsigned seed;
	_Atomic bool *end;
};

/* Make, rename, exchange and remove things under the walk. */
static void *storm_main(void *arg)
{
	struct storm *s = arg;
	unsigned x = s->seed;

	while (!atomic_load(s->end)) {
		char a[64], b[64];

		x = x * 1103515245 + 12345;
		snprintf(a, sizeof(a), "t/%u/%u", x >> 8 & 3, x >> 12 & 7);
		snprintf(b, sizeof(b), "t/%u/%u", x >> 16 & 3, x >> 20 & 7);
		switch (x >> 24 & 7) {
		case 0: mkdirat(s->f->fd, a, 0755); break;
		case 1: unlinkat(s->f->fd, a, AT_REMOVEDIR); break;
		case 2: unlinkat(s->f->fd, a, 0); break;
		case 3: symlinkat("/", s->f->fd, a); break;
		case 4: close_fd(openat(s->f->fd, a, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644)); break;
		case 5: renameat2(s->f->fd, a, s->f->fd, b, RENAME_EXCHANGE); break;
		default: renameat(s->f->fd, a, s->f->fd, b); break;
		}
	}
	return NULL;
}

static void survives_a_storm(void **state)
{
	struct fixture *f = *state;
	_Atomic bool end = false;
	struct storm storms[2] = {{f, 1, &end}, {f, 7, &end}};
	pthread_t threads[2];

	for (unsigned i = 0; i < 4; i++) {
		char path[16];

		snprintf(path, sizeof(path), "t/%u", i);
		make_dir(f, path);
		make_files(f, path, 20);
	}
	for (size_t i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, storm_main, &storms[i]);
	for (unsigned i = 0; i < 300; i++) {
		int r;

		forget(f);
		f->rec.o.threads = 1 + i % 4;
		f->rec.o.max_fds = i % 3 ? 0 : 4;
		r = walk_run(&f->rec.o, &f->rec.stats);
		if (r || f->rec.dirs != f->rec.done || f->rec.entries < 80) {
			atomic_store(&end, true);
			print_error("run %u: %d, %zu dirs, %zu done, %zu entries\n", i, r,
				    f->rec.dirs, f->rec.done, f->rec.entries);
			fail();
		}
		for (size_t k = 0; k < f->rec.n; k++) /* nothing outside was reached */
			if (strncmp(f->rec.lines[k], "d /T", 4) == 0)
				assert_true(strlen(f->rec.lines[k]) < 64);
	}
	atomic_store(&end, true);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(open_fds(), f->fds_before + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(any_call_may_fail),
		TEST(the_top_may_fail),
		TEST(reading_may_fail_half_way),
		TEST(statx_of_unknown_kind_may_fail),
		TEST(retries_without_noatime),
		TEST(a_directory_may_vanish_or_change),
		TEST(another_directory_in_place_is_not_entered),
		TEST(descriptor_shortage_closes_waiting_directories),
		TEST(survives_a_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
