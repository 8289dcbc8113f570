/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue_uring: requests in batches, carried out by kernel threads while their owner goes on.
 *
 * What is needed at once (queue_call()) is a plain system call here as well: handing it over and
 * waiting for it would cost twice as much.  What is submitted goes into a ring, which is made when
 * first needed: most walks write nothing.
 *
 *	submit --> unsent --flush--> flying --> done --> reap
 *	   \          \                /          ^
 *	    \          +-- ring dead --           |
 *	     +-- no ring, no opcode, ring full ---+  (made at once, the plain way)
 *
 * The ring never decides that something failed: whatever fails in it is made once more the plain
 * way, so that errors are those of the plain way.  Setting and reading attributes and opening can
 * be repeated; a close is only repeated if it was not begun.
 *
 * A pin is named to the kernel thread by /proc/self/fd/N.  The opcodes that take a path follow its
 * last link always, so this is the only path they are ever given: N is an O_PATH descriptor of
 *ours, its link in /proc leads to the very inode without looking anything up, and what was pinned
 *is not followed further, be it a symbolic link itself.  That is true only as long as N is the pin.
 *So a descriptor must stay open until its request was reaped; a set and the close of its pin are
 *never in flight together, not even linked, since a chain that is sent in two halves is no chain.
 *And a request that was sent is waited for, even when the ring can no longer be entered: to give
 *its descriptor away would let a stranger's file have its number.  The kernel threads belong to
 *this process: they see the same /proc/self, descriptors and root directory.
 */
#include "tree/queue.h"

#include <sched.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "tree/queue_sync.h"
#include "tree/ring.h"

enum {
	ENTRIES = 64,
	/*
	 * Kernel threads of one ring.  More would be made for each request that blocks; where all
	 * is cached they only take turns, and where it is not, the walk makes threads.
	 */
	WORKERS = 2,
	SEND_TRIES = 100,
};

struct uring {
	struct sync sync;
	struct ring ring;
	struct ring_gate *gate; /* NULL: this queue asks for itself */
	enum { FRESH, ALIVE, NONE } state;
	unsigned n_unsent, n_flying;
	struct queue_req *unsent[ENTRIES]; /* in the order of the ring; NULL: a cancellation */
	bool cancelled;
	char paths[ENTRIES][sizeof("/proc/self/fd/") + 12]; /* of the entry with this number */
};

static void finish(struct uring *u, struct queue_req *req)
{
	/* there is room: it was made before the request was taken */
	(void)sync_finish(&u->sync, req);
}

static void do_plainly(struct queue *q, struct queue_req *req)
{
	struct uring *u = q->impl;

	sync_run(q, &u->sync, req);
	finish(u, req);
}

/* ---- the ring ------------------------------------------------------------------------------- */

static bool have_ring(struct uring *u)
{
	struct ring_options o = {.entries = ENTRIES, .gate = u->gate, .workers = WORKERS};

	if (u->state == FRESH)
		u->state = ring_open(&u->ring, &o) == 0 ? ALIVE : NONE;
	return u->state == ALIVE;
}

static unsigned opcode_of(enum queue_op op)
{
	switch (op) {
	case QUEUE_OPENAT: return IORING_OP_OPENAT;
	case QUEUE_CLOSE: return IORING_OP_CLOSE;
	case QUEUE_GETXATTR_FD: return IORING_OP_FGETXATTR;
	case QUEUE_SETXATTR_FD: return IORING_OP_FSETXATTR;
	case QUEUE_GETXATTR_PIN: return IORING_OP_GETXATTR;
	case QUEUE_SETXATTR_PIN: return IORING_OP_SETXATTR;
	default: return IORING_OP_LAST; /* there is none, or it would follow links */
	}
}

