/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * writer: what is on its way is a slot.
 *
 *	free --take: pin, name, labels--> set in flight --done: counted, told--> close in flight -->
 *free
 *
 * The check and the write are on the same descriptor, for each inode of a batch as for one alone,
 * and it stays open until the write is over.  What an owner of the directory gains by a batch is
 * time between the two, as long as it takes to fill and carry out a batch: he may move the inode
 * elsewhere meanwhile, and it gets the label of where it was when it was looked at, as it does
 * without a batch if he is quick.  So that this time has an end that does not depend on what is
 *read next, a batch is begun when a task of the walk is done, full or not.
 *
 * Requests of one batch are carried out in any order.  So an inode with several names never is in
 * one: its names would race each other.
 */
#include "engine/writer.h"

#include <string.h>

#include "engine/job.h"

enum {
	SEND_AT = 16,  /* so many sets are worth a system call */
	COUNT_AT = 32, /* so many are worth touching what all hands share */
};

struct slot {
	struct queue_req req; /* the set, then the close */
	struct pin pin;
	struct item it;	 /* its strings are in `text` */
	struct buf text; /* name, label to set, label it has */
	const char *set; /* in `text` */
	size_t set_len;
	bool closing;
};

struct writer {
	struct contest *contest;
	struct slot slots[WRITER_SLOTS];
	struct slot *free[WRITER_SLOTS];
	unsigned n_free, n_unsent, n_uncounted;
};

int writer_new(struct writer **ret_writer, struct contest *contest)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->contest = contest;
	for (size_t i = 0; i < WRITER_SLOTS; i++)
		w->free[w->n_free++] = &w->slots[i];
	*ret_writer = w;
	return 0;
}

struct writer *writer_free(struct writer *w)
{
	if (w) {
		for (size_t i = 0; i < WRITER_SLOTS; i++)
			buf_done(&w->slots[i].text);
		free(w);
	}
	return NULL;
}

static void count_set(struct writer *w)
{
	if (++w->n_uncounted >= COUNT_AT) {
		contest_count(w->contest, w->n_uncounted);
		w->n_uncounted = 0;
	}
}

void writer_passed(struct hand *h)
{
	if (h->writer)
		count_set(h->writer);
}

bool writer_batches(const struct hand *h)
{
	return h->writer && contest_ring(h->writer->contest);
}

static void send(struct hand *h)
{
	if (h->writer->n_unsent > 0)
		queue_flush(&h->worker->queue);
	h->writer->n_unsent = 0;
}

/* ---- what is over --------------------------------------------------------------------------- */

static void slot_closed(struct hand *h, struct slot *s)
{
	struct writer *w = h->writer;

	s->pin = PIN_NONE;
	walk_return_fd(h->worker);
	w->free[w->n_free++] = s;
}

static void slot_close(struct hand *h, struct slot *s)
{
	s->closing = true;
	s->req = (struct queue_req){.op = QUEUE_CLOSE, .fd = s->pin.fd, .user = s};
	if (queue_submit(&h->worker->queue, &s->req) < 0) {
		pin_done(&s->pin);
		slot_closed(h, s);
		return;
	}
	h->writer->n_unsent++;
}

static void slot_written(struct hand *h, struct slot *s)
{
	const struct lbl_relabel *rl = h->rl;
	int r = pin_label_result(&s->pin, rl->xattr, s->set, s->set_len, s->req.result);

	/* a file that is not reached because the run was stopped is none that failed */
	if (r != -ECANCELED || !atomic_load_explicit(&rl->stop, memory_order_relaxed))
		job_written(h, &s->it, &s->pin, s->set, r);
	count_set(h->writer);
	walk_let_go(h->worker, TAKE_PTR(s->it.dir));
	slot_close(h, s);
}

/* Take what is done; with @wait, wait for one thing if nothing is.  False: nothing on its way. */
static bool settle(struct hand *h, bool wait)
{
	struct queue *q = &h->worker->queue;
	struct queue_req *req;
	bool any = false;

	while (h->writer->n_free < WRITER_SLOTS && queue_reap(q, wait && !any, &req) > 0) {
		struct slot *s = req->user;

		if (s->closing)
			slot_closed(h, s);
		else
			slot_written(h, s);
		any = true;
	}
	return any;
}

bool writer_drain(struct hand *h)
{
	if (!h->writer || h->writer->n_free == WRITER_SLOTS)
		return false;
	while (settle(h, true))
		;
	h->writer->n_unsent = 0;
	return true;
}

bool writer_spare(void *user, struct walk_worker *w)
{
	return writer_drain(w->user);
}

void writer_between(void *user, struct walk_worker *w, bool idle)
{
	struct hand *h = w->user;

	if (!h->writer || h->writer->n_free == WRITER_SLOTS)
		return;
	if (atomic_load_explicit(&h->rl->stop, memory_order_relaxed))
		queue_cancel(&w->queue);
	send(h);
	if (idle)
		writer_drain(h);
	else
		settle(h, false);
}

/* ---- what begins ---------------------------------------------------------------------------- */

static bool copy_text(struct slot *s, const struct item *it, const struct buf *set)
{
	size_t name = strlen(it->name) + 1;

	buf_reset(&s->text);
	buf_add(&s->text, it->name, name);
	buf_add(&s->text, set->data, set->len + 1);
	if (it->have)
		buf_add(&s->text, it->have, it->have_len + 1);
	if (buf_error(&s->text) < 0)
		return false;
	s->it = *it;
	s->it.name = s->text.data;
	s->set = s->text.data + name;
	s->set_len = set->len;
	s->it.have = it->have ? s->set + set->len + 1 : NULL;
	return true;
}

/* A slot, if a descriptor and memory can be spared. */
static struct slot *slot_take(struct hand *h, const struct item *it, struct pin *pin)
{
	struct writer *w = h->writer;
	struct slot *s;

	settle(h, false);
	while (w->n_free == 0 && settle(h, true))
		;
	if (w->n_free == 0 || !walk_spare_fd(h->worker))
		return NULL;
	s = w->free[w->n_free - 1];
	if (!copy_text(s, it, &h->set) ||
	    pin_label_request(pin, h->rl->xattr, s->set, s->set_len, &s->req) < 0) {
		walk_return_fd(h->worker);
		return NULL;
	}
	w->n_free--;
	return s;
}

bool writer_take(struct hand *h, const struct item *it, struct pin *pin)
{
	struct writer *w = h->writer;
	struct slot *s;

	if (!writer_batches(h) || pin->borrowed || pin->kind == LBL_DIR || pin->nlink > 1)
		return false;
	s = slot_take(h, it, pin);
	if (!s)
		return false;
	s->closing = false;
	s->req.user = s;
	if (queue_submit(&h->worker->queue, &s->req) < 0) {
		w->free[w->n_free++] = s;
		walk_return_fd(h->worker);
		return false;
	}
	s->pin = *pin;
	s->pin.name = s->it.name;
	s->pin.dirfd = -1; /* it may be closed by then */
	*pin = PIN_NONE;
	walk_hold(s->it.dir);
	if (++w->n_unsent >= SEND_AT)
		send(h);
	return true;
}
