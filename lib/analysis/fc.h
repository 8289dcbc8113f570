/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fc: refpolicy source, what a module's .fc file says before m4 and genhomedircon have seen it.
 *
 *	/usr/bin/foo	--	gen_context(system_u:object_r:foo_exec_t,s0)
 *	HOME_DIR/\.foo(/.*)?	gen_context(system_u:object_r:foo_home_t,s0)
 *	ifdef(`distro_debian',`
 *	/usr/lib/foo(/.*)?	<<none>>
 *	')
 *
 * Specs become lines as file_contexts has them.  What is conditional is read in all its branches,
 * and each spec knows the block it stands in: a branch of an ifdef, an optional_policy.  For
 * HOME_DIR, USER and so on stands what genhomedircon writes for everybody.
 */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"
#include "lbl.h"

#define FC_DEPTH_MAX 64 /* nested blocks */

enum fc_problem {
	FC_MALFORMED,
	FC_UNBALANCED,
	FC_GEN_CONTEXT,
	FC_TRAILING_COMMENT,
	FC_MISSING_CONTEXT,
};

/** @text: one line, without file and line; it may hold any byte but NUL and newline. */
typedef void (*fc_problem_fn)(void *user, enum fc_problem what, unsigned line, const char *text);

/** One spec as it stands in the file. */
struct fc_spec {
	size_t at, regex_len; /* in fc.raw: "REGEX\tKIND\tCONTEXT\n" */
	enum lbl_kind kind;
	unsigned line;
	uint32_t block;
};

/** Zero-initialised is valid: no specs. */
struct fc {
	struct fc_spec *specs; /* as they stand in the file; from fc_arrange() on: as in `text` */
	size_t n, cap;
	struct buf raw;
	uint32_t *parents; /* of each block; block 0 is the file */
	size_t n_blocks, blocks_cap;
	struct buf text; /* made by fc_arrange() */
	unsigned *lines; /* made by fc_arrange(): of each spec */
};

/** Read @text.  Problems are told to @problem; what is wrong is left out.  Return 0 or -ENOMEM. */
int fc_parse(struct fc *fc, const char *text, size_t len, fc_problem_fn problem, void *user);

/** Put the specs in the order in which a policy is built, from general to specific.  0, -ENOMEM. */
int fc_arrange(struct fc *fc);
void fc_done(struct fc *fc);

/** Is spec @other there whenever spec @index is? */
bool fc_goes_with(const struct fc *fc, size_t index, size_t other);
