/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image: the compiled form: what it answers, when it is used, and what is said when it is not. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "base/map.h"
#include "lbl-rules.h"
#include "rules/image.h"
#include "rules_rig.h"

static const char rules[] =
	"/.* default\n/etc(/.*)? etc\n/etc/passwd -- passwd\n/lib(/.*)? lib\n"
	"/usr/(.*/)?java/.+\\.so(\\.[^/]*)* jso\n/dev/.* -c chr\n/none.* <<none>>\n"
	"/look(?=a)a.* side\n"
	"H:/home/[^/]+/.* home\nL:/etc/x.* local\nD:/lib64 /lib\nS:/alias /etc\n";

/** A rule set that stands compiled beside its texts; not open. */
struct compiled {
	struct rig rig;
	char name[128];
};

static int compile(struct compiled *c, unsigned flags)
{
	struct lbl_compile_options o = {
		.size = sizeof(o),
		.path = c->rig.files.base,
		.output = c->name,
		.flags = flags,
		.diag = rules_tell,
		.user = &c->rig.told,
	};

	return lbl_compile(&o);
}

static void setup(struct compiled *c, unsigned flags)
{
	if (getuid() != 0)
		skip(); /* only root's compiled forms are used */
	assert_int_equal(rig_open(&c->rig, rules, (struct lbl_rules_options){0}), 0);
	snprintf(c->name, sizeof(c->name), "%s.lbl", c->rig.files.base);
	assert_int_equal(compile(c, flags), 0);
}

static void teardown(struct compiled *c)
{
	unlink(c->name);
	rig_close(&c->rig);
}

/** Open again; is the compiled form what is used, and what is said? */
static bool used(struct compiled *c, unsigned flags, const char **ret_said)
{
	struct rig *g = &c->rig;

	g->reader = db_reader_free(g->reader);
	g->db = db_free(g->db);
	buf_reset(&g->told.text);
	g->options.flags = flags;
	assert_int_equal(db_open(&g->db, &g->options), 0);
	assert_int_equal(db_reader_new(g->db, &g->reader), 0);
	assert_string_equal(ask(g, "/etc/passwd", LBL_REG), "passwd");
	*ret_said = buf_str(&g->told.text);
	return db_compiled(g->db) != NULL;
}

static void is_used(struct compiled *c)
{
	const char *said;

	assert_true(used(c, 0, &said));
	assert_string_equal(said, "");
}

static void is_not_used(struct compiled *c, const char *why)
{
	const char *said;
	char want[256] = "";

	if (*why)
		snprintf(want, sizeof(want), "fc.lbl:  compiled rules not used: %s\n", why);
	assert_false(used(c, 0, &said));
	assert_string_equal(said, want);
}

#define STALE "its sources have changed ('relabel compile' renews it)"

static void it_answers_as_the_text_does(void **state)
{
	struct compiled c;

	setup(&c, 0);
	is_used(&c);
	assert_string_equal(ask(&c.rig, "/q", LBL_REG), "default");
	assert_string_equal(ask(&c.rig, "/etc/xy", LBL_DIR), "local");
	assert_string_equal(ask(&c.rig, "/etc/passwd", LBL_DIR), "etc");
	assert_string_equal(ask(&c.rig, "/usr/a/java/b.so.1", LBL_REG), "jso");
	assert_string_equal(ask(&c.rig, "/usr/java/.so", LBL_REG), "default");
	assert_string_equal(ask(&c.rig, "/dev/q", LBL_CHR), "chr");
	assert_string_equal(ask(&c.rig, "/dev/q", LBL_BLK), "default");
	assert_string_equal(ask(&c.rig, "/nonesuch", LBL_REG), "<<none>>");
	assert_string_equal(ask(&c.rig, "/home/a/b", LBL_REG), "home");
	assert_string_equal(ask(&c.rig, "/lib64/b", LBL_REG), "lib");
	assert_string_equal(ask(&c.rig, "/alias/xb", LBL_REG), "local");
	assert_string_equal(ask(&c.rig, "/lookab", LBL_REG), "side");
	assert_string_equal(ask(&c.rig, "/lookb", LBL_REG), "default");
	teardown(&c);
}

