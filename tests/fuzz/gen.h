/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gen: random rule sets over a small alphabet, and paths made from them.  Shipped policies are too
 * tame to show precedence bugs; these are not.
 */
#pragma once

#include "base/buf.h"
#include "corpus.h"
#include "model.h"
#include "sample.h"

enum { GEN_PARTS = 5 };

extern const char *const gen_suffix[GEN_PARTS]; /* of the base file's name */

/** Zero-initialised is valid but for the rng's state. */
struct gen {
	struct rng rng;
	struct buf part[GEN_PARTS];
	unsigned long specs; /* made in all */
};

bool gen_chance(struct gen *g, unsigned percent);
/** One of the @n words of @list. */
const char *gen_pick(struct gen *g, const char *const *list, unsigned n);
#define GEN_PICK(g, ...)                                \
	gen_pick(g, (const char *const[]){__VA_ARGS__}, \
		 ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))
/** Make the parts anew. */
void gen_set(struct gen *g);
/** Add @n random specs, one a line, or substitutions, to @b. */
void gen_specs(struct gen *g, struct buf *b, unsigned n);
void gen_subs(struct gen *g, struct buf *b, unsigned n);
/** Write the parts to @base and beside it.  Return 0 or -errno. */
int gen_write(struct gen *g, const char *base);
/** Make @out's list (nothing else of it is used) paths that have to do with the set.  0, -errno. */
int gen_paths(struct gen *g, const struct model *m, struct corpus *out);
void gen_done(struct gen *g);

/** Take "--sets N" and "--seed S" from a command line.  0, or -EINVAL: there is something else. */
int gen_args(int argc, char **argv, uint64_t *sets, uint64_t *seed);
/** A directory of its own under $TMPDIR, and the name of a base file in it.  0 or -errno. */
int gen_dir(const char *what, char dir[4096], char base[4200]);
