/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hidden: a file system as it is below what is mounted on it.
 *
 * The mount is cloned without those on it, and the clone is attached nowhere: no other process sees
 * it, nothing is to be removed afterwards, and it ends with its descriptor.  It is taken from the
 * mount point once that is held open, without a link on the way, so that whoever can rename
 * directories on the way decides no more than which of his own mounts stands at this path.
 */
#pragma once

#include "setfiles/run.h"

/**
 * Label the file system at @mount with what other mounts hide.  A file that is a mount point hides
 * nothing, and is labelled as it is.  Return as lbl_relabel_path().
 */
int hidden_label(const struct run_parts *parts, const char *mount);