/* Can the ring carry @req out? */
static bool carries(const struct queue *q, const struct uring *u, const struct queue_req *req)
{
	bool pin = req->op == QUEUE_GETXATTR_PIN || req->op == QUEUE_SETXATTR_PIN;

	return ring_has(&u->ring, opcode_of(req->op)) && (!pin || q->proc_fd >= 0);
}

static const char *pin_path(struct uring *u, const struct io_uring_sqe *sqe, int fd)
{
	char *path = u->paths[sqe - u->ring.io.sq.sqes];

	snprintf(path, sizeof(u->paths[0]), "/proc/self/fd/%d", fd);
	return path;
}

static void prepare(struct uring *u, struct io_uring_sqe *sqe, const struct queue_req *req)
{
	unsigned len = (unsigned)req->len;

	switch (req->op) {
	case QUEUE_OPENAT:
		io_uring_prep_openat(sqe, req->fd, req->name ? req->name : "",
				     req->flags | O_CLOEXEC, 0);
		break;
	case QUEUE_CLOSE: io_uring_prep_close(sqe, req->fd); break;
	case QUEUE_GETXATTR_FD:
		io_uring_prep_fgetxattr(sqe, req->fd, req->xattr, req->buf, len);
		break;
	case QUEUE_SETXATTR_FD:
		io_uring_prep_fsetxattr(sqe, req->fd, req->xattr, req->buf, req->flags, len);
		break;
	case QUEUE_GETXATTR_PIN:
		io_uring_prep_getxattr(sqe, req->xattr, req->buf, pin_path(u, sqe, req->fd), len);
		break;
	default:
		io_uring_prep_setxattr(sqe, req->xattr, req->buf, pin_path(u, sqe, req->fd),
				       req->flags, len);
	}
}

static bool was_begun(const struct queue_req *req)
{
	return req->result != -ECANCELED && req->result != -EINVAL && req->result != -ENOMEM;
}

/* The ring's answer to @req. */
static void answered(struct queue *q, struct queue_req *req, int result)
{
	struct uring *u = q->impl;
	bool again;

	u->n_flying--;
	req->result = result;
	if (req->op == QUEUE_CLOSE)
		again = result < 0 && !was_begun(req);
	else
		again = result < 0 && !(u->cancelled && result == -ECANCELED);
	if (again)
		do_plainly(q, req);
	else
		finish(u, req);
}

static void take_answers(struct queue *q)
{
	struct uring *u = q->impl;
	struct io_uring_cqe *cqe;

	while (u->n_flying > 0 && io_uring_peek_cqe(&u->ring.io, &cqe) == 0 && cqe) {
		struct queue_req *req = io_uring_cqe_get_data(cqe);
		int result = cqe->res;

		io_uring_cqe_seen(&u->ring.io, cqe);
		if (req)
			answered(q, req, result);
	}
}

/* What the kernel has taken of the unsent ones; they are the first. */
static void note_sent(struct uring *u)
{
	unsigned left = io_uring_sq_ready(&u->ring.io), sent = u->n_unsent - left;

	for (unsigned i = 0; i < sent; i++)
		u->n_flying += u->unsent[i] != NULL;
	for (unsigned i = 0; i < left; i++)
		u->unsent[i] = u->unsent[sent + i];
	u->n_unsent = left;
}

/* Nothing is sent any more; what was not taken is made the plain way. */
static void die(struct queue *q, int error)
{
	struct uring *u = q->impl;

	log_debug(LOG_TREE, "ring", "given up: %s, %u in flight", ring_refusal(error), u->n_flying);
	u->state = NONE;
	for (unsigned i = 0; i < u->n_unsent; i++)
		if (u->unsent[i])
			do_plainly(q, u->unsent[i]);
	u->n_unsent = 0;
}

static bool is_passing(int error)
{
	return error == -EINTR || error == -EAGAIN || error == -EBUSY;
}

