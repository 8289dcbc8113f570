/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/ranges.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/alloc.h"
#include "base/thread.h"
#include "tree/ring.h"

enum {
	WINDOW = 128, /* ranges asked for ahead, without a ring */
	DEPTH = 32,   /* ranges in flight in a thread's ring */
	BUFS_SIZE = DEPTH * RANGE_MAX,
	ENTER_TRIES = 1000, /* in a row, without an answer */
	SAMPLES = 64,
};

int ranges_add(struct ranges *r, struct range range)
{
	int e = array_reserve(&r->v, &r->cap, r->n + 1, sizeof(*r->v));

	if (e < 0)
		return e;
	r->v[r->n++] = range;
	return 0;
}

int ranges_add_pieces(struct ranges *r, uint64_t offset, uint64_t len, uint32_t tag)
{
	int e = 0;

	while (len > 0 && e == 0) {
		uint32_t piece = (uint32_t)MIN(len, (uint64_t)RANGE_MAX);

		e = ranges_add(r, (struct range){.offset = offset, .len = piece, .tag = tag});
		offset += piece;
		len -= piece;
	}
	return e;
}

void ranges_done(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){0};
}

static bool stopped(const _Atomic bool *stop)
{
	return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

/* ---- reading -------------------------------------------------------------------------------- */

struct work {
	const struct ranges_reading *o;
	const struct ranges *ranges;
	_Atomic size_t next;
	_Atomic size_t asked; /* ranges before this one were asked for */
	_Atomic bool no_memory;
};

/* The next range nobody took; false: none is left, or an end is wanted. */
static bool work_next(struct work *w, size_t *ret_i)
{
	if (stopped(w->o->stop))
		return false;
	*ret_i = atomic_fetch_add(&w->next, 1);
	return *ret_i < w->ranges->n;
}

/* Whatever is cached at once; false: something is missing. */
static bool read_cached(int fd, char *buf, size_t len, uint64_t offset)
{
	struct iovec iov = {.iov_base = buf, .iov_len = len};

	return preadv2(fd, &iov, 1, (off_t)offset, RWF_NOWAIT) == (ssize_t)len;
}

static bool read_whole(int fd, char *buf, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t n = pread(fd, buf, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
		offset += (size_t)n;
	}
	return true;
}

static void ask(int fd, const struct range *r)
{
	/* a hint */
	(void)posix_fadvise(fd, (off_t)r->offset, (off_t)r->len, POSIX_FADV_WILLNEED);
}

/* Range @i was not in memory: those behind it will not be either. */
static void ask_ahead(struct work *w, size_t i)
{
	size_t end = MIN(i + WINDOW, w->ranges->n);
	size_t at = atomic_load(&w->asked);

	while (at < end) {
		size_t mine = MAX(at, i);

		if (atomic_compare_exchange_weak(&w->asked, &at, mine + 1)) {
			ask(w->o->fd, &w->ranges->v[mine]);
			at = mine + 1;
		}
	}
}

/* Range @i by plain calls. */
static void read_plain(struct work *w, unsigned number, size_t i, char *buf)
{
	const struct range *r = &w->ranges->v[i];

	ask_ahead(w, i);
	if (read_whole(w->o->fd, buf, r->len, r->offset))
		w->o->got(w->o->user, number, r, buf);
}

/* ---- through a ring: one thread's reads in flight ------------------------------------------- */

/*
 * A ring that cannot be entered any more is given up, and each range that no answer has come for
 * is read by a plain call.  What the kernel has taken by then it may still write to, at any time:
 * that memory is given to nobody else, for as long as the process lives.
 */
struct stream {
	struct ring ring;
	struct work *work;
	unsigned number; /* the thread's */
	char *bufs;	 /* DEPTH of RANGE_MAX */
	size_t range[DEPTH];
	bool taken[DEPTH];    /* asked for, and not answered yet */
	unsigned idle[DEPTH]; /* slots, a stack */
	unsigned n_idle;
};

static int stream_open(struct stream *s, struct work *w, unsigned number)
{
	static const uint8_t needed[] = {IORING_OP_READ};
	const struct ring_options o = {.entries = DEPTH,
				       .gate = w->o->gate,
				       .deferred = true,
				       .needed = needed,
				       .n_needed = 1};
	void *bufs =
		mmap(NULL, BUFS_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (bufs == MAP_FAILED)
		return -ENOMEM;
	*s = (struct stream){.work = w, .number = number, .bufs = bufs};
	r = ring_open(&s->ring, &o);
	if (r < 0) {
		munmap(bufs, BUFS_SIZE);
		return r;
	}
	while (s->n_idle < DEPTH) {
		s->idle[s->n_idle] = s->n_idle;
		s->n_idle++;
	}
	return 0;
}

static void stream_submit(struct stream *s, size_t i)
{
	const struct range *r = &s->work->ranges->v[i];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring.io); /* one for each slot */
	unsigned slot = s->idle[--s->n_idle];

	s->range[slot] = i;
	s->taken[slot] = true;
	io_uring_prep_read(sqe, s->work->o->fd, s->bufs + (size_t)slot * RANGE_MAX, r->len,
			   r->offset);
	io_uring_sqe_set_data64(sqe, slot);
}

static void stream_take(struct stream *s, const struct io_uring_cqe *cqe)
{
	unsigned slot = (unsigned)cqe->user_data;
	const struct range *r = &s->work->ranges->v[s->range[slot]];
	const struct ranges_reading *o = s->work->o;
	char *buf = s->bufs + (size_t)slot * RANGE_MAX;

	/* less than was asked for is no end: the rest may take another call */
	if (cqe->res == (int)r->len || read_whole(o->fd, buf, r->len, r->offset))
		o->got(o->user, s->number, r, buf);
	s->taken[slot] = false;
	s->idle[s->n_idle++] = slot;
}

/* Take what is there.  Return how many. */
static unsigned stream_reap(struct stream *s)
{
	struct io_uring_cqe *cqe;
	unsigned n = 0;

	for (; io_uring_peek_cqe(&s->ring.io, &cqe) == 0; n++) {
		stream_take(s, cqe);
		io_uring_cqe_seen(&s->ring.io, cqe);
	}
	return n;
}

/* @error of entering the ring, the @tries-th in a row that brought nothing. */
static bool is_over(int error, unsigned tries)
{
	bool passing = error == -EINTR || error == -EAGAIN || error == -EBUSY || error == -ENOMEM;

	return error < 0 && (!passing || tries >= ENTER_TRIES);
}

static void stream_close(struct stream *s)
{
	unsigned unsent = io_uring_sq_ready(&s->ring.io);

	ring_close(&s->ring);
	if (DEPTH - s->n_idle <= unsent)
		munmap(s->bufs, BUFS_SIZE);
}

/*
 * All that is left, from range @i on.  False: the ring broke down; what it had not answered was
 * read into @buf instead, and the rest is the caller's.
 */
static bool stream_run(struct stream *s, size_t i, char *buf)
{
	struct work *w = s->work;
	unsigned tries = 0;
	bool more = true, over = false;

	while (!over && (more || s->n_idle < DEPTH)) {
		int r;

		while (more && s->n_idle > 0) {
			stream_submit(s, i);
			more = work_next(w, &i);
		}
		r = io_uring_submit_and_wait(&s->ring.io, 1);
		tries = stream_reap(s) > 0 || r >= 0 ? 0 : tries + 1;
		over = is_over(r, tries);
		if (r < 0 && r != -EINTR)
			sched_yield(); /* out of memory for the moment */
	}
	for (unsigned slot = 0; over && slot < DEPTH; slot++)
		if (s->taken[slot])
			read_plain(w, s->number, s->range[slot], buf);
	if (over && more)
		read_plain(w, s->number, i, buf);
	stream_close(s);
	return !over;
}

/* What is in memory is copied at once; from the first range on that is not, through a ring. */
static void read_some(void *user, unsigned number)
{
	struct work *w = user;
	_cleanup_free_ char *buf = malloc(RANGE_MAX);
	struct stream stream;
	bool ring = true;
	size_t i;

	if (!buf) {
		atomic_store(&w->no_memory, true);
		return;
	}
	while (work_next(w, &i)) {
		const struct range *r = &w->ranges->v[i];

		if (read_cached(w->o->fd, buf, r->len, r->offset)) {
			w->o->got(w->o->user, number, r, buf);
			continue;
		}
		ring = ring && stream_open(&stream, w, number) == 0;
		if (!ring)
			read_plain(w, number, i, buf);
		else
			ring = stream_run(&stream, i, buf);
	}
}

int ranges_read(const struct ranges_reading *reading, const struct ranges *ranges)
{
	struct work w = {.o = reading, .ranges = ranges};

	thread_crew(reading->threads, read_some, &w);
	if (stopped(reading->stop))
		return -ECANCELED;
	return atomic_load(&w.no_memory) ? -ENOMEM : 0;
}

/* ---- only bringing in ----------------------------------------------------------------------- */

int ranges_size(int fd, uint64_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode)) {
		*ret_size = (uint64_t)st.st_size;
		return 0;
	}
	return S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, ret_size) == 0 ? 0 : -ENODEV;
}

bool ranges_cached(int fd, const struct ranges *ranges)
{
	size_t step = MAX(ranges->n / SAMPLES, (size_t)1);
	char byte;

	for (size_t i = 0; i < ranges->n; i += step)
		if (!read_cached(fd, &byte, 1, ranges->v[i].offset))
			return false;
	return true;
}

static int range_compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void ranges_prefetch(int fd, struct ranges *ranges, const _Atomic bool *stop)
{
	uint64_t left = (uint64_t)sysconf(_SC_PHYS_PAGES) / 4 * (uint64_t)sysconf(_SC_PAGESIZE);
	struct range run = {0};

	if (ranges->n > 0)
		qsort(ranges->v, ranges->n, sizeof(*ranges->v), range_compare);
	for (size_t i = 0; i < ranges->n && ranges->v[i].len <= left && !stopped(stop); i++) {
		const struct range *r = &ranges->v[i];

		left -= r->len;
		if (run.len > 0 && r->offset == run.offset + run.len &&
		    run.len + r->len <= RANGE_MAX) {
			run.len += r->len;
			continue;
		}
		if (run.len > 0)
			ask(fd, &run);
		run = *r;
	}
	if (run.len > 0)
		ask(fd, &run);
}
