/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/walk_impl.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"
#include "tree/walk_adapt.h"

/*
 * Every worker has a deque.  It takes its own newest task, so it goes down depth-first and few
 * directories are half done; whoever has nothing takes the oldest task of another, which is
 * nearest the root and thus, mostly, the biggest.  That happens rarely, so a mutex per deque does.
 *
 * How many of them there are, the controller decides in the caller's thread (walk_adapt.c).  When
 * there should be fewer, those with the highest numbers rest: they take no tasks, hold nothing, and
 * what is left on their deques is taken by the others.
 */

struct task *task_new(struct dir *dir, enum task_type type, size_t size)
{
	struct task *t = malloc(sizeof(*t) + size);

	if (t) {
		memset(t, 0, sizeof(*t));
		t->dir = dir;
		t->type = type;
		t->len = size;
	}
	return t;
}

/* ---- deques --------------------------------------------------------------------------------- */

static void deque_put(struct worker *wk, struct task_list *list)
{
	pthread_mutex_lock(&wk->lock);
	list->last->next = wk->first;
	*(wk->first ? &wk->first->prev : &wk->last) = list->last;
	wk->first = list->first;
	pthread_mutex_unlock(&wk->lock);
}

static struct task *deque_take(struct worker *wk, bool steal)
{
	struct task *t;

	pthread_mutex_lock(&wk->lock);
	t = steal ? wk->last : wk->first;
	if (t) {
		*(t->prev ? &t->prev->next : &wk->first) = t->next;
		*(t->next ? &t->next->prev : &wk->last) = t->prev;
	}
	pthread_mutex_unlock(&wk->lock);
	return t;
}

void pool_push(struct worker *wk, struct task_list *list)
{
	struct walk *walk = wk->walk;
	unsigned idle;

	if (list->n == 0)
		return;
	deque_put(wk, list);
	/* either we see the sleeper here, or it sees the count before it sleeps */
	atomic_fetch_add(&walk->queued, list->n);
	idle = atomic_load(&walk->idle);
	if (idle) {
		pthread_mutex_lock(&walk->lock);
		for (size_t n = MIN(list->n, (size_t)idle); n > 0; n--)
			pthread_cond_signal(&walk->work);
		pthread_mutex_unlock(&walk->lock);
	}
	*list = (struct task_list){0};
}

static struct task *take_any(struct worker *wk)
{
	struct walk *walk = wk->walk;
	struct task *t = deque_take(wk, false);
	unsigned n = atomic_load_explicit(&walk->n_workers, memory_order_acquire);

	for (unsigned i = 1; !t && i < n && atomic_load(&walk->queued) > 0; i++)
		t = deque_take(walk->workers[(wk->number + i) % n], true);
	if (t)
		atomic_fetch_sub(&walk->queued, 1);
	return t;
}

/* Is it one of those that should be at work? */
static bool is_wanted(struct worker *wk)
{
	return wk->number < atomic_load_explicit(&wk->walk->wanted, memory_order_relaxed);
}

/* Until there is something to do.  Under walk->lock, as is every change of `wanted`. */
static void wait_for_work(struct worker *wk)
{
	struct walk *walk = wk->walk;

	atomic_fetch_add(&walk->idle, 1);
	while (!atomic_load(&walk->finished) && atomic_load(&walk->queued) == 0 && is_wanted(wk))
		pthread_cond_wait(&walk->work, &walk->lock);
	atomic_fetch_sub(&walk->idle, 1);
}

/* Until it is wanted again.  Under walk->lock. */
static void rest(struct worker *wk)
{
	struct walk *walk = wk->walk;

	walk->stats.rests++;
	while (!atomic_load(&walk->finished) && !is_wanted(wk))
		pthread_cond_wait(&walk->more, &walk->lock);
}

/* The next task; waits for one.  NULL: the walk is over. */
static struct task *pool_take(struct worker *wk)
{
	struct walk *walk = wk->walk;

	for (;;) {
		struct task *t = is_wanted(wk) ? take_any(wk) : NULL;

		if (t)
			return t;
		walk_between(wk, true);
		pthread_mutex_lock(&walk->lock);
		if (is_wanted(wk))
			wait_for_work(wk);
		else
			rest(wk);
		pthread_mutex_unlock(&walk->lock);
		if (atomic_load(&walk->finished))
			return NULL;
	}
}

