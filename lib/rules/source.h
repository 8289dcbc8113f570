/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source: the set of files that make one rule set, read in load order.
 *
 *	FILE.subs_dist, FILE.subs	substitutions; may be absent
 *	FILE				the base file; must be there
 *	FILE.homedirs, FILE.local	may be absent
 *
 * Opening takes the text apart into fields and no further: no regex is parsed, no string copied.
 * What a caller sees of a spec (struct db_spec) is made when it first wins something.
 */
#pragma once

#include "base/map.h"
#include "rules/db.h"
#include "rules/diag.h"
#include "rules/spec.h"
#include "rules/subs.h"

#define SOURCE_FILE_MAX	  (256u << 20) /* bytes */
#define SOURCE_SUBS_MAX	  (1u << 20)   /* bytes */
#define SOURCE_SPECS_MAX  (1u << 22)
#define SOURCE_ERRORS_MAX 100 /* told of one file; then one line more and no further */

/** Ranks: later in rule order is higher, and every literal is above every regex. */
#define SOURCE_RANK_LITERAL (UINT32_C(1) << 31)

/** A spec as it stands in the text. */
struct source_spec {
	const char *regex;
	uint32_t context; /* offset from regex */
	uint32_t line;
	uint32_t link; /* whoever holds the spec at the moment: next in a list, index of a side spec
			*/
	uint16_t regex_len, context_len;
	uint16_t cursor; /* bytes of regex that the trie has used up */
	uint8_t kind;
	uint8_t file : 2;
	uint8_t split : 1; /* spec_is_split() */
};

struct source_file {
	char *name;
	struct map map;
};

struct source_context {
	struct source_context *next;
	const char *text; /* canonical; NULL for <<none>> */
	size_t len;
	const char *key; /* as written; not terminated */
	size_t key_len;
	bool checked, valid;
};

enum { SOURCE_FILES = 3 };

struct source {
	struct source_file files[SOURCE_FILES]; /* base, .homedirs, .local; name NULL: absent */
	struct source_spec *specs;		/* in rule order */
	size_t n, cap;
	struct db_spec *made; /* by index; regex NULL: not yet */
	struct subs subs, subs_dist;
	bool high; /* bytes >= 0x80 may matter */
	struct source_context **contexts;
	size_t n_contexts, contexts_cap;
	struct arena arena;
	struct diag diag;
};

/**
 * Read everything.  All errors are told to the options' diag.  Return 0, -EINVAL for malformed
 * text, -errno of the first file that could not be read.  What could be read is there in any
 * case, for validate to say what else is wrong: source_done() is always due.
 */
int source_open(struct source *s, const struct lbl_rules_options *options);
void source_done(struct source *s);

const char *source_file_name(const struct source *s, const struct source_spec *spec);
/** Tell that PCRE2 refuses the regex of @spec: @why in upstream's words. */
void source_bad_regex(const struct source *s, const struct source_spec *spec, const char *why);
/** A higher rank beats a lower one. */
uint32_t source_rank(const struct source *s, uint32_t index);

/** Spec @index as callers see it, made on the first call; NULL: out of memory.  Not thread-safe. */
const struct db_spec *source_spec(struct source *s, uint32_t index);
/** The one object for the context of @spec; NULL: out of memory. */
struct source_context *source_context(struct source *s, const struct source_spec *spec);
