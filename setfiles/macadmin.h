/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * macadmin: the privilege to have labels stored that the running policy does not know, which is two
 * in one: a capability, and a permission of the policy.
 */
#pragma once

#include <stddef.h>

enum macadmin_lack {
	MACADMIN_CAPABILITY, /* CAP_MAC_ADMIN is not in the effective set */
	MACADMIN_NAMESPACE,  /* it is, in a user namespace where it does not count */
	MACADMIN_PERMISSION, /* the policy does not give `capability2 mac_admin` */
};

/**
 * What the calling process lacks, if the kernel did refuse such a label; by /proc, and where that
 * says nothing, the permission.  Thread-safe, as the next one.
 */
enum macadmin_lack macadmin_lack(void);

/** The context of this process, malloc'ed; NULL: nobody says. */
char *macadmin_context(void);
