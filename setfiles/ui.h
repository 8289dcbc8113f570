/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ui: what a run says: upstream's lines for events.
 *
 * Stable lines (changes, skips) go to standard output without a prefix, warnings and errors to
 * standard error after the program's name.  Bytes that could forge a line or drive a terminal are
 * shown as octal escapes, so one event is always one line.
 */
#pragma once

#include <stdbool.h>

#include "args.h"
#include "failures.h"
#include "lbl.h"
#include "refused.h"
#include "relabel/colour.h"
#include "summary.h"

struct ui {
	const char *prefix; /* argv[0] */
	const char *alt_root;
	unsigned verbose; /* 1: changes; 2: how it is done, too */
	bool dry_run, log, conflict_error, bulk_only;
	struct failures failures;
	struct refused refused;
	const struct args *args;
	struct summary *summary; /* NULL: not wanted */
};

/** An lbl_event_fn and an lbl_diag_fn; @user is the ui.  Thread-safe. */
void ui_event(void *user, const struct lbl_event *event);
void ui_diag(void *user, const struct lbl_diag *diag);

/** "PREFIX: ..." on standard error, one line; @fmt knows only %s, whose argument may be any bytes.
 */
void ui_error(const struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** The same of what makes no run a failure. */
void ui_warning(const struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** The @path of an operand is not below the root. */
void ui_outside(const struct ui *ui, const char *path);

/** One line on standard output, as ui_error(); on standard error where that is for data. */
void ui_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** The same after @lead, which is in @colour. */
void ui_say_after(enum colour colour, const char *lead, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** The same of what @put puts on @f, in colour if @on, of @what. */
void ui_say_with(void (*put)(FILE *f, bool on, const void *what), const void *what);

/** From now on standard output is for what programs read (--json, --print0), and nothing else. */
void ui_data_only(void);
