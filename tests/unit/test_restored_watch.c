/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The back ends against a kernel of ours: inotify's real one, with somebody who makes a file after
 * each call; fanotify's is a pipe, and a list of marks.
 */
#include "restored/watch.h"
#include "restored/mountmap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

#define HANDLE_TYPE 77
#define HANDLE_LEN  8

static struct mountmap no_mounts = {.fd = -1};
static char dir[] = "/tmp/test-watch-XXXXXX", work[PATH_MAX];

/* ---- inotify ----------------------------------------------------------------------------------
 */

static unsigned made_after_calls;
static bool make_after_call;

int inotify_add_watch(int fd, const char *name, uint32_t mask)
{
	int wd = (int)syscall(SYS_inotify_add_watch, fd, name, mask);

	if (make_after_call) {
		char path[PATH_MAX + 16];

		snprintf(path, sizeof(path), "%s/%u", work, made_after_calls++);
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	}
	return wd;
}

static unsigned count_names(struct watch *w, uint32_t number)
{
	struct watch_event e;
	unsigned n = 0;

	while (watch_inotify.next(w, &e) == 1)
		n += e.dir == number && e.what & WATCH_NAME;
	return n;
}

static void another_number_hears_all(void **state)
{
	struct watch *w;
	int fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(watch_inotify.open(&w, &no_mounts), 0);
	assert_int_equal(watch_inotify.add(w, 1, fd, work, WATCH_ADD_NAMES), 0);
	make_after_call = true;
	made_after_calls = 0;
	assert_int_equal(watch_inotify.add(w, 2, fd, work, 0), 0); /* wants less */
	make_after_call = false;
	assert_true(made_after_calls > 0);
	assert_int_equal(count_names(w, 1), made_after_calls);
	watch_inotify.remove(w, 2);
	assert_int_equal(mkdirat(fd, "later", 0755), 0);
	assert_int_equal(count_names(w, 1), 1);
	watch_inotify.remove(w, 1);
	watch_inotify.free(w);
	close(fd);
}

static void a_number_may_want_less(void **state)
{
	struct watch *w;
	int fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(watch_inotify.open(&w, &no_mounts), 0);
	assert_int_equal(watch_inotify.add(w, 1, fd, work, WATCH_ADD_NAMES), 0);
	assert_int_equal(watch_inotify.add(w, 1, fd, work, 0), 0);
	assert_int_equal(mkdirat(fd, "not told", 0755), 0);
	assert_int_equal(count_names(w, 1), 0);
	watch_inotify.free(w);
	close(fd);
}

/* ---- fanotify ---------------------------------------------------------------------------------
 */

static int kernel_end = -1;
static uint64_t dir_marks, fs_marks; /* of the one directory there is */

int fanotify_init(unsigned flags, unsigned event_f_flags)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	kernel_end = ends[1];
	dir_marks = fs_marks = 0;
	return ends[0];
}

int fanotify_mark(int fd, unsigned flags, uint64_t mask, int dirfd, const char *path)
{
	uint64_t *marks = flags & FAN_MARK_FILESYSTEM ? &fs_marks : &dir_marks;

	if (flags & FAN_MARK_ADD)
		*marks |= mask;
	else
		*marks &= ~mask;
	return 0;
}

int name_to_handle_at(int dirfd, const char *name, struct file_handle *h, int *mount_id, int flags)
{
	h->handle_bytes = HANDLE_LEN;
	h->handle_type = HANDLE_TYPE;
	memcpy(h->f_handle, "12345678", HANDLE_LEN);
	*mount_id = 1;
	return 0;
}

static unsigned asked_by_handle;

int open_by_handle_at(int mount_fd, struct file_handle *h, int flags)
{
	asked_by_handle++;
	if (memcmp(h->f_handle, "elsewher", HANDLE_LEN) == 0)
		return openat(mount_fd, ".", O_PATH | O_CLOEXEC);
	errno = ESTALE;
	return -1;
}

struct record {
	struct fanotify_event_metadata meta;
	struct fanotify_event_info_header hdr;
	__kernel_fsid_t fsid;
	uint32_t handle_bytes;
	int32_t handle_type;
	char handle[HANDLE_LEN];
	char name[NAME_MAX + 13];
};

