/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * policy: where a policy's files are, and what the running kernel says.
 *
 * We talk to selinuxfs and /etc/selinux/config ourselves; the rules are those of libselinux 3.11:
 * enabled means selinuxfs mounted read-write at /sys/fs/selinux and /etc/selinux/config present.
 */
#pragma once

#include "lbl.h"
#include "system/customizable.h"

/** Where the system's own things are; tests put others here. */
struct policy_places {
	const char *config;    /* /etc/selinux/config */
	const char *selinux;   /* /etc/selinux */
	const char *selinuxfs; /* /sys/fs/selinux */
};

struct lbl_policy {
	char *root; /* /etc/selinux/targeted */
	char *top;  /* of the system whose policy it is; NULL: this one's */
	char *file_contexts;
	char *context_node; /* selinuxfs's `context` */
	char *status_node;  /* and `status` */
	_Atomic int status_fd;
	bool enabled;
	struct customizable customizable;
};

/** lbl_policy_open() with other places; NULL: the system's own. */
int policy_open(struct lbl_policy **ret_policy, const struct lbl_policy_options *options,
		const struct policy_places *places);

/**
 * The last SELINUXTYPE= of the text of a config file, malloc'ed; "targeted" when there is none.
 * Return 0 or -ENOMEM.
 */
int policy_parse_config(const char *text, size_t len, char **ret_type);