static void it_knows_files_and_lines(void **state)
{
	const struct db_spec *spec = NULL;
	struct compiled c;

	setup(&c, 0);
	is_used(&c);
	assert_int_equal(db_resolve(c.rig.reader, "/etc/xy", 7, LBL_REG, &spec), 0);
	assert_string_equal(spec->file + strlen(c.rig.files.dir) + 1, "fc.local");
	assert_int_equal(spec->line, 1);
	assert_string_equal(spec->regex, "/etc/x.*");
	assert_int_equal(db_resolve(c.rig.reader, "/lookab", 7, LBL_REG, &spec), 0);
	assert_int_equal(spec->line, 8);
	teardown(&c);
}

static void texts_are_read_when_asked_for(void **state)
{
	struct compiled c;
	const char *said;

	setup(&c, 0);
	assert_false(used(&c, LBL_RULES_TEXT, &said));
	assert_false(used(&c, LBL_RULES_BASE_ONLY, &said));
	assert_string_equal(said,
			    "fc.lbl:  compiled rules not used: it was made with other options\n");
	assert_int_equal(compile(&c, LBL_RULES_BASE_ONLY), 0);
	assert_true(used(&c, LBL_RULES_BASE_ONLY, &said));
	is_not_used(&c, "it was made with other options");
	teardown(&c);
}

/* ---- sources -------------------------------------------------------------------------------- */

static void put(struct compiled *c, const char *suffix, const char *text)
{
	rules_files_put(&c->rig.files, suffix, text, strlen(text));
}

static void a_changed_source_is_noticed(void **state)
{
	static const char *const suffixes[] = {"", ".homedirs", ".local", ".subs_dist", ".subs"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		struct compiled c;

		setup(&c, 0);
		put(&c, suffixes[i], i ? "/q\tr\n" : "/etc/passwd passwd\n");
		is_not_used(&c, STALE);
		assert_int_equal(compile(&c, 0), 0);
		is_used(&c);
		teardown(&c);
	}
}

static void a_source_that_comes_or_goes_is_noticed(void **state)
{
	static const char *const suffixes[] = {".homedirs", ".local", ".subs_dist", ".subs"};
	char name[128];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		struct compiled c;

		setup(&c, 0);
		snprintf(name, sizeof(name), "%s%s", c.rig.files.base, suffixes[i]);
		assert_int_equal(unlink(name), 0);
		is_not_used(&c, STALE);
		assert_int_equal(compile(&c, 0), 0);
		is_used(&c);
		put(&c, suffixes[i], "");
		is_not_used(&c, STALE);
		teardown(&c);
	}
}

static bool opens(struct compiled *c)
{
	struct db *db;

	if (db_open(&db, &c->rig.options) < 0)
		return false;
	db_free(db);
	return true;
}

