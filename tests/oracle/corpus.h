/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * corpus: a rule set copied where no compiled file lies beside it, and paths to look up in it.
 */
#pragma once

#include "base/buf.h"
#include "base/common.h"
#include "lbl.h"

struct corpus_path {
	size_t offset; /* in text */
	unsigned len;
	enum lbl_kind kind;
};

struct corpus {
	const char *name;
	char *dir;  /* temporary, removed by corpus_done() */
	char *base; /* the file_contexts in it */
	struct buf text;
	struct corpus_path *paths;
	size_t n_paths, cap_paths;
};

/** Copy @root/@name; a file "paths" in it is read as a list of paths.  Return 0 or -errno. */
int corpus_open(struct corpus *c, const char *root, const char *name);
void corpus_done(struct corpus *c);

/** Add the paths of @list, "k path" per line with k one of find's fdlcbps; .xz is unpacked. */
int corpus_read_paths(struct corpus *c, const char *list);

int corpus_add(struct corpus *c, const char *path, size_t len, enum lbl_kind kind);

/**
 * Add paths made from the set itself: @per_spec strings of each spec's regex and as many near
 * misses, a hundred very long paths, and @spoiled random changes of what is there.
 */
int corpus_derive(struct corpus *c, unsigned per_spec, unsigned spoiled);

/** Print with escapes, so that any path is one line that can be pasted. */
void corpus_print_path(const char *path);

/** Remove a directory of plain files. */
void corpus_remove_dir(const char *dir);
