/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "places.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "batch.h"
#include "config.h"
#include "hash.h"
#include "labeller.h"
#include "log.h"
#include "status.h"
#include "util.h"

#define LAZY_LIMIT    4096
#define FULL_MS	      100
#define EVENTS_A_LOOK 32 /* at the clock */

/* ---- the table --------------------------------------------------------------------------------
 */

struct place *place_get(const struct places *p, uint32_t number)
{
	return number < p->n_numbers ? p->by_number[number] : NULL;
}

static struct place **bucket(const struct places *p, const struct place *parent, const char *name)
{
	uint64_t h = hash_name(p->seed, (uintptr_t)parent, name, strlen(name));

	return &p->buckets[h & (p->n_buckets - 1)];
}

struct place *place_child(const struct places *p, const struct place *parent, const char *name)
{
	struct place *c = *bucket(p, parent, name);

	while (c && (c->parent != parent || strcmp(c->name, name) != 0))
		c = c->chain;
	return c;
}

static int grow_buckets(struct places *p)
{
	size_t n = p->n_buckets ? p->n_buckets * 2 : 256;
	struct place **buckets = calloc(n, sizeof(struct place *)), **b;

	if (!buckets)
		return -ENOMEM;
	free(p->buckets);
	p->buckets = buckets;
	p->n_buckets = n;
	for (size_t i = 0; i < p->n_numbers; i++) {
		struct place *c = p->by_number[i];

		if (!c)
			continue;
		b = bucket(p, c->parent, c->name);
		c->chain = *b;
		*b = c;
	}
	return 0;
}

static int take_number(struct places *p, uint32_t *ret_number)
{
	if (p->n_unused) {
		*ret_number = p->unused[--p->n_unused];
		return 0;
	}
	if (p->n_numbers == UINT32_MAX - 1 ||
	    array_reserve(&p->by_number, &p->cap_numbers, p->n_numbers + 1,
			  sizeof(struct place *)) < 0)
		return -ENOMEM;
	p->by_number[p->n_numbers] = NULL;
	*ret_number = (uint32_t)p->n_numbers++;
	return 0;
}

