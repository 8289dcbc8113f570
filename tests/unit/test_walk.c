/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk over real temporary trees: what is visited, what is left out, mounts, threads. */
#include "walk_fixture.h"

#include "base/thread.h"
#include "tree/walk_adapt.h"

/* ---- what is visited ------------------------------------------------------------------------ */

static void visits_everything_once(void **state)
{
	struct fixture *f = *state;
	static const enum queue_form forms[] = {QUEUE_FORM_AUTO, QUEUE_FORM_AT, QUEUE_FORM_FCHDIR,
						QUEUE_FORM_PROC};

	make_small(f);
	f->rec.read_labels = true;
	for (size_t i = 0; i < ARRAY_SIZE(forms) * 3; i++) {
		int r;

		f->rec.o.form = forms[i / 3];
		f->rec.o.threads = (unsigned[]){1, 4, 0}[i % 3];
		r = run(f);
		if (r == -ENOSYS && f->rec.o.form == QUEUE_FORM_AT)
			continue; /* before Linux 6.13 */
		assert_int_equal(r, 0);
		EXPECT(f, "d /T", "d /T/a", "d /T/a/b", "f /T/a/b/x", "f /T/a/b/y", "f /T/a/z",
		       "f /T/s", "l /T/link");
		assert_int_equal(f->rec.failures, 0);
	}
}

static void top_must_be_a_directory(void **state)
{
	struct fixture *f = *state;
	int r;

	make_small(f);
	f->rec.o.name = "missing";
	assert_int_equal(run(f), -ENOENT);
	EXPECT(f, "! open 2 /T");
	f->rec.o.name = "t/s";
	assert_int_equal(run(f), -ENOTDIR);
	f->rec.o.name = "t/link";
	r = run(f);
	assert_true(r == -ENOTDIR || r == -ELOOP);
	assert_int_equal(f->rec.failures, 1);
	f->rec.o.dirfd = AT_FDCWD;
	assert_int_equal(run(f), -EINVAL);
	f->rec.o.name = f->tmp;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.dirs, 4);
}

static void top_dot_and_root_path(void **state)
{
	struct fixture *f = *state;

	make_file(f, "t/x");
	f->rec.o.name = ".";
	f->rec.o.path = "/";
	assert_int_equal(run(f), 0);
	EXPECT(f, "d /", "d /t", "f /t/x");
}

static void unread_and_unwanted_directories(void **state)
{
	struct fixture *f = *state;

	make_small(f);
	f->rec.do_not_read = "b";
	assert_int_equal(run(f), 0);
	EXPECT(f, "d /T", "d /T/a", "d /T/a/b", "f /T/a/z", "f /T/s", "l /T/link");
	f->rec.unwanted = "a";
	assert_int_equal(run(f), 0);
	EXPECT(f, "d /T", "f /T/s", "l /T/link");
}

static void names_of_any_bytes(void **state)
{
	struct fixture *f = *state;
	char name[256], line[300], path[300];

	memset(name, 0xfe, 255);
	name[255] = '\0';
	snprintf(path, sizeof(path), "t/%s", name);
	snprintf(line, sizeof(line), "f /T/%s", name);
	make_file(f, path);
	make_file(f, "t/new\nline");
	make_file(f, "t/...");
	make_dir(f, "t/..d");
	f->rec.read_labels = true;
	assert_int_equal(run(f), 0);
	assert_true(has(f, line));
	assert_true(has(f, "f /T/new\nline"));
	assert_true(has(f, "f /T/..."));
	assert_true(has(f, "d /T/..d"));
	assert_int_equal(f->rec.n, 5);
}

static void every_kind_by_d_type_and_without(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {{.op = QUEUE_GETDENTS, .no_types = true}};
	struct fake_script script;

	make_small(f);
	assert_int_equal(mknodat(f->fd, "t/fifo", S_IFIFO | 0600, 0), 0);
	for (int pass = 0; pass < 2; pass++) {
		assert_int_equal(run(f), 0);
		EXPECT(f, "d /T", "d /T/a", "d /T/a/b", "f /T/a/b/x", "f /T/a/b/y", "f /T/a/z",
		       "f /T/fifo", "f /T/s", "l /T/link");
		/* three directories, and without types every name */
		assert_int_equal(f->rec.stats.calls[QUEUE_STATX], pass ? 3 + 8 : 3);
		use_script(f, &script, rules, 1);
	}
}