/* An event in which all is right. */
static struct record record(uint64_t mask, const char *name)
{
	struct record r = {.handle_bytes = HANDLE_LEN, .handle_type = HANDLE_TYPE};
	size_t end = offsetof(struct record, name) + ((strlen(name) + 4) & ~3ul);
	struct statfs fs;

	assert_int_equal(statfs(work, &fs), 0);
	memcpy(&r.fsid, &fs.f_fsid, sizeof(r.fsid));
	memcpy(r.handle, "12345678", HANDLE_LEN);
	strcpy(r.name, name);
	r.meta = (struct fanotify_event_metadata){
		.event_len = (uint32_t)end,
		.vers = FANOTIFY_METADATA_VERSION,
		.metadata_len = sizeof(r.meta),
		.mask = mask,
		.fd = FAN_NOFD,
		.pid = 4711,
	};
	r.hdr.info_type = FAN_EVENT_INFO_TYPE_DFID_NAME;
	r.hdr.len = (uint16_t)(end - sizeof(r.meta));
	return r;
}

static int tell(struct watch *w, const struct record *r, struct watch_event *e)
{
	assert_int_equal(write(kernel_end, r, r->meta.event_len), r->meta.event_len);
	return watch_fanotify.next(w, e);
}

static struct watch *open_fan(unsigned flags)
{
	int fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct watch *w;

	assert_int_equal(watch_fanotify.open(&w, &no_mounts), 0);
	assert_int_equal(watch_fanotify.add(w, 7, fd, work, flags), 0);
	close(fd);
	return w;
}

static void close_fan(struct watch *w)
{
	watch_fanotify.free(w);
	close(kernel_end);
}

static void a_name_is_told(void **state)
{
	struct watch *w = open_fan(WATCH_ADD_NAMES);
	struct record r = record(FAN_CREATE | FAN_ONDIR, "sub");
	struct watch_event e;

	assert_int_equal(tell(w, &r, &e), 1);
	assert_int_equal(e.dir, 7);
	assert_int_equal(e.what, WATCH_NAME | WATCH_IS_DIR);
	assert_string_equal(e.name, "sub");
	assert_int_equal(e.pid, 4711);
	assert_int_equal(watch_fanotify.next(w, &e), 0);
	close_fan(w);
}

static void it_is_told_that_a_directory_goes(void **state)
{
	static const unsigned flags[] = {WATCH_ADD_NAMES, WATCH_ADD_TREE};

	for (size_t i = 0; i < 2; i++) {
		struct watch *w = open_fan(flags[i]);
		struct record deleted = record(FAN_DELETE_SELF | FAN_ONDIR, ".");
		struct record moved = record(FAN_MOVE_SELF | FAN_ONDIR, ".");
		struct record own = record(FAN_ATTRIB | FAN_ONDIR, ".");
		struct watch_event e;

		assert_int_equal(dir_marks & (FAN_DELETE_SELF | FAN_MOVE_SELF | FAN_ONDIR),
				 FAN_DELETE_SELF | FAN_MOVE_SELF | FAN_ONDIR);
		assert_int_equal(tell(w, &deleted, &e), 1);
		assert_int_equal(e.dir, 7);
		assert_int_equal(e.what, WATCH_GONE);
		assert_int_equal(tell(w, &moved, &e), 1);
		assert_int_equal(e.what, WATCH_GONE | WATCH_MOVED);
		assert_int_equal(tell(w, &own, &e), 0);
		watch_fanotify.remove(w, 7);
		assert_int_equal(dir_marks | fs_marks, 0);
		close_fan(w);
	}
}

/* Lengths that say more than there is: the rest of the buffer holds other events. */
static void lengths_are_looked_at(void **state)
{
	struct watch *w = open_fan(WATCH_ADD_NAMES);
	struct record good = record(FAN_CREATE, "name"), bad;
	struct watch_event e;

	bad = good;
	bad.handle_bytes = 64;
	assert_int_equal(tell(w, &bad, &e), 0);
	bad = good;
	bad.handle_bytes = UINT32_MAX - 3;
	assert_int_equal(tell(w, &bad, &e), 0);
	bad = good; /* no NUL */
	memset(bad.name, 'x', sizeof(bad.name));
	assert_int_equal(tell(w, &bad, &e), 0);
	bad = record(FAN_CREATE, "x"); /* longer than a name can be, and ended */
	memset(bad.name, 'x', NAME_MAX + 5);
	bad.name[NAME_MAX + 5] = '\0';
	bad.meta.event_len = sizeof(bad);
	bad.hdr.len = sizeof(bad) - sizeof(bad.meta);
	assert_int_equal(tell(w, &bad, &e), 0);
	for (uint16_t len = 0; len < good.hdr.len; len++) {
		bad = good;
		bad.hdr.len = len;
		assert_true(tell(w, &bad, &e) == 0 || strlen(e.name) < len);
	}
	bad = good;
	bad.hdr.len = UINT16_MAX;
	assert_int_equal(tell(w, &bad, &e), 0);
	bad = good;
	bad.meta.metadata_len = UINT16_MAX;
	assert_int_equal(tell(w, &bad, &e), 0);
	assert_int_equal(tell(w, &good, &e), 1);
	close_fan(w);
}

