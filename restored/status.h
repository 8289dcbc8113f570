/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: what goes on in a running daemon, told over a socket that only root may open (a user's
 * own daemon: that user), as one JSON object; and `restored --status`, which asks for it.
 *
 * Nobody can make the daemon wait: the answer is written to a memory file, and whoever connects is
 * sent that file's descriptor in one message, without a word of his own being read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define STATUS_SOCKET "/run/restored.sock"

/** What is counted.  The daemon's one thread only. */
struct status_counts {
	uint64_t events, relabelled, right_already, vanished, errors;
	uint64_t refused_multilink, refused_link, refused_other, customized;
	uint64_t overflows, scans, throttled, reloads; /* scans: of one directory each */
	uint64_t logins, remounts; /* times that who is logged in, what is mounted was read */
	uint64_t directories;	   /* known at a time, at most */
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
	double events_per_s; /* status_rate() */
	bool selinux_enabled;
};

/** Events a second, over the last second or more.  Zeroed at first. */
struct status_rate {
	uint64_t since_ms, events;
	double per_s;
};
/** There were @events in all at @now_ms (monotonic); cheap enough to be called at any time. */
double status_rate(struct status_rate *rate, uint64_t events, uint64_t now_ms);

/**
 * Listen at @path, which is ours after that; a socket that nobody listens at any more is replaced.
 * Return a descriptor to be polled; -EADDRINUSE: somebody does, or @path is no socket; -errno.
 */
int status_listen(const char *path);
/** Somebody wants to know: answer without ever waiting for them. */
void status_answer(int listen_fd, const struct status_report *report);
/** `restored --status [--json]`.  Return an exit status. */
int status_show(const char *path, bool json);

/* ---- the parts, for tests ---------------------------------------------------------------------
 */

struct cJSON;

/** The answer; NULL: out of memory. */
struct cJSON *status_to_json(const struct status_report *report);
/** As a table for people.  Whatever is missing in @status is left blank. */
void status_print(FILE *f, const struct cJSON *status);
