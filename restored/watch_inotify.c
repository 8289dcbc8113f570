/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel gives one inode one watch descriptor, by however many paths (bind mounts) it was
 * asked: the numbers that share one stand in a chain, and each is told of every event.
 */
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "util.h"

#define NOBODY UINT32_MAX

struct mark {
	int wd; /* 0: not watched */
	uint32_t mask;
	uint32_t same;	/* the next number with this wd */
	uint32_t chain; /* the first number of another wd in this bucket */
};

struct watch {
	int fd;
	struct mark *marks; /* by the caller's number */
	size_t n_marks;
	uint32_t *buckets; /* by wd */
	size_t n_buckets, used;
	size_t pos, len; /* in the buffer */
	const struct inotify_event *event;
	uint32_t told; /* the next number to be told of the event, or NOBODY */
	_Alignas(struct inotify_event) char buffer[32768];
};

/* ---- which numbers are behind a watch descriptor ----------------------------------------------
 */

static uint32_t *bucket(struct watch *w, int wd)
{
	return &w->buckets[(uint32_t)wd * 2654435761u & (w->n_buckets - 1)];
}

static uint32_t find(struct watch *w, int wd)
{
	uint32_t i = *bucket(w, wd);

	while (i != NOBODY && w->marks[i].wd != wd)
		i = w->marks[i].chain;
	return i;
}

static int grow_buckets(struct watch *w)
{
	size_t n = w->n_buckets * 2;
	uint32_t *old = w->buckets, *buckets = malloc(n * sizeof(*buckets));
	size_t n_old = w->n_buckets;

	if (!buckets)
		return -ENOMEM;
	memset(buckets, 0xff, n * sizeof(*buckets));
	w->buckets = buckets;
	w->n_buckets = n;
	for (size_t k = 0; k < n_old; k++) {
		for (uint32_t i = old[k], next; i != NOBODY; i = next) {
			uint32_t *b = bucket(w, w->marks[i].wd);

			next = w->marks[i].chain;
			w->marks[i].chain = *b;
			*b = i;
		}
	}
	free(old);
	return 0;
}

static int mark_room(struct watch *w, uint32_t dir)
{
	size_t n = w->n_marks ? w->n_marks : 64;
	struct mark *marks;

	if (w->used >= w->n_buckets && grow_buckets(w) < 0)
		return -ENOMEM;
	if (dir < w->n_marks)
		return 0;
	while (n <= dir)
		n += n / 2;
	marks = realloc(w->marks, n * sizeof(*marks));
	if (!marks)
		return -ENOMEM;
	memset(marks + w->n_marks, 0, (n - w->n_marks) * sizeof(*marks));
	w->marks = marks;
	w->n_marks = n;
	return 0;
}

static void mark_link(struct watch *w, uint32_t dir, int wd)
{
	uint32_t first = find(w, wd), *b = bucket(w, wd);
	struct mark *m = &w->marks[dir];

	m->wd = wd;
	if (first == NOBODY) {
		m->same = NOBODY;
		m->chain = *b;
		*b = dir;
		w->used++;
	} else {
		m->chain = NOBODY; /* only the first is in the bucket */
		m->same = w->marks[first].same;
		w->marks[first].same = dir;
	}
}

/* Return true when nobody is left with that wd. */
static bool mark_unlink(struct watch *w, uint32_t dir)
{
	struct mark *m = &w->marks[dir];
	uint32_t first = find(w, m->wd), *b = bucket(w, m->wd), i;

	if (w->told == dir)
		w->told = m->same;
	if (first != dir) {
		for (i = first; w->marks[i].same != dir;)
			i = w->marks[i].same;
		w->marks[i].same = m->same;
		*m = (struct mark){0};
		return false;
	}
	while (*b != dir)
		b = &w->marks[*b].chain;
	if (m->same == NOBODY) {
		*b = m->chain;
		w->used--;
		*m = (struct mark){0};
		return true;
	}
	w->marks[m->same].chain = m->chain;
	*b = m->same;
	*m = (struct mark){0};
	return false;
}

/* ---- watches ----------------------------------------------------------------------------------
 */

/* By descriptor, so that it is this very directory; without /proc by way of the working directory,
   which is of no other use to the daemon. */
static int add_watch(struct watch *w, int dirfd, uint32_t mask)
{
	char path[32];
	int wd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
	wd = inotify_add_watch(w->fd, path, mask);
	if (wd < 0 && errno == ENOENT && fchdir(dirfd) == 0) {
		wd = inotify_add_watch(w->fd, ".", mask);
		if (chdir("/") < 0)
			return -errno;
	}
	return wd < 0 ? -errno : wd;
}

