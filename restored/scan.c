/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "labeller.h"
#include "log.h"
#include "places.h"
#include "status.h"
#include "util.h"

#define CHEAPER 4 /* so many names of a scan cost as much as one that an event told of */

/* ---- frames -----------------------------------------------------------------------------------
 */

/* The place of the top frame, if it is still there. */
static struct place *top_place(const struct scan *s)
{
	const struct scan_frame *f = &s->frames[s->n - 1];
	struct place *c = place_get(s->places, f->number);

	return c && c->serial == f->serial ? c : NULL;
}

static void pop(struct scan *s)
{
	struct scan_frame *f = &s->frames[s->n - 1];
	struct place *c = top_place(s);

	if (f->d)
		closedir(f->d);
	s->n--;
	if (!c)
		return;
	c->scanning--;
	if (!f->free_of_charge)
		batch_charge(s->places->batch, c->number, f->seen / CHEAPER, s->places->now);
	if (c->lazy && !c->child && !batch_waits(s->places->batch, c->number))
		place_drop(s->places, c);
}

static DIR *open_listing(struct places *p, struct place *c)
{
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
	if (!d)
		close(fd);
	return d;
}

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
		place_label(p, c, t->pattern);
		c = place_get(p, number);
		if (!c || c->serial != serial)
			return;
	}
}

bool scan_begin(struct scan *s, struct place *c)
{
	struct places *p = s->places;
	bool deep = c->deep, free = c->free_of_charge;
	uint64_t serial = c->serial;
	uint32_t number = c->number;
	DIR *d;

	c->deep = c->free_of_charge = false;
	if (s->n == SCAN_FRAMES) {
		place_scan(p, c, deep, free);
		return false;
	}
	p->counts->scans++;
	if (c->polled)
		place_watch_settle(p, c);
	place_enter_known(p, c, deep, free);
	if (c->automount) {
		place_enter_mounts(p, c, deep, free);
		return true;
	}
	if (!(wants_kind(&p->targets, &c->wants) & WANTS_PATTERN)) {
		label_known(p, c);
		return true;
	}
	d = open_listing(p, c);
	if (!d) {
		int error = errno;

		if (error == ENOENT || error == ESTALE || error == ENOTDIR || error == ELOOP)
			place_gone(p, c);
		else
			log_often("\"%s\" cannot be read: %s", c->name,
				  strerror(-place_failed(p, -error)));
		return true;
	}
	place_watch_mount(p, c);
	c = place_get(p, number);
	if (!c || c->serial != serial) {
		closedir(d);
		return true;
	}
	c->scanning++;
	s->frames[s->n++] = (struct scan_frame){
		.serial = serial, .number = number, .d = d, .deep = deep, .free_of_charge = free};
	return true;
}

/* ---- names ------------------------------------------------------------------------------------
 */

static bool is_directory(const struct scan_frame *f, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return fstatat(dirfd(f->d), d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static void enter(struct scan *s, struct place *c, const char *name)
{
	struct scan_frame *f = &s->frames[s->n - 1];
	struct places *p = s->places;
	bool deep = f->deep, free = f->free_of_charge;
	struct place *child;
	int r = place_enter(p, c, name, deep, &child);

	if (r < 0 && r != -ENOENT && r != -ESTALE && r != -ENOTDIR && r != -ELOOP)
		log_often("\"%s\" in \"%s\" cannot be watched: %s", name, c->name, strerror(-r));
	if (r == 1)
		f->seen += (size_t)ENTER_COST * CHEAPER;
	if (!child || (r == 0 && !deep && !child->lazy))
		return;
	child->deep |= deep;
	child->free_of_charge |= free;
	if (s->n < SCAN_FRAMES)
		(void)scan_begin(s, child);
	else
		place_scan(p, child, deep, free);
}

static bool look(struct scan *s, struct place *c, const struct dirent *d)
{
	struct scan_frame *f = &s->frames[s->n - 1];
	uint64_t serial = c->serial;
	uint32_t number = c->number;

	f->seen++;
	place_label(s->places, c, d->d_name);
	c = place_get(s->places, number);
	if (!c || c->serial != serial)
		return false;
	if (wants_kind(&s->places->targets, &c->wants) & WANTS_SUBDIRS && is_directory(f, d))
		enter(s, c, d->d_name);
	return true;
}

bool scan_step(struct scan *s, unsigned most)
{
	while (s->n && most--) {
		struct scan_frame *f = &s->frames[s->n - 1];
		struct place *c = top_place(s);
		const struct dirent *d = c ? readdir(f->d) : NULL;

		if (!d)
			pop(s);
		else if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			(void)look(s, c, d); /* if it went, the next turn sees */
	}
	return s->n > 0;
}

void scan_done(struct scan *s)
{
	while (s->n)
		pop(s);
}
