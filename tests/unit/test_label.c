/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "tree/label.h"
#include "tree/queue_fake.h"

#define ATTR "user.relabel-test"

struct fixture {
	char tmp[32];
	int fd, file;
	struct queue q;
	struct fake_rule rules[1];
	struct fake_script script;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->tmp, "/tmp/relabel-label-XXXXXX");
	if (!mkdtemp(f->tmp))
		return -1;
	f->fd = open(f->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->file = openat(f->fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	f->rules[0].op = QUEUE_CLOSE;
	f->script = (struct fake_script){.rules = f->rules, .n_rules = 1};
	*state = f;
	return queue_open(&f->q, &queue_fake, &f->script, QUEUE_FORM_AUTO, false);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	queue_close(&f->q);
	unlinkat(f->fd, "file", 0);
	close(f->file);
	close(f->fd);
	rmdir(f->tmp);
	free(f);
	return 0;
}

static void store(struct fixture *f, const char *value, size_t len)
{
	if (fsetxattr(f->file, ATTR, value, len, 0) == 0)
		return;
	print_message("/tmp keeps no user attributes\n");
	skip();
}

static void reads_and_cuts_the_nul(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *value;
		size_t len;
		int want;
	} cases[] = {
		{"u:r:t", 6, 5}, {"u:r:t", 5, 5}, {"u:r:t\0\0\0", 8, 5}, {"", 0, 0}, {"\0", 1, 0},
	};
	char buf[32];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		store(f, cases[i].value, cases[i].len);
		memset(buf, 'z', sizeof(buf));
		assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, sizeof(buf)),
				 cases[i].want);
		assert_string_equal(buf, cases[i].value);
		memset(buf, 'z', sizeof(buf));
		assert_int_equal(label_read_fd(&f->q, f->file, ATTR, buf, sizeof(buf)),
				 cases[i].want);
		assert_string_equal(buf, cases[i].value);
	}
}

static void small_buffers_and_long_labels(void **state)
{
	struct fixture *f = *state;
	char buf[LABEL_MAX + 1], value[1000];

	memset(value, 'x', sizeof(value));
	store(f, value, sizeof(value));
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, sizeof(buf)), 1000);
	assert_int_equal(buf[1000], '\0');
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, 1001), 1000);
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, 1000), -ERANGE);
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, 1), -ERANGE);
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, 0), -ERANGE);
}

static void says_what_went_wrong(void **state)
{
	struct fixture *f = *state;
	static const int errors[] = {-EIO, -EACCES, -EOPNOTSUPP, -ENOMEM, -EPERM};
	char buf[32] = "kept";

	store(f, "x", 1);
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "missing", ATTR, buf, sizeof(buf)),
			 -ENOENT);
	assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", "user.none", buf, sizeof(buf)),
			 -ENODATA);
	f->rules[0].op = QUEUE_GETXATTR_AT;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		f->rules[0].error = errors[i];
		assert_int_equal(label_read_at(&f->q, f->fd, 1, "file", ATTR, buf, sizeof(buf)),
				 errors[i]);
	}
	assert_string_equal(buf, "kept");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(reads_and_cuts_the_nul),
		TEST(small_buffers_and_long_labels),
		TEST(says_what_went_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