static void a_drop_in_that_comes_is_noticed(void **state)
{
	struct compiled c;
	char dir[128], dead[160];

	setup(&c, 0);
	snprintf(dir, sizeof(dir), "%s.local.d", c.rig.files.base);
	assert_int_equal(mkdir(dir, 0755), 0);
	is_used(&c);
	snprintf(dead, sizeof(dead), "%s/0.fc", dir);
	assert_int_equal(symlink("nowhere", dead), 0);
	assert_false(opens(&c)); /* as from the texts: an error that is to be seen */
	assert_int_equal(unlink(dead), 0);
	is_used(&c);
	put(&c, ".local.d/a.fc", "/etc/y.* dropped\n");
	is_not_used(&c, STALE);
	assert_int_equal(compile(&c, 0), 0);
	is_used(&c);
	assert_string_equal(ask(&c.rig, "/etc/yz", LBL_REG), "dropped");
	put(&c, ".local.d/b.fc", "");
	is_not_used(&c, STALE);
	for (char which = 'a'; which <= 'b'; which++) {
		char name[160];

		snprintf(name, sizeof(name), "%s/%c.fc", dir, which);
		assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(rmdir(dir), 0);
	teardown(&c);
}

/** The same bytes under another inode and time. */
static void rewrite(const struct compiled *c)
{
	_cleanup_(map_done) struct map map = {0};
	char name[128];

	assert_int_equal(map_open(&map, AT_FDCWD, c->rig.files.base, 1 << 20), 0);
	snprintf(name, sizeof(name), "%s.new", c->rig.files.base);
	rules_files_put(&c->rig.files, ".new", map.data, map.len);
	assert_int_equal(rename(name, c->rig.files.base), 0);
}

static void the_same_bytes_in_another_file_will_do(void **state)
{
	struct compiled c;

	setup(&c, 0);
	rewrite(&c);
	is_used(&c);
	teardown(&c);
}

static const struct image_file *base_file(const struct map *map)
{
	const struct image_file *file = image_at((const void *)map->data, IMAGE_FILES);

	return &file[LBL_FILE_BASE];
}

static void compile_at(struct compiled *c, struct timespec time, struct map *map)
{
	const struct timespec times[] = {time, time};

	assert_int_equal(utimensat(AT_FDCWD, c->rig.files.base, times, 0), 0);
	map_done(map);
	assert_int_equal(compile(c, 0), 0);
	assert_int_equal(map_open(map, AT_FDCWD, c->name, IMAGE_SIZE_MAX), 0);
}

/** A file that is changed again may have the size, the inode and the time it had. */
static void a_time_that_says_little_is_not_relied_upon(void **state)
{
	static const struct timespec archived = {.tv_sec = 1600000000}, usual = {1600000000, 1};
	struct timespec now;
	struct map map = {0};
	struct compiled c;

	setup(&c, 0);
	compile_at(&c, usual, &map);
	assert_true(base_file(&map)->inode != 0);
	assert_int_equal(base_file(&map)->mtime_ns, 1);
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec |= 1;
	compile_at(&c, now, &map);
	assert_true(base_file(&map)->inode == 0);
	compile_at(&c, archived, &map);
	assert_true(base_file(&map)->inode == 0);
	assert_int_equal(base_file(&map)->mtime_s, 0);
	is_used(&c);

	put(&c, "", "/etc/passw. passwd\n");
	compile_at(&c, archived, &map);
	put(&c, "", "/etc/passwd passwd\n");
	assert_int_equal(utimensat(AT_FDCWD, c.rig.files.base,
				   (const struct timespec[]){archived, archived}, 0),
			 0);
	is_not_used(&c, STALE);
	map_done(&map);
	teardown(&c);
}

static void read_image(const struct compiled *c, struct map *map)
{
	assert_int_equal(map_open(map, AT_FDCWD, c->name, IMAGE_SIZE_MAX), 0);
}

static void portable_means_the_same_bytes_again(void **state)
{
	struct map first = {0}, second = {0}, tied = {0};
	struct compiled c;

	setup(&c, LBL_COMPILE_PORTABLE);
	is_used(&c);
	read_image(&c, &first);
	rewrite(&c);
	is_used(&c);
	assert_int_equal(compile(&c, LBL_COMPILE_PORTABLE), 0);
	read_image(&c, &second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	compile_at(&c, (struct timespec){1600000000, 1}, &tied);
	assert_int_equal(tied.len, first.len);
	assert_memory_not_equal(first.data, tied.data, first.len);
	map_done(&first);
	map_done(&second);
	map_done(&tied);
	teardown(&c);
}

/* ---- trust and damage ----------------------------------------------------------------------- */

static void only_root_s_own_is_trusted(void **state)
{
	static const mode_t modes[] = {0664, 0646, 0666, 0620};
	struct compiled c;

	setup(&c, 0);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod(c.name, modes[i]), 0);
		is_not_used(&c, "others than root could have written it");
	}
	assert_int_equal(chmod(c.name, 0600), 0);
	is_used(&c);
	assert_int_equal(chown(c.name, 65534, 0), 0);
	is_not_used(&c, "others than root could have written it");
	teardown(&c);
}

static void what_is_no_file_is_left_alone(void **state)
{
	struct compiled c;

	setup(&c, 0);
	assert_int_equal(unlink(c.name), 0);
	is_not_used(&c, "");
	assert_int_equal(mkdir(c.name, 0755), 0);
	is_not_used(&c, "it is damaged");
	assert_int_equal(rmdir(c.name), 0);
	assert_int_equal(mkfifo(c.name, 0600), 0); /* and nobody hangs on it */
	is_not_used(&c, "it is damaged");
	teardown(&c);
}

