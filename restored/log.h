/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log: lines for people, with fields for the journal where there is one (libsystemd), else to
 * syslog; in the foreground to standard error.  No name can forge a line: control bytes are
 * escaped.
 */
#pragma once

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_open(bool foreground, bool debug);
/** @fmt knows %s (made safe), %u, %zu, %llu, %d and %%. */
void log_say(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** A file was relabelled (or would be). */
void log_relabelled(const char *path, const char *from, const char *to, const char *rule_file,
		    unsigned rule_line, int pid);
/** Could not be, or was refused. */
void log_refused(const char *path, const char *why);
