/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * operand: from the path a user typed to (directory descriptor, name), opened by rules that leave
 * nothing to a hostile owner of a directory on the way.
 *
 * The directory part is taken apart once: setfiles takes it as it is and refuses links in it
 * (below the alternate root; the root itself is the caller's word), restorecon resolves links in it
 * first.  Either way it is then opened component by component with O_NOFOLLOW, so a link that
 * appears in between is refused.  The last component is never followed.
 */
#pragma once

#include "lbl.h"

#include "base/buf.h"
#include "engine/trust.h"

struct operand {
	int dirfd;	   /* directory that holds the entry */
	struct buf name;   /* the entry in it; "." for a root */
	struct buf path;   /* as shown: what the user typed, cleaned; resolved for restorecon */
	struct buf real;   /* absolute, without ".", "..", "//": for mounts and exclusions */
	struct buf lookup; /* `real` without the alternate root: for the rules */
	struct buf blame;  /* on failure: the component that was refused */
	trust trust;	   /* of the way to dirfd, itself included; from below the alternate root */
	bool must_be_dir;  /* the user wrote a slash at the end */
};

/** The top of the system operands are part of.  Zero-initialised: this one's. */
struct operand_root {
	struct buf path;  /* clean; "" for none.  Without links, if operands are resolved */
	struct buf typed; /* clean, as the caller named it */
};

/** Make one of @dir; "/" is none.  Return 0 or -errno. */
int operand_root_init(struct operand_root *root, const char *dir, bool resolve);
void operand_root_done(struct operand_root *root);

/** @path made clean, below the root's own path.  Return 0; -EXDEV: not below it; -errno. */
int operand_inside(const char *path, const struct operand_root *root, struct buf *ret_path);

#define OPERAND_NONE ((struct operand){.dirfd = -1})

/**
 * @resolve   follow links in the directory part (restorecon), below a root inside of it
 * Return 0; -ENOENT, -ELOOP (blame says where), -ENOTDIR, -EACCES, ...; -EXDEV: not below @root;
 * -EINVAL: empty.
 */
int operand_open(struct operand *op, const char *path, const struct operand_root *root,
		 bool resolve);
/** The same without opening anything: `dirfd` and `name` stay empty. */
int operand_of_words(struct operand *op, const char *path, const struct operand_root *root);
/** The directory @fd as the operand @path (absolute).  Return 0; -EXDEV: not below @root; -errno.
 */
int operand_of_tree(struct operand *op, const char *path, const struct operand_root *root, int fd);
void operand_done(struct operand *op);

/**
 * Follow links in the directory part of @path, and keep its last component (a last "." or ".." is
 * followed as well); below @root, which was initialised to resolve, links lead to where they would
 * in that system.  Return 0 or -errno, as realpath(3).
 */
int operand_resolve(const char *path, const struct operand_root *root, struct buf *ret_path);

/**
 * The same for a path that need not exist, made clean as well: what is missing of it is kept by the
 * text.  Return 0; -EXDEV: not below @root; -errno.
 */
int operand_resolve_present(const char *path, const struct operand_root *root,
			    struct buf *ret_path);
