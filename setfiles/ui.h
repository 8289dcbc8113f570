/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ui: what a run says: upstream's lines for events, and progress.
 *
 * Stable lines (changes, skips) go to standard output without a prefix, warnings and errors to
 * standard error after the program's name.  Bytes that could forge a line or drive a terminal are
 * shown as octal escapes, so one event is always one line.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "args.h"
#include "failures.h"
#include "lbl.h"

struct ui {
	const char *prefix; /* argv[0] */
	const char *alt_root;
	unsigned verbose; /* 1: changes; 2: how it is done, too */
	bool dry_run, log, conflict_error, bulk_only;
	struct failures failures;
	/* progress */
	struct lbl_relabel *relabel;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running, stop, show;
	uint64_t estimate, base;
	struct timespec begun;
};

/** An lbl_event_fn and an lbl_diag_fn; @user is the ui.  Thread-safe. */
void ui_event(void *user, const struct lbl_event *event);
void ui_diag(void *user, const struct lbl_diag *diag);

/** "PREFIX: ..." on standard error, one line; @fmt knows only %s, whose argument may be any bytes.
 */
void ui_error(const struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** One line on standard output, as ui_error(). */
void ui_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * Follow one operand until ui_progress_end(): with @show on standard output, where @estimate 0
 * means thousands, else percents; and for a service manager if there is one.
 */
void ui_progress_begin(struct ui *ui, struct lbl_relabel *relabel, bool show, uint64_t estimate);
/** @mass_path: the operand, if it was all of the system and went through; else NULL. */
void ui_progress_end(struct ui *ui, const char *mass_path);
