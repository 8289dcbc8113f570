/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * records: what a run says, as JSON Lines: one object a line, described in docs/JSON.md and by
 * docs/records.schema.json.
 */
#pragma once

#include "args.h"
#include "lbl.h"
#include "refused.h"
#include "summary.h"

/** The version of the schema: counts up when a reader of the old one would be misled. */
#define RECORDS_VERSION 1

/** Each writes whole lines on standard output.  Thread-safe. */
void records_begin(const struct args *args);
void records_event(const struct args *args, const struct lbl_event *event);
/** A sorted one. */
void records_summary(const struct args *args, const struct summary *summary);
/** Contexts the kernel did not take, if there were any. */
void records_refused(const struct refused *refused);
void records_mount(const struct lbl_plan_mount *mount);
/** @signal: what ended the run, or 0. */
void records_totals(const struct args *args, const struct lbl_counters *counters, int status,
		    int signal);

/** Was there no memory for some of it? */
bool records_lost(void);
