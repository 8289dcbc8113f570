/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue_ext4: a back end that answers from the image of an ext4 that nobody has mounted, so that a
 * walk goes through it as through any tree.
 *
 *	r = ext4_image_open(&image, fd, "security.selinux", &why);
 *	o = (struct walk_options){.queue_ops = &queue_ext4, .queue_arg = image,
 *				  .dirfd = AT_FDCWD, .name = "/", ...};
 *
 * The image may hold anything.  What it says is checked before it is believed; where it is damaged
 * the request fails with -EUCLEAN, where it is kept in a way we do not read with -ENOSYS
 * (directories that are encrypted, in their inodes, or without extents).  Each directory is reached
 * by one name, and all together are no bigger than the image, so that none makes a walk longer than
 * the entries it has room for.
 */
#pragma once

#include "tree/queue.h"

struct ext4_image;

/**
 * @fd   regular file or block device, open for reading; borrowed
 * @why  in a few words what stands against it
 * Return 0 or -errno.
 */
int ext4_image_open(struct ext4_image **ret_image, int fd, const char *xattr, const char **ret_why);
struct ext4_image *ext4_image_free(struct ext4_image *image);

/** Its argument is an ext4_image.  Descriptors are numbers of its own; nothing can be written. */
extern const struct queue_ops queue_ext4;
