/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events name a directory by its handle, and the name in it.  A single directory gets a mark of its
 * own.  A tree gets one mark on its whole file system; then every name made anywhere on it wakes
 *us, and what is not ours must cost next to nothing:
 *
 *	handle ── known as a number's own? ──────────────────────────── yes: that number
 *	   └── in the cache of other directories? ── yes: (tree, below), or "none of ours"
 *	           └── open it by handle, ask for its path, compare with the trees; into the cache
 *
 * The cache has a fixed number of slots; a directory that finds its slots taken puts another one
 * out.  A path is right until a directory is renamed: any rename of a directory on a file system
 * with a tree empties the cache.  A path that is wrong nevertheless does no harm: it leads to a
 *look at a name that is below the tree.
 *
 * Over 600 lines because marks, handles and the cache are one table, which nobody else may see.
 */
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "mountmap.h"
#include "util.h"

#define NOBODY	      UINT32_MAX
#define HANDLE_MAX    64 /* bytes; file systems use 8 to 40 */
#define SLOTS	      4096
#define WAYS	      4
#define BUCKETS	      1024
#define DISMISSED_MAX 16 /* events that are none of ours count as one of ours */

struct key {
	uint64_t fsid;
	uint32_t len; /* of type and bytes */
	struct {
		int32_t type;
		unsigned char bytes[HANDLE_MAX];
	} h;
};

struct slot {
	struct key key;
	uint64_t generation; /* of the paths it was found under */
	uint32_t age;
	uint32_t tree; /* NOBODY: none of ours */
	uid_t owner;
	char *below; /* NULL: the slot is empty */
};

/* A number's own directory. */
struct mark {
	struct mark *next;	/* in the bucket */
	struct mark *next_tree; /* of all trees */
	uint32_t dir;
	unsigned flags;
	struct key key;
	uint64_t mount; /* its id; 0: not known */
	/* no descriptor: that would keep a deleted directory, and the news of it, from us */
	char path[];
};

struct watch {
	int fd;
	const struct mountmap *mounts;
	struct mark *buckets[BUCKETS]; /* by key */
	struct mark **by_dir;
	size_t n_dirs;
	struct mark *trees;
	struct slot *slots;
	uint64_t generation; /* a slot of another one is as good as empty */
	uint32_t clock;
	unsigned dismissed;	 /* events in a row that were none of ours */
	const struct mark *told; /* the next mark to be told of the event, or NULL */
	struct watch_event event;
	struct key key; /* its directory's */
	size_t pos, len;
	_Alignas(struct fanotify_event_metadata) char buffer[32768];
};

/* ---- keys -------------------------------------------------------------------------------------
 */

static bool key_make(struct key *key, const void *fsid, const struct file_handle *h)
{
	if (h->handle_bytes > HANDLE_MAX)
		return false;
	*key = (struct key){.len = sizeof(key->h.type) + h->handle_bytes};
	memcpy(&key->fsid, fsid, sizeof(key->fsid));
	key->h.type = h->handle_type;
	memcpy(key->h.bytes, h->f_handle, h->handle_bytes);
	return true;
}

static bool key_same(const struct key *a, const struct key *b)
{
	return a->fsid == b->fsid && a->len == b->len && memcmp(&a->h, &b->h, a->len) == 0;
}

static uint32_t key_hash(const struct key *key)
{
	const unsigned char *p = (const unsigned char *)&key->h;
	uint32_t h = 2166136261u ^ (uint32_t)key->fsid;

	for (uint32_t i = 0; i < key->len; i++)
		h = (h ^ p[i]) * 16777619u;
	return h ^ (h >> 15);
}

union handle {
	struct file_handle h;
	char room[sizeof(struct file_handle) + HANDLE_MAX];
};

static int key_of(struct key *key, int dirfd)
{
	union handle u = {.h.handle_bytes = HANDLE_MAX};
	struct statfs fs;
	int mount_id;

	if (name_to_handle_at(dirfd, "", &u.h, &mount_id, AT_EMPTY_PATH) < 0)
		return errno == EOVERFLOW ? -EOPNOTSUPP : -errno;
	if (fstatfs(dirfd, &fs) < 0)
		return -errno;
	return key_make(key, &fs.f_fsid, &u.h) ? 0 : -EOPNOTSUPP;
}

