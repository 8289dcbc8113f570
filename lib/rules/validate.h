/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * validate: what is only looked at when the opener asks for it: every regex, every context, and
 * specs given twice in one file.
 */
#pragma once

#include "rules/source.h"

/**
 * Tell all errors to the source's diag.  Contexts become canonical where @check says how; without
 * it (NULL) their form alone is judged.
 *
 * Return 0, -EINVAL when there were errors, -ENOMEM.
 */
int validate_source(struct source *s, lbl_check_fn check, void *user);

/**
 * The same for the context of one spec, telling nobody; asked once per context.  Return 1 (valid,
 * or <<none>>), 0, -ENOMEM.
 */
int validate_context(struct source *s, const struct source_spec *spec, lbl_check_fn check,
		     void *user);

/** The same but for specs given twice.  @contexts: look at them at all? */
int validate_specs(struct source *s, lbl_check_fn check, void *user, bool contexts);
