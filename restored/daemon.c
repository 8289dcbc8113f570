/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon.h"

#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "hear.h"
#include "log.h"
#include "reload.h"
#include "service.h"
#include "util.h"

#define NAMES_A_LOOK	16 /* at the clock */
#define SHARE_MS	20 /* of a turn: for events, for names, for scans */
#define NAMES_A_TURN	512
#define READY_LATEST_MS 20000 /* a start-up scan may go on after we are ready */
#define STATUS_PAGE_MS	1000
#define USERS_EVERY_MS	3000 /* anybody can log in and out, or mount, as often as he likes */
#define MOUNTS_EVERY_MS 500

/* ---- config -----------------------------------------------------------------------------------
 */

static void complain(void *user, const char *text)
{
	log_say(LOG_LEVEL_ERROR, "%s", text);
}

static int read_config(const struct daemon_options *o, struct config *c)
{
	int r = config_read(c, &o->config, complain, NULL);

	if (r == -ENOENT)
		log_say(LOG_LEVEL_ERROR, "%s: there is no config", o->config.file);
	return r;
}

/* With --user: ourselves, and nobody else. */
static int read_own_home(struct users *u)
{
	const char *home = getenv("HOME");
	const struct passwd *pw = getpwuid(getuid());

	if (!home || *home != '/')
		home = pw ? pw->pw_dir : "/";
	u->v = calloc(1, sizeof(*u->v));
	if (!u->v)
		return -ENOMEM;
	u->n = u->cap = 1;
	u->v[0] = (struct user_home){
		.uid = getuid(), .name = strdup(pw ? pw->pw_name : "?"), .home = strdup(home)};
	u->source = "none";
	return u->v[0].name && u->v[0].home ? 0 : -ENOMEM;
}

static int read_users(const struct daemon_options *o, struct users *u)
{
	return o->user ? read_own_home(u) : users_read(u);
}

/* The targets of @c and of who is logged in now; both are ours from then on. */
static int retarget(struct daemon *d, struct config *c)
{
	struct targets targets = {0};
	struct users users = {0};
	int r = read_users(d->options, &users);

	if (r == 0)
		r = targets_make(&targets, c, &users);
	if (r == 0)
		r = places_retarget(&d->places, &targets, c != &d->config || !d->ready);
	targets_done(&targets);
	if (r < 0) {
		users_done(&users);
		return r;
	}
	users_done(&d->users);
	d->users = users;
	if (c != &d->config) {
		config_done(&d->config);
		d->config = *c;
		*c = (struct config){0};
	}
	return 0;
}

/* Where there is a mark at most for a whole tree, or for directories without number. */
static bool wants_marks(const struct config *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->entries[i].exclude &&
		    (!c->entries[i].pattern || c->entries[i].dir_is_pattern))
			return true;
	return false;
}

static void say_if_marks_are_missed(struct daemon *d)
{
	if (d->places.options.back_end == d->options->places.back_end || d->told_no_marks ||
	    !wants_marks(&d->config))
		return;
	d->told_no_marks = true;
	log_say(LOG_LEVEL_INFO,
		"fanotify was given up at the start, when no entry needed it: after a restart it "
		"can be had again; inotify until then");
}

static void reload_config(struct daemon *d)
{
	struct config c = {0};
	int r = read_config(d->options, &c);

	if (r == 0)
		r = retarget(d, &c);
	if (r == 0)
		say_if_marks_are_missed(d);
	config_done(&c);
	if (r < 0) {
		log_say(LOG_LEVEL_ERROR, "the config is not used: the one before stays in force");
		return;
	}
	d->counts.reloads++;
	log_say(LOG_LEVEL_INFO, "config read again: %zu entries", d->config.n);
}

/* Entries that come to nothing at the moment, which is no mistake in them. */
static void say_homeless(const struct config *c, const struct users *users)
{
	for (size_t i = 0; i < c->n && users->n == 0; i++)
		if (c->entries[i].home)
			log_say(LOG_LEVEL_INFO,
				"%s:%u: %s: nobody is logged in, in whose home it would be",
				c->entries[i].file, c->entries[i].line, c->entries[i].text);
}

int daemon_check_config(const struct daemon_options *o)
{
	struct config c = {0};
	struct users users = {0};
	struct targets targets = {0};
	int r = read_config(o, &c);

	if (r == 0)
		r = read_users(o, &users);
	if (r == 0)
		r = targets_make(&targets, &c, &users);
	for (size_t i = 0; r == 0 && i < targets.n; i++) {
		const struct target *t = &targets.v[i];

		printf("%s", t->exclude ? "!" : "");
		for (uint32_t k = 0; k < t->n; k++)
			printf("/%s", t->components[k].text);
		printf("/%s\n", t->pattern ? t->pattern : "**");
	}
	if (r == 0)
		say_homeless(&c, &users);
	targets_done(&targets);
	users_done(&users);
	config_done(&c);
	return r < 0;
}

