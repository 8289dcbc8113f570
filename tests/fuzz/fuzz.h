/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz: what the fuzz targets share.  A target aborts when it finds something.
 */
#pragma once

#include "base/common.h"
#include "set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Open the set at @path; false when there is nothing to ask it.  Aborts on a disagreement. */
bool fuzz_open(struct set *s, const char *path);

/** Check @len bytes of @path, made absolute and normal first; aborts on a difference. */
void fuzz_path(struct set *s, const char *path, size_t len);

/** @data as a nameless file; its /proc path is written to @path.  Return the fd. */
int fuzz_memfd(const void *data, size_t size, char path[64]);

/** The full name of a file in a folder of this process's own, removed at exit; static. */
const char *fuzz_name(const char *name);
/** Write that file. */
void fuzz_put(const char *name, const void *data, size_t size);

/** The next field of *@data, which ends at a NUL (or at the end): its start and length. */
const char *fuzz_field(const uint8_t **data, size_t *size, size_t *ret_len);