static void uring_flush(struct queue *q)
{
	struct uring *u = q->impl;
	int r = 0;

	for (int i = 0; u->n_unsent > 0; i++) {
		r = io_uring_submit(&u->ring.io);
		note_sent(u);
		if (u->n_unsent == 0)
			return;
		if ((r < 0 && !is_passing(r)) || i >= SEND_TRIES) {
			die(q, r);
			return;
		}
		take_answers(q); /* a full completion queue is -EBUSY */
		sched_yield();
	}
}

/*
 * Wait for an answer to something in flight.  The ring is one whose answers come by themselves, so
 * where it cannot be entered any more, looking now and then finds them.
 */
static void wait_answer(struct queue *q)
{
	struct uring *u = q->impl;
	struct io_uring_cqe *cqe;
	int r = 0;

	if (u->state == ALIVE) {
		r = io_uring_wait_cqe(&u->ring.io, &cqe);
		if (r < 0 && !is_passing(r))
			die(q, r);
	} else {
		usleep(500);
	}
	take_answers(q);
}

/* ---- the back end --------------------------------------------------------------------------- */

static int uring_open(struct queue *q, void *arg)
{
	struct uring *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->gate = arg;
	q->impl = u;
	return 0;
}

static void uring_close(struct queue *q)
{
	struct uring *u = q->impl;
	bool made = u->ring.ops[0] != 0;

	uring_flush(q);
	while (u->n_flying > 0)
		wait_answer(q);
	if (made)
		ring_close(&u->ring);
	sync_done(&u->sync);
	free(u);
	q->impl = NULL;
}

static int uring_submit(struct queue *q, struct queue_req *req)
{
	struct uring *u = q->impl;
	struct io_uring_sqe *sqe;
	/* room first: a call that was made must not be lost */
	int r = array_reserve(&u->sync.done, &u->sync.cap_done,
			      u->sync.n_done + u->n_unsent + u->n_flying + 1,
			      sizeof(struct queue_req *));

	if (r < 0)
		return r;
	if (!have_ring(u) || !carries(q, u, req) || u->n_flying + u->n_unsent >= ENTRIES) {
		do_plainly(q, req);
		return 0;
	}
	sqe = io_uring_get_sqe(&u->ring.io);
	if (unlikely(!sqe)) {
		do_plainly(q, req);
		return 0;
	}
	prepare(u, sqe, req);
	io_uring_sqe_set_data(sqe, req);
	q->calls[req->op]++;
	u->unsent[u->n_unsent++] = req;
	return 0;
}

static int uring_reap(struct queue *q, bool wait, struct queue_req **ret_req)
{
	struct uring *u = q->impl;

	take_answers(q);
	if (wait && u->sync.n_done == 0)
		uring_flush(q);
	while (wait && u->sync.n_done == 0 && u->n_flying > 0)
		wait_answer(q);
	return sync_take(&u->sync, false, ret_req);
}

static void uring_cancel(struct queue *q)
{
	struct uring *u = q->impl;
	struct io_uring_sqe *sqe;

	u->cancelled = true;
	if (u->state != ALIVE)
		return;
	/* what was not sent can be sent and called back in one go */
	sqe = ring_has(&u->ring, IORING_OP_ASYNC_CANCEL) ? io_uring_get_sqe(&u->ring.io) : NULL;
	if (!sqe)
		return;
	io_uring_prep_cancel(sqe, NULL, IORING_ASYNC_CANCEL_ANY);
	io_uring_sqe_set_data(sqe, NULL);
	u->unsent[u->n_unsent++] = NULL;
	uring_flush(q);
}

static long uring_call(struct queue *q, struct queue_req *req)
{
	struct uring *u = q->impl;

	return sync_run(q, &u->sync, req);
}

const struct queue_ops queue_uring = {
	.name = "uring",
	.open = uring_open,
	.close = uring_close,
	.submit = uring_submit,
	.flush = uring_flush,
	.cancel = uring_cancel,
	.reap = uring_reap,
	.call = uring_call,
};
