/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ring_gate: whether a run may have rings at all, asked once for all its threads.
 *
 * The first refusal that is meant for everybody is the answer to everybody then: under SELinux
 * each further question would leave one more denial in the log.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/common.h"

struct ring_gate {
	pthread_mutex_t lock; /* held while the first one is tried */
	_Atomic int known;    /* 1: one was made; -errno: none is to be had; 0: nobody asked */
};

void ring_gate_init(struct ring_gate *gate);
/** No ring is to be made: each is refused with @error. */
void ring_gate_shut(struct ring_gate *gate, int error);
void ring_gate_done(struct ring_gate *gate);