/* ---- rules ------------------------------------------------------------------------------------
 */

static void reload_rules(struct daemon *d, bool policy)
{
	char before[2 * LBL_SHA1_SIZE + 1], after[2 * LBL_SHA1_SIZE + 1];
	struct labeller *new, *old = d->labeller;

	if (labeller_open(&new, &d->options->labels, &d->counts) < 0) {
		log_say(LOG_LEVEL_ERROR, "the rules are not used: those before stay in force");
		return;
	}
	labeller_digest(new, after);
	snprintf(before, sizeof(before), "%s", d->rules_digest);
	memcpy(d->rules_digest, after, sizeof(after));
	places_relabel(&d->places, new);
	d->labeller = new;
	labeller_free(old);
	if (!policy && *after && strcmp(before, after) == 0)
		return; /* the same bytes, or another compiled form of them */
	d->counts.reloads++;
	d->rescan.wanted = true;
	log_say(LOG_LEVEL_INFO, "rules read again: all entries are looked at");
}

static void reload_what(struct daemon *d, unsigned what, bool policy)
{
	if (!what)
		return;
	service_notify("RELOADING=1");
	if (what & RELOAD_RULES)
		reload_rules(d, policy);
	if (what & RELOAD_CONFIG)
		reload_config(d);
	service_notify("READY=1");
}

static void look_at_policy(struct daemon *d)
{
	struct lbl_status s;

	if (!d->status_page || lbl_policy_status(d->labeller->policy, &s) < 0 ||
	    s.policy_loads == d->policy_loads)
		return;
	d->policy_loads = s.policy_loads;
	reload_what(d, RELOAD_RULES, true);
}

/* ---- work -------------------------------------------------------------------------------------
 */

static void label_what_waits(struct daemon *d)
{
	d->places.turn_ends = now_ms() + SHARE_MS;
	for (unsigned n = 0; n < NAMES_A_TURN; n++) {
		const char *name;
		uint32_t number;
		struct place *c;

		if (batch_next(d->batch, d->now, &number, &name) == 0)
			return;
		c = place_get(&d->places, number);
		if (c && name)
			place_label(&d->places, c, name, batch_pid(d->batch));
		else if (c)
			scan_begin(&d->scan, c);
		else if (!name)
			batch_scan_ends(d->batch, batch_owner(d->batch, number));
		if (n % NAMES_A_LOOK == 0 && places_turn_is_over(&d->places))
			return;
	}
}

static void rescan_if_wanted(struct daemon *d)
{
	if (d->places.lost && !d->rescan.wanted)
		log_say(LOG_LEVEL_WARNING, "events were lost: all entries are looked at again");
	d->rescan.wanted |= d->places.lost;
	d->places.lost = false;
	if (rescan_is_overdue(&d->rescan, d->now))
		scan_end_free(&d->scan); /* somebody may make new ones as fast as we look */
	if (rescan_turn(&d->rescan, d->idle, d->now))
		places_rescan(&d->places);
}

static void say_ready(struct daemon *d)
{
	char state[128];

	d->ready = true;
	log_say(LOG_LEVEL_INFO, "ready: %zu entries, %zu directories, %llu relabelled%s",
		d->config.n, d->places.n, (unsigned long long)d->counts.relabelled,
		d->idle ? "" : "; the first look goes on");
	snprintf(state, sizeof(state), "READY=1\nSTATUS=%zu entries, %zu directories", d->config.n,
		 d->places.n);
	service_notify(state);
}

static void on_time(struct daemon *d)
{
	unsigned watchdog = service_watchdog_ms();

	if (!d->ready && (d->idle || d->now - d->started >= READY_LATEST_MS))
		say_ready(d);
	if (watchdog && d->now >= d->next_watchdog) {
		service_notify("WATCHDOG=1");
		d->next_watchdog = d->now + watchdog;
	}
	if (d->now >= d->next_status) {
		look_at_policy(d);
		d->next_status = d->now + STATUS_PAGE_MS;
	}
	if (d->now >= d->next_poll) {
		if (d->places.n_polled)
			places_rescan_polled(&d->places);
		d->next_poll = d->now + (uint64_t)d->options->poll_s * 1000;
	}
	reload_what(d, reload_due(d->reload, d->now), false);
	rescan_if_wanted(d);
}

/* ---- waiting ----------------------------------------------------------------------------------
 */

static void sooner(int *wait, int other)
{
	if (other >= 0 && (*wait < 0 || other < *wait))
		*wait = other;
}