/** On what is no disk of ours the file could be cut short, or its bytes exchanged, in mid-use. */
static void it_is_copied_where_a_server_may_change_it(void **state)
{
	struct compiled c;

	if (getuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("ramfs", "/tmp", "ramfs", 0, NULL) < 0)
		skip(); /* ramfs is not among those whose files are mapped */
	setup(&c, 0);
	is_used(&c);
	assert_int_equal(truncate(c.name, 0), 0);
	assert_string_equal(ask(&c.rig, "/usr/a/java/b.so.1", LBL_REG), "jso");
	assert_string_equal(ask(&c.rig, "/lookab", LBL_REG), "side");
	teardown(&c);
	assert_int_equal(umount("/tmp"), 0);
}

static void a_name_too_long_for_the_cache_is_not_spoken_of(void **state)
{
	char dir[400], base[420];
	struct lbl_rules_options o = {
		.size = sizeof(o), .diag = rules_tell, .compiled_dir = "/tmp"};
	struct rules_told told = {0};
	struct rules_files f;
	struct db *db;
	FILE *out;

	rules_files_make(&f);
	snprintf(dir, sizeof(dir), "%s/%0240d", f.dir, 0);
	snprintf(base, sizeof(base), "%s/fc", dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	out = fopen(base, "we");
	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
	told.dir = f.dir;
	o.path = base;
	o.user = &told;
	assert_int_equal(db_open(&db, &o), 0);
	assert_string_equal(buf_str(&told.text), "");
	db_free(db);
	assert_int_equal(unlink(base), 0);
	assert_int_equal(rmdir(dir), 0);
	rules_files_remove(&f);
}

/* Another system's compiled form is its own: what this machine's cache holds is not asked. */
static void below_a_root_the_cache_does_not_count(void **state)
{
	struct compiled c;
	const char *said;
	char *cached;

	setup(&c, 0);
	c.rig.options.root = c.rig.files.dir;
	is_used(&c);
	assert_int_equal(unlink(c.name), 0);
	cached = image_cache_name(c.rig.files.dir, c.rig.files.base);
	assert_non_null(cached);
	strcpy(c.name, cached);
	assert_int_equal(compile(&c, 0), 0);
	c.rig.options.compiled_dir = c.rig.files.dir;
	is_not_used(&c, "");
	c.rig.options.root = "/";
	assert_true(used(&c, 0, &said));
	free(cached);
	teardown(&c);
}

static void a_part_of_it_is_damage(void **state)
{
	struct map map = {0};
	struct compiled c;

	setup(&c, 0);
	read_image(&c, &map);
	for (size_t n = 0; n < map.len; n += n < 200 ? 1 : 97)
		assert_int_equal(image_check(map.data, n), -EBADMSG);
	assert_int_equal(image_check(map.data, map.len), 0);
	put(&c, ".lbl", "");
	is_not_used(&c, "it is damaged");
	rules_files_put(&c.rig.files, ".lbl", map.data, map.len / 2);
	is_not_used(&c, "it is damaged");
	map_done(&map);
	teardown(&c);
}

static void each_byte_counts(void **state)
{
	struct map map = {0};
	struct compiled c;
	char *copy;

	setup(&c, 0);
	read_image(&c, &map);
	copy = malloc(map.len);
	assert_non_null(copy);
	for (size_t i = 0; i < map.len; i += i < 200 ? 1 : 13) {
		memcpy(copy, map.data, map.len);
		copy[i] ^= 1;
		assert_true(image_check(copy, map.len) < 0);
	}
	free(copy);
	map_done(&map);
	teardown(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_answers_as_the_text_does),
		cmocka_unit_test(it_knows_files_and_lines),
		cmocka_unit_test(texts_are_read_when_asked_for),
		cmocka_unit_test(a_changed_source_is_noticed),
		cmocka_unit_test(a_source_that_comes_or_goes_is_noticed),
		cmocka_unit_test(a_drop_in_that_comes_is_noticed),
		cmocka_unit_test(the_same_bytes_in_another_file_will_do),
		cmocka_unit_test(a_time_that_says_little_is_not_relied_upon),
		cmocka_unit_test(portable_means_the_same_bytes_again),
		cmocka_unit_test(only_root_s_own_is_trusted),
		cmocka_unit_test(what_is_no_file_is_left_alone),
		cmocka_unit_test(it_is_copied_where_a_server_may_change_it),
		cmocka_unit_test(a_name_too_long_for_the_cache_is_not_spoken_of),
		cmocka_unit_test(below_a_root_the_cache_does_not_count),
		cmocka_unit_test(a_part_of_it_is_damage),
		cmocka_unit_test(each_byte_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
