/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image_sources: the files a compiled form was made of, then and now.
 *
 * A file is the same when size, time of last change (in ns) and inode are; else, or when the
 * compiled form keeps no such stamps, when a digest of its bytes is.  Stamps are kept only where
 * another content would have another: a time in whole seconds comes from an archive or an image
 * builder, which give it to the next version as well, and a file that was changed a moment ago may
 * change again without its time doing so.
 */
#pragma once

#include <time.h>

#include "rules/image.h"

/** Its full name, malloc'ed; @bin: that of upstream's compiled form.  NULL: out of memory. */
char *image_source_name(const struct image *image, const struct image_file *file, bool bin);

/**
 * Do all the files that the rules would be read from now agree with those @image was made of, and
 * are those missing that were?  Return 0, -ESTALE, -ENOMEM.
 */
int image_sources_agree(const struct image *image);

/**
 * Fill in what tells @from apart from other files: inode and time as well, if that was settled when
 * reading began, at @begun (all 0: in no case).
 */
void image_source_stamp(struct image_file *out, const struct source_file *from,
			const struct timespec *begun);
