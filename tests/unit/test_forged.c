/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image: compiled forms no compiler wrote, with the right checksum.  What they say may be wrong;
 * to be asked must cost what their size allows, and touch nothing that is not theirs.
 */
#include <fcntl.h>

#include "base/hash.h"
#include "lbl-rules.h"
#include "rules/automaton.h"
#include "rules/image.h"
#include "rules/trace.h"
#include "analysis/witness.h"
#include "rules_rig.h"

#define SECONDS_MAX 60 /* for what takes a moment; SIGALRM ends a test that hangs */

static const size_t item[IMAGE_SECTIONS] = {
	sizeof(struct image_file), sizeof(struct source_spec),	 sizeof(struct trie_packed),
	sizeof(struct trie_extra), sizeof(struct trie_attached), sizeof(struct position),
	sizeof(uint32_t),	   sizeof(struct regex_set),	 1,
};

/** A sound form taken apart, to be changed at will and put together again. */
struct forgery {
	struct rig rig;
	struct image_header header;
	struct buf section[IMAGE_SECTIONS];
	struct buf image;
};

static void setup(struct forgery *f, const char *rules)
{
	struct lbl_compile_options o = {.size = sizeof(o)};
	struct map map = {0};
	char name[128];

	if (getuid() != 0)
		skip(); /* only root's compiled forms are used */
	*f = (struct forgery){.rig = {.db = NULL}};
	assert_int_equal(rig_open(&f->rig, rules, (struct lbl_rules_options){0}), 0);
	o.path = f->rig.files.base;
	assert_int_equal(lbl_compile(&o), 0);
	snprintf(name, sizeof(name), "%s.lbl", f->rig.files.base);
	assert_int_equal(map_open(&map, AT_FDCWD, name, IMAGE_SIZE_MAX), 0);
	f->header = *(const struct image_header *)map.data;
	for (unsigned i = 0; i < IMAGE_SECTIONS; i++)
		buf_add(&f->section[i], image_at((const void *)map.data, i),
			f->header.section[i].count * item[i]);
	map_done(&map);
}

static void teardown(struct forgery *f)
{
	char name[128];

	alarm(0);
	snprintf(name, sizeof(name), "%s.lbl", f->rig.files.base);
	unlink(name);
	rig_close(&f->rig);
	for (unsigned i = 0; i < IMAGE_SECTIONS; i++)
		buf_done(&f->section[i]);
	buf_done(&f->image);
}

/** Put it together; is it sound, as far as anybody looks at the opening? */
static int forge(struct forgery *f)
{
	const size_t hashed = offsetof(struct image_header, version);
	static const char zeros[IMAGE_ALIGN];
	struct buf *out = &f->image;
	struct image_header *h = &f->header;

	buf_reset(out);
	buf_add(out, h, sizeof(*h));
	for (unsigned i = 0; i < IMAGE_SECTIONS; i++) {
		buf_add(out, zeros, -out->len % IMAGE_ALIGN);
		h->section[i].offset = (uint32_t)out->len;
		h->section[i].count = (uint32_t)(f->section[i].len / item[i]);
		buf_add(out, f->section[i].data, f->section[i].len);
	}
	assert_int_equal(buf_error(out), 0);
	h->size = out->len;
	memcpy(out->data, h, sizeof(*h));
	h->checksum = hash64(out->data + hashed, out->len - hashed);
	memcpy(out->data, h, sizeof(*h));
	return image_check(out->data, out->len);
}

/** Use it, too. */
static void forge_and_open(struct forgery *f)
{
	struct rig *g = &f->rig;

	assert_int_equal(forge(f), 0);
	rules_files_put(&g->files, ".lbl", f->image.data, f->image.len);
	g->reader = db_reader_free(g->reader);
	g->db = db_free(g->db);
	buf_reset(&g->told.text);
	assert_int_equal(db_open(&g->db, &g->options), 0);
	assert_non_null(db_compiled(g->db));
	assert_int_equal(db_reader_new(g->db, &g->reader), 0);
	alarm(SECONDS_MAX);
}

static void *at(struct forgery *f, enum image_section section, size_t index)
{
	assert_true(index < f->section[section].len / item[section]);
	return f->section[section].data + index * item[section];
}

/** Append @n items of zeros; return the number of the first. */
static uint32_t add(struct forgery *f, enum image_section section, size_t n)
{
	struct buf *b = &f->section[section];
	uint32_t first = (uint32_t)(b->len / item[section]);
	_cleanup_free_ void *zeros = calloc(n, item[section]);

	assert_non_null(zeros);
	buf_add(b, zeros, n * item[section]);
	assert_int_equal(buf_error(b), 0);
	return first;
}

