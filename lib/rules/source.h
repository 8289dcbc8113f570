/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source: the set of files that make one rule set, read in load order.
 *
 *	FILE.subs_dist, FILE.subs	substitutions; may be absent
 *	FILE				the base file; must be there
 *	FILE.homedirs, FILE.local	may be absent
 *	FILE.local.d/NAME.fc		drop-ins, by name (as bytes); hidden ones are left out
 *
 * Where a text with specs is missing, but upstream's compiled form of it (with ".bin") is there,
 * that is read instead; a text always wins over it.
 *
 * Opening takes the text apart into fields and no further: no regex is parsed, no string copied.
 * What a caller sees of a spec (struct db_spec) is made when it first wins something.
 */
#pragma once

#include <dirent.h>

#include "base/buf.h"
#include "base/map.h"
#include "lbl-rules.h"
#include "rules/db.h"
#include "rules/diag.h"
#include "rules/spec.h"
#include "rules/subs.h"

#define SOURCE_FILE_MAX	 (256u << 20) /* bytes; of all files of a rule set together, too */
#define SOURCE_SUBS_MAX	 (1u << 20)   /* bytes */
#define SOURCE_FILES_MAX 2048u
#define SOURCE_SPECS_MAX (1u << 22)

/** Ranks: later in rule order is higher, and every literal is above every regex. */
#define SOURCE_RANK_LITERAL (UINT32_C(1) << 31)

/** A spec as it stands in the text of its file. */
struct source_spec {
	uint32_t regex, context; /* offsets in source_file.text */
	uint32_t line;
	uint32_t link; /* whoever holds the spec at the moment: next in a list, index of a side spec
			*/
	uint16_t regex_len, context_len;
	uint16_t cursor; /* bytes of regex that the trie has used up */
	uint16_t file : 12;
	uint16_t kind : 3;
	uint16_t split : 1; /* spec_is_split() */
};

struct source_file {
	char *name;
	enum lbl_file_role role;
	struct map map;	  /* what was read */
	const char *text; /* what specs point into: that, or the text a .bin stands for */
	char *own_text;	  /* the latter */
	size_t entries;	  /* specs or substitutions */
	bool upstream_bin;
};

struct source_context {
	struct source_context *next;
	const char *text; /* canonical; NULL for <<none>> */
	size_t len;
	const char *key; /* as written; not terminated */
	size_t key_len;
	bool checked, valid;
	uint32_t written; /* compile.c: where it stands in the compiled form; 0: nowhere yet */
};

struct source {
	struct source_file *files; /* those that are there, in load order */
	size_t n_files, files_cap;
	struct source_spec *specs; /* in rule order */
	size_t n, cap;
	struct db_spec *made; /* by index; regex NULL: not yet */
	struct subs subs, subs_dist;
	bool high; /* bytes >= 0x80 may matter */
	struct source_context **contexts;
	size_t n_contexts, contexts_cap;
	struct arena arena;
	struct diag diag;
	char *root;    /* see lbl_rules_options */
	size_t bytes;  /* read so far */
	bool borrowed; /* specs belong to a compiled form */
};

/**
 * Read everything.  All errors are told to the options' diag.  Return 0, -EINVAL for malformed
 * text, -errno of the first file that could not be read.  What could be read is there in any
 * case, for validate to say what else is wrong: source_done() is always due.
 */
int source_open(struct source *s, const struct lbl_rules_options *options);
/**
 * A set of one text that stands for another: its lines, each a spec, tell what lines[0..] of the
 * file @name mean.  Takes what @text holds.  Return 0, -EINVAL for a line that is no spec,
 * -errno; source_done() is always due.
 */
int source_of_lines(struct source *s, const char *name, struct buf *text, const unsigned *lines);
void source_done(struct source *s);

static inline const char *source_regex(const struct source *s, const struct source_spec *spec)
{
	return s->files[spec->file].text + spec->regex;
}

static inline bool source_is_literal(const struct source *s, const struct source_spec *spec)
{
	return spec_is_literal(source_regex(s, spec), spec->regex_len);
}

/** By role, what the name of a rule set's file has after that of the base; in load order. */
extern const char *const source_suffix[LBL_FILE_DROP_IN];
/** How many of them @flags (LBL_RULES_*) ask for: the first ones. */
static inline size_t source_suffixes(unsigned flags)
{
	return flags & LBL_RULES_BASE_ONLY ? LBL_FILE_BASE + 1 : LBL_FILE_DROP_IN;
}

#define SOURCE_DROP_INS ".local.d" /* suffix of the directory with drop-ins */

struct source_names {
	struct dirent **v;
	size_t n;
};

/** Names of the drop-ins of @base, in order.  Return 0 (also when there are none), -errno. */
int source_list_drop_ins(const char *root, const char *base, struct source_names *ret_names);
void source_names_done(struct source_names *names);

const char *source_file_name(const struct source *s, const struct source_spec *spec);
/** Tell that PCRE2 refuses the regex of @spec: @why in upstream's words. */
void source_bad_regex(const struct source *s, const struct source_spec *spec, const char *why);
/** A higher rank beats a lower one. */
uint32_t source_rank(const struct source *s, uint32_t index);

/** Spec @index as callers see it, made on the first call; NULL: out of memory.  Not thread-safe. */
const struct db_spec *source_spec(struct source *s, uint32_t index);
/** The one object for the context of @spec; NULL: out of memory. */
struct source_context *source_context(struct source *s, const struct source_spec *spec);
