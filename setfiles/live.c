/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relabel/notify.h"
#include "relabel/safe.h"
#include "screen.h"
#include "signals.h"

#define TICK_NS	      200000000L
#define UPSTREAM_UNIT 1024u
#define UNASKED_AFTER 2.0  /* seconds, until a line nobody asked for appears */
#define LINES_FIRST   1.0  /* after so many seconds, then after twice as many ... */
#define TOLD_PAUSE    1.0  /* what a manager does not read must not pile up */
#define LINES_PAUSE   10.0 /* ... up to so many */

enum live_form live_form(const struct args *a)
{
	bool screen = screen_can(), out = isatty(STDOUT_FILENO);

	if (a->plan || a->quiet || a->no_progress)
		return LIVE_NONE;
	if (!a->progress) /* nobody asked: only where it can disturb nobody */
		return screen && out ? LIVE_SCREEN : LIVE_NONE;
	if (screen && (out || a->who != SETFILES))
		return LIVE_SCREEN;
	return a->who == SETFILES && !a->json && !a->print0 ? LIVE_UPSTREAM : LIVE_LINES;
}

bool live_wants_estimates(const struct args *a)
{
	enum live_form form = live_form(a);

	return notify_wanted() || form == LIVE_SCREEN || form == LIVE_LINES;
}

static bool is_shown(const struct live *l)
{
	return l->form != LIVE_NONE || l->manager || l->listener.tell;
}

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

/* ---- under the lock ---- */

/* Keep samples a second apart; the rate is from the oldest of them to now. */
static double rate(struct live *l, double now, uint64_t entries)
{
	double past;

	if (l->n == 0 || now - l->v[l->n - 1].at >= 1.0) {
		if (l->n == LIVE_SAMPLES)
			memmove(&l->v[0], &l->v[1], --l->n * sizeof(l->v[0]));
		l->v[l->n++] = (struct live_sample){now, entries};
	}
	past = now - l->v[0].at;
	return past >= 1.0 ? (double)(entries - l->v[0].entries) / past : 0;
}

static struct status look(struct live *l)
{
	struct status s = {
		.seconds = seconds_since(&l->begun),
		.dry_run = l->args->flags & LBL_DRY_RUN,
	};

	lbl_relabel_counters(l->relabel, &s.count);
	lbl_relabel_progress(l->relabel, &s.far);
	s.per_second = rate(l, s.seconds, s.far.entries);
	return s;
}

/* @name, then what @word says; malloc'ed, NULL: no memory. */
static char *words(const char *name, const char *then,
		   void (*word)(FILE *f, const struct status *s), const struct status *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	safe_put(f, name);
	fputs(then, f);
	word(f, s);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static void put_line(const struct live *l, void (*word)(FILE *f, const struct status *s),
		     const struct status *s)
{
	char *text = words(l->args->argv0, ": ", word, s);

	if (text) {
		size_t len = strlen(text);

		text[len] = '\n'; /* in the place of the NUL */
		screen_write(stderr, text, len + 1);
	}
	free(text);
}

static void tell_manager(const struct status *s)
{
	char *text = words("STATUS", "=", status_long, s);

	if (text)
		notify_send(text);
	free(text);
}

static void tell(const struct live *l, const struct status *s)
{
	if (l->manager)
		tell_manager(s);
	if (l->listener.tell)
		l->listener.tell(l->listener.user, s);
}

static void upstream(struct live *l, uint64_t files)
{
	if (l->estimate) {
		double percent = 100.0 * (double)files / (double)l->estimate;

		printf("\r%-.1f%%", percent > 100 ? 100.0 : percent);
	} else {
		printf("\r%lluk", (unsigned long long)(files / UPSTREAM_UNIT));
	}
	fflush(stdout);
}

static void show(struct live *l, const struct status *s)
{
	uint64_t files = s->count.files - l->base;
	char *text;

	if (l->form == LIVE_UPSTREAM && files / UPSTREAM_UNIT != l->thousands) {
		l->thousands = files / UPSTREAM_UNIT;
		upstream(l, files);
	}
	if (s->seconds < l->next)
		return;
	if (l->form == LIVE_SCREEN) {
		text = words("", "", status_short, s);
		if (text)
			screen_show(text);
		free(text);
	} else if (l->form == LIVE_LINES) {
		put_line(l, status_long, s);
		l->next = s->seconds + l->pause;
		l->pause = 2 * l->pause < LINES_PAUSE ? 2 * l->pause : LINES_PAUSE;
	}
}

static void wait_a_tick(struct live *l)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&l->wake, &l->lock, &until);
}