/* ---- what the automaton's tables may say ---------------------------------------------------- */

/** Every position is followed by the same long list. */
static void a_step_costs_no_more_than_the_file_is_long(void **state)
{
	_cleanup_(trace_done) struct trace t = {0};
	static char path[1000];
	struct forgery f;
	uint32_t list, first;

	setup(&f, "/.* t\n");
	list = add(&f, IMAGE_FOLLOW, UINT16_MAX);
	first = add(&f, IMAGE_POSITIONS, UINT16_MAX);
	for (uint32_t i = 0; i < UINT16_MAX; i++) {
		struct position *p = at(&f, IMAGE_POSITIONS, first + i);

		*p = *(struct position *)at(&f, IMAGE_POSITIONS, 0);
		p->follow = list;
		p->n_follow = UINT16_MAX;
		p->flags = 0;
		*(uint32_t *)at(&f, IMAGE_FOLLOW, list + i) = first + i;
	}
	((struct trie_attached *)at(&f, IMAGE_ATTACHED, 1))->first = list;
	((struct trie_attached *)at(&f, IMAGE_ATTACHED, 1))->n_first = UINT16_MAX;
	forge_and_open(&f);
	memset(path, '/', sizeof(path));
	assert_int_equal(trace_path(&t, f.rig.db, path, sizeof(path), 0), 0);
	teardown(&f);
}

/** Nodes that are children of many parents, all with the same specs attached. */
static void a_trie_that_is_no_tree_takes_no_more_memory_than_one(void **state)
{
	enum { NODES = 4000, SPECS = 1000 };
	_cleanup_(trace_done) struct trace t = {0};
	struct buf rules = {0};
	struct forgery f;

	for (unsigned i = 0; i < SPECS; i++)
		buf_adds(&rules, "/a t\n");
	setup(&f, buf_str(&rules));
	buf_done(&rules);
	buf_reset(&f.section[IMAGE_NODES]);
	buf_reset(&f.section[IMAGE_EXTRAS]);
	(void)add(&f, IMAGE_NODES, NODES);
	(void)add(&f, IMAGE_EXTRAS, NODES);
	for (uint32_t i = 0; i < NODES; i++) {
		struct trie_packed *node = at(&f, IMAGE_NODES, i);
		struct trie_extra *extra = at(&f, IMAGE_EXTRAS, i);

		node->byte = i % 128;
		node->extra = i;
		extra->sibling = i && i + 1 < NODES ? i + 1 : 0;
		extra->attached = i ? 1 : 0;
	}
	forge_and_open(&f);
	assert_int_equal(trace_path(&t, f.rig.db, "/", 1, TRACE_ALIVE), 0);
	assert_true(t.alive.cap < 4 * SPECS);
	teardown(&f);
}

static void more_is_attached_than_there_are_specs(void **state)
{
	struct forgery f;

	setup(&f, "/a t\n/b/.* t\n");
	assert_int_equal(forge(&f), 0);
	(void)add(&f, IMAGE_ATTACHED, 1);
	assert_int_equal(forge(&f), -EBADMSG);
	teardown(&f);
}

/* ---- files ---------------------------------------------------------------------------------- */

/** The same substitutions many times would take many times their memory. */
static void a_role_is_played_once(void **state)
{
	struct forgery f;
	uint32_t last;

	setup(&f, "/a t\nS:/x /y\n");
	last = add(&f, IMAGE_FILES, 1);
	memcpy(at(&f, IMAGE_FILES, last), at(&f, IMAGE_FILES, last - 1), item[IMAGE_FILES]);
	assert_int_equal(forge(&f), -EBADMSG);
	f.section[IMAGE_FILES].len -= item[IMAGE_FILES];
	assert_int_equal(forge(&f), 0);
	memcpy(at(&f, IMAGE_FILES, LBL_FILE_SUBS_DIST), at(&f, IMAGE_FILES, LBL_FILE_SUBS),
	       item[IMAGE_FILES]);
	assert_int_equal(forge(&f), -EBADMSG);
	teardown(&f);
}

static void substitutions_are_no_longer_than_a_text_may_be(void **state)
{
	struct image_file *file;
	struct forgery f;

	setup(&f, "/a t\nS:/x /y\n");
	file = at(&f, IMAGE_FILES, LBL_FILE_SUBS);
	file->text = add(&f, IMAGE_TEXT, SOURCE_SUBS_MAX + 1);
	file->text_len = SOURCE_SUBS_MAX;
	assert_int_equal(forge(&f), 0);
	file->text_len++;
	assert_int_equal(forge(&f), -EBADMSG);
	teardown(&f);
}

