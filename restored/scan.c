/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "labeller.h"
#include "log.h"
#include "places.h"
#include "status.h"
#include "util.h"

#define CHEAPER 4  /* so many names of a scan cost as much as one that an event told of */
#define ROUND	32 /* names of one walk before it is the next one's turn */

/* ---- levels -----------------------------------------------------------------------------------
 */

static struct scan_level *top_of(const struct scan_walk *w)
{
	return &w->levels[w->n - 1];
}

/* The place of a level, if it is still there. */
static struct place *place_of(const struct scan *s, const struct scan_level *f)
{
	struct place *c = place_get(s->places, f->number);

	return c && c->serial == f->serial ? c : NULL;
}

static void pay(struct scan *s, struct scan_level *f)
{
	struct place *c = f->free_of_charge ? NULL : place_of(s, f);

	if (c && f->seen >= CHEAPER)
		batch_charge(s->places->batch, c->number, f->seen / CHEAPER, s->places->now);
	f->seen %= CHEAPER;
}

static void close_listing(struct scan *s, struct scan_level *f)
{
	if (!f->d)
		return;
	closedir(f->d);
	f->d = NULL;
	s->n_open--;
}

static void pop(struct scan *s, struct scan_walk *w)
{
	struct scan_level *f = top_of(w);
	struct place *c = place_of(s, f);
	struct places *p = s->places;
	bool again = f->changed;

	pay(s, f);
	close_listing(s, f);
	w->n--;
	if (w->open > w->n)
		w->open = w->n;
	if (!c)
		return;
	c->scanning = false;
	p->n_scanning--;
	if (again || c->again) {
		c->again = false;
		place_scan(p, c, again && f->deep, c->free_of_charge);
	}
	if (c->lazy && !c->child && !batch_waits(p->batch, c->number))
		place_drop(p, c);
}

static bool push(struct scan *s, struct scan_walk *w, const struct scan_level *f, struct place *c)
{
	if (array_reserve(&w->levels, &w->cap, w->n + 1, sizeof(*f)) < 0)
		return false;
	w->levels[w->n++] = *f;
	c->scanning = true;
	s->places->n_scanning++;
	return true;
}

/* Close a listing that is not needed now: the highest one of the walk that has most of them. */
static void close_one(struct scan *s)
{
	struct scan_walk *most = NULL;
	struct scan_level *f;
	struct stat st;

	for (struct scan_walk *w = s->walks; w < s->walks + SCAN_WALKS; w++) {
		while (w->open < w->n && !w->levels[w->open].d)
			w->open++;
		if (w->open < w->n && (!most || w->n - w->open > most->n - most->open))
			most = w;
	}
	if (!most)
		return;
	f = &most->levels[most->open++];
	f->at = telldir(f->d);
	if (fstat(dirfd(f->d), &st) == 0) {
		f->mtime = st.st_mtim;
		f->dev = st.st_dev;
		f->ino = st.st_ino;
	}
	close_listing(s, f);
}