static void sooner_at(const struct daemon *d, int *wait, uint64_t at)
{
	sooner(wait, at > d->now ? (int)(at - d->now) : 0);
}

static int how_long(struct daemon *d)
{
	int wait = batch_wait_ms(d->batch, d->now);

	if (d->again)
		return 0;
	sooner(&wait, scan_wait_ms(&d->scan));
	sooner(&wait, places_idle(&d->places));
	sooner(&wait, reload_wait_ms(d->reload, d->now));
	if (!d->ready)
		sooner(&wait, 0);
	sooner(&wait, pace_wait_ms(&d->users_pace, d->now));
	sooner(&wait, pace_wait_ms(&d->mounts_pace, d->now));
	sooner(&wait, patience_wait_ms(&d->inotify_patience, d->now));
	sooner(&wait, patience_wait_ms(&d->fanotify_patience, d->now));
	sooner(&wait, patience_wait_ms(&d->reload_patience, d->now));
	sooner(&wait, patience_wait_ms(&d->users_patience, d->now));
	if (service_watchdog_ms())
		sooner_at(d, &wait, d->next_watchdog);
	if (d->status_page)
		sooner_at(d, &wait, d->next_status);
	if (d->places.n_polled)
		sooner_at(d, &wait, d->next_poll);
	sooner(&wait, rescan_wait_ms(&d->rescan, d->now));
	return wait;
}

static void on_signal(struct daemon *d)
{
	struct signalfd_siginfo s;

	while (read(d->signal_fd, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGHUP) {
			reload_what(d, RELOAD_CONFIG | RELOAD_RULES, false);
			d->rescan.wanted = true;
		} else {
			d->stop = true;
		}
	}
}

static void look_at_users(struct daemon *d)
{
	if (!pace_due(&d->users_pace, d->now))
		return;
	d->counts.logins++;
	if (hear_logins(d) == 0 && retarget(d, &d->config) < 0)
		log_say(LOG_LEVEL_ERROR, "who is logged in cannot be told: out of memory");
}

static void look_at_mounts(struct daemon *d)
{
	int r = pace_due(&d->mounts_pace, d->now) ? places_remount(&d->places) : 0;

	if (r < 0)
		log_say(LOG_LEVEL_ERROR, "the table of mounts cannot be read: %s", strerror(-r));
}

/* What cannot be read would wake us all the time. */
static int unless_unreadable(const struct daemon *d, const struct patience *patience, int fd)
{
	return patience_wait_ms(patience, d->now) < 0 ? fd : -1;
}

static int fd_of(const struct watch_ops *ops, const struct watch *watch)
{
	return watch ? ops->fd(watch) : -1;
}

static void turn(struct daemon *d)
{
	const struct places *p = &d->places;
	int inotify = fd_of(&watch_inotify, p->inotify), users = d->users_fd;
	int fanotify = fd_of(&watch_fanotify, p->fanotify);
	struct pollfd fds[] = {
		{d->signal_fd, POLLIN, 0},
		{unless_unreadable(d, &d->inotify_patience, inotify), POLLIN, 0},
		{unless_unreadable(d, &d->fanotify_patience, fanotify), POLLIN, 0},
		{unless_unreadable(d, &d->reload_patience, reload_fd(d->reload)), POLLIN, 0},
		{d->users_pace.wanted ? -1 : unless_unreadable(d, &d->users_patience, users),
		 POLLIN, 0},
		{d->status_fd, POLLIN, 0},
		{d->mounts_pace.wanted ? -1 : p->mounts.fd, POLLPRI, 0},
	};
	int n = poll(fds, ARRAY_SIZE(fds), how_long(d));
	struct batch_stats stats;

	d->now = d->places.now = now_ms();
	if (n > 0 && fds[0].revents)
		on_signal(d);
	if (n > 0 && fds[3].revents)
		hear_changes(d);
	d->users_pace.wanted |= n > 0 && fds[4].revents;
	d->mounts_pace.wanted |= n > 0 && fds[6].revents;
	look_at_mounts(d); /* before anything is opened */
	look_at_users(d);
	if (d->again || (n > 0 && (fds[1].revents || fds[2].revents))) {
		d->places.turn_ends = now_ms() + SHARE_MS;
		hear_events(d); /* of what was read at once, some may be left */
	}
	label_what_waits(d);
	d->places.turn_ends = now_ms() + SHARE_MS;
	scan_step(&d->scan, NAMES_A_TURN);
	places_collect(&d->places);
	batch_stats(d->batch, &stats);
	d->counts.throttled = stats.throttled;
	d->idle = !scan_is_free(&d->scan) && !stats.at_once; /* but for what users do */
	on_time(d);
	if (n > 0 && fds[5].revents)
		daemon_report(d);
}

