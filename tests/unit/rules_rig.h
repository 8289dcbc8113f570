/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rules_rig: an open rule set made from text, and one question to it.
 *
 *	assert_int_equal(rig_open(&g, "/a.* u:r:a:s0", (struct lbl_rules_options){0}), 0);
 *	assert_string_equal(ask(&g, "/ab", LBL_REG), ...);
 *	rig_close(&g);
 */
#pragma once

#include "rules_files.h"

struct rig {
	struct rules_files files;
	struct rules_told told;
	struct db *db;
	struct db_reader *reader;
	struct lbl_rules_options options;
};

static inline int rig_open(struct rig *g, const char *text, struct lbl_rules_options options)
{
	int r;

	*g = (struct rig){.options = options};
	rules_files_make(&g->files);
	rules_files_write(&g->files, text);
	g->told.dir = g->files.dir;
	g->options.size = sizeof(g->options);
	g->options.path = g->files.base;
	g->options.diag = rules_tell;
	g->options.user = &g->told;
	r = db_open(&g->db, &g->options);
	if (r == 0)
		assert_int_equal(db_reader_new(g->db, &g->reader), 0);
	return r;
}

static inline void rig_close(struct rig *g)
{
	db_reader_free(g->reader);
	db_free(g->db);
	buf_done(&g->told.text);
	rules_files_remove(&g->files);
}

static inline const char *name_of(const struct db_spec *spec)
{
	return !spec ? "no spec" : spec->context ? spec->context : "<<none>>";
}

/** The answer by the whole path, which must also be the one got name by name. */
static inline const char *ask(struct rig *g, const char *path, enum lbl_kind kind)
{
	const struct db_spec *whole = NULL, *carried = NULL, *resolved = NULL;
	const char *p = path;
	db_state state;
	int r;

	assert_int_equal(db_resolve(g->reader, path, strlen(path), kind, &resolved), 0);
	assert_int_equal(db_seek(g->reader, path, strlen(path), &state), 0);
	r = db_answer(g->reader, state, kind, &whole);
	if (r != -EAGAIN) {
		assert_int_equal(r, 0);
		assert_ptr_equal(whole, resolved);
	}
	assert_int_equal(db_seek(g->reader, "", 0, &state), 0);
	while (*p == '/' && p[1]) {
		size_t n = strcspn(p + 1, "/");

		r = db_child(g->reader, state, p + 1, n, &state);
		if (r == -ESTALE)
			return name_of(resolved);
		assert_int_equal(r, 0);
		p += n + 1;
	}
	if (*p == '\0') {
		r = db_answer(g->reader, state, kind, &carried);
		if (r != -EAGAIN) {
			assert_int_equal(r, 0);
			assert_ptr_equal(carried, resolved);
		}
	}
	return name_of(resolved);
}