static DIR *open_listing(struct scan *s, struct place *c)
{
	struct places *p = s->places;
	struct lbl_dir *dir;
	int fd = place_dir(p, c, &dir);
	DIR *d;

	if (fd == -EXDEV) { /* nothing to be labelled, but it may lead on */
		char path[PATH_MAX];

		fd = place_path(c, path) ? place_open_path(p, path) : -ENAMETOOLONG;
	} else if (fd == 0) {
		fd = openat(lbl_dir_fd(dir), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return NULL;
	}
	if (++s->n_open > SCAN_OPEN)
		close_one(s);
	return d;
}

static void not_opened(struct places *p, struct place *c, int error)
{
	if (error == ENOENT || error == ESTALE || error == ENOTDIR || error == ELOOP)
		place_gone(p, c);
	else
		log_often("\"%s\" cannot be read: %s", c->name, strerror(-place_failed(p, -error)));
}

/* Open the top level again, where it was closed.  It may be another directory now. */
static bool open_again(struct scan *s, struct scan_walk *w, struct place *c)
{
	struct scan_level *f = top_of(w);
	DIR *d = open_listing(s, c);
	struct stat st;

	if (!d) {
		not_opened(s->places, c, errno);
		return false;
	}
	f->d = d;
	w->open = w->n - 1;
	if (fstat(dirfd(d), &st) < 0 || st.st_dev != f->dev || st.st_ino != f->ino || f->at < 0) {
		f->changed = true;
		return false;
	}
	f->changed |=
		st.st_mtim.tv_sec != f->mtime.tv_sec || st.st_mtim.tv_nsec != f->mtime.tv_nsec;
	seekdir(d, f->at);
	return true;
}

/* ---- directories ------------------------------------------------------------------------------
 */

/* Names that are wanted by their very text need no listing. */
static void label_known(struct places *p, struct place *c)
{
	for (uint32_t i = 0; i < c->wants.n; i++) {
		const struct want *w = &c->wants.v[i];
		const struct target *t = &p->targets.v[w->target];
		uint64_t serial = c->serial;
		uint32_t number = c->number;

		if (!want_is_final(&p->targets, w) || !t->literal)
			continue;
		place_label(p, c, t->pattern, 0);
		c = place_get(p, number);
		if (!c || c->serial != serial)
			return;
	}
}

/* Does it belong to somebody else than the directory that the walk comes from, and may it wait? */
static bool is_anothers(const struct scan *s, const struct scan_walk *w, const struct place *c)
{
	const struct place *up = w->n ? place_of(s, top_of(w)) : NULL;

	return up && up->uid != c->uid && s->places->n_lazy < s->places->options.max_lazy / 2;
}

/* One more level of @w, for @c. */
static void descend(struct scan *s, struct scan_walk *w, struct place *c, bool deep, bool free)
{
	struct places *p = s->places;
	struct scan_level f = {
		.serial = c->serial, .number = c->number, .deep = deep, .free_of_charge = free};
	bool lazy;

	p->counts->scans++;
	if (c->polled)
		place_watch_retry(p, c);
	lazy = place_leads_to_lazy(c);
	if (!lazy)
		place_enter_known(p, c, deep, free);
	if (c->automount) {
		place_enter_mounts(p, c, deep, free);
		return;
	}
	f.listing = wants_kind(&p->targets, &c->wants) & WANTS_PATTERN;
	if (f.listing) {
		f.d = open_listing(s, c);
		if (!f.d) {
			not_opened(p, c, errno);
			return;
		}
		place_watch_mount(p, c);
	} else {
		label_known(p, c);
	}
	c = place_of(s, &f);
	if (c && f.listing && is_anothers(s, w, c)) {
		place_scan(p, c, deep, free);
	} else if (c && (f.listing || lazy)) {
		if (push(s, w, &f, c))
			return;
		p->lost = true;
	}
	close_listing(s, &f);
}

static void enter(struct scan *s, struct scan_walk *w, struct place *c, const char *name)
{
	struct scan_level *f = top_of(w);
	struct places *p = s->places;
	bool deep = f->deep, free = f->free_of_charge;
	struct place *child;
	int r = place_enter(p, c, name, deep, &child);

	if (r < 0 && r != -ENOENT && r != -ESTALE && r != -ENOTDIR && r != -ELOOP)
		log_often("\"%s\" in \"%s\" cannot be watched: %s", name, c->name, strerror(-r));
	if (r == 1)
		f->seen += ENTER_COST * CHEAPER * place_cost(c);
	if (!child || (r == 0 && !deep && !child->lazy))
		return;
	if (child->scanning)
		place_scan(p, child, deep, free);
	else
		descend(s, w, child, deep, free);
}

void scan_begin(struct scan *s, struct place *c)
{
	struct scan_walk *w = s->walks;
	bool deep = c->deep, free = c->free_of_charge;
	unsigned owner = batch_owner(s->places->batch, c->number);

	c->deep = c->free_of_charge = false;
	while (w < s->walks + SCAN_WALKS && w->n)
		w++;
	if (c->scanning || w == s->walks + SCAN_WALKS) {
		place_scan(s->places, c, deep, free); /* once more, then */
	} else {
		w->owner = owner;
		descend(s, w, c, deep, free);
		if (w->n) {
			s->n++;
			return;
		}
	}
	batch_scan_ends(s->places->batch, owner);
}

/* ---- names ------------------------------------------------------------------------------------
 */

static bool is_directory(int dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static void look(struct scan *s, struct scan_walk *w, struct place *c, const struct dirent *d)
{
	struct scan_level *f = top_of(w);

	f->seen++;
	place_label(s->places, c, d->d_name, 0);
	c = place_of(s, f);
	if (!c)
		return; /* it went; the next step sees */
	if ((wants_kind(&s->places->targets, &c->wants) & WANTS_SUBDIRS ||
	     place_leads_to_lazy(c)) &&
	    is_directory(dirfd(f->d), d))
		enter(s, w, c, d->d_name);
}

/* The next directory that is wanted by its very name. */
static bool look_at_want(struct scan *s, struct scan_walk *w, struct place *c)
{
	struct scan_level *f = top_of(w);
	const struct targets *ts = &s->places->targets;

	while (f->want < c->wants.n) {
		const struct want *v = &c->wants.v[f->want++];
		const struct target *t = &ts->v[v->target];

		if (want_is_final(ts, v) || t->exclude || t->components[v->depth].pattern)
			continue;
		f->seen++;
		enter(s, w, c, t->components[v->depth].text);
		return true;
	}
	return false;
}

/* One name of the top level.  False: it is done with. */
static bool look_at_next(struct scan *s, struct scan_walk *w)
{
	struct scan_level *f = top_of(w);
	struct place *c = place_of(s, f);
	const struct dirent *d;

	if (!c)
		return false;
	if (!f->listing)
		return look_at_want(s, w, c);
	if (!f->d && !open_again(s, w, c))
		return false;
	d = readdir(f->d);
	if (d && strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
		look(s, w, c, d);
	return d;
}

/* ---- walks ------------------------------------------------------------------------------------
 */

/* When may it go on? */
static uint64_t ready_at(const struct scan *s, const struct scan_walk *w)
{
	const struct scan_level *f = top_of(w);

	return f->free_of_charge ? 0 : batch_ready(s->places->batch, f->number, s->places->now);
}

static void walk_step(struct scan *s, struct scan_walk *w, unsigned most)
{
	while (w->n && most--)
		if (!look_at_next(s, w))
			pop(s, w);
	if (w->n) {
		pay(s, top_of(w));
		return;
	}
	s->n--;
	batch_scan_ends(s->places->batch, w->owner);
	free(w->levels);
	*w = (struct scan_walk){0};
}

void scan_step(struct scan *s, unsigned most)
{
	unsigned passed = 0; /* since one could go on */

	for (unsigned n = 0; s->n && n < most && passed < SCAN_WALKS;) {
		struct scan_walk *w = &s->walks[s->turn++ % SCAN_WALKS];

		if (!w->n || ready_at(s, w) > s->places->now) {
			passed++;
			continue;
		}
		walk_step(s, w, ROUND);
		n += ROUND;
		passed = 0;
		if (places_turn_is_over(s->places))
			return;
	}
}

int scan_wait_ms(const struct scan *s)
{
	uint64_t now = s->places->now, earliest = UINT64_MAX;

	for (const struct scan_walk *w = s->walks; s->n && w < s->walks + SCAN_WALKS; w++) {
		uint64_t at = w->n ? ready_at(s, w) : UINT64_MAX;

		if (at < earliest)
			earliest = at;
	}
	if (earliest == UINT64_MAX)
		return -1;
	if (earliest <= now)
		return 0;
	return earliest - now < INT_MAX ? (int)(earliest - now) : INT_MAX;
}

bool scan_is_free(const struct scan *s)
{
	for (const struct scan_walk *w = s->walks; s->n && w < s->walks + SCAN_WALKS; w++)
		if (w->n && w->levels[0].free_of_charge)
			return true;
	return false;
}

void scan_end_free(struct scan *s)
{
	for (struct scan_walk *w = s->walks; s->n && w < s->walks + SCAN_WALKS; w++)
		for (size_t i = 0; i < w->n; i++)
			w->levels[i].free_of_charge = false;
	places_end_free(s->places);
}

void scan_done(struct scan *s)
{
	for (struct scan_walk *w = s->walks; w < s->walks + SCAN_WALKS; w++) {
		while (w->n)
			pop(s, w);
		free(w->levels);
		*w = (struct scan_walk){0};
	}
	s->n = 0;
}
