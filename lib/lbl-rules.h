/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lbl-rules: what tools want of a rule set beyond a lookup: which files it came from, why a path
 * has its context, what is wrong with the rules, how two rule sets differ, their compiled forms.
 *
 * The conventions are those of lbl.h.  A rule set may be used by several threads at once here as
 * well; explain, lint and diff objects by one thread at a time, unless a function says more.
 */
#ifndef LBL_RULES_H
#define LBL_RULES_H

#include "lbl.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* ---- what was loaded ------------------------------------------------------------------------ */

enum lbl_file_role {
	LBL_FILE_SUBS_DIST,
	LBL_FILE_SUBS,
	LBL_FILE_BASE,
	LBL_FILE_HOMEDIRS,
	LBL_FILE_LOCAL,
	LBL_FILE_DROP_IN, /* file_contexts.local.d/NAME.fc */
};

/** One file of a rule set.  Strings belong to the rule set. */
struct lbl_rules_file {
	const char *path;
	enum lbl_file_role role;
	size_t entries;	   /* specs or substitutions */
	bool upstream_bin; /* upstream's compiled form stood in for a missing text */
};

/** Files in load order.  @pos starts at 0.  Return 1 item, 0 end. */
int lbl_rules_next_file(struct lbl_rules *rules, size_t *pos, struct lbl_rules_file *ret_file);

/** Name of the compiled form that stands for all these files, or NULL; belongs to the rule set. */
const char *lbl_rules_compiled(const struct lbl_rules *rules);

#define LBL_SHA1_SIZE 20

/**
 * SHA-1 of the bytes of all files loaded, in load order: upstream's selabel_digest.  Return 0;
 * -ESTALE: a file changed since it was loaded; another -errno.
 */
int lbl_rules_digest(struct lbl_rules *rules, unsigned char ret_digest[LBL_SHA1_SIZE]);

/* ---- other questions ------------------------------------------------------------------------ */

/**
 * Could @path, or something below it, have a context?  Return 1 yes, 0 no, -EINVAL for an empty
 * path, -ENOMEM.
 */
int lbl_rules_partial(struct lbl_rules *rules, const char *path);

/**
 * Winner for a path that has aliases (links to a device): a literal spec for the path, then one
 * for an alias in their order, then whoever has the longest fixed beginning.  <<none>> counts as
 * no match.  @aliases may be NULL, else ends with NULL.  Return as lbl_rules_lookup().
 */
int lbl_rules_best_match(struct lbl_rules *rules, const char *path, const char *const *aliases,
			 enum lbl_kind kind, struct lbl_match *ret_match);

/**
 * Upstream's digest (3.11) of the specs that can apply at or below the directory @path: the value
 * of security.sehash.  Return 1; 0: no spec can, there is none; -errno.
 */
int lbl_rules_partial_digest(struct lbl_rules *rules, const char *path,
			     unsigned char ret_digest[LBL_SHA1_SIZE]);

/* ---- explain -------------------------------------------------------------------------------- */

struct lbl_explain;

/**
 * Why the winner for (@path, @kind) wins.  The rule set must outlive the answer.
 *
 * Return 0 (also when there is no winner), -EINVAL for an empty path, -EOVERFLOW where a lookup
 * has no answer either, -ENOMEM.
 */
int lbl_explain_new(struct lbl_explain **ret_explain, struct lbl_rules *rules, const char *path,
		    enum lbl_kind kind);
struct lbl_explain *lbl_explain_free(struct lbl_explain *explain);

/** The path after normalisation and all substitutions: what specs are compared with. */
const char *lbl_explain_path(const struct lbl_explain *explain);

/** A substitution that applied.  Strings belong to the answer and the rule set. */
struct lbl_explain_step {
	const char *from, *to; /* the entry's two words */
	const char *file;
	unsigned line;
	const char *before, *after; /* the path */
};
/** Return 1 item, 0 end. */
int lbl_explain_next_step(const struct lbl_explain *explain, size_t *pos,
			  struct lbl_explain_step *ret_step);

enum lbl_explain_why {
	LBL_WHY_WINS,
	LBL_WHY_KIND,	 /* matches the path, but is for another kind */
	LBL_WHY_LITERAL, /* a regex; the winner is a literal path */
	LBL_WHY_OLDER,	 /* the winner comes later in rule order */
};

struct lbl_candidate {
	struct lbl_match match;
	enum lbl_explain_why why;
	bool literal;
};
/**
 * Every spec that matches the path: the winner, if there is one, then the others, highest first.
 * Return 1 item, 0 end.
 */
int lbl_explain_next_candidate(const struct lbl_explain *explain, size_t *pos,
			       struct lbl_candidate *ret_candidate);

/* ---- lint ----------------------------------------------------------------------------------- */

/** Something about a rule file that somebody should look at.  Valid during the callback only. */
struct lbl_finding {
	const char *code; /* stable: "duplicate", "shadowed", ... see relabel-lint(1) */
	enum lbl_severity severity;
	const char *file;
	unsigned line;		/* 0: the file as a whole */
	const char *regex;	/* of the spec, or NULL */
	const char *text;	/* one line, without file and line */
	const char *other_file; /* the other spec it is about, or NULL */
	unsigned other_line;
	const char *witness; /* a path that shows it, or NULL */
};

typedef void (*lbl_finding_fn)(void *user, const struct lbl_finding *finding);

struct lbl_lint_options {
	size_t size;
	const char *path;   /* base file; its companions are found beside it, unless BASE_ONLY */
	unsigned flags;	    /* LBL_RULES_BASE_ONLY */
	lbl_check_fn check; /* may files carry this context?  NULL: the form alone is judged */
	void *check_user;
	lbl_finding_fn finding;
	void *user;
	const char *root; /* as in lbl_rules_options */
};