void pool_finish(struct walk *walk)
{
	pthread_mutex_lock(&walk->lock);
	atomic_store(&walk->finished, true);
	pthread_cond_broadcast(&walk->work);
	pthread_cond_broadcast(&walk->more);
	pthread_cond_signal(&walk->news);
	pthread_mutex_unlock(&walk->lock);
}

/*
 * From now on @n are wanted.  Under walk->lock.  Those without work are woken, so that nobody who
 * is to rest is signalled in the place of one who is not.
 */
static void want(struct walk *walk, unsigned n)
{
	unsigned was = atomic_exchange(&walk->wanted, n);

	if (n < was)
		pthread_cond_broadcast(&walk->work);
	else if (n > was)
		pthread_cond_broadcast(&walk->more);
}

/* ---- workers -------------------------------------------------------------------------------- */

static int worker_start(struct worker *wk)
{
	const struct walk_options *o = wk->walk->o;
	int r;

	wk->buf = malloc(DENTS_SIZE);
	wk->index = malloc(DENTS_RECORDS * sizeof(*wk->index));
	if (!wk->buf || !wk->index)
		return -ENOMEM;
	r = queue_open(&wk->w.queue, o->queue_ops, o->queue_arg, o->form, true);
	if (r == 0 && wk->walk->v->worker_start) {
		r = wk->walk->v->worker_start(o->user, &wk->w);
		if (r < 0)
			queue_close(&wk->w.queue);
	}
	return r;
}

static void *worker_main(void *arg)
{
	struct worker *wk = arg;
	struct walk *walk = wk->walk;
	struct task *t;
	int r = worker_start(wk);

	if (r == 0) {
		while ((t = pool_take(wk))) {
			walk_task(wk, t);
			walk_between(wk, false);
		}
		if (walk->v->worker_stop)
			walk->v->worker_stop(walk->o->user, &wk->w);
		queue_close(&wk->w.queue);
	}
	free(wk->index);
	free(wk->buf);
	pthread_mutex_lock(&walk->lock);
	for (size_t i = 0; i < QUEUE_OPS; i++)
		walk->stats.calls[i] += wk->w.queue.calls[i];
	if (r < 0) {
		if (walk->start_error == 0)
			walk->start_error = r;
		want(walk, UINT_MAX); /* it might be those who rest that have started */
	}
	walk->alive--;
	pthread_cond_signal(&walk->news);
	pthread_mutex_unlock(&walk->lock);
	return NULL;
}

/* Add workers up to @want.  Under walk->lock.  Return 0, or why there are fewer. */
static int workers_add(struct walk *walk, unsigned want)
{
	unsigned n = atomic_load(&walk->n_workers);
	int r = 0;

	for (; n < want && r == 0; n++) {
		struct worker *wk = calloc(1, sizeof(*wk));

		if (!wk)
			return -ENOMEM;
		wk->walk = walk;
		wk->w.walk = walk;
		wk->w.queue.proc_fd = -1;
		wk->number = n;
		pthread_mutex_init(&wk->lock, NULL);
		r = thread_start(&wk->thread, worker_main, wk);
		if (r < 0) {
			pthread_mutex_destroy(&wk->lock);
			free(wk);
			return r;
		}
		walk->workers[n] = wk;
		walk->alive++;
		atomic_store_explicit(&walk->n_workers, n + 1, memory_order_release);
	}
	walk->stats.peak_threads = n;
	return r;
}

/* ---- the controller ------------------------------------------------------------------------- */

/* Does the machine have a CPU that nobody runs on? */
static bool cpu_free(void *user)
{
	_cleanup_close_ int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	unsigned running;
	char buf[64];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (n <= 0)
		return true; /* cannot tell */
	buf[n] = '\0';
	if (sscanf(buf, "%*s %*s %*s %u/", &running) != 1)
		return true;
	return (long)running - 1 < sysconf(_SC_NPROCESSORS_ONLN); /* less this thread */
}

