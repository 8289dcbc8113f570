/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: what goes on in a running daemon, told over a socket that only root may open (a user's
 * own daemon: that user), as one JSON object; and `restored --status`, which asks for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#define STATUS_SOCKET "/run/restored.sock"

/** What is counted.  The daemon's one thread only. */
struct status_counts {
	uint64_t events, relabelled, right_already, vanished, errors;
	uint64_t refused_multilink, refused_link, refused_other, customized;
	uint64_t overflows, scans, throttled, reloads;
};

/** One watched entry, for the list. */
struct status_entry {
	const char *text; /* as configured */
	const char *file;
	unsigned line;
	const char *back_end; /* "inotify", "fanotify", "scan", "waiting" (no such directory yet) */
	size_t dirs;
	uint64_t relabelled;
};

/** A directory where wrong labels keep coming. */
struct status_offender {
	const char *dir;
	uint64_t relabelled;
	const char *comm; /* last program known to have done it, or NULL */
	int pid;
};

struct status_report {
	const struct status_counts *counts;
	const struct status_entry *entries;
	size_t n_entries;
	const struct status_offender *offenders;
	size_t n_offenders;
	const char *rules, *config; /* paths */
	char rules_digest[41];
	size_t waiting;
	uint64_t uptime_s;
	bool selinux_enabled;
};

/** Listen.  Return a descriptor to be polled, or -errno. */
int status_listen(const char *path);
/** Somebody wants to know: answer without ever waiting for them. */
void status_answer(int listen_fd, const struct status_report *report);
/** `restored --status [--json]`.  Return an exit status. */
int status_show(const char *path, bool json);