static uint64_t mount_of(int dirfd)
{
	struct statx stx;

	if (statx(dirfd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return 0;
	return stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id : 0;
}

/* ---- directories that are no number's own -----------------------------------------------------
 */

/* Anybody can make this happen at any rate, by renaming directories: it must cost nothing. */
static void forget_paths(struct watch *w)
{
	w->generation++;
}

static void free_slots(struct watch *w)
{
	for (size_t i = 0; i < SLOTS; i++)
		free(w->slots[i].below);
	free(w->slots);
}

/* Its slot, or the one it is to have (below is NULL then). */
static struct slot *slot_get(struct watch *w, const struct key *key)
{
	struct slot *set = &w->slots[key_hash(key) % (SLOTS / WAYS) * WAYS], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].generation != w->generation) {
			free(set[i].below);
			set[i] = (struct slot){.generation = w->generation};
		}
		if (set[i].below && key_same(&set[i].key, key)) {
			set[i].age = ++w->clock;
			return &set[i];
		}
		if (!set[i].below || (oldest->below && set[i].age < oldest->age))
			oldest = &set[i];
	}
	free(oldest->below);
	*oldest = (struct slot){.key = *key, .generation = w->generation, .age = ++w->clock};
	return oldest;
}

static const char *below(const char *path, const char *tree)
{
	size_t len = strlen(tree);

	if (strcmp(tree, "/") == 0)
		return path[0] == '/' ? path + 1 : NULL;
	if (strncmp(path, tree, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path[len] ? path + len + 1 : path + len;
}

/* The directory itself, by way of any descriptor on its mount. */
static int open_key(int mount_fd, const struct key *key, int flags)
{
	union handle u = {.h.handle_bytes = key->len - (uint32_t)sizeof(key->h.type),
			  .h.handle_type = key->h.type};

	memcpy(u.h.f_handle, key->h.bytes, u.h.handle_bytes);
	return open_by_handle_at(mount_fd, &u.h, flags | O_CLOEXEC);
}

/* The directory's path in the mount that @mount_fd is in. */
static bool path_of(int mount_fd, const struct key *key, char *path, size_t size, uid_t *ret_owner)
{
	_cleanup_close_ int fd = open_key(mount_fd, key, O_PATH);
	struct stat st;
	char link[32];
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	*ret_owner = st.st_uid;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return true;
}

/*
 * The innermost tree that the slot's directory is in.  Many trees may be on one mount, made by
 * whoever owns the directory of a pattern: its path there is asked for once.
 */
static int resolve(struct watch *w, struct slot *slot)
{
	char path[PATH_MAX] = "";
	uint64_t mount = 0; /* that the path is of */

	slot->tree = NOBODY;
	for (const struct mark *m = w->trees; m; m = m->next_tree) {
		const char *b;

		if (m->key.fsid != slot->key.fsid)
			continue;
		if (!m->mount || m->mount != mount) {
			_cleanup_close_ int fd = mountmap_open_dir(w->mounts, m->path, false);

			if (fd < 0)
				continue;
			mount = m->mount;
			if (!path_of(fd, &slot->key, path, sizeof(path), &slot->owner))
				*path = '\0';
		}
		b = below(path, m->path);
		if (!b || (slot->below && strlen(b) >= strlen(slot->below)))
			continue;
		free(slot->below);
		slot->below = strdup(b);
		slot->tree = m->dir;
		if (!slot->below)
			return -ENOMEM;
	}
	if (!slot->below)
		slot->below = strdup("");
	return slot->below ? 0 : -ENOMEM;
}

/* ---- marks ------------------------------------------------------------------------------------
 */

static struct mark **bucket(struct watch *w, const struct key *key)
{
	return &w->buckets[key_hash(key) % BUCKETS];
}

static const struct mark *same_key(const struct mark *m, const struct key *key)
{
	while (m && !key_same(&m->key, key))
		m = m->next;
	return m;
}

/* The kernel's mark on the directory itself: of a tree's top it only tells that it goes. */
static uint64_t dir_mask(unsigned flags)
{
	uint64_t mask = FAN_DELETE_SELF | FAN_MOVE_SELF | FAN_ONDIR;

	if (flags & WATCH_ADD_TREE)
		return mask;
	mask |= FAN_CREATE | FAN_MOVED_TO;
	if (flags & WATCH_ADD_ATTRIB)
		mask |= FAN_ATTRIB | FAN_EVENT_ON_CHILD;
	return mask;
}

static uint64_t tree_mask(unsigned flags)
{
	return FAN_CREATE | FAN_MOVED_TO | FAN_ONDIR | (flags & WATCH_ADD_ATTRIB ? FAN_ATTRIB : 0);
}

static int kernel_mark(struct watch *w, unsigned how, uint64_t mask, int dirfd)
{
	return fanotify_mark(w->fd, how, mask, dirfd, NULL) < 0 ? -errno : 0;
}

static int set_mark(struct watch *w, int dirfd, unsigned flags)
{
	int r;

	if (!(flags & WATCH_ADD_TREE))
		return kernel_mark(w, FAN_MARK_ADD, dir_mask(flags), dirfd);
	r = kernel_mark(w, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, tree_mask(flags), dirfd);
	if (r == 0) /* the names are what matters; inotify may tell when the top goes, too */
		(void)kernel_mark(w, FAN_MARK_ADD, dir_mask(flags), dirfd);
	return r;
}

/* A file system's mark goes by way of any of its directories: if the tree is gone, one above. */
static void unset_fs_mark(struct watch *w, const struct mark *m)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", m->path);
	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
		_cleanup_close_ int fd = mountmap_open_dir(w->mounts, *path ? path : "/", false);
		struct statfs fs;

		if (fd >= 0 && fstatfs(fd, &fs) == 0 &&
		    memcmp(&fs.f_fsid, &m->key.fsid, sizeof(m->key.fsid)) == 0) {
			(void)kernel_mark(w, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM,
					  tree_mask(m->flags), fd);
			return;
		}
	}
}

