/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lint: what is wrong with a rule set.  Each pass looks for findings of its own:
 *
 *	lint_subs	lines of .subs and .subs_dist
 *	lint_lines	lines that are no specs
 *	lint_specs	each spec by itself: context, regex, dots, escapes
 *	lint_twins	specs given twice
 *	lint_wins	specs that cannot win, by search on the automata
 *	lint_tree	specs whose winner depends on the release of libselinux
 *
 * Passes add findings in any order; they are given out in the order of files and lines.  What
 * fails for want of memory is kept in lint.error, so that a pass need not look.
 */
#pragma once

#include "lbl-rules.h"
#include "rules/check.h"
#include "analysis/fc.h"
#include "rules/source.h"
#include "analysis/witness.h"

#define LINT_NO_FILE	  UINT32_MAX
#define LINT_NO_SPEC	  UINT32_MAX
#define LINT_FINDINGS_MAX 100000u /* then one more, that says so */

enum lint_code {
	LINT_BEHIND_SUBSTITUTION,
	LINT_CONFLICTING_DUPLICATE,
	LINT_DUPLICATE,
	LINT_ESCAPE_DIFFERENCE,
	LINT_GEN_CONTEXT,
	LINT_INVALID_CONTEXT,
	LINT_INVALID_REGEX,
	LINT_MALFORMED,
	LINT_MISSING_CONTEXT,
	LINT_NEEDS_PCRE,
	LINT_NEVER_MATCHES,
	LINT_OVERRIDES,
	LINT_REDUNDANT,
	LINT_SHADOWED,
	LINT_SUBS_ALIAS,
	LINT_SUBS_HIDDEN,
	LINT_SUBS_MALFORMED,
	LINT_SUBS_TARGET,
	LINT_TOO_MANY,
	LINT_TOP_LEVEL_ALTERNATION,
	LINT_TRAILING_COMMENT,
	LINT_TREE_DIFFERENCE,
	LINT_UNBALANCED,
	LINT_UNDECIDED,
	LINT_UNESCAPED_DOT,
	LINT_UNREADABLE,
	LINT_CODES
};

enum {
	LINT_DEAD = 1 << 0,	/* is known to match nothing: no more to be said of it */
	LINT_REPEATED = 1 << 1, /* a newer spec of the same text takes all it could win */
	LINT_PCRE = 1 << 2,	/* no search can judge it */
};

struct lint_place {
	uint32_t file; /* index in source.files, or LINT_NO_FILE */
	unsigned line;
};

/** What a finding is about; regex and witness may be NULL. */
struct lint_about {
	struct lint_place at, other;
	const char *file; /* instead of at.file's name, where there is none yet */
	const char *regex;
	const char *witness;
};

struct lint_found;

struct lint {
	const struct lbl_lint_options *options;
	const struct fc *fc; /* refpolicy source; NULL: files as libselinux reads them */
	struct db *db;
	struct source *source;
	struct witness *witness;
	struct check check;
	uint8_t *marks; /* LINT_*, by spec */
	struct arena arena;
	struct lint_found *found;
	size_t n_found, found_cap;
	int error; /* sticky: 0 or the first negative errno */
};

/** Add one finding.  Control bytes in the text are escaped. */
void lint_add(struct lint *l, enum lint_code code, const struct lint_about *about, const char *fmt,
	      ...) _printf_(4, 5);

/** What is said of spec @index, against spec @other or LINT_NO_SPEC. */
struct lint_about lint_about_spec(struct lint *l, uint32_t index, uint32_t other);
/** "/etc/x -d" for texts; lives as long as @l. */
const char *lint_quote(struct lint *l, uint32_t index);
/** Where @place is, seen from the file @from: "line 7", "file_contexts.local:7". */
const char *lint_where(struct lint *l, struct lint_place place, uint32_t from);
/** The same for spec @index, seen from spec @from. */
const char *lint_where_spec(struct lint *l, uint32_t index, uint32_t from);
/** The context of spec @index for texts. */
const char *lint_context(struct lint *l, uint32_t index);

/** Can both specs be in one policy, and is @index never there without @other? */
bool lint_goes_with(const struct lint *l, uint32_t index, uint32_t other);

void lint_subs(struct lint *l);
void lint_lines(struct lint *l);
void lint_specs(struct lint *l);
void lint_twins(struct lint *l);
void lint_wins(struct lint *l);
void lint_tree(struct lint *l);
