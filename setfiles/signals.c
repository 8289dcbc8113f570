/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "base/common.h"
#include "lbl.h"

static const int those[] = {SIGINT, SIGTERM, SIGHUP};

/* For the handler only: a signal has no other way to the run it is to stop. */
static _Atomic(struct lbl_relabel *) to_stop;
static volatile sig_atomic_t came;

static void on_signal(int sig)
{
	struct lbl_relabel *relabel = to_stop;

	came = sig;
	if (relabel)
		lbl_relabel_stop(relabel);
}

void signals_catch(struct lbl_relabel *relabel)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART};

	to_stop = relabel;
	for (size_t i = 0; i < ARRAY_SIZE(those); i++) {
		struct sigaction old;

		/* what nohup or a shell's & has us ignore stays ignored */
		if (sigaction(those[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(those[i], &sa, NULL);
	}
	if (came) /* between two runs */
		lbl_relabel_stop(relabel);
}

void signals_forget(void)
{
	to_stop = NULL;
}

int signals_came(void)
{
	return came;
}

void signals_block(sigset_t *ret_saved)
{
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(those); i++)
		sigaddset(&block, those[i]);
	pthread_sigmask(SIG_BLOCK, &block, ret_saved);
}

int signals_await(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	sigset_t saved;
	int r = 0;

	signals_block(&saved); /* none comes between the question and the wait */
	do {
		if (came)
			r = -EINTR;
		else if (ppoll(&p, 1, NULL, &saved) < 0)
			r = -errno;
		else
			r = 0;
	} while (r == -EINTR && !came);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r;
}
