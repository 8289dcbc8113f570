/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk_fixture: a temporary tree, and a visitor that writes down what a walk of it does and checks
 * what is true of every walk: done() for every dir(), no descriptor lost, signals left alone.
 *
 *	make_small(f);
 *	assert_int_equal(run(f), 0);
 *	EXPECT(f, "d /T", "f /T/x");
 */
#pragma once

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "open_fds.h"

#include "tree/label.h"
#include "tree/queue_fake.h"
#include "tree/walk.h"

#define ATTR "user.relabel-test"

/* ---- a visitor that writes everything down -------------------------------------------------- */

struct record {
	pthread_mutex_t lock;
	struct walk_options o;
	struct walk_stats stats;
	char **lines; /* "d path", "f path", "k path" (unopened directory), "x path" (crossed), ...
		       */
	size_t n, cap;
	size_t dirs, done, entries, failures, crossed, skipped, wanted, most_waiting;
	size_t starts, stops, signals_open, fail_starts_after;
	void *workers[2]; /* first two seen in entry() */
	bool need_two;	  /* entry() waits until two workers were seen */
	bool read_labels;
	bool quiet; /* count, write nothing down */
	const char *unwanted;
	const char *do_not_read;
	size_t stop_after;
	_Atomic bool stop;
	uint64_t last_ino;
	bool unsorted;
	size_t longest;
	void (*on_dir)(struct record *rec, const char *path);
	const char *tmp;
};

static _unused_ void note(struct record *rec, const char *tag, const struct walk_dir *dir,
			  const char *name)
{
	_cleanup_(buf_done) struct buf b = {0};

	buf_adds(&b, tag);
	buf_addc(&b, ' ');
	walk_path(dir, name, &b);
	assert_int_equal(buf_error(&b), 0);
	pthread_mutex_lock(&rec->lock);
	rec->longest = MAX(rec->longest, b.len - strlen(tag) - 1);
	if (!rec->quiet) {
		assert_int_equal(array_reserve(&rec->lines, &rec->cap, rec->n + 1, sizeof(char *)),
				 0);
		rec->lines[rec->n++] = strdup(b.data);
	}
	pthread_mutex_unlock(&rec->lock);
}

static _unused_ void count(struct record *rec, size_t *counter)
{
	pthread_mutex_lock(&rec->lock);
	(*counter)++;
	pthread_mutex_unlock(&rec->lock);
}

static _unused_ int on_start(void *user, struct walk_worker *w)
{
	struct record *rec = user;
	size_t before;
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	pthread_mutex_lock(&rec->lock);
	before = rec->starts++;
	rec->signals_open += !sigismember(&set, SIGINT) || !sigismember(&set, SIGTERM);
	pthread_mutex_unlock(&rec->lock);
	if (rec->fail_starts_after && before + 1 >= rec->fail_starts_after)
		return -ENOKEY;
	w->user = rec;
	return 0;
}

static _unused_ void on_stop(void *user, struct walk_worker *w)
{
	struct record *rec = user;

	if (w->user == rec)
		count(rec, &rec->stops);
}

static _unused_ int on_want(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct record *rec = user;

	if (rec->unwanted && strcmp(e->name, rec->unwanted) == 0)
		return 0;
	pthread_mutex_lock(&rec->lock);
	rec->wanted++;
	rec->most_waiting = MAX(rec->most_waiting, rec->wanted - MIN(rec->dirs, rec->wanted));
	pthread_mutex_unlock(&rec->lock);
	return 1;
}

static _unused_ int on_dir(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	struct record *rec = user;
	struct stat st;

	assert_true(dir->fd >= 0);
	assert_int_equal(fstat(dir->fd, &st), 0);
	assert_int_equal(st.st_ino, dir->ino);
	assert_int_equal(st.st_mode, dir->mode);
	/* note: 1 while it is open; a parent is open as long as its children */
	dir->note = 1;
	assert_true(!dir->parent || dir->parent->note == 1);
	count(rec, &rec->dirs);
	note(rec, "d", dir, NULL);
	if (rec->on_dir) {
		_cleanup_(buf_done) struct buf b = {0};

		walk_path(dir, NULL, &b);
		rec->on_dir(rec, buf_str(&b));
	}
	return !(rec->do_not_read && strcmp(dir->name, rec->do_not_read) == 0);
}

