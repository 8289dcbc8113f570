/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/walk_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"

/*
 * Every worker has a deque.  It takes its own newest task, so it goes down depth-first and few
 * directories are half done; whoever has nothing takes the oldest task of another, which is
 * nearest the root and thus, mostly, the biggest.  That happens rarely, so a mutex per deque does.
 *
 * There are as many workers as CPUs at first.  That is right while everything is cached.  While
 * the disk is waited for, more directories must be read at the same time: every 5 ms the
 * controller, in the caller's thread, looks whether CPUs are left unused, and the workers block
 * (without that a busy neighbour would look like a slow disk), and none lacks work.  A mutex makes
 * a worker block as well, when its holder has lost the CPU, so this must hold for some ticks in a
 * row: few with blocks read from a device in each of them; more with a free CPU in each, since a
 * network or FUSE counts no blocks; many with neither.  Then the workers are doubled.
 */

#define TICK_NS	   5000000
#define TICKS_READ 2
#define TICKS_FREE 4
#define TICKS_WAIT 16

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

/* The next task; waits for one.  NULL: the walk is over. */
static struct task *pool_take(struct worker *wk)
{
	struct walk *walk = wk->walk;

	for (;;) {
		struct task *t = take_any(wk);

		if (t)
			return t;
		walk_between(wk, true);
		pthread_mutex_lock(&walk->lock);
		atomic_fetch_add(&walk->idle, 1);
		while (!atomic_load(&walk->finished) && atomic_load(&walk->queued) == 0)
			pthread_cond_wait(&walk->work, &walk->lock);
		atomic_fetch_sub(&walk->idle, 1);
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
	pthread_cond_signal(&walk->news);
	pthread_mutex_unlock(&walk->lock);
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
	if (r < 0 && walk->start_error == 0)
		walk->start_error = r;
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

struct sample {
	uint64_t wall, cpu; /* ns */
	long blocked;	    /* voluntary context switches */
	long read;	    /* blocks from a device */
};

static struct sample sample_now(void)
{
	struct timespec ts;
	struct rusage ru;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	getrusage(RUSAGE_SELF, &ru);
	return (struct sample){
		.wall = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec,
		.cpu = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000000 +
		       (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000,
		.blocked = ru.ru_nvcsw,
		.read = ru.ru_inblock,
	};
}

static bool waits(struct walk *walk, unsigned n, unsigned cpus, const struct sample *a,
		  const struct sample *b)
{
	uint64_t most = (b->wall - a->wall) * MIN(n, cpus);

	return atomic_load(&walk->idle) == 0 && atomic_load(&walk->queued) > 0 &&
	       (b->cpu - a->cpu) * 10 < most * 7 &&
	       /* less one for this thread's own sleep */
	       (b->blocked - a->blocked - 1) * 4 >= (long)n;
}

/* Does the machine have a CPU that nobody runs on? */
static bool cpu_free(long online)
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
	return (long)running - 1 < online; /* less this thread */
}

/* Wait for the end, growing the pool up to @limit meanwhile.  Under walk->lock. */
static void control(struct walk *walk, unsigned limit, unsigned cpus)
{
	struct sample last = sample_now();
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	int reads = 0, frees = 0, streak = 0; /* ticks in a row */

	while (!atomic_load(&walk->finished) && walk->alive > 0) {
		unsigned n = atomic_load(&walk->n_workers);
		uint64_t until = last.wall + TICK_NS;
		struct timespec ts = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
		struct sample now;

		if (n >= limit) {
			pthread_cond_wait(&walk->news, &walk->lock);
			continue;
		}
		if (pthread_cond_timedwait(&walk->news, &walk->lock, &ts) != ETIMEDOUT)
			continue;
		now = sample_now();
		if (waits(walk, n, cpus, &last, &now)) {
			streak++;
			reads = now.read > last.read ? reads + 1 : 0;
			frees = cpu_free(online) ? frees + 1 : 0;
		} else {
			reads = frees = streak = 0;
		}
		last = now;
		if (reads >= TICKS_READ || frees >= TICKS_FREE || streak >= TICKS_WAIT) {
			reads = frees = streak = 0;
			/* what cannot be had now is not asked for again */
			if (workers_add(walk, MIN(n * 2, limit)) < 0 || walk->start_error < 0)
				limit = atomic_load(&walk->n_workers);
			log_debug(LOG_TREE, "walk", "%u threads", atomic_load(&walk->n_workers));
		}
	}
}

static void pool_init(struct walk *walk)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&walk->lock, NULL);
	pthread_cond_init(&walk->work, NULL);
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
	pthread_cond_destroy(&walk->work);
	pthread_mutex_destroy(&walk->lock);
}

int pool_run(struct walk *walk)
{
	unsigned cpus = thread_cpus(), want = walk->o->threads;
	struct task_list list = {0};
	struct task *top = task_new(NULL, TASK_TOP, 0);
	int r = 0;

	want = want ? MIN(want, (unsigned)THREADS_MAX) : THREADS_ADAPTIVE;
	walk->limit = (unsigned)MIN(want, walk->fds.max / FDS_PER_THREAD);
	walk->workers = calloc(walk->limit, sizeof(struct worker *));
	if (!top || !walk->workers) {
		free(top);
		free(walk->workers);
		return -ENOMEM;
	}
	pool_init(walk);
	pthread_mutex_lock(&walk->lock);
	r = workers_add(walk, MIN(walk->limit, cpus));
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
	pthread_mutex_unlock(&walk->lock);
	pool_done(walk);
	return r;
}
