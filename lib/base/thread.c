/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/thread.h"

#include <sched.h>
#include <signal.h>

#define STACK_SIZE (512 * 1024)

int thread_start(pthread_t *ret_thread, void *(*main)(void *), void *arg)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	pthread_attr_t attr;
	sigset_t block, saved;
	int r;

	r = pthread_attr_init(&attr);
	if (r)
		return -r;
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	sigfillset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(&block, faults[i]);
	pthread_sigmask(SIG_SETMASK, &block, &saved);
	r = pthread_create(ret_thread, &attr, main, arg);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	pthread_attr_destroy(&attr);
	return -r;
}

struct member {
	pthread_t thread;
	void (*main)(void *user, unsigned number);
	void *user;
	unsigned number;
	bool started;
};

static void *member_main(void *arg)
{
	struct member *m = arg;

	m->main(m->user, m->number);
	return NULL;
}

void thread_crew(unsigned n, void (*main)(void *user, unsigned number), void *user)
{
	struct member *crew = n > 1 ? calloc(n, sizeof(*crew)) : NULL;

	for (unsigned i = 1; crew && i < n; i++) {
		crew[i] = (struct member){.main = main, .user = user, .number = i};
		crew[i].started = thread_start(&crew[i].thread, member_main, &crew[i]) == 0;
	}
	main(user, 0);
	for (unsigned i = 1; i < n; i++) {
		if (crew && crew[i].started)
			pthread_join(crew[i].thread, NULL);
		else
			main(user, i);
	}
	free(crew);
}

unsigned thread_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0) /* more CPUs than the set holds */
		return (unsigned)MAX(sysconf(_SC_NPROCESSORS_ONLN), 1L);
	return (unsigned)MAX(CPU_COUNT(&set), 1);
}
