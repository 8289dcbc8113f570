/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log: lines for people, with fields for the journal where there is one (libsystemd), else to
 * syslog; in the foreground, or at a terminal, to standard error, unless that is the journal.
 *
 * Names come from whoever may create files, so: control bytes are escaped as in relabel/safe.h, in
 * lines and in fields; a line is cut after LOG_LINE_MAX bytes; and of the lines that anybody can
 * cause (log_refused()) only some are said, the others counted.
 *
 * Fields: RELABEL_PATH, RELABEL_FROM, RELABEL_TO, RELABEL_RULE ("file:line"), RELABEL_REASON,
 * OBJECT_PID.  RELABEL_PATH_HEX is there as well when RELABEL_PATH is not the name byte by byte.
 */
#pragma once

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

#define LOG_LINE_MAX	 4000
#define LOG_REFUSED_RATE 5  /* lines a second */
#define LOG_REFUSED_MOST 50 /* and at once */

void log_open(bool foreground, bool debug);
/** From now on log_relabelled() says what would be done. */
void log_dry_run(void);
/** @fmt knows %s (made safe), %d, %u, %zu, %llu and %%. */
void log_say(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/**
 * A file was relabelled (or would be).  @from NULL: it had no label.  @rule_file may be NULL; @pid
 * 0: not known who made it.
 */
void log_relabelled(const char *path, const char *from, const char *to, const char *rule_file,
		    unsigned rule_line, int pid);
/** A warning that who makes names in a watched directory can cause: as often as log_refused(). */
void log_often(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** Could not be, or was refused. */
void log_refused(const char *path, const char *why);