/*
 * A directory's own mark.  What stands at its path now may be another one, or a link to one that
 * somebody made so that its mark goes: if so the directory itself is found by its handle.
 */
static void unset_dir_mark(struct watch *w, struct mark *m, uint64_t mask)
{
	_cleanup_close_ int fd = mountmap_open_dir(w->mounts, m->path, false), parent = -1;
	struct key key;
	char *slash = strrchr(m->path, '/');

	if (fd < 0 || key_of(&key, fd) < 0 || !key_same(&key, &m->key)) {
		close_fdp(&fd);
		while (slash && parent < 0) { /* any directory of its file system will do */
			*slash = '\0';
			parent = mountmap_open_dir(w->mounts, *m->path ? m->path : "/", false);
			slash = strrchr(m->path, '/');
		}
		fd = parent < 0 ? -1 : open_key(parent, &m->key, O_RDONLY | O_DIRECTORY);
	}
	if (fd >= 0)
		(void)kernel_mark(w, FAN_MARK_REMOVE, mask, fd);
}

/* The kernel's marks of @m, but for what others live by.  A directory that is gone took its own
 * along.
 */
static void unset_marks(struct watch *w, struct mark *m)
{
	uint64_t mask = dir_mask(m->flags);
	bool last = m->flags & WATCH_ADD_TREE;

	for (const struct mark *o = w->trees; o; o = o->next_tree)
		last &= o == m || o->key.fsid != m->key.fsid;
	if (last)
		unset_fs_mark(w, m);
	for (const struct mark *o = same_key(*bucket(w, &m->key), &m->key); o;
	     o = same_key(o->next, &m->key))
		if (o != m)
			mask &= ~dir_mask(o->flags);
	if (mask)
		unset_dir_mark(w, m, mask);
}

static void link_mark(struct watch *w, struct mark *m)
{
	m->next = *bucket(w, &m->key);
	*bucket(w, &m->key) = m;
	if (m->flags & WATCH_ADD_TREE) {
		m->next_tree = w->trees;
		w->trees = m;
		forget_paths(w);
	}
}