static void measure(struct walk *walk, struct adapt_sample *ret)
{
	struct timespec ts;
	struct rusage ru;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	getrusage(RUSAGE_SELF, &ru);
	ret->wall = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	ret->cpu = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000000 +
		   (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000;
	ret->blocked = ru.ru_nvcsw;
	ret->own++;
	ret->read = ru.ru_inblock;
	ret->idle = atomic_load(&walk->idle);
	ret->queued = atomic_load(&walk->queued);
	if (walk->o->measured) /* tests: something else was */
		walk->o->measured(walk->o->user, ret);
}

/* See that there are @n workers, as far as they can be had.  Under walk->lock. */
static void workers_set(struct walk *walk, struct adapt *a, unsigned n)
{
	unsigned made = atomic_load(&walk->n_workers);

	if (n == atomic_load(&walk->wanted))
		return;
	want(walk, n);
	/* what cannot be had now is not asked for again */
	if (n > made && (workers_add(walk, n) < 0 || walk->start_error < 0))
		adapt_bound(a, atomic_load(&walk->n_workers));
	log_debug(LOG_TREE, "walk", "%u threads", a->n);
}

/* Wait for the end; as many of up to @limit workers as are of use meanwhile.  Under walk->lock. */
static void control(struct walk *walk, unsigned limit, unsigned cpus)
{
	struct adapt a = {.cpu_free = cpu_free};
	struct adapt_sample now = {0};

	measure(walk, &now);
	adapt_init(&a, cpus, limit, &now);
	while (!atomic_load(&walk->finished) && walk->alive > 0) {
		uint64_t until = now.wall + ADAPT_TICK_NS;
		struct timespec ts = {(time_t)(until / 1000000000), (long)(until % 1000000000)};

		if (a.most <= a.least || walk->start_error < 0) {
			pthread_cond_wait(&walk->news, &walk->lock);
			continue;
		}
		if (pthread_cond_timedwait(&walk->news, &walk->lock, &ts) != ETIMEDOUT)
			continue;
		measure(walk, &now);
		workers_set(walk, &a, adapt_tick(&a, &now));
	}
}

static void pool_init(struct walk *walk)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&walk->lock, NULL);
	pthread_cond_init(&walk->work, NULL);
	pthread_cond_init(&walk->more, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&walk->news, &attr);
	pthread_condattr_destroy(&attr);
}

static void pool_done(struct walk *walk)
{
	unsigned n = atomic_load(&walk->n_workers);

	for (unsigned i = 0; i < n; i++)
		pthread_join(walk->workers[i]->thread, NULL);
	for (unsigned i = 0; i < n; i++) {
		struct task *t;

		/* only where no worker could start: the top's task */
		while ((t = deque_take(walk->workers[i], false)))
			free(t);
		pthread_mutex_destroy(&walk->workers[i]->lock);
		free(walk->workers[i]);
	}
	free(walk->workers);
	pthread_cond_destroy(&walk->news);
	pthread_cond_destroy(&walk->more);
	pthread_cond_destroy(&walk->work);
	pthread_mutex_destroy(&walk->lock);
}

int pool_run(struct walk *walk)
{
	unsigned cpus = thread_cpus(), limit = walk->o->threads, first;
	struct task_list list = {0};
	struct task *top = task_new(NULL, TASK_TOP, 0);
	int r = 0;

	limit = limit ? MIN(limit, (unsigned)THREADS_MAX) : THREADS_ADAPTIVE;
	walk->limit = (unsigned)MIN(limit, walk->fds.max / FDS_PER_THREAD);
	first = MIN(walk->limit, cpus);
	walk->workers = calloc(walk->limit, sizeof(struct worker *));
	if (!top || !walk->workers) {
		free(top);
		free(walk->workers);
		return -ENOMEM;
	}
	pool_init(walk);
	pthread_mutex_lock(&walk->lock);
	want(walk, first);
	r = workers_add(walk, first);
	if (atomic_load(&walk->n_workers) > 0) {
		pthread_mutex_unlock(&walk->lock);
		task_add(&list, top);
		pool_push(walk->workers[0], &list);
		pthread_mutex_lock(&walk->lock);
		control(walk, r < 0 ? 0 : walk->limit, cpus);
		r = atomic_load(&walk->finished) ? 0 : walk->start_error;
	} else {
		free(top);
	}
	atomic_store(&walk->finished, true);
	pthread_cond_broadcast(&walk->work);
	pthread_cond_broadcast(&walk->more);
	pthread_mutex_unlock(&walk->lock);
	pool_done(walk);
	return r;
}
