/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/sehash.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#include "base/hash.h"
#include "engine/job.h"
#include "rules/below.h"

#define VERSION 1

struct mark {
	uint8_t version, flags, zero[2];
	uint32_t mtime_ns;
	int64_t mtime;
	uint64_t ino;
	uint64_t customizable;
	unsigned char below[LBL_SHA1_SIZE];
	uint8_t end[4]; /* not stored */
};

#define MARK_SIZE offsetof(struct mark, end)
_Static_assert(MARK_SIZE == 52, "the form of the attribute");

/* What is kept for a directory while it is walked, as walk_dir.data. */
struct sehash {
	int fd; /* of the directory; ours */
	_Atomic bool spoilt;
	unsigned char digest[LBL_SHA1_SIZE];
	struct mark mark;
};

bool sehash_wanted(const struct job *job, int fd)
{
	struct statfs st;

	if (!(job->rl->flags & LBL_DIGEST) || fstatfs(fd, &st) < 0)
		return false;
	return st.f_type != TMPFS_MAGIC && st.f_type != RAMFS_MAGIC && st.f_type != SYSFS_MAGIC;
}

/* ---- what should stand there ---------------------------------------------------------------- */

static uint8_t flags_of(const struct lbl_relabel *rl)
{
	if (rl->flags & LBL_FORCE)
		return SEHASH_FORCE | SEHASH_USER_ROLE;
	return rl->flags & LBL_FORCE_USER_ROLE ? SEHASH_USER_ROLE : 0;
}

static uint64_t customizable_hash(const struct customizable *c)
{
	uint64_t h = 1;

	for (size_t i = 0; c && i < c->count; i++)
		h = h * 31 + hash64(c->types[i], strlen(c->types[i]));
	return h;
}

/* Return 1; 0: no spec can apply here, or PCRE2 does not know; -errno. */
static int make(struct hand *h, struct walk_dir *dir, struct sehash *s)
{
	struct lbl_relabel *rl = h->rl;
	struct statx stx;
	const char *path = job_lookup(h, dir);
	int r = path ? db_upstream_digest(rl->db, path, s->digest) : -ENOMEM;

	if (r > 0)
		r = below_digest(rl->db, path, s->mark.below);
	if (r <= 0)
		return r;
	r = queue_identify(&h->worker->queue, dir->fd, "", STATX_INO | STATX_MTIME, &stx);
	if (r < 0)
		return r;
	s->mark.version = VERSION;
	s->mark.flags = flags_of(rl);
	s->mark.mtime = stx.stx_mtime.tv_sec;
	s->mark.mtime_ns = stx.stx_mtime.tv_nsec;
	s->mark.ino = stx.stx_ino;
	if (!(s->mark.flags & SEHASH_FORCE))
		s->mark.customizable = customizable_hash(rl->rules.customizable);
	return 1;
}

/* ---- what stands there ---------------------------------------------------------------------- */

/* Is @have as good as @want, or better: labelled with more force? */
static bool suffices(struct mark have, const struct mark *want)
{
	if ((have.flags & want->flags) != want->flags)
		return false;
	if (have.flags & SEHASH_FORCE)
		have.customizable = want->customizable;
	have.flags = want->flags;
	return memcmp(&have, want, MARK_SIZE) == 0;
}

static bool is_unchanged(const struct sehash *s, int fd)
{
	unsigned char digest[LBL_SHA1_SIZE + 1];
	struct mark mark = {0};

	return fgetxattr(fd, SEHASH_UPSTREAM, digest, sizeof(digest)) == LBL_SHA1_SIZE &&
	       memcmp(digest, s->digest, LBL_SHA1_SIZE) == 0 &&
	       fgetxattr(fd, SEHASH_OURS, &mark, sizeof(mark)) == MARK_SIZE &&
	       suffices(mark, &s->mark);
}

static void tell(struct hand *h, struct walk_dir *dir, enum lbl_event_type type, int error)
{
	_cleanup_(buf_done) struct buf path = {0};
	struct lbl_event ev = {.type = type, .error = error};

	walk_path(dir, NULL, &path);
	ev.path = buf_str(&path);
	report_event(&h->rl->report, &ev);
}

/* ---- the way of a directory ----------------------------------------------------------------- */

/* Keep @s with @dir until it is left, if a descriptor can be spared. */
static bool keep(struct hand *h, struct walk_dir *dir, struct sehash *s)
{
	if (!walk_spare_fd(h->worker))
		return false;
	s->fd = fcntl(dir->fd, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0) {
		walk_return_fd(h->worker);
		return false;
	}
	dir->data = s;
	return true;
}

bool sehash_enter(struct hand *h, struct walk_dir *dir)
{
	struct sehash *s = calloc(1, sizeof(*s));
	bool dry = h->rl->flags & LBL_DRY_RUN;
	int r = s ? make(h, dir, s) : -ENOMEM;

	if (r > 0 && !(h->rl->flags & LBL_DIGEST_RENEW) && is_unchanged(s, dir->fd)) {
		free(s);
		h->count.excluded++;
		tell(h, dir, LBL_EV_UNCHANGED, 0);
		return true;
	}
	if (!dry) {
		/* there may be none, or they cannot be changed: nor can labels then */
		(void)fremovexattr(dir->fd, SEHASH_OURS);
		(void)fremovexattr(dir->fd, SEHASH_UPSTREAM);
	}
	if (r <= 0 || dry || !keep(h, dir, s))
		free(s);
	return false;
}

/*
 * Whoever sees the flag set already may stop: who set it goes on upwards before the directory's
 * share in its parents ends.
 */
void sehash_spoil(struct walk_dir *dir)
{
	for (; dir; dir = (struct walk_dir *)dir->parent) {
		struct sehash *s = dir->data;

		if (s && atomic_exchange(&s->spoilt, true))
			return;
	}
}

static int store(const struct sehash *s)
{
	if (fsetxattr(s->fd, SEHASH_UPSTREAM, s->digest, LBL_SHA1_SIZE, 0) < 0 ||
	    fsetxattr(s->fd, SEHASH_OURS, &s->mark, MARK_SIZE, 0) < 0)
		return -errno;
	return 0;
}

void sehash_leave(struct hand *h, struct walk_dir *dir)
{
	struct sehash *s = TAKE_PTR(dir->data);
	int r;

	if (!s)
		return;
	/* in a run that is being stopped not everything was visited */
	if (!atomic_load(&s->spoilt) && !atomic_load(&h->rl->stop)) {
		r = store(s);
		if (r < 0)
			tell(h, dir, LBL_EV_NO_DIGEST, r);
	}
	close(s->fd);
	walk_return_fd(h->worker);
	free(s);
}