static void marking_again_keeps_the_mark(void **state)
{
	static const unsigned flags[] = {WATCH_ADD_NAMES, WATCH_ADD_TREE};

	for (size_t i = 0; i < 2; i++) {
		struct watch *w = open_fan(flags[i]);
		int fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		uint64_t before_dir = dir_marks, before_fs = fs_marks;

		assert_true(before_dir | before_fs);
		assert_int_equal(watch_fanotify.add(w, 7, fd, work, flags[i]), 0);
		assert_int_equal(dir_marks, before_dir);
		assert_int_equal(fs_marks, before_fs);
		/* as a tree, and then no more so */
		assert_int_equal(watch_fanotify.add(w, 8, fd, work, WATCH_ADD_TREE), 0);
		watch_fanotify.remove(w, 8);
		assert_int_equal(dir_marks, before_dir);
		assert_int_equal(fs_marks, before_fs);
		watch_fanotify.remove(w, 7);
		assert_int_equal(dir_marks | fs_marks, 0);
		close(fd);
		close_fan(w);
	}
}

/* Whoever renames directories of his own without end must not keep us reading of that alone. */
static void events_of_others_end_a_turn(void **state)
{
	struct watch *w = open_fan(WATCH_ADD_TREE);
	struct record theirs = record(FAN_MOVED_TO | FAN_ONDIR, "x"),
		      ours = record(FAN_CREATE, "y");
	unsigned events = 500, turns = 0;
	struct watch_event e;

	memcpy(theirs.handle, "theirown", HANDLE_LEN);
	for (unsigned i = 0; i < events; i++)
		assert_int_equal(write(kernel_end, &theirs, theirs.meta.event_len),
				 theirs.meta.event_len);
	assert_int_equal(tell(w, &ours, &e), 1);
	for (; e.dir != 7; turns++) {
		assert_int_equal(e.dir, UINT32_MAX);
		assert_int_equal(e.what, 0);
		assert_int_equal(watch_fanotify.next(w, &e), 1);
	}
	assert_string_equal(e.name, "y");
	assert_in_range(turns, events / 64, events / 4);
	close_fan(w);
}

/* Whoever owns the directory of a pattern can make as many trees as he likes. */
static void many_trees_on_a_mount_are_one_question(void **state)
{
	struct watch *w = open_fan(WATCH_ADD_TREE);
	int fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct record theirs = record(FAN_CREATE, "x");
	struct watch_event e;

	memcpy(theirs.handle, "elsewher", HANDLE_LEN);
	for (uint32_t number = 8; number < 100; number++)
		assert_int_equal(watch_fanotify.add(w, number, fd, work, WATCH_ADD_TREE), 0);
	asked_by_handle = 0;
	assert_int_equal(tell(w, &theirs, &e), 1);
	assert_string_equal(e.name, "x");
	assert_int_equal(asked_by_handle, 1);
	close(fd);
	close_fan(w);
}

static int set_up(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(work, sizeof(work), "%s/work", dir);
	return mkdir(work, 0755);
}

static int tear_down(void **state)
{
	return scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_number_hears_all),
		cmocka_unit_test(a_number_may_want_less),
		cmocka_unit_test(a_name_is_told),
		cmocka_unit_test(it_is_told_that_a_directory_goes),
		cmocka_unit_test(lengths_are_looked_at),
		cmocka_unit_test(marking_again_keeps_the_mark),
		cmocka_unit_test(events_of_others_end_a_turn),
		cmocka_unit_test(many_trees_on_a_mount_are_one_question),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
