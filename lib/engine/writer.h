/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * writer: labels on their way to the disk while their hand reads on.
 *
 *	if (!writer_take(h, &it, &pin))		// pinned and checked: the writer's from here on
 *		job_written(h, &it, &pin, set, pin_label_write(&pin, ...));
 *
 * One file of each hand in a walk.  At most WRITER_SLOTS are on their way, each with its own pin;
 * what becomes of each is counted and told as if it had been written at once.
 */
#pragma once

#include "engine/contest.h"

struct hand;
struct item;
struct pin;
struct walk_worker;
struct writer;

enum { WRITER_SLOTS = 64 };

/** @contest decides which way to write, while it goes on.  Return 0 or -ENOMEM. */
int writer_new(struct writer **ret_writer, struct contest *contest);
/** Nothing may be on its way. */
struct writer *writer_free(struct writer *writer);

/**
 * Take the pinned inode, to set h->set on it.  Return true: @pin is no longer the caller's; false:
 * the caller writes himself (no writer, the other way is the better one, several names, a
 * directory, no descriptor or memory to spare).
 */
bool writer_take(struct hand *h, const struct item *it, struct pin *pin);
/** Are labels written in batches at present?  Then each had better be known to be needed. */
bool writer_batches(const struct hand *h);
/** One label was written without it. */
void writer_passed(struct hand *h);
/** Wait for all that is on its way.  Return whether there was something. */
bool writer_drain(struct hand *h);
/** walk_visitor.between() and .spare() */
void writer_between(void *user, struct walk_worker *w, bool idle);
bool writer_spare(void *user, struct walk_worker *w);