/** A kind of finding. */
struct lbl_lint_code {
	const char *code;
	enum lbl_severity severity;
	const char *text; /* what it means, in one line */
};
/** All there are, by name.  @pos starts at 0.  Return 1 item, 0 end. */
int lbl_lint_next_code(size_t *pos, struct lbl_lint_code *ret_code);

/** Look a rule set over.  Return the number of findings; -errno when it could not be read. */
int lbl_lint_rules(const struct lbl_lint_options *options);

/**
 * Look refpolicy source (a .fc file: gen_context(), HOME_DIR, ifdef) over.  Contexts need the form
 * only: no policy knows the types of a module yet to come.  Return as above.
 */
int lbl_lint_source(const struct lbl_lint_options *options);

/* ---- diff ----------------------------------------------------------------------------------- */

struct lbl_diff;

/**
 * The paths for which two rule sets answer differently, for some kind of file (LBL_DIR .. LBL_REG).
 * Exact: an item for each difference there is, and none but those.  Both sets must outlive it.
 *
 * Debian's policy against the reference policy takes about a second, sets that are the same some
 * milliseconds.  Return 0; -E2BIG: too many substitutions; another -errno.
 */
int lbl_diff_new(struct lbl_diff **ret_diff, struct lbl_rules *old_rules,
		 struct lbl_rules *new_rules);
struct lbl_diff *lbl_diff_free(struct lbl_diff *diff);

/**
 * All paths that have this winner in the old rules and that one in the new, and another context.
 * <<none>> and no winner are the same answer.
 */
struct lbl_diff_item {
	bool had, has; /* is there a winner before, after? */
	struct lbl_match old_match, new_match;
	enum lbl_kind kind;  /* LBL_ANY: for each kind both specs are for */
	const char *below;   /* "": everywhere; else at or below this path, which is substituted
				differently, and not below a longer one of these */
	const char *witness; /* one such path, for some such kind; belongs to the diff */
	bool undecided; /* limits were reached, or PCRE2 must judge: there may be such a path, but
			   we have none (witness is NULL).  If a winner is missing too, then any may
			   be meant. */
};
/** Return 1 item, 0 end. */
int lbl_diff_next(const struct lbl_diff *diff, size_t *pos, struct lbl_diff_item *ret_item);

/**
 * Can the answer for @dir or for anything below it differ?  Return 1 (it may), 0 (certainly not),
 * -errno.  Thread-safe; takes no lock.
 */
int lbl_diff_below(const struct lbl_diff *diff, const char *dir);

/* ---- compiled forms ------------------------------------------------------------------------- */

struct lbl_compile_options {
	size_t size;
	const char *path;   /* base file of the rule set, companions beside it */
	const char *output; /* NULL: path with ".lbl" */
	unsigned flags;	    /* LBL_RULES_BASE_ONLY, LBL_COMPILE_* */
	lbl_diag_fn diag;
	lbl_check_fn check; /* NULL: contexts are not looked at */
	void *user, *check_user;
	const char *root; /* as in lbl_rules_options, and for an output that is below it, too */
};

enum {
	/* leave out what ties the compiled form to these very files (inode, mtime): same text, same
	   bytes, on every machine; it is then compared with its sources by digest */
	LBL_COMPILE_PORTABLE = 1 << 16,
	/* without output: write to LBL_COMPILED_DIR, which is made if need be; path must be
	   absolute, and there must be no root */
	LBL_COMPILE_CACHE = 1 << 17,
};

/** Write our compiled form (docs/FORMAT.md), atomically.  0 or -errno, told to diag. */
int lbl_compile(const struct lbl_compile_options *options);

struct lbl_bin_options {
	size_t size;
	const char *path;   /* one text file */
	const char *output; /* NULL: path with ".bin" */
	unsigned version;   /* 5 or 6 */
	lbl_diag_fn diag;
	lbl_check_fn check; /* NULL: contexts are not looked at */
	void *user, *check_user;
};

/** Write upstream's compiled form of one file, atomically.  0 or -errno, told to diag. */
int lbl_bin_compile(const struct lbl_bin_options *options);

/** What it says of the regex library: "10.42 2022-12-11 (8-8-el)"; malloc'ed.  0 or -ENOMEM. */
int lbl_bin_library(char **ret_text);

/* ---- order ---------------------------------------------------------------------------------- */

enum lbl_order {
	LBL_ORDER_CIL,	   /* as libsepol writes file_contexts */
	LBL_ORDER_CLASSIC, /* as fc_sort did */
};

/**
 * The text of a spec file with its specs from general to specific.  Comments and empty lines stay
 * with the spec they stand before; but what comes before the last empty line ahead of the first
 * spec stays on top, and what follows the last spec at the end.  Stable.  The result is malloc'ed.
 *
 * Return 0, after telling @diag (LBL_INFO) of the first spec that is less specific than the one
 * before it, if there is one; -EINVAL for malformed lines (told to @diag, each), -ENOMEM.
 */
int lbl_sort_specs(const char *name, const char *text, size_t len, enum lbl_order order,
		   lbl_diag_fn diag, void *user, char **ret_text, size_t *ret_len);

/**
 * Put @data in the place of the file @path at one stroke, flushed to the disk.  A regular file that
 * is there hands down its permissions, owner and label; else the new file has @mode.
 *
 * Return 0; -EINVAL: @path is there and no regular file; -errno.  Then nothing has changed.
 */
int lbl_replace_file(const char *path, const void *data, size_t len, mode_t mode);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