static void excluded_paths_are_not_touched(void **state)
{
	struct fixture *f = *state;
	_cleanup_(scope_done) struct scope scope = {0};
	struct fake_rule rules[] = {
		{.op = QUEUE_OPS, .name = "a"},
		{.op = QUEUE_OPS, .name = "s"},
		{.op = QUEUE_OPS, .name = "link"},
	};
	struct fake_script script;

	make_small(f);
	use_script(f, &script, rules, ARRAY_SIZE(rules));
	f->rec.read_labels = true;
	assert_int_equal(scope_exclude(&scope, "/T/a", "asked"), 0);
	assert_int_equal(scope_exclude(&scope, "/T/s", "asked"), 0);
	f->rec.o.scope = scope_find(&scope, "/T");
	assert_int_equal(run(f), 0);
	EXPECT(f, "- /T/a", "- /T/s", "d /T", "l /T/link");
	assert_int_equal(atomic_load(&rules[0].seen), 0);
	assert_int_equal(atomic_load(&rules[1].seen), 0);
	assert_int_equal(atomic_load(&rules[2].seen), 1); /* one label read */

	/* something below, but not this */
	scope_done(&scope);
	assert_int_equal(scope_exclude(&scope, "/T/a/b", "asked"), 0);
	f->rec.o.scope = scope_find(&scope, "/T");
	assert_int_equal(run(f), 0);
	EXPECT(f, "- /T/a/b", "d /T", "d /T/a", "f /T/a/z", "f /T/s", "l /T/link");
}

static void a_regular_file_costs_one_call(void **state)
{
	struct fixture *f = *state;
	const uint64_t *calls = f->rec.stats.calls;

	make_files(f, "t", 700);
	f->rec.read_labels = true;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.entries, 700);
	assert_int_equal(calls[QUEUE_OPENAT], 1);
	assert_int_equal(calls[QUEUE_STATX], 1);
	assert_int_equal(calls[QUEUE_CLOSE], 1);
	if (f->rec.stats.calls[QUEUE_GETXATTR_AT] != 700) /* FCHDIR: one more per directory */
		assert_in_range(calls[QUEUE_GETXATTR_AT], 701, 710);
	assert_in_range(calls[QUEUE_GETDENTS], 2, 4);
	for (int op = QUEUE_GETXATTR_FD; op < QUEUE_OPS; op++)
		assert_int_equal(calls[op], 0);
}

static void sorts_by_inode(void **state)
{
	struct fixture *f = *state;

	make_files(f, "t", 300);
	f->rec.o.threads = 1;
	f->rec.o.flags = WALK_SORT;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.entries, 300);
	assert_false(f->rec.unsorted);
}

/* ---- big and deep --------------------------------------------------------------------------- */

static void big_directory_is_shared_out(void **state)
{
	struct fixture *f = *state;

	make_files(f, "t", 20000);
	make_dir(f, "t/sub");
	f->rec.need_two = true;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.entries, 20000);
	assert_int_equal(f->rec.dirs, 2);
	assert_non_null(f->rec.workers[1]);
	for (size_t i = 1; i < f->rec.n; i++)
		assert_string_not_equal(f->rec.lines[i - 1], f->rec.lines[i]);
	f->rec.need_two = false;
	f->rec.o.threads = 1;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.entries, 20000);
}

static void waiting_subdirectories_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {{.op = QUEUE_GETDENTS, .no_types = true}};
	struct fake_script script;

	for (unsigned i = 0; i < 6000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "t/d%u", i);
		make_dir(f, path);
	}
	f->rec.quiet = true;
	for (int pass = 0; pass < 3; pass++) {
		f->rec.o.threads = pass == 0 ? 1 : 4;
		if (pass == 2)
			use_script(f, &script, rules, 1);
		assert_int_equal(run(f), 0);
		assert_int_equal(f->rec.dirs, 6001);
		/* 1,024 stop the reader, after the buffer it has in hand (at 24 bytes a name) */
		if (pass < 2)
			assert_in_range(f->rec.most_waiting, 1, 1024 + 1366 + 4);
	}
}

static void deep_chain_with_few_descriptors(void **state)
{
	struct fixture *f = *state;

	make_chain(f, 3000);
	f->rec.quiet = true;
	f->rec.read_labels = true;
	for (unsigned pass = 0; pass < 3; pass++) {
		f->rec.o.threads = pass == 1 ? 4 : 1;
		f->rec.o.max_fds = pass == 2 ? 0 : 8;
		assert_int_equal(run(f), 0);
		assert_int_equal(f->rec.dirs, 1 + 3 * 3000);
		assert_int_equal(f->rec.entries, 3000);
		assert_int_equal(f->rec.failures, 0);
		assert_int_equal(f->rec.longest,
				 strlen("/T") + 2999 * strlen("/c") + strlen("/right-000000"));
		if (pass < 2) {
			assert_in_range(f->rec.stats.peak_fds, 1, 8);
			/* several threads may happen to open all there is just in time */
			assert_true(pass == 1 || f->rec.stats.reopened > 0);
		} else {
			assert_int_equal(f->rec.stats.reopened, 0);
		}
	}
}