/* Ours, not the kernel's. */
static void free_mark(struct watch *w, struct mark *m)
{
	struct mark **p;

	if (w->told == m)
		w->told = same_key(m->next, &w->key);
	for (p = bucket(w, &m->key); *p != m;)
		p = &(*p)->next;
	*p = m->next;
	if (m->flags & WATCH_ADD_TREE) {
		for (p = &w->trees; *p != m;)
			p = &(*p)->next_tree;
		*p = m->next_tree;
		forget_paths(w);
	}
	free(m);
}

static void fanotify_remove(struct watch *w, uint32_t dir)
{
	struct mark *m = dir < w->n_dirs ? w->by_dir[dir] : NULL;

	if (!m)
		return;
	unset_marks(w, m);
	free_mark(w, m);
	w->by_dir[dir] = NULL;
}

static int room_for(struct watch *w, uint32_t dir)
{
	size_t n = w->n_dirs ? w->n_dirs : 64;
	struct mark **by_dir;

	if (dir < w->n_dirs)
		return 0;
	while (n <= dir)
		n += n / 2;
	by_dir = realloc(w->by_dir, n * sizeof(*by_dir));
	if (!by_dir)
		return -ENOMEM;
	memset(by_dir + w->n_dirs, 0, (n - w->n_dirs) * sizeof(*by_dir));
	w->by_dir = by_dir;
	w->n_dirs = n;
	return 0;
}

static int fanotify_add(struct watch *w, uint32_t dir, int dirfd, const char *path, unsigned flags)
{
	size_t len = strlen(path);
	struct mark *m;
	int r;

	if (!(flags & (WATCH_ADD_NAMES | WATCH_ADD_TREE)))
		return -EOPNOTSUPP;
	m = malloc(sizeof(*m) + len + 1);
	if (!m || room_for(w, dir) < 0) {
		free(m);
		return -ENOMEM;
	}
	*m = (struct mark){.dir = dir, .flags = flags, .mount = mount_of(dirfd)};
	memcpy(m->path, path, len + 1);
	r = key_of(&m->key, dirfd);
	if (r == 0)
		r = set_mark(w, dirfd, flags);
	if (r < 0) {
		free(m);
		return r;
	}
	link_mark(w, m); /* first, so that what both live by stays */
	fanotify_remove(w, dir);
	w->by_dir[dir] = m;
	return 0;
}

/* ---- events -----------------------------------------------------------------------------------
 */

/* The directory and the name of a record of @len bytes, if it is whole. */
static bool take_record(struct watch *w, const struct fanotify_event_info_fid *info, size_t len)
{
	const struct file_handle *h = (const void *)info->handle;
	size_t room, n;
	const char *name;

	if (len < sizeof(*info) + sizeof(*h))
		return false;
	room = len - sizeof(*info) - sizeof(*h);
	if (h->handle_bytes >= room || !key_make(&w->key, &info->fsid, h))
		return false;
	room -= h->handle_bytes;
	name = (const char *)h->f_handle + h->handle_bytes;
	n = strnlen(name, room);
	if (n == room || n >= sizeof(w->event.name))
		return false;
	memcpy(w->event.name, name, n + 1);
	return true;
}

/* The directory and the name of an event, if it has them.  The kernel's lengths are taken for what
 * it says, no more.
 */
static bool take_info(struct watch *w, const char *p, const char *end)
{
	while (end - p >= (ptrdiff_t)sizeof(struct fanotify_event_info_header)) {
		const struct fanotify_event_info_header *hdr = (const void *)p;

		if (hdr->len < sizeof(*hdr) || hdr->len > end - p)
			return false;
		if (hdr->info_type == FAN_EVENT_INFO_TYPE_DFID_NAME)
			return take_record(w, (const void *)p, hdr->len);
		p += hdr->len;
	}
	return false;
}

/* What has become of the directory itself. */
static bool translate_self(struct watch *w, uint64_t mask)
{
	if (!(mask & (FAN_DELETE_SELF | FAN_MOVE_SELF)))
		return false;
	w->event.what = WATCH_GONE | (mask & FAN_DELETE_SELF ? 0 : WATCH_MOVED);
	w->event.name[0] = '\0';
	return true;
}