int place_set_wants(struct place *c, const struct want *wants, uint32_t n)
{
	struct want *v = malloc((n ? n : 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	memcpy(v, wants, n * sizeof(*v));
	free(c->wants.v);
	c->wants = (struct wants){v, n};
	return 0;
}

struct place *place_new(struct places *p, struct place *parent, const char *name, uint32_t n_wants)
{
	size_t len = strlen(name);
	struct place *c = calloc(1, sizeof(*c) + len + 1), **b;

	if (!c)
		return NULL;
	memcpy(c->name, name, len + 1);
	if ((p->n >= p->n_buckets && grow_buckets(p) < 0) ||
	    place_set_wants(c, p->scratch, n_wants) < 0 || take_number(p, &c->number) < 0) {
		free(c->wants.v);
		free(c);
		return NULL;
	}
	c->depth = parent ? parent->depth + 1 : 0;
	c->uid = parent ? parent->uid : 0;
	c->parent = parent;
	c->serial = ++p->serial;
	if (parent) {
		c->next = parent->child;
		if (c->next)
			c->next->prev = c;
		parent->child = c;
	}
	b = bucket(p, parent, name);
	c->chain = *b;
	*b = c;
	p->by_number[c->number] = c;
	p->n++;
	p->lost |= batch_know(p->batch, c->number, c->uid, place_cost(c)) < 0;
	if (p->n > p->counts->directories)
		p->counts->directories = p->n;
	return c;
}

static void place_free(struct places *p, struct place *c)
{
	struct place **b = bucket(p, c->parent, c->name);

	if (c->lazy && c->relabelled) { /* the tree remembers */
		c->parent->relabelled += c->relabelled;
		if (c->pid) {
			c->parent->pid = c->pid;
			memcpy(c->parent->comm, c->comm, sizeof(c->comm));
		}
	}
	place_watch_stop(p, c);
	place_close(p, c);
	p->n_scanning -= c->scanning;
	batch_drop(p->batch, c->number);
	while (*b != c)
		b = &(*b)->chain;
	*b = c->chain;
	if (c->prev)
		c->prev->next = c->next;
	else if (c->parent)
		c->parent->child = c->next;
	if (c->next)
		c->next->prev = c->prev;
	p->by_number[c->number] = NULL;
	if (array_reserve(&p->unused, &p->cap_unused, p->n_unused + 1, sizeof(*p->unused)) == 0)
		p->unused[p->n_unused++] = c->number; /* else: that number is lost, no more */
	p->n--;
	free(c->wants.v);
	free(c);
}

void place_drop(struct places *p, struct place *top)
{
	struct place *c = top;

	for (;;) { /* leaves first */
		struct place *parent = c->parent;
		bool last = c == top;

		if (c->child) {
			c = c->child;
			continue;
		}
		if (last && c == p->root)
			p->root = NULL;
		place_free(p, c);
		if (last)
			return;
		c = parent;
	}
}

const char *place_path(const struct place *c, char path[PATH_MAX])
{
	size_t at = PATH_MAX - 1;

	path[at] = '\0';
	for (; c->parent; c = c->parent) {
		size_t len = strlen(c->name);

		if (len + 1 > at)
			return NULL;
		at -= len;
		memcpy(path + at, c->name, len);
		path[--at] = '/';
	}
	if (!path[at])
		path[--at] = '/';
	return memmove(path, path + at, PATH_MAX - at);
}

/* ---- going down and up ------------------------------------------------------------------------
 */

void place_scan(struct places *p, struct place *c, bool deep, bool free)
{
	c->deep |= deep;
	c->free_of_charge |= free;
	if (c->scanning)
		c->again = true;
	else if (batch_scan(p->batch, c->number, free, p->now) < 0)
		p->lost = true;
}

void place_owner(struct places *p, struct place *c, uid_t uid)
{
	if (c->uid == uid)
		return;
	c->uid = uid;
	p->lost |= batch_know(p->batch, c->number, uid, place_cost(c)) < 0;
}

int place_failed(struct places *p, int error)
{
	if (error == -ENOMEM || error == -EMFILE || error == -ENFILE)
		p->lost = true;
	return error;
}

int place_enter(struct places *p, struct place *c, const char *name, bool recheck,
		struct place **ret_child)
{
	uint32_t n = wants_advance(&p->targets, &c->wants, name, p->scratch);
	struct place *child = place_child(p, c, name);
	int r;

	*ret_child = NULL;
	if (child && (n == 0 || (recheck && !place_is_same(p, child)))) {
		place_drop(p, child);
		child = NULL;
	}
	if (n == 0)
		return 0;
	if (child && child->lazy && !place_leads_to_lazy(c)) {
		r = place_watch_start(p, child);
		if (r < 0) {
			place_drop(p, child);
			return place_failed(p, r);
		}
		*ret_child = child;
		if (!child->lazy)
			return 1;
	}
	if (child) {
		*ret_child = child;
		if (child->wants.n == n &&
		    memcmp(child->wants.v, p->scratch, n * sizeof(*p->scratch)) == 0)
			return 0;
		if (place_set_wants(child, p->scratch, n) < 0)
			return place_failed(p, -ENOMEM);
		place_watch_settle(p, child);
		return 1;
	}
	if (!place_may_enter(p, c, name, p->scratch, n))
		return 0;
	child = place_new(p, c, name, n);
	if (!child)
		return place_failed(p, -ENOMEM);
	r = place_watch_start(p, child);
	if (r < 0) {
		place_drop(p, child);
		return place_failed(p, r);
	}
	*ret_child = child;
	return 1;
}

void place_enter_known(struct places *p, struct place *c, bool deep, bool free)
{
	bool missing = false, told = false;

	for (uint32_t i = 0; i < c->wants.n; i++) {
		const struct want *w = &c->wants.v[i];
		const struct target *t = &p->targets.v[w->target];
		struct place *child;
		int r;

		if (want_is_final(&p->targets, w) || t->exclude || t->components[w->depth].pattern)
			continue;
		r = place_enter(p, c, t->components[w->depth].text, deep, &child);
		if (r == 1 || (child && deep))
			place_scan(p, child, deep, free);
		missing |= r < 0;
		if (r < 0 && r != -ENOENT && r != -ESTALE && !told) {
			log_often("%s:%u: cannot watch \"%s\": %s", t->entry->file, t->entry->line,
				  t->components[w->depth].text,
				  r == -ELOOP || r == -ENOTDIR ? "it is a link, or no directory"
							       : strerror(-r));
			told = true;
		}
	}
	if (c->missing != missing) {
		c->missing = missing;
		place_watch_settle(p, c);
		if (missing) /* between the look and the watch it may have come */
			place_enter_known(p, c, deep, free);
	}
}

void place_gone(struct places *p, struct place *c)
{
	struct place *parent = c->parent, *next;
	char name[NAME_MAX + 1];
	bool lazy = c->lazy;

	if (!parent)
		return;
	snprintf(name, sizeof(name), "%s", c->name);
	place_drop(p, c);
	if (!lazy) {
		batch_charge(p->batch, parent->number, ENTER_COST, p->now);
		if (place_enter(p, parent, name, false, &next) == 1)
			place_scan(p, next, false, false);
	}
	place_enter_known(p, parent, false, false);
}

/* ---- labelling --------------------------------------------------------------------------------
 */

static void remember_maker(struct place *c, int pid)
{
	char path[32];
	FILE *f;

	c->pid = pid;
	c->comm[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(c->comm, sizeof(c->comm), f))
		c->comm[strcspn(c->comm, "\n")] = '\0';
	fclose(f);
}

void place_label(struct places *p, struct place *c, const char *name, int pid)
{
	struct target *t = wants_name(&p->targets, &c->wants, name);
	struct lbl_dir *dir;
	int r;

	if (!t)
		return;
	r = place_dir(p, c, &dir);
	if (r == -ENOENT || r == -ESTALE || r == -ENOTDIR || r == -ELOOP) {
		place_gone(p, c);
		return;
	}
	if (place_failed(p, r) < 0)
		return;
	if (place_is_mount_point(p, c, name))
		return;
	if (labeller_entry(p->labeller, dir, name, pid) != 1)
		return;
	t->relabelled++;
	c->relabelled++;
	if (pid)
		remember_maker(c, pid);
}

/* ---- lazy places ------------------------------------------------------------------------------
 */

enum forget { IDLE, RESTING, ALL };

static bool is_forgettable(const struct places *p, const struct place *c, enum forget how)
{
	if (!c->lazy || c->child || c->scanning)
		return false;
	if (how == ALL || !batch_waits(p->batch, c->number))
		return true;
	return how == RESTING && batch_ready(p->batch, c->number, p->now) > p->now;
}

static void forget_lazy(struct places *p, enum forget how)
{
	for (size_t i = 0; i < p->n_numbers; i++) {
		struct place *c = p->by_number[i];

		while (c && is_forgettable(p, c, how)) {
			struct place *parent = c->parent;

			p->lost |= batch_waits(p->batch, c->number);
			place_drop(p, c);
			c = parent;
		}
	}
}

/*
 * Is there room for more of them?  Those on the way of a scan do not count: they are bounded by
 * themselves.
 */
static bool has_room(struct places *p)
{
	size_t most = p->options.max_lazy + p->n_scanning;

	if (p->n_lazy < most)
		return true;
	if (p->now < p->full_until)
		return false;
	for (enum forget how = IDLE; how <= ALL; how++) {
		forget_lazy(p, how);
		if (p->n_lazy < most - p->options.max_lazy / 8) /* not soon again */
			return true;
	}
	p->full_until = p->now + FULL_MS;
	return p->n_lazy < most;
}

/* ---- events -----------------------------------------------------------------------------------
 */

/* The place at @below ("a/b") in a tree. */
static struct place *find_below(struct places *p, struct place *c, const char *below)
{
	char name[NAME_MAX + 1];

	while (c && *below) {
		size_t len = strcspn(below, "/");
		struct place *child = NULL;

		if (len > NAME_MAX)
			return NULL;
		memcpy(name, below, len);
		name[len] = '\0';
		if (place_enter(p, c, name, false, &child) < 0)
			return NULL;
		c = child;
		below += len + (below[len] == '/');
	}
	return c;
}

static void on_directory(struct places *p, struct place *c, const struct watch_event *e)
{
	bool lazy = c->lazy || c->fan_tree;
	struct place *child;
	int r;

	if (lazy) {
		/* what is known by that name is another directory, and may still be held open */
		child = place_child(p, c, e->name);
		if (child && child->lazy)
			place_drop(p, child);
		if (!(e->what & WATCH_MOVED))
			return; /* all that comes to be in it is told */
	}
	if (!batch_take(p->batch, c->number, ENTER_COST, p->now)) {
		place_scan(p, c, false, false); /* who makes so many has to wait for his turn */
		return;
	}
	r = place_enter(p, c, e->name, true, &child);
	if (r == 1 || (lazy && child))
		place_scan(p, child, lazy, false);
	if (c->missing)
		place_enter_known(p, c, false, false);
}

static void on_event(struct places *p, const struct watch_event *e)
{
	struct place *c;

	if (e->what & WATCH_OVERFLOW) {
		p->counts->overflows++;
		p->lost = true;
		return;
	}
	c = place_get(p, e->dir);
	if (!c)
		return;
	if (e->what & WATCH_GONE) {
		/* moved within a tree it is two places for a moment: the old and the new one */
		if (!(e->what & WATCH_MOVED) || !place_is_same(p, c))
			place_gone(p, c);
		return;
	}
	p->counts->events++;
	if ((*e->below || e->what & WATCH_IS_DIR) && !has_room(p)) {
		p->lost = true;
		return;
	}
	c = find_below(p, c, e->below);
	if (!c)
		return;
	if (e->owner >= 0)
		place_owner(p, c, (uid_t)e->owner);
	if (e->what & WATCH_IS_DIR && e->what & WATCH_NAME)
		on_directory(p, c, e);
	if (wants_name(&p->targets, &c->wants, e->name) &&
	    batch_add(p->batch, c->number, e->name, e->pid, p->now) < 0)
		p->lost = true;
}

bool places_turn_is_over(const struct places *p)
{
	return now_ms() >= p->turn_ends;
}

int places_read(struct places *p, const struct watch_ops *ops, struct watch *watch, unsigned most)
{
	struct watch_event e;
	unsigned n = 0;
	int r = 0;

	while (n < most && (r = ops->next(watch, &e)) > 0) {
		on_event(p, &e);
		if (++n % EVENTS_A_LOOK == 0 && places_turn_is_over(p))
			return (int)most;
	}
	return r < 0 ? r : (int)n;
}

/* ---- all of them ------------------------------------------------------------------------------
 */

void places_rescan(struct places *p)
{
	if (!p->root)
		places_make_root(p);
	if (p->root)
		place_scan(p, p->root, true, true);
}

void places_end_free(struct places *p)
{
	for (size_t i = 0; i < p->n_numbers; i++)
		if (p->by_number[i])
			p->by_number[i]->free_of_charge = false;
	batch_scans_wait_their_turn(p->batch);
}

void places_rescan_polled(struct places *p)
{
	for (size_t i = 0; i < p->n_numbers; i++)
		if (p->by_number[i] && p->by_number[i]->polled)
			place_scan(p, p->by_number[i], true, false);
}

void places_collect(struct places *p)
{
	if (p->n_lazy <= p->lazy_limit)
		return;
	forget_lazy(p, IDLE);
	p->lazy_limit = p->n_lazy * 2 > LAZY_LIMIT ? p->n_lazy * 2 : LAZY_LIMIT;
}

void places_relabel(struct places *p, struct labeller *labeller)
{
	while (p->oldest)
		place_close(p, p->oldest);
	p->labeller = labeller;
}

int places_reopen(struct places *p, const struct watch_ops *ops)
{
	struct watch **watch = ops == &watch_inotify ? &p->inotify : &p->fanotify, *new;
	int r = ops->open(&new, &p->mounts);

	if (r < 0)
		return r;
	if (p->root)
		place_drop(p, p->root); /* and with it all that the old one watched */
	ops->free(*watch);
	*watch = new;
	places_rescan(p);
	return 0;
}

/* ---- the object -------------------------------------------------------------------------------
 */

int places_open(struct places *p, const struct places_options *options, struct labeller *labeller,
		struct batch *batch, struct status_counts *counts)
{
	int r;

	*p = (struct places){.options = *options,
			     .labeller = labeller,
			     .batch = batch,
			     .counts = counts,
			     .lazy_limit = LAZY_LIMIT,
			     .seed = hash_seed(),
			     .now = now_ms()};
	r = grow_buckets(p);
	if (r == 0)
		r = mountmap_open(&p->mounts, NULL);
	if (r == 0) /* its table must not be the older one */
		r = labeller_remount(labeller);
	if (r < 0) {
		log_say(LOG_LEVEL_ERROR, "mounts: %s", strerror(-r));
		return r;
	}
	r = watch_inotify.open(&p->inotify, &p->mounts);
	if (r < 0) {
		log_say(LOG_LEVEL_ERROR, "inotify: %s", strerror(-r));
		return r;
	}
	if (options->back_end == PLACES_INOTIFY)
		return 0;
	r = watch_fanotify.open(&p->fanotify, &p->mounts);
	if (r < 0)
		log_say(options->back_end == PLACES_FANOTIFY ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
			"fanotify cannot be used: %s; inotify is", strerror(-r));
	return 0;
}

void places_close(struct places *p)
{
	if (p->root)
		place_drop(p, p->root);
	watch_inotify.free(p->inotify);
	watch_fanotify.free(p->fanotify);
	mountmap_close(&p->mounts);
	targets_done(&p->targets);
	free(p->scratch);
	free(p->by_number);
	free(p->buckets);
	free(p->unused);
	*p = (struct places){0};
}
