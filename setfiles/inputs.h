/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inputs: the paths of a run, from the command line and from a list.
 */
#pragma once

#include "args.h"

/** Take one path; return false to end. */
typedef bool (*input_fn)(void *user, const char *path);

/**
 * Each operand: as it is when something of that name exists, else expanded like a shell would
 * (~ { } * ? [ ]), else as it is.  A name that exists is never taken for a pattern.
 */
bool inputs_operands(const struct args *a, input_fn fn, void *user);

/**
 * Each entry of the list, never expanded.  Return 0, or a positive errno when the list could not
 * be read.
 */
int inputs_list(const struct args *a, input_fn fn, void *user);
