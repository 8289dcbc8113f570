/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * live: how far a run is, while it is going on, from a thread that only looks.
 *
 * On a terminal that is one line, which goes again; elsewhere a line now and then; for who calls
 * setfiles in a pipe what upstream prints; for a service manager its status.  Who reads in a pipe
 * what is said of each file sees it as soon.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "args.h"
#include "status.h"

enum live_form {
	LIVE_NONE,
	LIVE_SCREEN,
	LIVE_LINES,    /* on standard error */
	LIVE_UPSTREAM, /* on standard output */
};

/** The latest second or so after second, for a rate that follows what is read now. */
enum { LIVE_SAMPLES = 16 };

struct live_sample {
	double at; /* seconds since the run began */
	uint64_t entries;
};

/** Who else is told about once a second, from the thread that looks. */
struct live_listener {
	void (*tell)(void *user, const struct status *s); /* NULL: nobody */
	void *user;
};

struct live {
	const struct args *args;
	struct live_listener listener;
	struct lbl_relabel *relabel;
	enum live_form form;
	bool manager; /* is to hear of it */
	bool reader;  /* of standard output, who is not to wait until a buffer is full */
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t wake;
	bool running, stop;
	struct timespec begun;
	double next;	  /* when the next of LIVE_LINES, or the first look, is due */
	double next_told; /* and of the manager's status, and the listener's */
	double pause;	  /* between two of them */
	struct live_sample v[LIVE_SAMPLES]; /* of this operand; oldest first */
	size_t n;
	uint64_t estimate, base, thousands; /* LIVE_UPSTREAM */
};

/** What a run with @args should show where it runs. */
enum live_form live_form(const struct args *args);

/** Is an estimate of what is to come of use to anybody? */
bool live_wants_estimates(const struct args *args);

/**
 * Begin to show; nothing if nobody looks.  @relabel, @args: until live_end().  @listener: NULL for
 * none.
 */
void live_begin(struct live *live, const struct args *args, struct lbl_relabel *relabel,
		const struct live_listener *listener);
/** Another operand; @mass: all of the system. */
void live_operand(struct live *live, bool mass);
/** It is done; @mass_path: it was all of the system, and went through; else NULL. */
void live_operand_done(struct live *live, const char *mass_path);
/** Take it away; with -p, a last line says what the run came to. */
void live_end(struct live *live);