/* ---- mounts --------------------------------------------------------------------------------- */

/*
 * A mount namespace of our own, from the start, as descriptors stay in the old one: what is
 * mounted here is gone with the process.
 */
static bool may_mount;

static void need_mounts(void)
{
	if (may_mount)
		return;
	print_message("needs root to mount\n");
	skip();
}

static void mounts_are_a_boundary(void **state)
{
	struct fixture *f = *state;
	_cleanup_(scope_done) struct scope scope = {0};
	struct fake_rule rules[] = {{.op = QUEUE_OPENAT, .name = "m"}};
	struct fake_script script;
	char path[64], file[64], on[64];

	need_mounts();
	make_small(f);
	make_dir(f, "t/m");
	snprintf(path, sizeof(path), "%s/t/m", f->tmp);
	assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
	make_file(f, "t/m/inside");
	/* a file of the same file system over another file */
	snprintf(file, sizeof(file), "%s/t/a/z", f->tmp);
	snprintf(on, sizeof(on), "%s/t/s", f->tmp);
	assert_int_equal(mount(file, on, NULL, MS_BIND, NULL), 0);

	use_script(f, &script, rules, 1);
	assert_int_equal(run(f), 0);
	assert_true(has(f, "f /T/m/inside") && has(f, "f /T/s"));
	assert_int_equal(atomic_load(&rules[0].seen), 1);

	/* without a table the opened directory itself tells */
	f->rec.o.flags = WALK_ONE_MOUNT;
	assert_int_equal(run(f), 0);
	assert_true(has(f, "x /T/m") && has(f, "f /T/s"));
	assert_false(has(f, "f /T/m/inside") || has(f, "d /T/m"));
	assert_int_equal(atomic_load(&rules[0].seen), 2);

	/* with one it is not even opened, and files are seen too */
	assert_int_equal(scope_mount(&scope, "/T/m", NULL, 0), 0);
	assert_int_equal(scope_mount(&scope, "/T/s", NULL, 0), 0);
	f->rec.o.scope = scope_find(&scope, "/T");
	assert_int_equal(run(f), 0);
	EXPECT(f, "d /T", "d /T/a", "d /T/a/b", "f /T/a/b/x", "f /T/a/b/y", "f /T/a/z", "l /T/link",
	       "x /T/m", "x /T/s");
	assert_int_equal(atomic_load(&rules[0].seen), 2);

	/* one that cannot be opened is on the other side all the same */
	f->rec.o.scope = NULL;
	rules[0].error = -EACCES;
	assert_int_equal(run(f), 0);
	assert_true(has(f, "x /T/m"));
	assert_int_equal(f->rec.failures, 0);
	assert_int_equal(umount2(on, MNT_DETACH), 0);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
}

static void a_loop_of_mounts_is_not_descended(void **state)
{
	struct fixture *f = *state;
	char top[64], inner[64];

	need_mounts();
	make_small(f);
	make_dir(f, "t/a/b/loop");
	snprintf(top, sizeof(top), "%s/t", f->tmp);
	snprintf(inner, sizeof(inner), "%s/t/a/b/loop", f->tmp);
	assert_int_equal(mount(top, inner, NULL, MS_BIND, NULL), 0);
	assert_int_equal(run(f), 0);
	assert_true(has(f, "! cycle 40 /T/a/b/loop"));
	assert_int_equal(f->rec.failures, 1);
	assert_int_equal(f->rec.dirs, 3);
	assert_int_equal(umount2(inner, MNT_DETACH), 0);
}

/* ---- threads -------------------------------------------------------------------------------- */

static void stops_when_told(void **state)
{
	struct fixture *f = *state;

	make_files(f, "t", 3000);
	make_chain(f, 30);
	f->rec.stop_after = 50;
	for (unsigned threads = 1; threads <= 4; threads += 3) {
		f->rec.o.threads = threads;
		assert_int_equal(run(f), -ECANCELED);
		assert_in_range(f->rec.entries, 50, 60);
	}
	f->rec.stop_after = 0;
	assert_int_equal(run(f), 0);
}

