/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/ring.h"

#include "base/log.h"

/*
 * The memory of a ring that one thread closed may be that of the next one, of another thread.  The
 * kernel sees to the order; this says it in a way that ThreadSanitizer understands, since it does
 * not see liburing's own system calls.
 */
static _Atomic unsigned closed;

/* Best first; each one the next kernels back.  Linux 6.1, 6.0, 5.19, 5.18, 5.1. */
static const unsigned setups[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SUBMIT_ALL,
	0,
};

/* A flag that the kernel does not know is -EINVAL; any other refusal is meant for all. */
static int set_up(struct ring *ring, const struct ring_options *o)
{
	int r = -EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(setups) && r == -EINVAL; i++) {
		if (setups[i] & IORING_SETUP_DEFER_TASKRUN && !o->deferred)
			continue;
		ring->setup = setups[i];
		r = io_uring_queue_init(o->entries, &ring->io, ring->setup);
	}
	return r;
}

/* Which opcodes there are; a kernel that cannot say so (before 5.6) has none worth having. */
static int probe(struct ring *ring, const struct ring_options *o)
{
	struct io_uring_probe *p = io_uring_get_probe_ring(&ring->io);

	if (!p)
		return -EOPNOTSUPP;
	for (unsigned op = 0; op < 256 && op <= p->last_op; op++)
		if (io_uring_opcode_supported(p, (int)op))
			ring->ops[op / 64] |= UINT64_C(1) << (op % 64);
	io_uring_free_probe(p);
	for (size_t i = 0; i < o->n_needed; i++)
		if (!ring_has(ring, o->needed[i]))
			return -EOPNOTSUPP;
	return 0;
}

/* ---- the gate ------------------------------------------------------------------------------- */

void ring_gate_init(struct ring_gate *gate)
{
	*gate = (struct ring_gate){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void ring_gate_shut(struct ring_gate *gate, int error)
{
	atomic_store(&gate->known, error);
}

void ring_gate_done(struct ring_gate *gate)
{
	pthread_mutex_destroy(&gate->lock);
}

/* Of the rules, or of the kernel; what is short now may be there in a moment. */
static bool is_for_all(int error)
{
	return error != -ENOMEM && error != -EMFILE && error != -ENFILE && error != -EAGAIN &&
	       error != -EOPNOTSUPP; /* an opcode: another ring may do without */
}

/* One at a time until the first answer: all that ask meanwhile take the same. */
static int set_up_by_gate(struct ring *ring, const struct ring_options *o)
{
	struct ring_gate *gate = o->gate;
	int known = gate ? atomic_load(&gate->known) : 1, r;

	if (known != 0)
		return known < 0 ? known : set_up(ring, o);
	pthread_mutex_lock(&gate->lock);
	known = atomic_load(&gate->known);
	r = known < 0 ? known : set_up(ring, o);
	if (known == 0 && (r == 0 || is_for_all(r)))
		atomic_store(&gate->known, r < 0 ? r : 1);
	pthread_mutex_unlock(&gate->lock);
	return r;
}

/* ---- a ring --------------------------------------------------------------------------------- */

int ring_open(struct ring *ring, const struct ring_options *options)
{
	/* both kinds of kernel threads: those for regular files, and those for all else */
	unsigned workers[2] = {options->workers, options->workers};
	struct ring new = {0};
	int r = set_up_by_gate(&new, options);

	if (r < 0)
		goto refused;
	(void)atomic_load(&closed);
	r = probe(&new, options);
	if (r == 0 && options->workers)
		r = io_uring_register_iowq_max_workers(&new.io, workers);
	if (r < 0) {
		io_uring_queue_exit(&new.io);
		goto refused;
	}
	/* spares a look-up of the descriptor in each call; without it all works as well */
	(void)io_uring_register_ring_fd(&new.io);
	log_debug(LOG_TREE, "ring", "%u entries, set up with %#x", options->entries, new.setup);
	*ring = new;
	return 0;
refused:
	log_debug(LOG_TREE, "ring", "none: %s", ring_refusal(r));
	return r;
}

void ring_close(struct ring *ring)
{
	(void)atomic_fetch_add(&closed, 1);
	io_uring_queue_exit(&ring->io);
}

const char *ring_refusal(int error)
{
	switch (-error) {
	case ENOSYS: return "the kernel has no io_uring";
	case ECANCELED: return "none is wanted";
	case EPERM: return "kernel.io_uring_disabled, or a filter of system calls";
	case EACCES: return "the security policy does not allow it";
	case ENOMEM: return "memory, or the limit of locked memory";
	case EMFILE:
	case ENFILE: return "no descriptor left";
	case EOPNOTSUPP: return "the kernel's io_uring lacks what is needed";
	default: return "refused";
	}
}
