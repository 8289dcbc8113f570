/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: the kernel's status page: is SELinux enforcing, and how often was a policy loaded.
 *
 * selinuxfs's `status` is a file of 32-bit numbers:
 *
 *	0 version   1 sequence   2 enforcing   3 policy loads   4 deny unknown
 *
 * The sequence is odd while the kernel changes the others, and another one afterwards: of two reads
 * that give the same, with an even sequence, each gave numbers that belong together.  The page
 *could be mapped, too, but policies give the right to read it to many domains and that to map it to
 *few.
 */
#pragma once

#include "lbl.h"
