/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * daemon: one thread, one poll(): back ends -> batch -> labels, and whatever else may happen.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "batch.h"
#include "config.h"
#include "labeller.h"
#include "pace.h"
#include "places.h"
#include "rescan.h"
#include "scan.h"
#include "status.h"
#include "users.h"

struct daemon_options {
	struct labeller_options labels;
	struct config_paths config;
	struct places_options places;
	struct batch_limits limits;
	unsigned poll_s;	   /* between two looks at what cannot be watched */
	const char *lock, *socket; /* paths; NULL: none */
	bool user;		   /* homes are our own only */
	bool even_if_disabled;
};

struct daemon {
	const struct daemon_options *options;
	struct labeller *labeller;
	struct config config;
	struct users users;
	struct batch *batch;
	struct places places;
	struct scan scan;
	struct reload *reload;
	struct status_counts counts;
	struct status_rate rate;
	int lock_fd, signal_fd, users_fd, status_fd;
	uint64_t started, now;
	struct rescan rescan;
	struct pace users_pace, mounts_pace;
	struct patience inotify_patience, fanotify_patience, reload_patience, users_patience;
	uint64_t next_watchdog, next_status, next_poll;
	uint32_t policy_loads;
	char rules_digest[2 * LBL_SHA1_SIZE + 1];
	bool status_page; /* the kernel has one */
	bool told_no_marks;
	bool ready, stop, idle, again;
};

/** Until told to end by a signal.  Return an exit status. */
int daemon_run(const struct daemon_options *options);
/** Read the config and print what it comes to.  Return an exit status. */
int daemon_check_config(const struct daemon_options *options);

/** Tell whoever asks at the status socket (report.c). */
void daemon_report(struct daemon *d);
