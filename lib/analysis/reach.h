/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reach: which specs can still win at or below a directory?
 *
 * A spec counts as unable when it cannot match there, or when another of higher rank takes
 * everything below the directory.
 */
#pragma once

#include "analysis/unfold.h"

/** Immutable once made, and so thread-safe. */
struct reach {
	const struct unfold *set;
	uint32_t *enter, *leave; /* by node: it is below another if its enter is between these */
	uint32_t *matters;	 /* bits by spec: asked about, or able to cover others */
};

/** What is left at some directory.  Zero-initialised; of no use to another thread. */
struct reach_state {
	uint32_t *specs; /* bits */
	uint32_t node;
	uint32_t cover[8]; /* by kind: below that rank nobody wins below the directory */
};

/** @set must outlive it.  Return 0 or -ENOMEM. */
int reach_init(struct reach *reach, const struct unfold *set);
void reach_done(struct reach *reach);
/** @spec will be asked about. */
void reach_mark(struct reach *reach, uint32_t spec);

/**
 * Go to a directory.
 *
 * @alone  the directory itself, as specs see it
 * @name   what stands before "/name" for what is in it
 * Return 0 or -ENOMEM.
 */
int reach_below(const struct reach *reach, const char *alone, const char *name,
		struct reach_state *ret_state);
/** Of a marked spec. */
bool reach_has(const struct reach *reach, const struct reach_state *state, uint32_t spec);
void reach_state_done(struct reach_state *state);
