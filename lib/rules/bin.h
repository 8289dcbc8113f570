/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bin: upstream's compiled file_contexts (file_contexts.bin), versions 5 and 6.
 *
 * Serialised regexes in it are skipped, never decoded, and never written.
 */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"
#include "lbl.h"

/** One spec.  Strings are not NUL-terminated. */
struct bin_spec {
	const char *regex;   /* as written in the text */
	const char *context; /* <<none>> as such */
	uint32_t regex_len, context_len;
	uint32_t line; /* in the text; 0: the format does not say (v5, literals of v6) */
	enum lbl_kind kind;
};

/** Zero-initialised is valid. */
struct bin {
	unsigned version;
	struct bin_spec *v; /* in rule order: of two regexes, and of two equal literals, the later
			       wins; views into the parsed data */
	size_t n, cap;
};

/** Is this a compiled form at all (any version), by its first bytes? */
bool bin_is(const void *data, size_t len);

/**
 * Take a file apart.  @data must outlive the result.
 *
 * Return 0; -EPROTONOSUPPORT for a version other than 5 and 6; -EBADMSG for anything short,
 * corrupt or out of bounds; -ENOMEM.  Call bin_done() either way.
 */
int bin_parse(struct bin *b, const void *data, size_t len);
void bin_done(struct bin *b);

/** Append the file for @n specs in rule order.  0, -EINVAL (version, a field too long), -ENOMEM. */
int bin_format(struct buf *out, const struct bin_spec *v, size_t n, unsigned version);