static void tick(struct live *l)
{
	struct status s = look(l);

	if (s.seconds >= l->next_told) {
		tell(l, &s);
		l->next_told = s.seconds + TOLD_PAUSE;
	}
	show(l, &s);
}

static void *live_main(void *arg)
{
	struct live *l = arg;

	pthread_mutex_lock(&l->lock);
	while (!l->stop) {
		if (is_shown(l))
			tick(l);
		wait_a_tick(l);
		if (l->reader)
			fflush(stdout);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* ---- for the run ---- */

/* Signals are for the thread that waits for input: they must end its wait. */
static bool start_thread(struct live *l)
{
	sigset_t saved;
	int r;

	signals_block(&saved);
	r = pthread_create(&l->thread, NULL, live_main, l);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r == 0;
}

static bool has_reader(const struct args *a)
{
	bool talks = a->json || a->print0 || a->verbose || a->flags & LBL_REPORT_MATCHES;
	struct stat st;

	return talks && fstat(STDOUT_FILENO, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

void live_begin(struct live *l, const struct args *a, struct lbl_relabel *relabel,
		const struct live_listener *listener)
{
	pthread_condattr_t attr;

	*l = (struct live){
		.args = a,
		.form = live_form(a),
		.manager = notify_wanted(),
		.reader = has_reader(a),
		.pause = LINES_FIRST,
	};
	if (listener)
		l->listener = *listener;
	if (!is_shown(l) && !l->reader)
		return;
	l->relabel = relabel;
	l->next = l->form == LIVE_LINES ? LINES_FIRST : a->progress ? 0 : UNASKED_AFTER;
	clock_gettime(CLOCK_MONOTONIC, &l->begun);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &attr);
	pthread_condattr_destroy(&attr);
	l->running = start_thread(l);
}

void live_operand(struct live *l, bool mass)
{
	struct lbl_counters before;

	if (!l->relabel || !is_shown(l))
		return;
	lbl_relabel_counters(l->relabel, &before);
	pthread_mutex_lock(&l->lock);
	l->n = 0;
	l->base = before.files;
	l->thousands = 0;
	l->estimate = mass ? lbl_relabel_estimate(l->relabel) : 0;
	pthread_mutex_unlock(&l->lock);
}

void live_operand_done(struct live *l, const char *mass_path)
{
	struct lbl_counters now;

	if (!l->relabel || l->form != LIVE_UPSTREAM)
		return;
	lbl_relabel_counters(l->relabel, &now);
	pthread_mutex_lock(&l->lock);
	if (mass_path)
		printf("\r%s 100.0%%\n", mass_path);
	else if (now.files - l->base >= UPSTREAM_UNIT)
		upstream(l, now.files - l->base);
	pthread_mutex_unlock(&l->lock);
}

void live_end(struct live *l)
{
	struct status s;

	if (!l->relabel)
		return;
	if (l->running) {
		pthread_mutex_lock(&l->lock);
		l->stop = true;
		pthread_cond_signal(&l->wake);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	s = look(l);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	l->relabel = NULL;
	tell(l, &s);
	screen_clear();
	if (l->args->progress && l->form == LIVE_UPSTREAM)
		putchar('\n');
	else if (l->args->progress && l->form != LIVE_NONE)
		put_line(l, status_end, &s);
}