/* ---- from beginning to end --------------------------------------------------------------------
 */

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int take_lock(struct daemon *d)
{
	if (!d->options->lock)
		return 0;
	d->lock_fd = service_lock(d->options->lock);
	if (d->lock_fd == -EEXIST)
		log_say(LOG_LEVEL_ERROR, "%s: another one is running", d->options->lock);
	else if (d->lock_fd < 0)
		log_say(LOG_LEVEL_ERROR, "%s: %s", d->options->lock, strerror(-d->lock_fd));
	return d->lock_fd < 0 ? d->lock_fd : 0;
}

static int open_status(struct daemon *d)
{
	if (!d->options->socket)
		return 0;
	d->status_fd = status_listen(d->options->socket);
	if (d->status_fd < 0) /* one can do without */
		log_say(LOG_LEVEL_WARNING, "%s: %s", d->options->socket, strerror(-d->status_fd));
	return 0;
}

/* Marks take CAP_SYS_ADMIN, which is kept only where there may have to be one. */
static int open_places(struct daemon *d)
{
	struct places_options o = d->options->places;

	if (o.back_end == PLACES_AUTO && !wants_marks(&d->config))
		o.back_end = PLACES_INOTIFY;
	return places_open(&d->places, &o, d->labeller, d->batch, &d->counts);
}

static int start(struct daemon *d)
{
	const struct daemon_options *o = d->options;
	struct lbl_status s;
	int r = read_config(o, &d->config);

	if (r == 0)
		r = take_lock(d);
	if (r == 0)
		r = batch_new(&d->batch, &o->limits);
	if (r == 0)
		r = reload_open(&d->reload, &o->config, labeller_rules_path(d->labeller));
	if (r == 0)
		r = open_places(d);
	if (r < 0)
		return r;
	d->scan.places = &d->places;
	d->users_fd = o->user ? -1 : users_watch();
	(void)open_status(d);
	r = service_drop_privileges(d->places.fanotify != NULL,
				    !lbl_policy_enabled(d->labeller->policy));
	if (r < 0) {
		log_say(LOG_LEVEL_ERROR, "privileges cannot be dropped: %s", strerror(-r));
		return r;
	}
	if (r > 0)
		log_say(LOG_LEVEL_WARNING, "the policy does not let privileges be dropped: those "
					   "that the unit leaves are kept");
	d->status_page = lbl_policy_status(d->labeller->policy, &s) == 0;
	if (d->status_page)
		d->policy_loads = s.policy_loads;
	labeller_digest(d->labeller, d->rules_digest);
	return retarget(d, &d->config);
}

static void end(struct daemon *d)
{
	service_notify("STOPPING=1");
	scan_done(&d->scan);
	places_close(&d->places);
	batch_free(d->batch);
	reload_free(d->reload);
	users_done(&d->users);
	config_done(&d->config);
	if (d->status_fd >= 0)
		(void)unlink(d->options->socket);
	close_fdp(&d->status_fd);
	close_fdp(&d->users_fd);
	close_fdp(&d->signal_fd);
	close_fdp(&d->lock_fd); /* last: nobody else begins before */
}

/* Decided before the rules are looked at: where SELinux is off they may be missing, or anything. */
static bool selinux_off(const struct daemon_options *o)
{
	struct lbl_policy_options po = {.size = sizeof(po), .policy_root = o->labels.policy_root};
	struct lbl_policy *policy;
	bool off;

	if (lbl_policy_open(&policy, &po) < 0)
		return access("/sys/fs/selinux/enforce", F_OK) < 0;
	off = !lbl_policy_enabled(policy);
	lbl_policy_free(policy);
	return off;
}

int daemon_run(const struct daemon_options *o)
{
	struct daemon d = {.options = o,
			   .lock_fd = -1,
			   .users_fd = -1,
			   .status_fd = -1,
			   .users_pace.every = USERS_EVERY_MS,
			   .mounts_pace.every = MOUNTS_EVERY_MS};
	int r;

	if (!o->even_if_disabled && selinux_off(o)) {
		log_say(LOG_LEVEL_INFO, "SELinux is disabled: nothing to do");
		return EXIT_SUCCESS;
	}
	d.started = d.now = now_ms();
	d.signal_fd = open_signals();
	if (d.signal_fd < 0)
		return EXIT_FAILURE;
	if (labeller_open(&d.labeller, &o->labels, &d.counts) < 0) {
		close_fdp(&d.signal_fd);
		return EXIT_FAILURE;
	}
	r = start(&d);
	while (r == 0 && !d.stop)
		turn(&d);
	if (r == 0)
		log_say(LOG_LEVEL_INFO, "ending: %llu relabelled",
			(unsigned long long)d.counts.relabelled);
	end(&d);
	labeller_free(d.labeller);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
