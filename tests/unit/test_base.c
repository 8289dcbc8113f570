/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/replace.h"

static void arrays_grow_and_refuse_overflow(void **state)
{
	int *v = NULL;
	size_t cap = 0;

	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(array_reserve(&v, &cap, i + 1, sizeof(*v)), 0);
		v[i] = (int)i;
	}
	assert_int_equal(v[999], 999);
	assert_int_equal(array_reserve(&v, &cap, SIZE_MAX / 2, sizeof(*v)), -EOVERFLOW);
	assert_int_equal(v[0], 0);
	free(v);
}

static void arena_gives_aligned_disjoint_memory(void **state)
{
	struct arena a = {0};
	char *prev = arena_strndup(&a, "first", 5);

	for (int i = 0; i < 5000; i++) {
		char *p = arena_alloc(&a, (size_t)(i % 97) + 1);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, 0xff, (size_t)(i % 97) + 1);
	}
	assert_string_equal(prev, "first");
	assert_non_null(arena_alloc(&a, 1 << 20));
	assert_null(arena_alloc(&a, SIZE_MAX - 3));
	arena_done(&a);
	assert_null(a.blocks);
}

static void buf_builds_text(void **state)
{
	_cleanup_(buf_done) struct buf b = {0};

	assert_string_equal(buf_str(&b), "");
	buf_adds(&b, "a");
	buf_addc(&b, '/');
	buf_printf(&b, "%s:%d", "x", 42);
	assert_string_equal(buf_str(&b), "a/x:42");
	buf_cut(&b, 1);
	assert_string_equal(buf_str(&b), "a");
	buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 1);
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_error(&b), 0);
}

static void map_reads_files_and_refuses_the_rest(void **state)
{
	char path[] = "/tmp/lbl-test-XXXXXX";
	int fd = mkstemp(path);
	struct map m = {0};
	char block[4096];

	assert_true(fd >= 0);
	assert_int_equal(map_open(&m, AT_FDCWD, path, 1 << 20), 0);
	assert_int_equal(m.len, 0);
	map_done(&m);

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 512; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(map_open(&m, AT_FDCWD, path, 1 << 20), -EFBIG);
	assert_int_equal(map_open(&m, AT_FDCWD, path, 1 << 22), 0);
	assert_int_equal(m.len, sizeof(block) * 512);
	assert_int_equal(ftruncate(fd, 0), 0); /* and what was read is still there */
	assert_int_equal(m.data[m.len - 1], 'x');
	map_done(&m);
	close(fd);
	unlink(path);

	assert_int_equal(map_open(&m, AT_FDCWD, path, 1 << 20), -ENOENT);
	assert_int_equal(map_open(&m, AT_FDCWD, "/tmp", 1 << 20), -EISDIR);
	assert_int_equal(map_open(&m, AT_FDCWD, "/dev/null", 1 << 20), -EINVAL);
}

static void replacing_keeps_what_is_the_old_files_own(void **state)
{
	static const char *const keep[] = {"user.kept", "user.absent", NULL};
	char dir[] = "/tmp/lbl-test-XXXXXX", path[64], link[64], value[8];
	struct stat st;
	bool labelled;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(replace_file_again(path, "x", 1, keep), -ENOENT);
	assert_int_equal(replace_file(path, "old", 3, 0751), 0);
	assert_int_equal(replace_file(dir, "x", 1, 0600), -EISDIR);
	assert_int_equal(symlink("/dev/null", link), 0);
	assert_int_equal(replace_file(link, "x", 1, 0600), -EINVAL);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(replace_file_again(link, "x", 1, keep), -EINVAL);
	assert_int_equal(replace_file_again(dir, "x", 1, keep), -EINVAL);
	assert_int_equal(replace_file_again("/dev/null", "x", 1, keep), -EINVAL);
	labelled = setxattr(path, "user.kept", "v", 1, 0) == 0; /* not on every file system */
	if (getuid() == 0)
		assert_int_equal(chown(path, 12, 34), 0);
	assert_int_equal(
		chmod(path, 04751),
		0); /* who may write to the old one does not get to run the new one as its owner */
	assert_int_equal(replace_file_again(path, "news", 4, keep), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mode & 07777, 0751);
	if (getuid() == 0)
		assert_int_equal(st.st_uid * 100 + st.st_gid, 1234);
	if (labelled)
		assert_int_equal(getxattr(path, "user.kept", value, sizeof(value)), 1);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_grow_and_refuse_overflow),
		cmocka_unit_test(arena_gives_aligned_disjoint_memory),
		cmocka_unit_test(buf_builds_text),
		cmocka_unit_test(map_reads_files_and_refuses_the_rest),
		cmocka_unit_test(replacing_keeps_what_is_the_old_files_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
