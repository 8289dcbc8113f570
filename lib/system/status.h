/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: the kernel's status page: is SELinux enforcing, and how often was a policy loaded.
 *
 * selinuxfs's `status` is one page of 32-bit numbers that can be mapped, never written:
 *
 *	0 version   1 sequence   2 enforcing   3 policy loads   4 deny unknown
 *
 * The sequence is odd while the kernel changes the others, and another one afterwards; what was
 * read between two equal even ones belongs together.
 */
#pragma once

#include "lbl.h"

/** The page, mapped; NULL: not yet. */
typedef const _Atomic uint32_t *status_page;

/** Unmap; NULL is fine. */
void status_unmap(status_page page);
