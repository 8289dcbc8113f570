/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ring: an io_uring with the best set-up this kernel has, or the reason why there is none.
 *
 *	static const uint8_t needed[] = {IORING_OP_READ};
 *	struct ring ring;
 *
 *	r = ring_open(&ring, &(struct ring_options){.entries = 64, .needed = needed,
 *						    .n_needed = ARRAY_SIZE(needed)});
 *	if (r < 0)
 *		...	// the plain way; ring_refusal(r) is for a debug line, not for the user
 *	io_uring_prep_read(io_uring_get_sqe(&ring.io), ...);
 *
 * No ring is an everyday answer: old kernels, containers, kernel.io_uring_disabled, and SELinux'
 * own policies, which let no labelling domain create one.  So nothing may depend on it, and nobody
 * is told.
 */
#pragma once

#include <liburing.h>

#include "tree/ring_gate.h"

struct ring {
	struct io_uring io;
	unsigned setup;	 /* IORING_SETUP_* in force */
	uint64_t ops[4]; /* opcodes the kernel has, a bit each */
};

struct ring_options {
	unsigned entries;
	struct ring_gate *gate; /* NULL: nothing is known, and nothing remembered */
	/*
	 * Completions are made when they are waited for (IORING_SETUP_DEFER_TASKRUN): best for what
	 * the kernel finishes by itself, as reads of a device.  Without it they may be looked for
	 * without a system call, and come even if no more can be made.
	 */
	bool deferred;
	unsigned workers;      /* most kernel threads for what would block; 0: the kernel's limit */
	const uint8_t *needed; /* opcodes without which it is of no use */
	size_t n_needed;
};

/**
 * For the calling thread, which alone may use and close it.
 *
 * Return 0, or -errno: -EOPNOTSUPP when an opcode of @needed is missing, otherwise why
 * io_uring_setup(2) or its registrations were refused, now or by the gate before.
 */
int ring_open(struct ring *ring, const struct ring_options *options);
/** What is still in flight is cancelled or left to end; its buffers must stay until then. */
void ring_close(struct ring *ring);

static inline bool ring_has(const struct ring *ring, unsigned op)
{
	return op < 256 && ring->ops[op / 64] >> (op % 64) & 1;
}

/** Why ring_open() failed, in words. */
const char *ring_refusal(int error);
