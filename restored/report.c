/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report: what the daemon tells at its status socket.
 */
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "util.h"

#define OFFENDERS 10

/* A lazy one is seen by way of the first above it that is not. */
static const char *back_end_of(const struct place *c)
{
	while (c->lazy && c->parent)
		c = c->parent;
	if (c->polled)
		return "scan";
	return c->fan_tree || c->fan_dir ? "fanotify" : "inotify";
}

/* Places at which entries are at their end, each with how it is watched. */
static void count_places(const struct daemon *d, struct status_entry *entries)
{
	const struct places *p = &d->places;

	for (size_t i = 0; i < p->n_numbers; i++) {
		const struct place *c = p->by_number[i];

		for (uint32_t k = 0; c && k < c->wants.n; k++) {
			const struct want *w = &c->wants.v[k];
			const struct target *t = &p->targets.v[w->target];
			struct status_entry *e = &entries[t->entry - d->config.entries];

			if (!want_is_final(&p->targets, w))
				continue;
			e->dirs++;
			if (strcmp(e->back_end, "scan") != 0)
				e->back_end = back_end_of(c);
		}
	}
}

static struct status_entry *make_entries(const struct daemon *d)
{
	struct status_entry *entries = calloc(d->config.n + 1, sizeof(*entries));

	if (!entries)
		return NULL;
	for (size_t i = 0; i < d->config.n; i++) {
		const struct config_entry *e = &d->config.entries[i];

		entries[i] = (struct status_entry){.text = e->text,
						   .file = e->file,
						   .line = e->line,
						   .back_end = e->exclude ? "excluded" : "waiting"};
	}
	count_places(d, entries);
	for (size_t i = 0; i < d->places.targets.n; i++) {
		const struct target *t = &d->places.targets.v[i];

		entries[t->entry - d->config.entries].relabelled += t->relabelled;
		if (t->exclude)
			entries[t->entry - d->config.entries].back_end = "excluded";
	}
	return entries;
}

/* The places with most wrong labels, most first. */
static size_t find_offenders(const struct places *p, const struct place **worst)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_numbers; i++) {
		const struct place *c = p->by_number[i];
		size_t at = n < OFFENDERS ? n : OFFENDERS - 1;

		if (!c || !c->relabelled ||
		    (n == OFFENDERS && worst[at]->relabelled >= c->relabelled))
			continue;
		n += n < OFFENDERS;
		for (; at && worst[at - 1]->relabelled < c->relabelled; at--)
			worst[at] = worst[at - 1];
		worst[at] = c;
	}
	return n;
}

void daemon_report(struct daemon *d)
{
	_cleanup_free_ struct status_entry *entries = make_entries(d);
	_cleanup_free_ char *paths = malloc((size_t)OFFENDERS * PATH_MAX);
	const struct place *worst[OFFENDERS];
	struct status_offender offenders[OFFENDERS];
	struct batch_stats stats;
	struct status_report r = {
		.counts = &d->counts,
		.entries = entries,
		.n_entries = entries ? d->config.n : 0,
		.offenders = offenders,
		.rules = labeller_rules_path(d->labeller),
		.config = d->config.n_files ? d->config.files[0] : "",
		.uptime_s = (d->now - d->started) / 1000,
		.events_per_s = status_rate(&d->rate, d->counts.events, d->now),
		.selinux_enabled = lbl_policy_enabled(d->labeller->policy),
	};

	r.n_offenders = paths ? find_offenders(&d->places, worst) : 0;
	for (size_t i = 0; i < r.n_offenders; i++) {
		const char *path = place_path(worst[i], paths + i * PATH_MAX);

		offenders[i] = (struct status_offender){
			.dir = path ? path : "?",
			.relabelled = worst[i]->relabelled,
			.comm = worst[i]->comm[0] ? worst[i]->comm : NULL,
			.pid = worst[i]->pid,
		};
	}
	snprintf(r.rules_digest, sizeof(r.rules_digest), "%s", d->rules_digest);
	batch_stats(d->batch, &stats);
	r.waiting = stats.waiting;
	status_answer(d->status_fd, &r);
}
