/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/job.h"

/* One hand, with what a walk would have for it. */
struct spare {
	struct walk_worker worker; /* first: a hand leads here */
	struct spare *next;
};

void hands_init(struct hands *hands)
{
	*hands = (struct hands){.lock = PTHREAD_MUTEX_INITIALIZER};
}

static struct spare *spare_free(struct spare *spare)
{
	if (spare->worker.user)
		hand_stop(NULL, &spare->worker);
	queue_close(&spare->worker.queue);
	free(spare);
	return NULL;
}

void hands_done(struct hands *hands)
{
	while (hands->idle) {
		struct spare *spare = hands->idle;

		hands->idle = spare->next;
		spare_free(spare);
	}
	pthread_mutex_destroy(&hands->lock);
}

static int spare_new(struct job *job, struct spare **ret_spare)
{
	struct spare *spare = calloc(1, sizeof(*spare));
	int r;

	if (!spare)
		return -ENOMEM;
	r = queue_open(&spare->worker.queue, job->rl->queue_ops, job->rl->queue_arg,
		       QUEUE_FORM_AUTO, false);
	if (r == 0)
		r = hand_start(job, &spare->worker);
	if (r < 0) {
		spare_free(spare);
		return r;
	}
	*ret_spare = spare;
	return 0;
}

int hands_take(struct job *job, struct hand **ret_hand)
{
	struct hands *hands = &job->rl->hands;
	struct spare *spare;
	struct hand *h;

	pthread_mutex_lock(&hands->lock);
	spare = hands->idle;
	if (spare)
		hands->idle = spare->next;
	pthread_mutex_unlock(&hands->lock);
	if (!spare) {
		int r = spare_new(job, &spare);

		if (r < 0)
			return r;
	}
	h = spare->worker.user;
	h->job = job;
	h->outcome = 0;
	*ret_hand = h;
	return 0;
}

int hands_give(struct hand *h)
{
	struct spare *spare = (struct spare *)h->worker;
	struct hands *hands = &h->rl->hands;
	int outcome = h->outcome;

	hand_pour(h);
	if (spare->worker.queue.proc_fd < 0) {
		/* no /proc, or no descriptor was left for it: a new one may have more luck */
		spare_free(spare);
		return outcome;
	}
	h->job = NULL;
	pthread_mutex_lock(&hands->lock);
	spare->next = hands->idle;
	hands->idle = spare;
	pthread_mutex_unlock(&hands->lock);
	return outcome;
}
