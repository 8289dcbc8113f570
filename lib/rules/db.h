/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * db: a rule set as one question: which spec wins for this path and kind?
 *
 * A walk carries the position of each directory and pays for the bytes of a name only:
 *
 *	db_seek(reader, "/usr/lib", 8, &dir);
 *	db_child(reader, dir, "libc.so.6", 9, &state);
 *	r = db_answer(reader, state, LBL_REG, &spec);
 *
 * Winner: a literal spec equal to the path beats every regex; otherwise the last matching spec in
 * (file, line) order; the kind filters.  Among equal literals the last one of a fitting kind wins.
 */
#pragma once

#include "base/buf.h"
#include "lbl.h"

/** One spec.  Belongs to the db, immutable; strings are NUL-terminated. */
struct db_spec {
	const char *regex;   /* as written */
	const char *context; /* raw (canonical if validated); NULL for <<none>> */
	const char *file;
	size_t context_len;
	uint32_t line;
	uint32_t rank; /* a total order: of two specs that match, the higher rank wins */
	enum lbl_kind kind;
};

/** The same for the users of the public headers. */
static inline struct lbl_match db_match(const struct db_spec *spec)
{
	return (struct lbl_match){
		.context = spec->context,
		.regex = spec->regex,
		.file = spec->file,
		.line = spec->line,
		.kind = spec->kind,
	};
}

struct db;

/** A position in the automaton.  A plain value; 0 is never a valid one. */
typedef uint64_t db_state;

/** One thread's view of the rules.  Cheap; never share one between threads. */
struct db_reader;

/**
 * Read a rule set.  Every error of every file is told to options->diag, but for the base file's
 * failing to open, which the return value says.
 *
 * Return 0; -EINVAL for malformed text (with LBL_RULES_VALIDATE also: regexes, contexts,
 * duplicates); -ENOENT and so on when the base file, or a companion that is there, cannot be read.
 *
 * Regexes are parsed when a path comes near them.  Without LBL_RULES_VALIDATE an invalid one is
 * told to diag then, once, from whatever lookup meets it; its spec never matches.  Such a call
 * comes with the db locked: it must not ask the db anything.
 */
int db_open(struct db **ret_db, const struct lbl_rules_options *options);
struct db *db_free(struct db *db);

struct source;
/**
 * A db of what @source holds, be it incomplete; takes that over, also on failure.  Return 0 or
 * -ENOMEM.
 */
int db_of_source(struct db **ret_db, struct source *source);

/** The db behind a public rule set, which keeps it. */
struct db *db_of_rules(struct lbl_rules *rules);

/** Name of the compiled form it came from, or NULL. */
const char *db_compiled(const struct db *db);
/** Are the files it was compiled from still the same?  0 (also when it was not), -ESTALE, -ENOMEM.
 */
int db_sources_agree(const struct db *db);

int db_reader_new(struct db *db, struct db_reader **ret_reader);
struct db_reader *db_reader_free(struct db_reader *reader);

/**
 * Position after @path: absolute, without double or trailing slashes ("/" alone is the root; an
 * empty path is the position *before* any slash, from which db_child() continues at "/name").
 * Return 0 or -errno (-ENOMEM).
 */
int db_seek(struct db_reader *reader, const char *path, size_t len, db_state *ret_state);

/**
 * Position after "/" and @name below @dir.  @name holds neither slash nor NUL.  From the position
 * of the root directory "/" and from that of the empty path the answer is the same.
 *
 * Return 0; -ESTALE when @dir was forgotten (the state cache was full and began anew): db_seek()
 * to the directory and try again; -ENOMEM.
 */
int db_child(struct db_reader *reader, db_state dir, const char *name, size_t len,
	     db_state *ret_state);

/**
 * Who wins at @state for @kind.  Substitutions are taken into account.
 *
 * Return 0 with the spec or NULL (none matches) in @ret_spec; -EAGAIN: a spec that is no regular
 * expression may win here, ask db_resolve(); -ESTALE as above.
 */
int db_answer(struct db_reader *reader, db_state state, enum lbl_kind kind,
	      const struct db_spec **ret_spec);

/**
 * Who wins at @state for each of the seven kinds.  Return 0 as db_answer() when that is one and the
 * same spec (or none); -EAGAIN when the kind has to be known; -ESTALE as above.
 */
int db_answer_all(struct db_reader *reader, db_state state, const struct db_spec **ret_spec);

/**
 * The winner from the whole (normalised) path, PCRE2 specs included.  Return 0 as db_answer();
 * -EOVERFLOW when a side spec ran into its limit of steps, so that the answer is not known;
 * -ENOMEM.
 */
int db_resolve(struct db_reader *reader, const char *path, size_t len, enum lbl_kind kind,
	       const struct db_spec **ret_spec);

enum db_below {
	DB_BELOW_VARIES,  /* go on matching */
	DB_BELOW_SAME,	  /* everything below has this very answer, for every kind */
	DB_BELOW_NOTHING, /* nothing below is to be labelled: no spec, or <<none>>, for every kind
			   */
};

/** What is known of everything strictly below the directory at @state. */
enum db_below db_below(struct db_reader *reader, db_state state);

/** Count @spec, which some answer of this db named, as used, for db_next_unused().  Thread-safe. */
void db_mark_used(struct db *db, const struct db_spec *spec);
/** Specs never marked, in rank order.  @pos starts at 0.  Return 1 item, 0 end, -ENOMEM. */
int db_next_unused(struct db *db, size_t *pos, const struct db_spec **ret_spec);

/** Append to @out what stands for the normalised @path: what specs are compared with. */
int db_substitute(const struct db *db, const char *path, size_t len, struct buf *out);

/** The machine itself, for the modules that ask other questions of it. */
struct automaton *db_automaton(struct db *db);

/** Facts for tests and benches. */
struct db_stats {
	size_t specs, parsed, states, memory, side_specs, flushes;
};
void db_stats(const struct db *db, struct db_stats *ret);

/**
 * Clean @path for lookups: runs of "/" become one, one at the end goes.  Writes at most
 * strlen(path) + 1 bytes to @out, which may be @path; returns the length.
 */
size_t db_normalise(const char *path, char *out);
