/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "system/policy.h"
#include "scratch.h"

static char dir[] = "/tmp/lbl-policy-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make_dir(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void check_type(const char *config, const char *expect)
{
	char *type = NULL;

	assert_int_equal(policy_parse_config(config, strlen(config), &type), 0);
	assert_string_equal(type, expect);
	free(type);
}

static void config_names_the_type(void **state)
{
	check_type("", "targeted");
	check_type("SELINUX=enforcing\n", "targeted");
	check_type("SELINUXTYPE=mls", "mls");
	check_type("# SELINUXTYPE=x\n  selinuxtype=  default \t\r\nSELINUX=1\n", "default");
	check_type("SELINUXTYPE=a\nSELINUXTYPE=b\n", "b");
	check_type("SELINUXTYPE=mls # x\n", "mls # x");
	check_type("SELINUXTYPE =mls\n", "targeted");
}

static void places_are_found(void **state)
{
	char config[256], selinux[256];
	struct policy_places places = {.config = config, .selinux = selinux, .selinuxfs = dir};
	struct lbl_policy *p;
	char *canonical = NULL, expect[300];

	snprintf(config, sizeof(config), "%s/config", dir);
	snprintf(selinux, sizeof(selinux), "%s", dir);
	write_file("config", "SELINUXTYPE=mine\n");
	make_dir("mine");
	make_dir("mine/contexts");
	assert_int_equal(policy_open(&p, NULL, &places), 0);
	assert_false(lbl_policy_enabled(p)); /* no selinuxfs there */
	snprintf(expect, sizeof(expect), "%s/mine/contexts/files/file_contexts", dir);
	assert_string_equal(lbl_policy_file_contexts(p), expect);
	assert_false(customizable_has(&p->customizable, "a_t", 3));
	/* no node to ask */
	assert_int_equal(lbl_policy_check(p, "u:r:t:s0", &canonical), -ENOENT);
	lbl_policy_free(p);
}

static void customizable_types_are_exact(void **state)
{
	struct lbl_policy_options po = {.size = sizeof(po)};
	struct lbl_policy *p;
	char root[256];

	snprintf(root, sizeof(root), "%s/mine", dir);
	po.policy_root = root;
	/* the last line has no newline; blanks are part of a name */
	write_file("mine/contexts/customizable_types", "b_t\n\na_t \nz_t\nsandbox_file_t");
	assert_int_equal(lbl_policy_open(&p, &po), 0);
	assert_true(customizable_has(&p->customizable, "b_t", 3));
	assert_true(customizable_has(&p->customizable, "z_t:s0", 3));
	assert_true(customizable_has(&p->customizable, "sandbox_file_t", 14));
	assert_false(customizable_has(&p->customizable, "sandbox_file", 12));
	assert_false(customizable_has(&p->customizable, "a_t", 3));
	assert_false(customizable_has(&p->customizable, "", 0));
	lbl_policy_free(p);
}

/* ---- another system's ---- */

static void make_link(const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(symlink(target, path), 0);
}

/* Open the policy of the system at @name. */
static int open_root(const char *name, const char *policy_root, struct lbl_policy **ret_policy)
{
	char root[256], own[256];
	struct lbl_policy_options po = {.size = sizeof(po), .root = root};

	snprintf(root, sizeof(root), "%s/%s", dir, name);
	snprintf(own, sizeof(own), "%s/%s", dir, policy_root ? policy_root : "");
	if (policy_root)
		po.policy_root = own;
	return lbl_policy_open(ret_policy, &po);
}

static void is_at(struct lbl_policy *p, const char *where)
{
	char expect[300];

	snprintf(expect, sizeof(expect), "%s/%s/contexts/files/file_contexts", dir, where);
	assert_string_equal(lbl_policy_file_contexts(p), expect);
	lbl_policy_free(p);
}

