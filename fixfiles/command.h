/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * command: another program, started with a vector of arguments and never by a shell.
 */
#pragma once

#include <stddef.h>

/**
 * Run @argv (NULL-terminated; a name without a slash is looked for in PATH) in the C locale, with
 * nothing on its standard input.
 *
 * @ret_text  what it wrote on standard output, malloc'ed and terminated; NULL: that is ours
 * Return its exit status, 128 and the number of the signal that ended it, or -errno: -ENOENT where
 * there is no such program.
 */
int command_run(const char *const *argv, char **ret_text, size_t *ret_len);

/* Where a program finds the mount it is given. */
#define COMMAND_PLACE "/tmp"

/**
 * The same with its standard error going to @err, a descriptor; negative: that is ours.
 *
 * @tree  of sealed_open(): it has that on COMMAND_PLACE, and can write nowhere; negative: none
 */
int command_ask(const char *const *argv, int err, int tree, char **ret_text, size_t *ret_len);

/**
 * Run one that may hang: after @ms milliseconds it is killed.  What it writes is thrown away.
 * Return as command_run(), or -ETIMEDOUT.
 */
int command_run_within(const char *const *argv, int ms);
