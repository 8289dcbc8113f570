/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * thread: threads of the library's own, which leave the caller's signals alone.
 */
#pragma once

#include <pthread.h>

#include "base/common.h"

/** A thread whose signals are left to the caller's, but for its own faults.  Return 0 or -errno. */
int thread_start(pthread_t *ret_thread, void *(*main)(void *), void *arg);

/**
 * Run @main(@user, N) for each N below @n, each in a thread of its own, and wait for all.  The
 * caller's thread is the first; where no more can be had it does the work of the others
 * afterwards.
 */
void thread_crew(unsigned n, void (*main)(void *user, unsigned number), void *user);

/** Processors this process may run on; at least 1. */
unsigned thread_cpus(void);
