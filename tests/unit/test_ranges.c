/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "refuse.h"
#include "tree/ranges.h"

enum {
	SIZE = 24 << 20,
	BEYOND = 3, /* ranges that end behind the file */
	THREADS = 3,
};

static char path[] = "/var/tmp/relabel-ranges-XXXXXX";
static int fd;

/* What is at each offset of the file: its own number, eight bytes at a time. */
static int make_file(void **state)
{
	uint64_t *words = malloc(RANGE_MAX);

	fd = mkostemp(path, O_CLOEXEC);
	assert_true(fd >= 0);
	assert_non_null(words);
	for (uint64_t at = 0; at < SIZE; at += RANGE_MAX) {
		for (size_t i = 0; i < RANGE_MAX / 8; i++)
			words[i] = at + i * 8;
		assert_int_equal(write(fd, words, RANGE_MAX), RANGE_MAX);
	}
	free(words);
	return 0;
}

static int remove_file(void **state)
{
	close(fd);
	unlink(path);
	return 0;
}

struct seen {
	_Atomic unsigned times[SIZE / 4096 + BEYOND];
	_Atomic unsigned wrong;
	_Atomic bool stop;
	unsigned stop_after;
	_Atomic unsigned n;
};

static void got(void *user, unsigned number, const struct range *range, const char *data)
{
	struct seen *seen = user;

	atomic_fetch_add(&seen->times[range->tag], 1);
	if (number >= THREADS)
		atomic_fetch_add(&seen->wrong, 1);
	for (uint32_t i = 0; i < range->len; i += 8) {
		uint64_t word;

		memcpy(&word, data + i, 8);
		if (word != range->offset + i)
			atomic_fetch_add(&seen->wrong, 1);
	}
	if (atomic_fetch_add(&seen->n, 1) + 1 == seen->stop_after)
		atomic_store(&seen->stop, true);
}

static void (*got_fn)(void *, unsigned, const struct range *, const char *) = got;

/* Ranges of all sizes over the whole file, with gaps; @ret_n of them can be read. */
static struct ranges make_ranges(size_t *ret_n)
{
	static const uint32_t sizes[] = {4096, RANGE_MAX, 8192, 1024, 65536};
	struct ranges r = {0};
	uint64_t at = 0;
	uint32_t tag = 0;

	for (; at + RANGE_MAX <= SIZE; at += sizes[tag % 5] + (tag % 3) * 4096, tag++)
		assert_int_equal(ranges_add(&r, (struct range){at, sizes[tag % 5], tag}), 0);
	*ret_n = r.n;
	for (int i = 0; i < BEYOND; i++)
		assert_int_equal(ranges_add(&r, (struct range){SIZE - 4096, 8192, tag++}), 0);
	return r;
}

static void read_all(void)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	size_t n;
	struct ranges r = make_ranges(&n);
	struct ranges_reading reading = {
		.fd = fd, .threads = THREADS, .stop = &seen->stop, .got = got_fn, .user = seen};

	assert_int_equal(ranges_read(&reading, &r), 0);
	assert_int_equal(seen->wrong, 0);
	for (size_t i = 0; i < r.n; i++)
		assert_int_equal(seen->times[i], i < n);
	ranges_done(&r);
	free(seen);
}

/* Forget what is in memory of the file, where that works. */
static void forget(void)
{
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void from_memory(void **state)
{
	read_all();
}

static void from_disk(void **state)
{
	forget();
	read_all();
}

/* No descriptor is left for a ring. */
static void from_disk_without_a_ring(void **state)
{
	struct rlimit saved, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	none = saved;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	forget();
	read_all();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
}

/*
 * The rings cannot be entered any more, from the @after-th range on that a thread gets, of which
 * some are in flight then.  In a child, where all is read nonetheless.
 */
static _Thread_local unsigned until_refused;
static int refused_with;

static void got_until(void *user, unsigned number, const struct range *range, const char *data)
{
	if (until_refused == 0)
		until_refused = (unsigned)-1;
	else if (--until_refused == 0)
		refuse(__NR_io_uring_enter, refused_with);
	got(user, number, range, data);
}

static void read_with_broken_rings(int error, unsigned after)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		got_fn = got_until;
		refused_with = error;
		until_refused = after;
		alarm(60);
		if (after == 0)
			refuse(__NR_io_uring_enter, error);
		read_all();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("SKIP: no filters of system calls here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void a_ring_that_breaks_down_loses_nothing(void **state)
{
	static const int errors[] = {EPERM, ENOMEM, EAGAIN};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		for (unsigned after = 0; after < 50; after += 7) {
			forget();
			read_with_broken_rings(errors[i], after);
		}
}

static void ends_when_told(void **state)
{
	for (unsigned after = 1; after < 40; after += 13) {
		struct seen *seen = calloc(1, sizeof(*seen));
		size_t n;
		struct ranges r = make_ranges(&n);
		struct ranges_reading reading = {.fd = fd,
						 .threads = THREADS,
						 .stop = &seen->stop,
						 .got = got,
						 .user = seen};

		seen->stop_after = after;
		forget();
		assert_int_equal(ranges_read(&reading, &r), -ECANCELED);
		assert_int_equal(seen->wrong, 0);
		assert_true(seen->n < n);
		ranges_done(&r);
		free(seen);
	}
}

static void pieces_are_short(void **state)
{
	struct ranges r = {0};
	uint64_t at = 4096;

	assert_int_equal(ranges_add_pieces(&r, 4096, 2 * RANGE_MAX + 512, 9), 0);
	assert_int_equal(r.n, 3);
	for (size_t i = 0; i < r.n; i++) {
		assert_int_equal(r.v[i].offset, at);
		assert_int_equal(r.v[i].tag, 9);
		assert_true(r.v[i].len <= RANGE_MAX);
		at += r.v[i].len;
	}
	assert_int_equal(at, 4096 + 2 * RANGE_MAX + 512);
	ranges_done(&r);
}

static void what_is_fetched_is_in_memory(void **state)
{
	struct ranges r = {0};

	forget();
	assert_int_equal(ranges_add_pieces(&r, 0, SIZE, 0), 0);
	if (ranges_cached(fd, &r)) {
		print_message("SKIP: the file system does not let go of a file's pages\n");
		ranges_done(&r);
		skip();
	}
	ranges_prefetch(fd, &r, NULL);
	read_all(); /* waits for it */
	assert_true(ranges_cached(fd, &r));
	ranges_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_memory),
		cmocka_unit_test(from_disk),
		cmocka_unit_test(from_disk_without_a_ring),
		cmocka_unit_test(a_ring_that_breaks_down_loses_nothing),
		cmocka_unit_test(ends_when_told),
		cmocka_unit_test(pieces_are_short),
		cmocka_unit_test(what_is_fetched_is_in_memory),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