/* ---- specs ---------------------------------------------------------------------------------- */

static void change_regex(struct forgery *f, size_t spec, const char *to, size_t len)
{
	struct source_spec *s = at(f, IMAGE_SPECS, spec);

	s->regex = (uint32_t)f->section[IMAGE_TEXT].len;
	s->regex_len = (uint16_t)len;
	buf_add(&f->section[IMAGE_TEXT], to, len);
	for (size_t i = 0; i * item[IMAGE_FILES] < f->section[IMAGE_FILES].len; i++) {
		struct image_file *file = at(f, IMAGE_FILES, i);

		if (file->role >= LBL_FILE_BASE && file->state != IMAGE_ABSENT)
			file->text_len = (uint32_t)f->section[IMAGE_TEXT].len;
	}
}

static void an_empty_expression_is_damage(void **state)
{
	struct forgery f;

	setup(&f, "/a t\n");
	change_regex(&f, 0, "/b", 2);
	assert_int_equal(forge(&f), 0);
	change_regex(&f, 0, "", 0);
	assert_int_equal(forge(&f), -EBADMSG);
	teardown(&f);
}

/** An expression this PCRE2 refuses matches nothing; from a text it would not, either. */
static void a_side_spec_that_does_not_compile_is_told_of_once(void **state)
{
	struct forgery f;

	setup(&f, "/a.* t\n/a(?=b).* side\n");
	change_regex(&f, 1, "/a(?=b", 6);
	forge_and_open(&f);
	for (int i = 0; i < 2; i++)
		assert_string_equal(ask(&f.rig, "/ab", LBL_REG), "t");
	assert_string_equal(buf_str(&f.rig.told.text),
			    "fc:  line 2 has invalid regex /a(?=b:  REGEX back-end error: At "
			    "offset 8: missing closing parenthesis\n");
	teardown(&f);
}

static void a_side_spec_without_a_place_is_none(void **state)
{
	struct forgery f;

	setup(&f, "/a.* t\n/a(?=b).* side\n");
	((struct source_spec *)at(&f, IMAGE_SPECS, 1))->link = 1;
	assert_int_equal(forge(&f), -EBADMSG);
	((struct source_spec *)at(&f, IMAGE_SPECS, 1))->link = 0;
	forge_and_open(&f);
	assert_string_equal(ask(&f.rig, "/ab", LBL_REG), "side");
	f.header.sides = 0;
	forge_and_open(&f);
	assert_string_equal(ask(&f.rig, "/ab", LBL_REG), "t");
	teardown(&f);
}

/** No text can hold such bytes, but whoever parses a compiled form's specs meets them. */
static void expressions_may_be_any_bytes(void **state)
{
	static const char *const odd[] = {"/a\\\xff", "/a\\\x80\x80", "\xff", "/a\xc3[\xfe-\xff]"};
	static const char nul[] = "/a\\\0b\0.*";

	for (size_t i = 0; i <= ARRAY_SIZE(odd); i++) {
		_cleanup_(buf_done) struct buf path = {0};
		struct witness *w = NULL;
		struct forgery f;

		setup(&f, "/a t\n/b(/.*)? u\n");
		if (i < ARRAY_SIZE(odd))
			change_regex(&f, 0, odd[i], strlen(odd[i]));
		else
			change_regex(&f, 0, nul, sizeof(nul) - 1);
		forge_and_open(&f);
		assert_string_equal(ask(&f.rig, "/b/c", LBL_REG), "u");
		assert_int_equal(witness_new(&w, f.rig.db), 0);
		assert_int_equal(witness_wins(w, 1, LBL_REG, &path), 1);
		witness_free(w);
		teardown(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_costs_no_more_than_the_file_is_long),
		cmocka_unit_test(a_trie_that_is_no_tree_takes_no_more_memory_than_one),
		cmocka_unit_test(more_is_attached_than_there_are_specs),
		cmocka_unit_test(a_role_is_played_once),
		cmocka_unit_test(substitutions_are_no_longer_than_a_text_may_be),
		cmocka_unit_test(an_empty_expression_is_damage),
		cmocka_unit_test(a_side_spec_that_does_not_compile_is_told_of_once),
		cmocka_unit_test(a_side_spec_without_a_place_is_none),
		cmocka_unit_test(expressions_may_be_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