static void another_systems_policy_is_its_own(void **state)
{
	struct lbl_policy *p;
	char top[256];

	make_dir("image");
	assert_int_equal(open_root("image", NULL, &p), -ENOENT);
	assert_int_equal(open_root("nothing", NULL, &p), -ENOENT);
	make_dir("image/usr");
	make_dir("image/usr/selinux");
	make_dir("image/usr/selinux/strict");
	make_dir("image/usr/selinux/strict/contexts");
	make_dir("image/etc");
	make_link("image/etc/selinux", "/usr/selinux"); /* an absolute link in it */
	write_file("image/usr/selinux/config", "SELINUX=disabled\nSELINUXTYPE=strict\n");
	write_file("image/usr/selinux/strict/contexts/customizable_types", "image_t\n");
	assert_int_equal(open_root("image", NULL, &p), 0);
	assert_true(customizable_has(&p->customizable, "image_t", 7));
	snprintf(top, sizeof(top), "%s/image", dir);
	assert_string_equal(lbl_policy_root(p), top);
	is_at(p, "image/etc/selinux/strict");
	/* a policy that was named is read inside as well, if it is there by its name */
	assert_int_equal(open_root("image", "image/etc/selinux/strict", &p), 0);
	assert_true(customizable_has(&p->customizable, "image_t", 7));
	is_at(p, "image/etc/selinux/strict");
	assert_int_equal(open_root("image", "mine", &p), 0);
	assert_null(lbl_policy_root(p));
	is_at(p, "mine");
}

static void the_default_policy_must_be_there(void **state)
{
	struct lbl_policy *p;

	make_dir("plain");
	make_dir("plain/etc");
	make_dir("plain/etc/selinux");
	assert_int_equal(open_root("plain", NULL, &p), -ENOENT);
	make_dir("plain/etc/selinux/targeted");
	assert_int_equal(open_root("plain", NULL, &p), 0);
	is_at(p, "plain/etc/selinux/targeted");
	/* what a config names is missed by whoever reads the rules: it knows the name */
	write_file("plain/etc/selinux/config", "SELINUXTYPE=gone\n");
	assert_int_equal(open_root("plain", NULL, &p), 0);
	is_at(p, "plain/etc/selinux/gone");
}

static void another_system_leads_nowhere_else(void **state)
{
	static const char *const types[] = {"../../..", "..", ".", "", "/etc", "a/b"};
	char config[64];
	struct lbl_policy *p;

	make_dir("evil");
	make_dir("evil/etc");
	make_dir("evil/etc/selinux");
	write_file("secret", "SELINUXTYPE=mine\n");
	make_link("evil/etc/selinux/config", "../../../secret");
	assert_int_equal(open_root("evil", NULL, &p), -ENOENT);
	snprintf(config, sizeof(config), "%s/evil/etc/selinux/config", dir);
	assert_int_equal(unlink(config), 0);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(config, sizeof(config), "SELINUXTYPE=%s\n", types[i]);
		write_file("evil/etc/selinux/config", config);
		assert_int_equal(open_root("evil", NULL, &p), -EINVAL);
	}
	write_file("evil/etc/selinux/config", "SELINUXTYPE=out\n");
	make_link("evil/etc/selinux/out", "../../../mine"); /* customizable types of the host */
	assert_int_equal(open_root("evil", NULL, &p), 0);
	assert_false(customizable_has(&p->customizable, "b_t", 3));
	lbl_policy_free(p);
}

static void a_slash_is_no_root(void **state)
{
	struct lbl_policy_options po = {.size = sizeof(po), .root = "//", .policy_root = "/mine"};
	struct lbl_policy *p;

	assert_int_equal(lbl_policy_open(&p, &po), 0);
	assert_null(lbl_policy_root(p));
	lbl_policy_free(p);
}

/* ---- the status page ---- */

enum { VERSION, SEQUENCE, ENFORCING, LOADS };

static struct lbl_policy *open_here(void)
{
	struct policy_places places = {.config = "/none", .selinux = dir, .selinuxfs = dir};
	struct lbl_policy *p;

