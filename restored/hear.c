/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hear.h"

#include <string.h>

#include "daemon.h"
#include "log.h"
#include "reload.h"
#include "util.h"

#define EVENTS_A_TURN 4096

/* Return whether it is time to try another one. */
static bool on_read_error(struct daemon *d, const char *what, struct patience *patience, int error)
{
	unsigned failures = patience_failed(patience, d->now);

	if (failures == 1)
		log_say(LOG_LEVEL_ERROR, "%s: events cannot be read: %s", what, strerror(-error));
	return failures % PATIENCE_TRIES == 0;
}

static void hear_back_end(struct daemon *d, const struct watch_ops *ops, struct watch *watch,
			  struct patience *patience)
{
	int r;

	if (!watch || patience_wait_ms(patience, d->now) >= 0)
		return;
	r = places_read(&d->places, ops, watch, EVENTS_A_TURN);
	if (r < 0) { /* whether another one helps is told by the next reading */
		if (on_read_error(d, ops->name, patience, r) && places_reopen(&d->places, ops) == 0)
			log_say(LOG_LEVEL_WARNING,
				"%s is begun anew: all entries are looked at again", ops->name);
		return;
	}
	d->again |= r == EVENTS_A_TURN;
	d->places.lost |= patience->failures > 0;
	patience_ok(patience);
}

void hear_events(struct daemon *d)
{
	struct places *p = &d->places;

	d->again = false;
	hear_back_end(d, &watch_inotify, p->inotify, &d->inotify_patience);
	hear_back_end(d, &watch_fanotify, p->fanotify, &d->fanotify_patience);
}

void hear_changes(struct daemon *d)
{
	int r = reload_read(d->reload, d->now);

	if (r == 0)
		patience_ok(&d->reload_patience);
	else if (on_read_error(d, "config and rules", &d->reload_patience, r) &&
		 reload_reopen(d->reload, d->now) == 0)
		log_say(LOG_LEVEL_WARNING, "config and rules are watched anew, and read again");
}

int hear_logins(struct daemon *d)
{
	int fd, r = users_watch_drain(d->users_fd);

	if (r == 0) {
		patience_ok(&d->users_patience);
		return 0;
	}
	if (!on_read_error(d, "logins", &d->users_patience, r))
		return r;
	fd = users_watch();
	if (fd < 0)
		return r;
	close_fdp(&d->users_fd);
	d->users_fd = fd;
	log_say(LOG_LEVEL_WARNING, "logins are watched anew");
	return 0;
}
