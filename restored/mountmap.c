/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mountmap.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lbl.h"
#include "util.h"

/* ---- the table --------------------------------------------------------------------------------
 */

/* As strcmp, but '/' sorts before every other byte: what is below a path follows it at once. */
static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	if (!*a || !*b || *a == *b)
		return (*a != '\0') - (*b != '\0');
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static void free_points(struct mountmap *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].path);
	free(m->v);
	m->v = NULL;
	m->n = m->cap = 0;
}

/* The index of the first mount that is not before @path. */
static size_t lower_bound(const struct mountmap *m, const char *path)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_paths(m->v[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int add_mount(void *user, const struct lbl_mount *mount)
{
	struct mountmap *m = user;
	struct mountpoint new = {.id = mount->id,
				 .remote = mount->remote,
				 .by_user = mount->by_user,
				 .autofs = mount->autofs};
	size_t at = lower_bound(m, mount->path), slashes = 0;

	if (at < m->n && strcmp(m->v[at].path, mount->path) == 0) { /* on top of the other */
		new.path = m->v[at].path;
		m->v[at] = new;
		return 0;
	}
	for (const char *s = mount->path; *s; s++)
		slashes += *s == '/';
	if (slashes > m->deepest)
		m->deepest = slashes;
	new.path = strdup(mount->path);
	if (!new.path || array_reserve(&m->v, &m->cap, m->n + 1, sizeof(new)) < 0) {
		free(new.path);
		return -ENOMEM;
	}
	memmove(&m->v[at + 1], &m->v[at], (m->n - at) * sizeof(new));
	m->v[at] = new;
	m->n++;
	return 0;
}

static int read_points(struct mountmap *m)
{
	int r = lbl_mounts(m->file, add_mount, m);

	if (r == -ENOENT)
		r = 0;
	if (r < 0)
		free_points(m);
	return r;
}

int mountmap_open(struct mountmap *m, const char *file)
{
	int r;

	*m = (struct mountmap){.file = file, .fd = -1};
	if (!file) /* before it is read, so that nothing falls between */
		m->fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	r = read_points(m);
	if (r < 0)
		mountmap_close(m);
	return r;
}

void mountmap_close(struct mountmap *m)
{
	free_points(m);
	close_fdp(&m->fd);
}

int mountmap_renew(struct mountmap *m, struct mountmap *ret_old)
{
	struct mountmap new = {.file = m->file, .fd = m->fd};
	int r = read_points(&new);

	if (r < 0)
		return r;
	*ret_old = *m;
	*m = new;
	return 0;
}

void mountmap_compare(const struct mountmap *m, struct mountmap *old, mountmap_changed_fn changed,
		      void *user)
{
	size_t i = 0, k = 0;

	while (i < old->n || k < m->n) {
		const struct mountpoint *a = i < old->n ? &old->v[i] : NULL;
		const struct mountpoint *b = k < m->n ? &m->v[k] : NULL;
		int order = !a ? 1 : !b ? -1 : compare_paths(a->path, b->path);

		if (order != 0 || a->id != b->id || a->remote != b->remote ||
		    a->by_user != b->by_user || a->autofs != b->autofs)
			changed(user, order <= 0 ? a->path : b->path);
		i += order <= 0;
		k += order >= 0;
	}
	free_points(old);
}

const struct mountpoint *mountmap_at(const struct mountmap *m, const char *path)
{
	size_t at = lower_bound(m, path);

	return at < m->n && strcmp(m->v[at].path, path) == 0 ? &m->v[at] : NULL;
}

bool mountpoint_is_below(const struct mountpoint *at, const char *path)
{
	size_t len = strlen(path);

	if (len == 1)
		return at->path[1] != '\0';
	return strncmp(at->path, path, len) == 0 && at->path[len] == '/';
}

const struct mountpoint *mountmap_below(const struct mountmap *m, const char *path)
{
	size_t at = lower_bound(m, path);

	at += at < m->n && strcmp(m->v[at].path, path) == 0;
	return at < m->n && mountpoint_is_below(&m->v[at], path) ? &m->v[at] : NULL;
}

/* ---- getting there ----------------------------------------------------------------------------
 */

/* Attributes are not asked for: a server might have to answer. */
static int look(int fd, struct statx *ret_stx)
{
	int r = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID | STATX_TYPE,
		      ret_stx);

	return r < 0 ? -errno : 0;
}

/*
 * What openat2() does, one component after the other, where it cannot be had: a seccomp filter may
 * not look into its argument (RestrictSUIDSGID= for one).  Each step is one with O_PATH alone,
 * which triggers no automount, and never through a link.
 */
static int open_by_steps(int dirfd, const char *name, int flags, bool stay)
{
	_cleanup_close_ int fd = openat(dirfd, ".", O_PATH | O_CLOEXEC);
	struct statx from, here;
	int r = fd < 0 ? -errno : look(fd, &from);

	for (const char *at = name; r == 0 && *(at += strspn(at, "/"));) {
		char part[NAME_MAX + 1];
		size_t len = strcspn(at, "/");
		int next;

		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(part, at, len);
		part[len] = '\0';
		at += len;
		next = openat(fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close_fdp(&fd);
		fd = next;
		r = look(fd, &here);
		if (r == 0 && stay && here.stx_mnt_id != from.stx_mnt_id)
			r = -ESTALE;
		else if (r == 0 && *at && S_ISLNK(here.stx_mode))
			r = -ELOOP;
	}
	if (r < 0)
		return r;
	if (flags & O_DIRECTORY)
		r = openat(fd, ".", flags | O_CLOEXEC);
	else
		r = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* O_PATH it is already */
	return r < 0 ? -errno : r;
}

/* No link is followed; with @stay no mount is entered, nor is one triggered. */
static int open_part(int dirfd, const char *name, int flags, bool stay)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_NO_SYMLINKS | (stay ? RESOLVE_NO_XDEV : 0),
	};
	long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	if (errno == ENOSYS || errno == EPERM)
		return open_by_steps(dirfd, name, flags, stay);
	return errno == EXDEV ? -ESTALE : -errno;
}