	assert_int_equal(policy_open(&p, NULL, &places), 0);
	return p;
}

/* A page as the kernel's, which this process may write to. */
static _Atomic uint32_t *make_page(size_t size)
{
	char path[256];
	void *page;
	int fd;

	snprintf(path, sizeof(path), "%s/status", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(page != MAP_FAILED);
	close(fd);
	return page;
}

static void the_status_page_is_read(void **state)
{
	struct lbl_status status = {.policy_loads = 77};
	struct lbl_policy *p = open_here();
	_Atomic uint32_t *page;

	assert_int_equal(lbl_policy_status(p, &status), -ENOENT);
	page = make_page(0);
	assert_int_equal(lbl_policy_status(p, &status), -ENOTSUP);
	munmap(page, 4096);
	page = make_page(4096);
	assert_int_equal(lbl_policy_status(p, &status), -ENOTSUP); /* no version */
	page[VERSION] = 1;
	page[SEQUENCE] = 5; /* in the middle of a change, for good */
	assert_int_equal(lbl_policy_status(p, &status), -EAGAIN);
	assert_int_equal(status.policy_loads, 77);
	page[SEQUENCE] = 6;
	page[ENFORCING] = 1;
	page[LOADS] = 3;
	assert_int_equal(lbl_policy_status(p, &status), 0);
	assert_true(status.enforcing);
	assert_int_equal(status.policy_loads, 3);
	page[LOADS] = 4;
	page[ENFORCING] = 0;
	assert_int_equal(lbl_policy_status(p, &status), 0);
	assert_false(status.enforcing);
	assert_int_equal(status.policy_loads, 4);
	/* once opened, it needs no name */
	assert_int_equal(unlinkat(AT_FDCWD, p->status_node, 0), 0);
	assert_int_equal(lbl_policy_status(p, &status), 0);
	munmap(page, 4096);
	lbl_policy_free(p);
}

struct reader {
	pthread_t id;
	struct lbl_policy *policy;
	_Atomic bool *stop;
	unsigned reads, torn;
};

static void *read_on(void *arg)
{
	struct reader *reader = arg;

	while (!*reader->stop) {
		struct lbl_status status;

		if (lbl_policy_status(reader->policy, &status) < 0)
			continue;
		reader->reads++;
		reader->torn += status.enforcing != (status.policy_loads % 2 == 1);
	}
	return NULL;
}

static void changes_are_never_seen_half(void **state)
{
	_Atomic uint32_t *page = make_page(4096);
	struct lbl_policy *p = open_here();
	_Atomic bool stop = false;
	struct reader readers[3];
	unsigned reads = 0;

	page[VERSION] = 1;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = (struct reader){.policy = p, .stop = &stop};
		assert_int_equal(pthread_create(&readers[i].id, NULL, read_on, &readers[i]), 0);
	}
	for (uint32_t i = 1; i <= 300000; i++) {
		page[SEQUENCE]++;
		page[LOADS] = i;
		for (volatile int k = 0; k < 50; k++)
			;
		page[ENFORCING] = i % 2;
		page[SEQUENCE]++;
		if (i % 1000 == 0)
			usleep(100);
	}
	stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		assert_int_equal(pthread_join(readers[i].id, NULL), 0);
		assert_int_equal(readers[i].torn, 0);
		reads += readers[i].reads;
	}
	assert_true(reads > 0);
	munmap(page, 4096);
	lbl_policy_free(p);
}

static int set_up(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	return scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_names_the_type),
		cmocka_unit_test(places_are_found),
		cmocka_unit_test(customizable_types_are_exact),
		cmocka_unit_test(another_systems_policy_is_its_own),
		cmocka_unit_test(the_default_policy_must_be_there),
		cmocka_unit_test(another_system_leads_nowhere_else),
		cmocka_unit_test(a_slash_is_no_root),
		cmocka_unit_test(the_status_page_is_read),
		cmocka_unit_test(changes_are_never_seen_half),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
