/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refused: contexts that the kernel did not take, when they were to be set (EINVAL).
 *
 * One line for the first file of each context; the others are counted, and at the end it is said
 * once what the running policy does not know of them, and what it takes to have such labels stored.
 * What is kept is bounded by the contexts of the rules, never by files.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lbl.h"
#include "relabel/types.h"

/** What the running policy does not know of a context. */
enum refused_fault {
	REFUSED_FOR_OTHER_REASONS, /* it knows it, or nobody can be asked */
	REFUSED_TYPE,
	REFUSED_USER,
	REFUSED_ROLE,
	REFUSED_RANGE,
	REFUSED_COMBINATION,
};

struct refused_context {
	char *context;
	enum refused_fault fault;
	uint64_t files;
};

struct refused {
	pthread_mutex_t lock;
	lbl_check_fn check; /* NULL: nobody can be asked, and nothing is kept */
	void *check_user;
	char *own;		   /* context of this process, whose user and range are known */
	struct refused_context *v; /* sorted */
	size_t n, cap;
	uint64_t files;
};

struct ui;

void refused_init(struct refused *r);
/** Have @check asked what is known; @own (malloc'ed, may be NULL) is taken over. */
void refused_ask(struct refused *r, lbl_check_fn check, void *check_user, char *own);
void refused_done(struct refused *r);
/** Take note of a failure of LBL_CLASS_INVALID.  Is it to be told?  Thread-safe. */
bool refused_note(struct refused *r, const struct lbl_event *event);

/** The types unknown, and how many files wanted them.  Return 0 or -ENOMEM. */
int refused_types(const struct refused *r, struct types *ret_types, uint64_t *ret_files);
/** "user", "role", "range", "combination" */
const char *refused_word(enum refused_fault fault);
/** The type of this process; "" if nobody says.  malloc'ed; NULL: out of memory. */
char *refused_domain(const struct refused *r);

/** The lines at the end, if there is anything to explain. */
void refused_show(const struct ui *ui);