/*
 * Wait for a second worker to come here, once the first buffers, which are never shared, are done;
 * only a bug makes this take long.
 */
static _unused_ void wait_for_two(struct record *rec, struct walk_worker *w)
{
	for (int i = 0; i < 30000; i++) {
		bool two;

		pthread_mutex_lock(&rec->lock);
		if (!rec->workers[0])
			rec->workers[0] = w;
		else if (rec->workers[0] != w && !rec->workers[1])
			rec->workers[1] = w;
		two = rec->workers[1] || rec->entries < 3000 || !rec->need_two;
		pthread_mutex_unlock(&rec->lock);
		if (two)
			return;
		usleep(1000);
	}
	pthread_mutex_lock(&rec->lock);
	rec->need_two = false;
	pthread_mutex_unlock(&rec->lock);
}

static _unused_ void on_entry(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct record *rec = user;
	char label[64];

	assert_int_equal(strlen(e->name), e->name_len);
	assert_true(e->kind != LBL_ANY);
	wait_for_two(rec, w);
	if (rec->read_labels) {
		int r = label_read_at(&w->queue, e->dir->fd, e->dir->id, e->name, ATTR, label,
				      sizeof(label));

		assert_true(r == -ENODATA || r == -EOPNOTSUPP || r >= 0);
	}
	pthread_mutex_lock(&rec->lock);
	rec->unsorted |= e->ino < rec->last_ino;
	rec->last_ino = e->ino;
	if (++rec->entries == rec->stop_after)
		atomic_store(&rec->stop, true);
	pthread_mutex_unlock(&rec->lock);
	note(rec, e->kind == LBL_DIR ? "k" : e->kind == LBL_LNK ? "l" : "f", e->dir, e->name);
}

static _unused_ void on_done(void *user, struct walk_worker *w, struct walk_dir *dir)
{
	struct record *rec = user;

	assert_int_equal(dir->note, 1);
	assert_int_equal(dir->fd, -1);
	dir->note = 2;
	count(rec, &rec->done);
}

static _unused_ void on_failed(void *user, struct walk_worker *w, const struct walk_dir *dir,
			       const char *name, const char *what, int error)
{
	struct record *rec = user;
	char tag[64];

	assert_true(error < 0);
	count(rec, &rec->failures);
	snprintf(tag, sizeof(tag), "! %s %d", what, -error);
	note(rec, tag, dir, name);
}

static _unused_ void on_crossed(void *user, struct walk_worker *w, const struct walk_dir *dir,
				const char *name)
{
	struct record *rec = user;

	count(rec, &rec->crossed);
	note(rec, "x", dir, name);
}

static _unused_ void on_skipped(void *user, struct walk_worker *w, const struct walk_entry *e)
{
	struct record *rec = user;

	count(rec, &rec->skipped);
	assert_non_null(e->scope->skip);
	note(rec, "-", e->dir, e->name);
}

static const struct walk_visitor recorder = {
	.worker_start = on_start,
	.worker_stop = on_stop,
	.want = on_want,
	.dir = on_dir,
	.entry = on_entry,
	.done = on_done,
	.failed = on_failed,
	.crossed = on_crossed,
	.skipped = on_skipped,
};

/* ---- trees ---------------------------------------------------------------------------------- */

struct fixture {
	char tmp[40];
	int fd;
	size_t fds_before;
	struct record rec;
};

static _unused_ void make_dir(struct fixture *f, const char *path)
{
	assert_int_equal(mkdirat(f->fd, path, 0755), 0);
}

static _unused_ void make_file(struct fixture *f, const char *path)
{
	int fd = openat(f->fd, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	close(fd);
}

static _unused_ void make_files(struct fixture *f, const char *dir, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char path[300];

		snprintf(path, sizeof(path), "%s/file-with-a-name-%u", dir, i);
		make_file(f, path);
	}
}

