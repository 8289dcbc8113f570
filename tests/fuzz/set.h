/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * set: one rule set opened in lib/rules, three times (ordinary; with a state cache that is always
 * full; compiled), and in the tests' model, to be asked the same questions.
 */
#pragma once

#include "base/common.h"
#include "model.h"
#include "ours.h"

struct set_view {
	struct db *db;
	struct db_reader *reader;
	struct carry carry;
};

struct set {
	struct model *model;
	struct set_view view[3]; /* default cache, tiny cache, compiled */
	char *compiled;		 /* name of that file, NULL: the set could not be compiled */
	unsigned long below[3];	 /* how often db_below() said what */
	unsigned long lookups, skipped, jit_bugs;
	char why[1024]; /* what differed */
};

/**
 * Open @path, with caches of @usual (0: the default) and of @tiny bytes.  Return 0; 1 when both we
 * and the model refuse it; 2 when it cannot be told who is right; -1 when the two disagree (see
 * why).
 */
int set_open(struct set *s, const char *path, size_t usual, size_t tiny);
void set_close(struct set *s);

/**
 * Look @path up for every kind, in each way.  Return 0, or -1 and why.
 *
 * PCRE2's JIT is not always right: 10.42 denies that `^/(c|(|\+|)|){2}c+ca|c$` matches "/cca",
 * its interpreter does not.  So the interpreter has the last word; such cases are counted.
 */
int set_check(struct set *s, const char *path, size_t len);

/** Hold what db_below() says of @dir against a @path below it.  Return 0, or -1 and why. */
int set_check_below(struct set *s, const char *dir, const char *path);
