/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * below: has anything changed in the rules that decides at or below a directory?
 *
 * Upstream's digest (digest.c) does not see every such change: specs that say <<none>>, specs that
 * it keeps elsewhere in its tree, and substitutions are missing in it.
 */
#pragma once

#include "lbl-rules.h"
#include "rules/db.h"

/**
 * A digest of every spec that matches @path or could match something below it, and of all
 * substitutions; where one of them could apply below @path, of all specs.  @path, which is
 * normalised, is part of it.
 *
 * Return 1; 0: there is none, as PCRE2 came to no answer; -ENOMEM.  Thread-safe.
 */
int below_digest(struct db *db, const char *path, unsigned char ret_digest[LBL_SHA1_SIZE]);

/** As lbl_rules_partial_digest(). */
int db_upstream_digest(struct db *db, const char *path, unsigned char ret_digest[LBL_SHA1_SIZE]);
