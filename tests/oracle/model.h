/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model: the flat rule done the dull way, to check the automaton against.
 *
 * Every spec is a PCRE2 program, tried from the last to the first; nothing is shared with lib/rules
 * but the wish to agree with it.  Its only short cut is a byte comparison with a spec's literal
 * prefix, which a flag turns off so that the tests can check the short cut itself.
 *
 *	model_open(&m, "/tmp/x/file_contexts");
 *	model_answer(m, "/etc/passwd", 11, 0, win);
 *	puts(win[LBL_REG] ? win[LBL_REG]->context : "no spec");
 */
#pragma once

#include "base/common.h"
#include "lbl.h"

enum { MODEL_KINDS = 8 }; /* LBL_ANY .. LBL_REG */

struct model_spec {
	char *regex;   /* as written */
	char *context; /* NULL for <<none>> */
	char *plain;   /* a literal's text without escapes, else NULL */
	char *prefix;  /* bytes every match begins with */
	size_t prefix_len, stem_len;
	unsigned file, line; /* file: 0 base, 1 homedirs, 2 local */
	enum lbl_kind kind;
	bool meta34;   /* what libselinux before 3.8 takes for a regex */
	void *code[2]; /* PCRE2 programs: as the model wants `$`, as libselinux does */
	bool tried[2]; /* ... and whether they were compiled */
	bool bad;      /* no valid regex */
};

struct model_sub {
	char *from, *to;
};

struct model {
	struct model_spec *specs; /* in load order */
	size_t n_specs, cap_specs;
	uint32_t *literals; /* indexes of specs, by (text, order) */
	size_t n_literals;
	struct model_sub *subs[2]; /* .subs, .subs_dist, in file order */
	size_t n_subs[2], cap_subs[2];
	void *match_data, *match_context, *jit_stack;
	unsigned long errors; /* PCRE2 gave up: the answer that came out is not to be trusted */
	bool too_long;	      /* some regex has 4096 bytes or more */
	bool no_jit;	      /* the user's choice, at any time: PCRE2's interpreter only */
};

/** How libselinux's lookups are known to differ from the flat rule. */
enum model_quirk {
	QUIRK_NEWLINE = 1 << 0,	  /* `$` also matches before a newline that ends the path */
	QUIRK_STEM = 1 << 1,	  /* the text up to the second slash is compared, not matched */
	QUIRK_LITERAL = 1 << 2,	  /* other escapes make a literal, other brackets no regex */
	MODEL_NO_FILTER = 1 << 3, /* no quirk: leave the short cut out */
};

/**
 * Read a set: @path and its companions.  Return 0; -EINVAL for a malformed file; -errno.
 */
int model_open(struct model **ret_model, const char *path);
struct model *model_free(struct model *m);
DEFINE_CLEANUP(struct model *, model_free);

/**
 * The winner of each kind for a normalised @path of @len bytes (NULL: none), with substitutions.
 * Return 0; -EOVERFLOW when PCRE2 gave up on the way.
 */
int model_answer(struct model *m, const char *path, size_t len, unsigned flags,
		 const struct model_spec *ret_win[MODEL_KINDS]);

/** libselinux 3.4's winner, with only the quirks in @quirks.  Slow. */
const struct model_spec *model_quirky(struct model *m, const char *path, size_t len,
				      enum lbl_kind kind, unsigned quirks);

/** Is any spec's text no valid regex? */
bool model_has_bad(struct model *m);