/* Put @e, which stands at @at, into w->event; false: there is nothing in it for us. */
static bool translate(struct watch *w, const struct fanotify_event_metadata *e, const char *at)
{
	w->event.what = 0;
	w->event.below = "";
	w->event.pid = e->pid;
	w->event.owner = -1;
	if (e->mask & FAN_Q_OVERFLOW) {
		w->event.what = WATCH_OVERFLOW;
		w->event.name[0] = '\0';
		return true;
	}
	if (e->metadata_len > e->event_len ||
	    !take_info(w, at + e->metadata_len, at + e->event_len))
		return false;
	if (strcmp(w->event.name, ".") == 0)
		return translate_self(w, e->mask);
	if (e->mask & (FAN_CREATE | FAN_MOVED_TO))
		w->event.what |= WATCH_NAME;
	if (e->mask & FAN_ATTRIB && e->pid != getpid())
		w->event.what |= WATCH_ATTRIB;
	if (e->mask & FAN_ONDIR) {
		w->event.what |= WATCH_IS_DIR;
		if (e->mask & FAN_MOVED_TO) {
			w->event.what |= WATCH_MOVED;
			forget_paths(w);
		}
	}
	return (w->event.what & (WATCH_NAME | WATCH_ATTRIB)) != 0;
}

/* Is the event's directory in a tree? */
static bool in_a_tree(struct watch *w)
{
	struct slot *slot;

	if (!w->trees)
		return false;
	slot = slot_get(w, &w->key);
	if (!slot->below && resolve(w, slot) < 0) {
		w->event.what = WATCH_OVERFLOW; /* no memory: it is lost */
		return true;
	}
	w->event.dir = slot->tree;
	w->event.below = slot->below;
	w->event.owner = slot->owner;
	return slot->tree != NOBODY;
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

static int fanotify_next(struct watch *w, struct watch_event *out)
{
	while (!w->told) {
		struct fanotify_event_metadata e; /* they are not aligned in the buffer */
		const char *at;
		int r;

		if (w->pos >= w->len) {
			r = fill(w);
			if (r <= 0)
				return r;
		}
		at = w->buffer + w->pos;
		memcpy(&e, at, sizeof(e));
		if (!FAN_EVENT_OK(&e, w->len - w->pos) || e.vers != FANOTIFY_METADATA_VERSION) {
			w->pos = w->len;
			return -EPROTO;
		}
		w->pos += e.event_len;
		if (translate(w, &e, at)) {
			if (!(w->event.what & WATCH_OVERFLOW))
				w->told = same_key(*bucket(w, &w->key), &w->key);
			if (w->event.what & WATCH_OVERFLOW ||
			    (!w->told && !(w->event.what & WATCH_GONE) && in_a_tree(w))) {
				*out = w->event;
				return 1;
			}
		}
		if (!w->told && ++w->dismissed % DISMISSED_MAX == 0) {
			*out = (struct watch_event){.dir = NOBODY, .below = ""};
			return 1; /* others want their turn, too */
		}
	}
	*out = w->event;
	out->dir = w->told->dir;
	w->told = same_key(w->told->next, &w->key);
	return 1;
}

/* ---- the object -------------------------------------------------------------------------------
 */

static struct watch *fanotify_free(struct watch *w)
{
	if (!w)
		return NULL;
	if (w->fd >= 0)
		close(w->fd);
	for (size_t i = 0; i < w->n_dirs; i++) /* the kernel's marks went with it */
		if (w->by_dir[i])
			free_mark(w, w->by_dir[i]);
	if (w->slots)
		free_slots(w);
	free(w->by_dir);
	free(w);
	return NULL;
}

static int fanotify_open(struct watch **ret_watch, const struct mountmap *mounts)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->mounts = mounts;
	w->slots = calloc(SLOTS, sizeof(*w->slots));
	w->fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME,
			      O_RDONLY);
	if (!w->slots || w->fd < 0) {
		int r = w->fd < 0 ? -errno : -ENOMEM;

		fanotify_free(w);
		return r;
	}
	*ret_watch = w;
	return 0;
}

static int fanotify_fd(const struct watch *w)
{
	return w->fd;
}

const struct watch_ops watch_fanotify = {
	.name = "fanotify",
	.open = fanotify_open,
	.free = fanotify_free,
	.fd = fanotify_fd,
	.add = fanotify_add,
	.remove = fanotify_remove,
	.next = fanotify_next,
};