/* deeper than the parents that are compared at every level; the way is climbed at 512 */
enum { LEG = 200 };

/* The ends of the two legs. */
struct ends {
	struct fixture *f;
	int a, b;
};

/* LEG directories one in the other below @fd, which is closed; the last one, open. */
static int make_leg(int fd, const char *first, const char *middle)
{
	for (unsigned i = 0; i < LEG; i++) {
		const char *name = i == 0 ? first : i == LEG / 2 ? middle : "s";
		int next;

		assert_int_equal(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	return fd;
}

/* The part of the way above the walk goes below it: t/A/../B/.. becomes t/B/../A/.. */
static void turn_round(void *user, struct queue_req *req)
{
	struct ends *ends = user;
	int t = openat(ends->f->fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(renameat(ends->a, "B", t, "B"), 0);
	assert_int_equal(renameat(t, "A", ends->b, "A"), 0);
	close(t);
}

static void a_way_that_comes_round_is_left(void **state)
{
	struct fixture *f = *state;
	struct ends ends = {.f = f};
	struct fake_rule rules[] = {{.op = QUEUE_OPENAT,
				     .name = "turn",
				     .nth = 1,
				     .before = turn_round,
				     .user = &ends}};
	struct fake_script script;

	ends.a = make_leg(openat(f->fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "A", "s");
	ends.b = make_leg(fcntl(ends.a, F_DUPFD_CLOEXEC, 0), "B", "turn");
	f->rec.quiet = true;
	use_script(f, &script, rules, 1);
	f->fds_before += 2;
	assert_int_equal(run(f), 0);
	f->fds_before -= 2;
	close(ends.a);
	close(ends.b);
	assert_int_equal(rules[0].hits, 1);
	assert_int_equal(f->rec.failures, 1);
	assert_in_range(f->rec.dirs, 2 * LEG + 1, 514);
}

/* Stopped in the middle of thousands of waiting directories and a parked reader. */
static void stops_with_a_parked_reader(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 4000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "t/d%u", i);
		make_dir(f, path);
		if (i == 2000)
			make_files(f, path, 50);
	}
	f->rec.quiet = true;
	f->rec.stop_after = 25;
	for (unsigned threads = 1; threads <= 4; threads += 3) {
		f->rec.o.threads = threads;
		assert_int_equal(run(f), -ECANCELED);
		assert_in_range(f->rec.dirs, 1, 4000);
	}
}

static void waiting_threads_get_company(void **state)
{
	struct fixture *f = *state;
	struct fake_rule rules[] = {{.op = QUEUE_OPENAT, .delay_us = 3000}};
	struct fake_script script;

	make_chain(f, 1);
	for (unsigned i = 0; i < 1000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "t/d%u", i);
		make_dir(f, path);
	}
	f->rec.quiet = true;
	use_script(f, &script, rules, 1);
	f->rec.o.threads = 0;
	assert_int_equal(run(f), 0);
	assert_true(f->rec.stats.peak_threads > sysconf(_SC_NPROCESSORS_ONLN));
	assert_in_range(f->rec.stats.peak_threads, 1, 64);
	assert_int_equal(f->rec.starts, f->rec.stats.peak_threads);
	f->rec.o.threads = 3;
	assert_int_equal(run(f), 0);
	assert_in_range(f->rec.stats.peak_threads, 1, 3);
	assert_int_equal(f->rec.dirs, 1004);
}

/* A machine that has use for many threads, then for few, then for many again, and so on. */
enum { TIDE = 48, TIDES = 3 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t over;
	unsigned ticks;
} tide = {.lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};

static void rise_and_fall(void *user, struct adapt_sample *sample)
{
	pthread_mutex_lock(&tide.lock);
	sample->cpu = 0;
	sample->blocked = (long)tide.ticks * 1000;
	sample->read = tide.ticks;
	sample->queued = 1;
	sample->idle = tide.ticks % TIDE < 6 ? 0 : 1000;
	if (++tide.ticks == TIDE * TIDES)
		pthread_cond_broadcast(&tide.over);
	pthread_mutex_unlock(&tide.lock);
}

/* Half of the tree is held back until the last tide is falling. */
static void wait_for_ebb(struct record *rec, const char *path)
{
	struct timespec until;

	if (strcmp(path, "/T/c") != 0)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&tide.lock);
	while (tide.ticks < TIDE * TIDES)
		if (pthread_cond_timedwait(&tide.over, &tide.lock, &until) != 0)
			break;
	pthread_mutex_unlock(&tide.lock);
}

