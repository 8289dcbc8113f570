/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * selabel: the five programs that are one, by the name they are started under.
 */
#pragma once

#include "query.h"

extern const struct query_tool selabel_lookup_tool;
extern const struct query_tool selabel_best_match_tool;
extern const struct query_tool selabel_partial_match_tool;
extern const struct query_tool selabel_digest_tool;
extern const struct query_tool selabel_sehash_tool;

/**
 * query_open() with upstream's message for a failure, which @where ends in front of the reason;
 * @who judges contexts (--validate), NULL: nobody, or with LBL_RULES_VALIDATE the kernel.
 */
int selabel_open(struct query_rules *q, const char *where, const struct policy_from *from,
		 unsigned flags, const char *who);

/**
 * The answer of a lookup that was no success (@r is what the library returned, 0 for no match):
 * tell it of @name, whose arguments are @what.  Return QUERY_FAILED.
 */
int selabel_no_answer(const char *name, const char *what, int r);

enum {
	SELABEL_NO_BACKEND = -1,    /* there is no such thing: told, usage shown */
	SELABEL_OTHER_BACKEND = -2, /* there is, but not here */
};

/** Is @name "file"?  0, or one of the above. */
int selabel_backend(const struct query_tool *tool, const char *argv0, const char *name);

#define SELABEL_OPEN "ERROR: selabel_open - Could not obtain handle:  "

#define SELABEL_HELP_FILE \
	"  -f FILE        rules: FILE and its companions, not the active policy's\n"
#define SELABEL_HELP_VALIDATE                              \
	"  -v             the same as --validate kernel\n" \
	"  --validate WHO  first have all contexts judged: by kernel, none, or a policy's file\n"
#define SELABEL_HELP_BACKEND "  -b BACKEND     file, the only one there is here\n"
#define SELABEL_HELP_RAW     "  -r             contexts as they are in the rules (they always are)\n"