static _unused_ int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	/* thousands of inodes each: in memory where there is a tmpfs */
	strcpy(f->tmp, access("/dev/shm", W_OK) == 0 ? "/dev/shm/relabel-tree-XXXXXX"
						     : "/tmp/relabel-tree-XXXXXX");
	if (!mkdtemp(f->tmp))
		return -1;
	f->fds_before = open_fds();
	f->fd = open(f->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pthread_mutex_init(&f->rec.lock, NULL);
	f->rec.tmp = f->tmp;
	f->rec.o = (struct walk_options){
		.visitor = &recorder,
		.user = &f->rec,
		.dirfd = f->fd,
		.name = "t",
		.path = "/T",
		.threads = 4,
		.stop = &f->rec.stop,
	};
	make_dir(f, "t");
	*state = f;
	return 0;
}

static _unused_ void forget(struct fixture *f)
{
	struct record *rec = &f->rec;

	for (size_t i = 0; i < rec->n; i++)
		free(rec->lines[i]);
	free(rec->lines);
	rec->lines = NULL;
	rec->n = rec->cap = 0;
	rec->dirs = rec->done = rec->entries = rec->failures = rec->crossed = rec->skipped = 0;
	rec->starts = rec->stops = rec->wanted = rec->most_waiting = 0;
	rec->workers[0] = rec->workers[1] = NULL;
	rec->last_ino = 0;
	rec->unsorted = false;
	atomic_store(&rec->stop, false);
}

static _unused_ int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];
	int r;

	forget(f);
	close(f->fd);
	pthread_mutex_destroy(&f->rec.lock);
	snprintf(command, sizeof(command), "rm -rf %s", f->tmp);
	r = system(command);
	free(f);
	return r;
}

static _unused_ int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Walk, and check what is true of every walk. */
static _unused_ int run(struct fixture *f)
{
	struct record *rec = &f->rec;
	int r;

	forget(f);
	r = walk_run(&rec->o, &rec->stats);
	assert_int_equal(rec->dirs, rec->done);
	assert_int_equal(rec->signals_open, 0);
	if (!rec->fail_starts_after)
		assert_int_equal(rec->starts, rec->stops);
	assert_int_equal(open_fds(), f->fds_before + 1);
	if (rec->n)
		qsort(rec->lines, rec->n, sizeof(char *), compare_lines);
	return r;
}

static _unused_ bool has(struct fixture *f, const char *line)
{
	const char *key = line;

	return bsearch(&key, f->rec.lines, f->rec.n, sizeof(char *), compare_lines) != NULL;
}

static _unused_ void expect(struct fixture *f, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < MIN(n, f->rec.n); i++)
		assert_string_equal(f->rec.lines[i], lines[i]);
	assert_int_equal(f->rec.n, n);
}

#define EXPECT(f, ...)                                      \
	do {                                                \
		const char *const lines_[] = {__VA_ARGS__}; \
		expect(f, lines_, ARRAY_SIZE(lines_));      \
	} while (0)

/* /T: a/{b/{x,y},z}, link -> a, s */
static _unused_ void make_small(struct fixture *f)
{
	make_dir(f, "t/a");
	make_dir(f, "t/a/b");
	make_file(f, "t/a/b/x");
	make_file(f, "t/a/b/y");
	make_file(f, "t/a/z");
	assert_int_equal(symlinkat("a", f->fd, "t/link"), 0);
	make_file(f, "t/s");
}

static _unused_ void use_script(struct fixture *f, struct fake_script *script,
				struct fake_rule *rules, size_t n)
{
	*script = (struct fake_script){.rules = rules, .n_rules = n};
	f->rec.o.queue_ops = &queue_fake;
	f->rec.o.queue_arg = script;
}

/* t/c/c/c/... with a file and two other directories at each level */
static _unused_ void make_chain(struct fixture *f, unsigned depth)
{
	int fd = openat(f->fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (unsigned i = 0; i < depth; i++) {
		char side[16];
		int next;

		/*
		 * "c" is to be read first, second or third: by age on one file system, by a hash
		 * of names, which must differ for that, on another.
		 */
		for (unsigned k = 0; k < 3; k++) {
			if (k == i % 3)
				strcpy(side, "c");
			else
				snprintf(side, sizeof(side), "%s-%06u",
					 k > i % 3 ? "right" : "left-", i * 3 + k);
			assert_int_equal(mkdirat(fd, side, 0755), 0);
		}
		assert_int_equal(mknodat(fd, "file", S_IFREG | 0644, 0), 0);
		next = openat(fd, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