static int has_id(int fd, int id)
{
	struct statx stx;
	int r = look(fd, &stx);

	if (r < 0)
		return r;
	return !(stx.stx_mask & STATX_MNT_ID) || stx.stx_mnt_id == (uint64_t)id ? 0 : -ESTALE;
}

/*
 * From @fd, a directory of one mount (closed), on to @point, which is at @rest below it.  The last
 * step is one with O_PATH alone: that triggers no automount.
 */
static int cross(int fd, char *rest, const struct mountpoint *point)
{
	_cleanup_close_ int from = fd;
	char *slash = strrchr(rest, '/');
	int to, r;

	if (slash) {
		*slash = '\0';
		r = open_part(from, rest, O_PATH | O_DIRECTORY, true);
		*slash = '/';
		if (r < 0)
			return r;
		close_fdp(&from);
		from = r;
		rest = slash + 1;
	}
	to = open_part(from, rest, O_PATH, false);
	r = to < 0 ? to : has_id(to, point->id);
	if (r == 0)
		return to;
	close_fdp(&to);
	return r;
}

static int open_last(int fd, const char *rest, bool lead, bool stay)
{
	const char *name = *rest ? rest : ".";
	int r = open_part(fd, name, O_RDONLY | O_DIRECTORY, stay);

	if (r == -EACCES && lead)
		r = open_part(fd, name, O_PATH | O_DIRECTORY, stay);
	return r;
}

int mountmap_open_dir(const struct mountmap *m, const char *path, bool lead)
{
	const struct mountpoint *in = mountmap_at(m, "/");
	_cleanup_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char way[PATH_MAX];
	char *at = way + 1; /* what is left of the way, from the mount that we are in */
	int n = snprintf(way, sizeof(way), "%s", path);

	if (fd < 0)
		return -errno;
	if (n < 1 || n >= (int)sizeof(way) || way[0] != '/')
		return n < (int)sizeof(way) ? -EINVAL : -ENAMETOOLONG;
	for (char *end = at; *end;) {
		const struct mountpoint *point;
		char c;

		end += strcspn(end, "/");
		c = *end;
		*end = '\0';
		point = mountmap_at(m, way);
		if (point) {
			fd = cross(fd, at, point);
			if (fd < 0)
				return fd;
			in = point;
			at = end + (c == '/');
		}
		*end = c;
		end += c == '/';
	}
	if (in && in->autofs)
		return -EXDEV;
	return open_last(fd, at, lead, m->n > 0);
}
