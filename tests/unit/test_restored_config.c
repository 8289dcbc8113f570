/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "restored/config.h"
#include "restored/targets.h"
#include "restored/users.h"

static char said[4096];

static void complain(void *user, const char *text)
{
	size_t len = strlen(said);

	snprintf(said + len, sizeof(said) - len, "%s\n", text);
}

static int parse(struct config *c, const char *text)
{
	*c = (struct config){0};
	said[0] = '\0';
	return config_parse(c, "conf", text, strlen(text), complain, NULL);
}

/* "dir|pattern" of each entry; "!" excluded, "~" home, "?" pattern in dir. */
static const char *shown(const struct config *c)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < c->n; i++) {
		const struct config_entry *e = &c->entries[i];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s%s|%s\n",
					e->exclude ? "!" : "", e->home ? "~" : "",
					e->dir_is_pattern ? "?" : "", e->dir,
					e->pattern ? e->pattern : "(tree)");
	}
	return text;
}

static void check(const char *in, const char *out)
{
	struct config c;

	assert_int_equal(parse(&c, in), 0);
	assert_string_equal(said, "");
	assert_string_equal(shown(&c), out);
	config_done(&c);
}

static void wrong(const char *in, const char *message)
{
	struct config c;

	assert_int_equal(parse(&c, in), -EINVAL);
	assert_string_equal(said, message);
	config_done(&c);
}

static void restorecond_conf_is_understood(void **state)
{
	check("# comment\n/etc/services\n  "
	      "/etc/resolv.conf\n\n/root/*\nx\n\t/root/.ssh/*\n~/public_html/*\n~/*",
	      "/etc|services\n/etc|resolv.conf\n/root|*\n/root/.ssh|*\n~public_html|*\n~|*\n");
}

static void and_what_is_new(void **state)
{
	check("/srv/www/**\n!/srv/www/cache/**\n! ~/x/*.tmp\n/srv/*/up[l]oad/*\n/a\\*b/c\n/**\n",
	      "/srv/www|(tree)\n!/srv/www/cache|(tree)\n!~x|*.tmp\n?/srv/*/up[l]oad|*\n?/a\\*b|c\n"
	      "/|(tree)\n");
}

static void spellings(void **state)
{
	check("/etc/passwd   \t\r\n//etc///./x\n/etc/dir/\n/top\n~/./a\n/a b/c d",
	      "/etc|passwd\n/etc|x\n/etc|dir\n/|top\n~|a\n/a b|c d\n");
}

static void errors_have_a_line(void **state)
{
	char in[6000];

	wrong("/ok\netc/passwd\n", "conf:2: not an absolute path\n");
	wrong("~ann/x\n/a/../b\n//\n", "conf:1: only \"~/\" is known, no other user's home\n"
				       "conf:2: \"..\" is not allowed\nconf:3: names no file\n");
	wrong("/a/**/b\n", "conf:1: \"**\" is known at the end only\n");
	wrong("/a/**//./\n/b/**/.x", "conf:1: \"**\" is known at the end only\n"
				     "conf:2: \"**\" is known at the end only\n");
	wrong("!/\n/x/y\n!~\n", "conf:1: names no file\nconf:3: only \"~/\" is known, no other "
				"user's home\n");
	memset(in, 'x', sizeof(in));
	memcpy(in, "/a/", 3);
	in[300] = '\0';
	wrong(in, "conf:1: a component is longer than 255 bytes\n");
	for (size_t i = 0; i < sizeof(in) - 1; i++)
		in[i] = i % 2 ? 'x' : '/';
	in[sizeof(in) - 1] = '\0';
	wrong(in, "conf:1: the path is longer than 4095 bytes\n");
}