static void threads_come_and_rest(void **state)
{
	struct fixture *f = *state;
	unsigned cpus = thread_cpus();

	if (cpus > 16) {
		print_message("SKIP: as many processors as threads\n");
		skip();
	}
	make_chain(f, 40);
	make_files(f, "t/c", 3000);
	f->rec.quiet = true;
	f->rec.on_dir = wait_for_ebb;
	f->rec.o.threads = 4 * cpus;
	f->rec.o.measured = rise_and_fall;
	assert_int_equal(run(f), 0);
	assert_true(tide.ticks >= TIDE * TIDES);
	assert_int_equal(f->rec.stats.peak_threads, 4 * cpus);
	/* each fall sends at least half of them to rest, but those that are at work */
	assert_true(f->rec.stats.rests >= TIDES);
	assert_int_equal(f->rec.starts, f->rec.stats.peak_threads);
	assert_int_equal(f->rec.dirs, 1 + 3 * 40);
	assert_int_equal(f->rec.entries, 40 + 3000);
}

static void a_worker_may_fail_to_start(void **state)
{
	struct fixture *f = *state;

	make_small(f);
	f->rec.fail_starts_after = 1;
	assert_int_equal(run(f), -ENOKEY);
	assert_int_equal(f->rec.n, 0);
	f->rec.fail_starts_after = 2; /* the first does it all */
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.n, 8);
}

static void a_visitor_may_have_no_functions(void **state)
{
	struct fixture *f = *state;
	static const struct walk_visitor nothing = {0};
	_cleanup_(scope_done) struct scope scope = {0};

	make_small(f);
	assert_int_equal(scope_exclude(&scope, "/T/s", "asked"), 0);
	f->rec.o.scope = scope_find(&scope, "/T");
	f->rec.o.visitor = &nothing;
	assert_int_equal(run(f), 0);
	assert_int_equal(f->rec.stats.calls[QUEUE_OPENAT], 3);
	assert_int_equal(walk_run(&f->rec.o, NULL), 0);
	f->rec.o.name = "missing";
	assert_int_equal(run(f), -ENOENT);
}

static void paths_are_built_to_any_length(void **state)
{
	struct walk_dir top = {.name = "/", .name_len = 1};
	struct walk_dir a = {.parent = &top, .name = "a", .name_len = 1};
	struct walk_dir b = {.parent = &a, .name = "bcd", .name_len = 3};
	_cleanup_(buf_done) struct buf buf = {0};

	buf_adds(&buf, "kept:");
	walk_path(&b, "name", &buf);
	assert_string_equal(buf.data, "kept:/a/bcd/name");
	buf_reset(&buf);
	walk_path(&top, NULL, &buf);
	assert_string_equal(buf.data, "/");
	buf_reset(&buf);
	walk_path(&top, "x", &buf);
	assert_string_equal(buf.data, "/x");
	buf_reset(&buf);
	walk_path(NULL, "/op/erand", &buf);
	assert_string_equal(buf.data, "/op/erand");
	buf_reset(&buf);
	top.name = "rel";
	top.name_len = 3;
	walk_path(&b, NULL, &buf);
	assert_string_equal(buf.data, "rel/a/bcd");
	assert_ptr_equal(walk_top(&b), &top);
}

static void the_descriptor_limit_can_be_raised(void **state)
{
	struct rlimit before, after, low;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = MIN(before.rlim_max, 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(walk_raise_fd_limit(), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_int_equal(after.rlim_cur, before.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(visits_everything_once),
		TEST(top_must_be_a_directory),
		TEST(top_dot_and_root_path),
		TEST(unread_and_unwanted_directories),
		TEST(names_of_any_bytes),
		TEST(every_kind_by_d_type_and_without),
		TEST(excluded_paths_are_not_touched),
		TEST(a_regular_file_costs_one_call),
		TEST(sorts_by_inode),
		TEST(big_directory_is_shared_out),
		TEST(waiting_subdirectories_are_bounded),
		TEST(deep_chain_with_few_descriptors),
		TEST(mounts_are_a_boundary),
		TEST(a_loop_of_mounts_is_not_descended),
		TEST(stops_when_told),
		TEST(a_way_that_comes_round_is_left),
		TEST(stops_with_a_parked_reader),
		TEST(waiting_threads_get_company),
		TEST(threads_come_and_rest),
		TEST(a_worker_may_fail_to_start),
		TEST(a_visitor_may_have_no_functions),
		TEST(paths_are_built_to_any_length),
		TEST(the_descriptor_limit_can_be_raised),
	};

	may_mount = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
