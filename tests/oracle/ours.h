/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ours: lib/rules asked in each of the ways its users ask it, behind one face.
 */
#pragma once

#include "base/buf.h"
#include "base/common.h"
#include "model.h"
#include "rules/db.h"

/** What a walk keeps: the position of each directory of the path it is at. */
struct carry {
	struct db_reader *reader;
	struct buf path; /* the last one */
	struct {
		size_t end; /* of the component in path */
		db_state state;
	} * level;
	size_t n_levels, cap_levels;
	db_state top; /* before the first slash */
	unsigned long stale, seeks;
};

int carry_init(struct carry *c, struct db_reader *reader);
void carry_done(struct carry *c);

/**
 * Go to @path (normalised) from the last one, one db_child() for each component that differs, as a
 * walk in that order would.  Recovers from -ESTALE the way db.h says.  Return 0 or -errno.
 */
int carry_to(struct carry *c, const char *path, size_t len, db_state *ret_state);

/** db_answer(), going on as db.h says after -EAGAIN and -ESTALE.  @state is updated. */
int ours_answer(struct db_reader *reader, const char *path, size_t len, enum lbl_kind kind,
		db_state *state, const struct db_spec **ret_spec);

/** Collapse slashes, in the test's own words. */
size_t ours_normalise(const char *path, size_t len, char *out);

/** Equal, or both NULL. */
bool text_same(const char *a, const char *b);
/** Do ours and the model name the same spec? */
bool ours_same(const struct db_spec *a, const struct model_spec *b);
