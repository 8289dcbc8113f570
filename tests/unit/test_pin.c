/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "open_fds.h"

#include "tree/label.h"
#include "tree/pin.h"
#include "tree/queue_fake.h"

/* Only this kind of attribute can be set on links and fifos; user.* where we are not root. */
#define TRUSTED "trusted.relabel-test"
#define USER	"user.relabel-test"

/* How labels are written: by whom, and at once or in two steps. */
static const struct queue_ops *back_end = &queue_fake;
static bool in_steps;

struct fixture {
	char tmp[32];
	int fd;
	size_t fds;
	struct queue q;
	struct fake_rule rules[2];
	struct fake_script script;
	bool user, trusted;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct queue_req req = {.op = QUEUE_OPENAT, .fd = -1, .name = "missing"}, *got;
	int fd;

	strcpy(f->tmp, "/tmp/relabel-pin-XXXXXX");
	if (!mkdtemp(f->tmp))
		return -1;
	f->fd = open(f->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(f->fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	f->user = fsetxattr(fd, USER, "x", 1, 0) == 0;
	f->trusted = fsetxattr(fd, TRUSTED, "x", 1, 0) == 0;
	close(fd);
	f->rules[0].op = f->rules[1].op = QUEUE_GETDENTS; /* never made here */
	f->script = (struct fake_script){.rules = f->rules, .n_rules = 2};
	*state = f;
	if (symlinkat("file", f->fd, "link") || mkdirat(f->fd, "dir", 0755) ||
	    mknodat(f->fd, "fifo", S_IFIFO | 0600, 0) ||
	    queue_open(&f->q, back_end, back_end == &queue_fake ? &f->script : NULL,
		       QUEUE_FORM_AUTO, false))
		return -1;
	/* a ring, if any, is made now */
	if (queue_submit(&f->q, &req) || queue_reap(&f->q, true, &got) != 1)
		return -1;
	f->fds = open_fds();
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];
	int r;

	queue_close(&f->q);
	close(f->fd);
	snprintf(command, sizeof(command), "rm -rf %s", f->tmp);
	r = system(command);
	free(f);
	return r;
}

static int label_write(struct pin *p, const char *xattr, const char *context, size_t len)
{
	struct queue_req req, *got;
	int r;

	if (!in_steps)
		return pin_label_write(p, xattr, context, len);
	r = pin_label_request(p, xattr, context, len, &req);
	if (r < 0)
		return r;
	assert_int_equal(queue_submit(p->queue, &req), 0);
	assert_int_equal(queue_reap(p->queue, true, &got), 1);
	assert_ptr_equal(got, &req);
	return pin_label_result(p, xattr, context, len, req.result);
}

static const char *attr(struct fixture *f)
{
	if (f->trusted)
		return TRUSTED;
	if (!f->user) {
		print_message("/tmp keeps no attributes\n");
		skip();
	}
	return USER;
}

static void without_proc(struct fixture *f)
{
	f->q.proc_fd = close_fd(f->q.proc_fd);
	f->fds--;
}

static void holds_and_identifies(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name;
		enum lbl_kind kind;
	} cases[] = {{"file", LBL_REG}, {"dir", LBL_DIR}, {"link", LBL_LNK}, {"fifo", LBL_FIFO}};
	struct pin p = PIN_NONE;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(pin_open(&p, &f->q, f->fd, cases[i].name), 0);
		assert_int_equal(fstatat(f->fd, cases[i].name, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(p.kind, cases[i].kind);
		assert_int_equal(p.ino, st.st_ino);
		assert_int_equal(p.nlink, st.st_nlink);
		assert_int_equal(p.mode, st.st_mode);
		assert_int_equal(p.uid, st.st_uid);
		pin_done(&p);
		pin_done(&p);
	}
	assert_int_equal(pin_open(&p, &f->q, f->fd, "missing"), -ENOENT);
	assert_int_equal(p.fd, -1);
	assert_int_equal(pin_dir(&p, &f->q, f->fd), 0);
	assert_int_equal(p.kind, LBL_DIR);
	pin_done(&p);
	assert_true(fcntl(f->fd, F_GETFD) >= 0);
	assert_int_equal(open_fds(), f->fds);
}

static void write_and_check(struct fixture *f, struct pin *p, const char *name, const char *value)
{
	char path[64], buf[64] = "";

	assert_int_equal(label_write(p, attr(f), value, strlen(value)), 0);
	snprintf(path, sizeof(path), "%s/%s", f->tmp, name);
	/* the NUL is part of what is stored */
	assert_int_equal(lgetxattr(path, attr(f), buf, sizeof(buf)), strlen(value) + 1);
	assert_string_equal(buf, value);
	memset(buf, 'z', sizeof(buf));
	assert_int_equal(pin_label_read(p, attr(f), buf, sizeof(buf)), strlen(value));
	assert_string_equal(buf, value);
}

static void labels_every_kind_and_only_it(void **state)
{
	struct fixture *f = *state;
	const char *names[] = {"file", "dir", "link", "fifo"};
	size_t n = f->trusted ? 4 : 2; /* user.* is for files and directories */

	(void)attr(f);
	for (enum queue_form form = QUEUE_FORM_AT; form <= QUEUE_FORM_PROC; form++) {
		if (form == QUEUE_FORM_AT && f->q.form != QUEUE_FORM_AT)
			continue; /* before Linux 6.13 */
		f->q.form = form; /* the pin's ways depend on it too */
		for (size_t i = 0; i < n; i++) {
			char value[32];
			struct pin p = PIN_NONE;

			snprintf(value, sizeof(value), "%s-in-form-%d", names[i], (int)form);
			assert_int_equal(pin_open(&p, &f->q, f->fd, names[i]), 0);
			write_and_check(f, &p, names[i], value);
			pin_done(&p);
		}
	}
	for (size_t i = 0; i < n; i++) { /* the link's label is not the file's */
		char path[64], buf[64] = "";

		snprintf(path, sizeof(path), "%s/%s", f->tmp, names[i]);
		assert_true(lgetxattr(path, attr(f), buf, sizeof(buf)) > 0);
		assert_memory_equal(buf, names[i], strlen(names[i]));
	}
	assert_int_equal(open_fds(), f->fds);
}

static void a_directory_by_its_descriptor(void **state)
{
	struct fixture *f = *state;
	struct pin p = PIN_NONE;

	without_proc(f);
	assert_int_equal(pin_dir(&p, &f->q, f->fd), 0);
	write_and_check(f, &p, "", "top");
	pin_done(&p);
	assert_int_equal(open_fds(), f->fds);
}

static void the_inode_is_held_not_the_name(void **state)
{
	struct fixture *f = *state;
	struct pin p = PIN_NONE;
	char path[64], buf[64] = "";

	(void)attr(f);
	assert_int_equal(pin_open(&p, &f->q, f->fd, "file"), 0);
	assert_int_equal(renameat(f->fd, "file", f->fd, "moved"), 0);
	assert_int_equal(symlinkat("dir", f->fd, "file"), 0);
	write_and_check(f, &p, "moved", "still");
	pin_done(&p);
	snprintf(path, sizeof(path), "%s/dir", f->tmp);
	assert_int_equal(lgetxattr(path, attr(f), buf, sizeof(buf)), -1);
}

static void without_proc_files_and_directories_only(void **state)
{
	struct fixture *f = *state;
	struct pin p = PIN_NONE;

	without_proc(f);
	for (enum queue_form form = QUEUE_FORM_AT; form <= QUEUE_FORM_PROC; form++) {
		f->q.form = form;
		assert_int_equal(pin_open(&p, &f->q, f->fd, "file"), 0);
		write_and_check(f, &p, "file", "no-proc");
		assert_int_equal(p.nlink, 1);
		pin_done(&p);
		assert_int_equal(pin_open(&p, &f->q, f->fd, "dir"), 0);
		write_and_check(f, &p, "dir", "no-proc");
		pin_done(&p);
		assert_int_equal(pin_open(&p, &f->q, f->fd, "link"), 0);
		assert_int_equal(label_write(&p, attr(f), "x", 1), -ENOSYS);
		pin_done(&p);
		assert_int_equal(pin_open(&p, &f->q, f->fd, "fifo"), 0);
		assert_int_equal(label_write(&p, attr(f), "x", 1), -ENOSYS);
		pin_done(&p);
	}
	/* another inode under the name: not labelled */
	assert_int_equal(pin_open(&p, &f->q, f->fd, "file"), 0);
	assert_int_equal(renameat(f->fd, "file", f->fd, "moved"), 0);
	close_fd(openat(f->fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	assert_int_equal(label_write(&p, attr(f), "x", 1), -ESTALE);
	pin_done(&p);
	assert_int_equal(open_fds(), f->fds);
}

static void creates_only_what_is_missing(void **state)
{
	struct fixture *f = *state;
	struct pin p = PIN_NONE;
	char buf[64];

	for (int proc = 1; proc >= 0; proc--) {
		assert_int_equal(unlinkat(f->fd, "file", 0), 0);
		close_fd(openat(f->fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
		if (!proc)
			without_proc(f);
		assert_int_equal(pin_open(&p, &f->q, f->fd, "file"), 0);
		assert_int_equal(pin_label_create(&p, attr(f), "new", 3), 0);
		assert_int_equal(pin_label_create(&p, attr(f), "newer", 5), -EEXIST);
		assert_int_equal(pin_label_read(&p, attr(f), buf, sizeof(buf)), 3);
		assert_string_equal(buf, "new");
		pin_done(&p);
	}
}

static void knows_whether_it_is_the_only_name(void **state)
{
	struct fixture *f = *state;
	struct pin p = PIN_NONE;

	assert_int_equal(pin_open(&p, &f->q, f->fd, "file"), 0);
	assert_int_equal(pin_is_only_name(&p), 1);
	assert_int_equal(linkat(f->fd, "file", f->fd, "second", 0), 0);
	assert_int_equal(pin_is_only_name(&p), 0);
	assert_int_equal(unlinkat(f->fd, "file", 0), 0); /* one name again, but not this */
	assert_int_equal(pin_is_only_name(&p), -ENOENT);
	close_fd(openat(f->fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	assert_int_equal(pin_is_only_name(&p), 0);
	pin_done(&p);
}

static void refused_but_right_is_success(void **state)
{
	struct fixture *f = *state;
	struct pin p = PIN_NONE;

	assert_int_equal(pin_open(&p, &f->q, f->fd, "file"), 0);
	write_and_check(f, &p, "file", "right");
	f->rules[0].op = QUEUE_SETXATTR_PIN;
	f->rules[0].error = -ENOTSUP;
	assert_int_equal(label_write(&p, attr(f), "right", 5), 0);
	assert_int_equal(label_write(&p, attr(f), "wrong", 5), -ENOTSUP);
	assert_int_equal(label_write(&p, attr(f), "righ", 4), -ENOTSUP);
	f->rules[1].op = QUEUE_GETXATTR_PIN;
	f->rules[1].error = -EIO;
	assert_int_equal(label_write(&p, attr(f), "right", 5), -ENOTSUP);
	pin_done(&p);
}

static void faults_are_told_and_nothing_leaks(void **state)
{
	struct fixture *f = *state;
	static const int errors[] = {-EIO,    -ENOENT, -EPERM,	    -EACCES,
				     -ENOSPC, -EROFS,  -EOPNOTSUPP, -ENOMEM};
	static const enum queue_op ops[] = {QUEUE_OPENAT, QUEUE_STATX, QUEUE_SETXATTR_PIN,
					    QUEUE_GETXATTR_PIN};

	(void)attr(f);
	for (size_t i = 0; i < ARRAY_SIZE(errors) * ARRAY_SIZE(ops); i++) {
		int error = errors[i / ARRAY_SIZE(ops)], r;
		struct pin p = PIN_NONE;
		char buf[16];

		f->rules[0].op = ops[i % ARRAY_SIZE(ops)];
		f->rules[0].error = error;
		r = pin_open(&p, &f->q, f->fd, "file");
		if (r == 0 && f->rules[0].op == QUEUE_SETXATTR_PIN)
			r = label_write(&p, attr(f), "new", 3);
		else if (r == 0)
			r = pin_label_read(&p, attr(f), buf, sizeof(buf));
		assert_int_equal(r, error);
		pin_done(&p);
	}
	assert_int_equal(open_fds(), f->fds);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(holds_and_identifies),
		TEST(labels_every_kind_and_only_it),
		TEST(a_directory_by_its_descriptor),
		TEST(the_inode_is_held_not_the_name),
		TEST(without_proc_files_and_directories_only),
		TEST(creates_only_what_is_missing),
		TEST(knows_whether_it_is_the_only_name),
		TEST(refused_but_right_is_success),
		TEST(faults_are_told_and_nothing_leaks),
	};

	static const struct CMUnitTest unscripted[] = {
		TEST(holds_and_identifies),
		TEST(labels_every_kind_and_only_it),
		TEST(a_directory_by_its_descriptor),
		TEST(the_inode_is_held_not_the_name),
		TEST(without_proc_files_and_directories_only),
	};
	int r = cmocka_run_group_tests_name("at once", tests, NULL, NULL);

	in_steps = true;
	r += cmocka_run_group_tests_name("in two steps", tests, NULL, NULL);
	back_end = &queue_uring;
	return r + cmocka_run_group_tests_name("uring", unscripted, NULL, NULL);
}
