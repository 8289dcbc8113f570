/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal: a record of its own for each file system, for programs and for questions such as
 * `journalctl RELABEL_MOUNT=/home`; by the journal's own protocol, a datagram of KEY=VALUE lines.
 *
 * Fields beside MESSAGE and PRIORITY: RELABEL_MOUNT, RELABEL_RESULT (done, failed, skipped: an
 * earlier attempt was done with it), RELABEL_FILES, RELABEL_CHANGED, RELABEL_ERRORS and
 * RELABEL_DURATION_USEC.
 */
#pragma once

#include "fixfiles/restore.h"

/* of each of these records, and of no others */
#define JOURNAL_MOUNT "4124acb78f764a3b93db5fe21697c681"

/**
 * A socket to the journal, if it is what our output goes to ($JOURNAL_STREAM), or -1.  To be opened
 * while the root is still the running system's.
 */
int journal_open(void);
/** Tell @fd (-1: nobody) of @m; @skipped: it was left out. */
void journal_mount(int fd, const struct restore_mount *m, bool skipped);