static void a_nul_is_an_error(void **state)
{
	struct config c = {0};

	said[0] = '\0';
	assert_int_equal(config_parse(&c, "conf", "/a/b\0c\n/d/e", 11, complain, NULL), -EINVAL);
	assert_string_equal(said, "conf:1: a NUL byte\n");
	assert_string_equal(shown(&c), "/d|e\n");
	config_done(&c);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void files_and_drop_ins(void **state)
{
	static const char *const made[] = {
		"c.d/b.conf", "c.d/a.conf", "c.d/.hidden.conf", "c.d/a.conf~", "c.d", "old", "c"};
	const struct config_paths paths = {"c", "c.d", "old"};
	char dir[] = "/tmp/lbl-config-XXXXXX";
	struct config c = {0};

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	said[0] = '\0';
	assert_int_equal(config_read(&c, &paths, complain, NULL), -ENOENT);
	config_done(&c);
	put("old", "/old/*\n");
	assert_int_equal(config_read(&c, &paths, complain, NULL), 0);
	assert_true(c.old);
	assert_string_equal(shown(&c), "/old|*\n");
	config_done(&c);

	assert_int_equal(mkdir("c.d", 0755), 0);
	put("c.d/b.conf", "/b/*\n");
	put("c.d/a.conf", "/a/*\n");
	put("c.d/.hidden.conf", "/h/*\n");
	put("c.d/a.conf~", "/t/*\n");
	assert_int_equal(config_read(&c, &paths, complain, NULL), 0);
	assert_false(c.old);
	assert_string_equal(shown(&c), "/a|*\n/b|*\n");
	config_done(&c);

	put("c", "/c/*\n");
	put("c.d/b.conf", "oops\n");
	assert_int_equal(config_read(&c, &paths, complain, NULL), -EINVAL);
	assert_string_equal(said, "c.d/b.conf:1: not an absolute path\n");
	assert_int_equal(c.n_files, 3);
	assert_string_equal(c.files[0], "c");
	config_done(&c);

	assert_int_equal(unlink("c"), 0);
	assert_int_equal(mkfifo("c", 0600), 0); /* nothing to hang on */
	said[0] = '\0';
	assert_int_equal(config_read(&c, &(struct config_paths){"c"}, complain, NULL), -EINVAL);
	assert_string_equal(said, "c: cannot be read: Invalid argument\n");
	config_done(&c);
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		assert_int_equal(remove(made[i]), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- targets ----------------------------------------------------------------------------------
 */

/* Is @path to be labelled?  Its directory is gone to from the root, component by component. */
static bool wanted(const struct targets *t, const char *path)
{
	struct want v[16], next[16];
	struct wants w = {v, 0};
	char name[256];

	for (; w.n < t->n; w.n++)
		v[w.n] = (struct want){w.n, 0};
	for (;;) {
		size_t len = strcspn(++path, "/");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		path += len;
		if (!*path)
			return wants_name(t, &w, name) != NULL;
		w.n = wants_advance(t, &w, name, next);
		memcpy(v, next, w.n * sizeof(*v));
		if (w.n == 0)
			return false;
	}
}

static void targets_of(struct targets *t, struct config *c, const char *text)
{
	struct user_home homes[] = {{1, (char *)"ann", (char *)"/home/ann"},
				    {2, (char *)"star", (char *)"/home/*"}};
	struct users users = {homes, 2, 2, "none"};

	assert_int_equal(parse(c, text), 0);
	*t = (struct targets){0};
	assert_int_equal(targets_make(t, c, &users), 0);
}

static void what_is_wanted(void **state)
{
	struct targets t;
	struct config c;

	targets_of(&t, &c,
		   "/srv/www/**\n!/srv/www/cache/**\n!/srv/www/*.tmp\n/srv/*/up/[ab]*\n"
		   "~/www/*\n/srv/www/**\n");
	assert_int_equal(t.n, 6); /* two homes; what is given twice is one */
	assert_true(wanted(&t, "/srv/www/x"));
	assert_true(wanted(&t, "/srv/www/x/y/z"));
	assert_true(wanted(&t, "/srv/www/cache"));
	assert_false(wanted(&t, "/srv/www/cache/x"));
	assert_false(wanted(&t, "/srv/www/cache/x/y"));
	assert_false(wanted(&t, "/srv/www/a.tmp"));
	assert_false(wanted(&t, "/srv/www/a.tmp/b"));
	assert_true(wanted(&t, "/srv/www/x/a.tmp"));
	assert_false(wanted(&t, "/srv/www"));
	assert_true(wanted(&t, "/srv/ftp/up/ab"));
	assert_true(wanted(&t, "/srv/.ftp/up/b"));
	assert_false(wanted(&t, "/srv/ftp/up/c"));
	assert_false(wanted(&t, "/srv/ftp/up/a/b"));
	assert_true(wanted(&t, "/home/ann/www/.x"));
	assert_false(wanted(&t, "/home/bob/www/x")); /* a home is no pattern */
	assert_true(wanted(&t, "/home/*/www/x"));
	targets_done(&t);
	config_done(&c);
}

static void kinds(void **state)
{
	struct want v[] = {{0, 1}, {1, 1}, {2, 1}};
	struct targets t;
	struct config c;

	targets_of(&t, &c, "/a/one\n/a/b/*\n/a/*/x\n");
	assert_int_equal(wants_kind(&t, &(struct wants){v, 1}), WANTS_NAMES);
	assert_int_equal(wants_kind(&t, &(struct wants){v + 1, 1}), 0);
	assert_int_equal(wants_kind(&t, &(struct wants){v + 2, 1}), WANTS_PATTERN | WANTS_SUBDIRS);
	targets_done(&t);
	config_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restorecond_conf_is_understood),
		cmocka_unit_test(and_what_is_new),
		cmocka_unit_test(spellings),
		cmocka_unit_test(errors_have_a_line),
		cmocka_unit_test(a_nul_is_an_error),
		cmocka_unit_test(files_and_drop_ins),
		cmocka_unit_test(what_is_wanted),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
