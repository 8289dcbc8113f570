/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json: what cJSON lacks for names that may hold any byte.
 */
#pragma once

#include <stdio.h>

#include <cjson/cJSON.h>

/**
 * Add @bytes as a string; NULL adds null.  What is not UTF-8 becomes U+FFFD, and then a second
 * member "KEY_hex" has all the bytes, two digits each.  Return the item, or NULL (out of memory).
 */
cJSON *json_add_bytes(cJSON *obj, const char *key, const char *bytes);

/**
 * Print @value and a newline; bytes that would drive a terminal are written as \uXXXX.  Return 0
 * or -ENOMEM.
 */
int json_print(FILE *f, const cJSON *value);

/** The same as one line, malloc'ed, for JSON Lines. */
int json_line(const cJSON *value, char **ret_line, size_t *ret_len);
