/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spec: one line of file_contexts: REGEX [KIND] CONTEXT.
 *
 *	struct spec s;
 *	while (p < end) {
 *		line++;
 *		r = spec_scan(&p, end, &s);
 *		if (r == SPEC_OK)
 *			...
 *		else if (r != SPEC_BLANK)
 *			spec_complain(&diag, file, line, r, &s);
 *	}
 */
#pragma once

#include "lbl.h"
#include "rules/diag.h"

#define SPEC_FIELD_MAX 65534 /* bytes of one field */
#define SPEC_REGEX_MAX 4095  /* bytes of a path expression: PATH_MAX with its NUL */

#define SPEC_DESCRIBE_MAX 512 /* enough for spec_describe() */

/** Views into the text, not NUL-terminated. */
struct spec {
	const char *regex, *context;
	size_t regex_len, context_len;
	enum lbl_kind kind;
	bool bar;	 /* the regex holds a '|' */
	bool high;	 /* it may tell bytes >= 0x80 apart: \x \h \H \v \V */
	const char *bad; /* SPEC_BAD_KIND: the field */
	size_t bad_len;
};

enum spec_result {
	SPEC_OK,
	SPEC_BLANK, /* nothing there, or a comment */
	SPEC_MISSING,
	SPEC_NON_ASCII,
	SPEC_TOO_LONG,
	SPEC_NUL,
	SPEC_BAD_KIND,
	SPEC_REGEX_TOO_LONG,
};

/**
 * Take the line at @pos apart and move @pos behind its newline.
 *
 * Upstream ends a line at a NUL byte and says nothing; zeros in a rule file are what a crash
 * leaves behind, so here they are an error (but not after the third field, nor in a comment).
 */
enum spec_result spec_scan(const char **pos, const char *end, struct spec *ret_spec);

/** What is wrong with a line, in upstream's words: "has invalid file type -x". */
void spec_describe(enum spec_result what, const struct spec *spec, char *out, size_t size);
/** The same for itself: "the line has invalid file type -x". */
void spec_explain(enum spec_result what, const struct spec *spec, char *out, size_t size);
/** Tell @d what is wrong, in upstream's words. */
void spec_complain(const struct diag *d, const char *file, unsigned line, enum spec_result what,
		   const struct spec *spec);

#define SPEC_ERRORS_MAX 100 /* told of one file; then one line more and no further */

/**
 * Count one error more of @file.  Return false when the rest of it should not be read; then this
 * was told to @d, and nobody should speak of that error.
 */
bool spec_count_error(const struct diag *d, const char *file, unsigned line, unsigned *errors);
/** Tell that @file has more than @max specs.  Return -E2BIG. */
int spec_too_many(const struct diag *d, const char *file, unsigned line, unsigned max);
/** Tell that the regex of @spec is none: @why in upstream's words. */
void spec_bad_regex(const struct diag *d, const char *file, unsigned line, const char *regex,
		    size_t len, const char *why);
/** Tell that the context of a spec is not one the policy knows. */
void spec_bad_context(const struct diag *d, const char *file, unsigned line, const char *context);

/** Is @regex a plain path (with curated escapes only)?  Such a spec beats every regex. */
bool spec_is_literal(const char *regex, size_t len);
/** How many characters every match begins with for certain: upstream's prefix length. */
size_t spec_prefix(const char *regex, size_t len);
/** Write the path a literal stands for, at most @len bytes; return its length. */
size_t spec_unescape(const char *regex, size_t len, char *out);
/**
 * Does `^regex$` hold an alternation outside all groups, so that the text before it is not the
 * start of every match?  May say true without need (the callers then lose speed only), never
 * false.
 */
bool spec_is_split(const char *regex, size_t len);

/** The kind a field of two bytes stands for ("--", "-d"); LBL_ANY when it is none. */
enum lbl_kind spec_kind(const char *field, size_t len);
/** "regular-file" and so on, as in messages; "wildcard" for LBL_ANY. */
const char *spec_kind_name(enum lbl_kind kind);