static int inotify_add(struct watch *w, uint32_t dir, int dirfd, const char *path, unsigned flags)
{
	uint32_t mask = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR, all = 0;
	int wd, old, r;
	bool less;

	if (flags & WATCH_ADD_TREE)
		return -EOPNOTSUPP;
	if (flags & WATCH_ADD_NAMES)
		mask |= IN_CREATE | IN_MOVED_TO;
	if (flags & WATCH_ADD_ATTRIB)
		mask |= IN_ATTRIB;
	r = mark_room(w, dir);
	if (r < 0)
		return r;
	/* another number may have that directory, too: what it hears must not stop for a moment */
	wd = add_watch(w, dirfd, mask | IN_MASK_ADD);
	if (wd < 0)
		return wd;
	old = w->marks[dir].wd;
	less = old == wd && w->marks[dir].mask & ~mask;
	if (old && old != wd && mark_unlink(w, dir))
		(void)inotify_rm_watch(w->fd, old);
	if (!w->marks[dir].wd)
		mark_link(w, dir, wd);
	w->marks[dir].mask = mask;
	for (uint32_t i = find(w, wd); less && i != NOBODY; i = w->marks[i].same)
		all |= w->marks[i].mask;
	if (less) /* it is not worse to hear too much */
		(void)add_watch(w, dirfd, all);
	return 0;
}

static void inotify_remove(struct watch *w, uint32_t dir)
{
	int wd = dir < w->n_marks ? w->marks[dir].wd : 0;

	if (wd && mark_unlink(w, dir))
		(void)inotify_rm_watch(w->fd, wd); /* the kernel may have done so itself */
}

/* ---- events -----------------------------------------------------------------------------------
 */

static bool translate(const struct inotify_event *e, struct watch_event *out)
{
	out->what = 0;
	out->name[0] = '\0';
	out->below = "";
	out->pid = 0;
	out->owner = -1;
	if (e->mask & IN_Q_OVERFLOW) {
		out->what = WATCH_OVERFLOW;
		return true;
	}
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) {
		out->what = WATCH_GONE | (e->mask & IN_MOVE_SELF ? WATCH_MOVED : 0);
		return true;
	}
	if (!e->len || !e->name[0]) /* of the directory itself, as IN_ATTRIB */
		return false;
	if (e->mask & (IN_CREATE | IN_MOVED_TO))
		out->what |= WATCH_NAME;
	if (e->mask & IN_ATTRIB)
		out->what |= WATCH_ATTRIB;
	if (e->mask & IN_ISDIR)
		out->what |= WATCH_IS_DIR | (e->mask & IN_MOVED_TO ? WATCH_MOVED : 0);
	snprintf(out->name, sizeof(out->name), "%.*s", (int)e->len, e->name);
	return out->what != 0;
}

static int fill(struct watch *w)
{
	ssize_t n = read(w->fd, w->buffer, sizeof(w->buffer));

	w->pos = w->len = 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	w->len = (size_t)n;
	return n > 0;
}

static int inotify_next(struct watch *w, struct watch_event *out)
{
	for (;;) {
		if (w->told == NOBODY) {
			int r = w->pos < w->len ? 1 : fill(w);

			if (r <= 0)
				return r;
			w->event = (const void *)(w->buffer + w->pos);
			w->pos += sizeof(*w->event) + w->event->len;
			if (!(w->event->mask & IN_Q_OVERFLOW)) {
				w->told = find(w, w->event->wd);
				continue;
			}
		} else {
			out->dir = w->told;
			w->told = w->marks[w->told].same;
		}
		if (translate(w->event, out))
			return 1;
	}
}

/* ---- the object -------------------------------------------------------------------------------
 */

static struct watch *inotify_free(struct watch *w)
{
	if (!w)
		return NULL;
	if (w->fd >= 0)
		close(w->fd);
	free(w->marks);
	free(w->buckets);
	free(w);
	return NULL;
}

static int inotify_open(struct watch **ret_watch, const struct mountmap *mounts)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->told = NOBODY;
	w->n_buckets = 256;
	w->buckets = malloc(w->n_buckets * sizeof(*w->buckets));
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (!w->buckets || w->fd < 0) {
		int r = w->fd < 0 ? -errno : -ENOMEM;

		inotify_free(w);
		return r;
	}
	memset(w->buckets, 0xff, w->n_buckets * sizeof(*w->buckets));
	*ret_watch = w;
	return 0;
}

static int inotify_fd(const struct watch *w)
{
	return w->fd;
}

const struct watch_ops watch_inotify = {
	.name = "inotify",
	.open = inotify_open,
	.free = inotify_free,
	.fd = inotify_fd,
	.add = inotify_add,
	.remove = inotify_remove,
	.next = inotify_next,
};
