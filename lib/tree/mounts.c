/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/mounts.h"

#include <libmount.h>
#include <limits.h>
#include <search.h>
#include <string.h>
#include <sys/statvfs.h>

#include "tree/twins.h"

/*
 * Which mount is seen at a path?
 *
 * Mounts form a tree by parent id.  A child of mount X at /a hides every other child of X below
 * /a, for whoever goes to /a/b is in the new mount by then; a child at X's own mount point hides
 * all of X.  So: sort by (parent, path) with a path's descendants right behind it, drop those
 * below a sibling, and go down from the roots, a mount after its parent, so that of several at one
 * path the topmost is told last.
 */

struct mount {
	struct libmnt_fs *fs;
	const char *path;
	int id, parent;
	bool hidden;
};

struct mounts {
	struct libmnt_table *table;
	struct mount *v;
	size_t n, cap;
};

static void mounts_done(struct mounts *m)
{
	free(m->v);
	mnt_unref_table(m->table);
}

static int refuse_line(struct libmnt_table *table, const char *file, int line)
{
	return -EINVAL;
}

/* As strcmp, but '/' sorts before every other byte: "/a", "/a/b", "/a-b". */
static int path_compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int mount_compare(const void *a, const void *b)
{
	const struct mount *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return path_compare(x->path, y->path);
}

static bool is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (strcmp(top, "/") == 0)
		return path[1] != '\0';
	return strncmp(path, top, n) == 0 && path[n] == '/';
}

static void hide_covered(struct mounts *m)
{
	const struct mount *cover = NULL;

	for (size_t i = 0; i < m->n; i++) {
		struct mount *x = &m->v[i];

		if (cover && cover->parent == x->parent && is_below(x->path, cover->path))
			x->hidden = true;
		else
			cover = x;
	}
}

static int mounts_read(struct mounts *m, const char *mountinfo)
{
	struct libmnt_iter *iter;
	struct libmnt_fs *fs;
	int r;

	m->table = mnt_new_table();
	iter = mnt_new_iter(MNT_ITER_FORWARD);
	if (!m->table || !iter) {
		mnt_free_iter(iter);
		return -ENOMEM;
	}
	mnt_table_set_parser_errcb(m->table, refuse_line);
	r = mnt_table_parse_file(m->table, mountinfo ? mountinfo : "/proc/self/mountinfo");
	while (r == 0 && mnt_table_next_fs(m->table, iter, &fs) == 0) {
		struct mount x = {
			.fs = fs,
			.path = mnt_fs_get_target(fs),
			.id = mnt_fs_get_id(fs),
			.parent = mnt_fs_get_parent_id(fs),
		};

		if (!x.path || x.path[0] != '/')
			continue; /* not below our root */
		r = array_reserve(&m->v, &m->cap, m->n + 1, sizeof(*m->v));
		if (r == 0)
			m->v[m->n++] = x;
	}
	mnt_free_iter(iter);
	if (r > 0) /* libmount's own numbers */
		r = -EINVAL;
	if (r == 0 && m->n > 0) {
		qsort(m->v, m->n, sizeof(*m->v), mount_compare);
		hide_covered(m);
	}
	return r;
}

static const struct mount *mount_by_id(const struct mounts *m, int id)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].id == id)
			return &m->v[i];
	return NULL;
}

/* First of the children of @id, which stand together. */
static size_t first_child(const struct mounts *m, int id)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->v[mid].parent < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Indices of all visible mounts, each after its parent.  @order has room for all. */
static size_t visible_order(const struct mounts *m, size_t *order)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct mount *x = &m->v[i];

		if (!x->hidden && (x->parent == x->id || !mount_by_id(m, x->parent)))
			order[n++] = i;
	}
	for (size_t done = 0; done < n; done++) {
		int id = m->v[order[done]].id;

		for (size_t i = first_child(m, id); i < m->n && m->v[i].parent == id; i++)
			if (!m->v[i].hidden && m->v[i].id != id && n < m->n)
				order[n++] = i;
	}
	return n;
}

static bool has_option(struct libmnt_fs *fs, const char *name)
{
	const char *lists[] = {mnt_fs_get_fs_options(fs), mnt_fs_get_vfs_options(fs)};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (lists[i] && mnt_optstr_get_option(lists[i], name, NULL, NULL) == 0)
			return true;
	return false;
}

static bool has_seclabel(struct libmnt_fs *fs)
{
	return has_option(fs, "seclabel");
}

/* It may wait for somebody else before it answers. */
static bool is_remote(struct libmnt_fs *fs)
{
	/* that libmount does not know, or not in every release */
	static const char *const types[] = {"9p",     "afs",   "beegfs",    "ceph",
					    "coda",   "gfs2",  "glusterfs", "gpfs",
					    "lustre", "ocfs2", "orangefs",  "smb3"};
	const char *type = mnt_fs_get_fstype(fs);

	for (size_t i = 0; type && i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return mnt_fs_is_netfs(fs) || (type && strncmp(type, "fuse", 4) == 0);
}

/* The kernel tells who mounted it. */
static bool is_by_user(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs);
	char *id;
	size_t len;

	return type && strncmp(type, "fuse", 4) == 0 &&
	       mnt_fs_get_option(fs, "user_id", &id, &len) == 0 && !(len == 1 && *id == '0');
}

static bool is_autofs(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs);

	return type && strcmp(type, "autofs") == 0;
}

static bool may_be_asked(struct libmnt_fs *fs)
{
	return mnt_fs_get_fstype(fs) && !is_autofs(fs) && !is_remote(fs);
}

/* snapper's, a mount of its own; where it is none, the walk finds it */
static bool is_snapshots(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs), *name = strrchr(mnt_fs_get_target(fs), '/');

	return type && strcmp(type, "btrfs") == 0 && name && strcmp(name, "/.snapshots") == 0;
}

/* What is in it are no files, and what is set on them is gone with them. */
static bool is_kernels(struct libmnt_fs *fs)
{
	static const char *const types[] = {"binfmt_misc", "bpf",     "cgroup",	    "cgroup2",
					    "configfs",	   "debugfs", "devpts",	    "devtmpfs",
					    "efivarfs",	   "fusectl", "mqueue",	    "nsfs",
					    "proc",	   "pstore",  "rpc_pipefs", "securityfs",
					    "selinuxfs",   "sysfs",   "tracefs"};
	const char *type = mnt_fs_get_fstype(fs);

	for (size_t i = 0; type && i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static const char *why_skip(struct libmnt_fs *fs, unsigned flags, unsigned *ret_scope)
{
	*ret_scope = 0;
	if (is_autofs(fs))
		return "automount point";
	if (flags & MOUNTS_NEED_SECLABEL && has_option(fs, "context")) {
		*ret_scope = SCOPE_TELL;
		return "its labels are fixed by the mount option context=";
	}
	if ((flags & MOUNTS_NEED_SECLABEL) && !has_seclabel(fs))
		return "mount cannot hold labels";
	if (flags & MOUNTS_NOT_THE_KERNELS && is_kernels(fs)) {
		*ret_scope = SCOPE_SOFT;
		return "the kernel makes what is in it: no label lasts there";
	}
	if (!(flags & MOUNTS_REMOTE) && is_remote(fs)) {
		*ret_scope = SCOPE_SOFT | SCOPE_TELL;
		return "remote file system (--remote enters it)";
	}
	if (!(flags & MOUNTS_SNAPSHOTS) && is_snapshots(fs)) {
		*ret_scope = SCOPE_SOFT;
		return "snapshots (--snapshots enters them)";
	}
	return NULL;
}

/* Call @fn for each visible mount. */
static int each_visible(const char *mountinfo, int (*fn)(void *user, const struct mount *x),
			void *user)
{
	_cleanup_(mounts_done) struct mounts m = {0};
	_cleanup_free_ size_t *order = NULL;
	size_t n;
	int r = mounts_read(&m, mountinfo);

	if (r < 0)
		return r;
	order = calloc(m.n + 1, sizeof(*order));
	if (!order)
		return -ENOMEM;
	n = visible_order(&m, order);
	for (size_t i = 0; i < n && r == 0; i++)
		r = fn(user, &m.v[order[i]]);
	return r;
}

struct loading {
	struct scope *scope;
	unsigned flags;
	struct twins twins;
};

static int load_one(void *user, const struct mount *x)
{
	struct loading *l = user;
	unsigned how;
	const char *why = why_skip(x->fs, l->flags, &how);
	int r;

	if (!may_be_asked(x->fs))
		how |= SCOPE_UNASKED;
	r = scope_mount(l->scope, x->path, why, how);

	return r < 0 ? r
		     : twins_add(&l->twins, x->id, x->parent, mnt_fs_get_devno(x->fs), x->path,
				 mnt_fs_get_root(x->fs));
}

int mounts_load(struct scope *scope, const char *mountinfo, unsigned flags, place_fn look)
{
	struct loading l = {.scope = scope, .flags = flags};
	int r = each_visible(mountinfo, load_one, &l);

	if (r == 0)
		r = twins_note(&l.twins, scope, look ? look : place_look);
	twins_done(&l.twins);
	return r;
}

struct telling {
	lbl_mount_fn fn;
	void *user;
};

static int tell_one(void *user, const struct mount *x)
{
	const struct telling *t = user;
	const char *type = mnt_fs_get_fstype(x->fs), *source = mnt_fs_get_source(x->fs);
	const char *root = mnt_fs_get_root(x->fs);
	struct lbl_mount m = {
		.path = x->path,
		.type = type ? type : "",
		.source = source ? source : "",
		.id = x->id,
		.remote = is_remote(x->fs),
		.by_user = is_by_user(x->fs),
		.autofs = is_autofs(x->fs),
		.read_only = has_option(x->fs, "ro"),
		.root = root ? root : "",
	};

	return t->fn(t->user, &m);
}

int mounts_each(const char *mountinfo, lbl_mount_fn fn, void *user)
{
	struct telling t = {fn, user};

	return each_visible(mountinfo, tell_one, &t);
}

static int dev_compare(const void *a, const void *b)
{
	dev_t x = *(const dev_t *)a, y = *(const dev_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t mounts_inodes(const char *mountinfo)
{
	_cleanup_(mounts_done) struct mounts m = {0};
	_cleanup_free_ size_t *order = NULL;
	_cleanup_free_ dev_t *seen = NULL;
	size_t n, n_seen = 0;
	bool any_label = false;
	uint64_t sum = 0;

	if (mounts_read(&m, mountinfo) < 0)
		return 0;
	order = calloc(m.n + 1, sizeof(*order));
	seen = calloc(m.n + 1, sizeof(*seen));
	if (!order || !seen)
		return 0;
	n = visible_order(&m, order);
	for (size_t i = 0; i < n; i++)
		any_label |= has_seclabel(m.v[order[i]].fs);
	for (size_t i = 0; i < n; i++) {
		const struct mount *x = &m.v[order[i]];
		dev_t dev = mnt_fs_get_devno(x->fs);
		size_t known = n_seen;
		struct statvfs st;

		if (any_label ? !has_seclabel(x->fs) : mnt_fs_is_pseudofs(x->fs))
			continue;
		if (!may_be_asked(x->fs) || lfind(&dev, seen, &known, sizeof(dev), dev_compare) ||
		    statvfs(x->path, &st) < 0)
			continue;
		seen[n_seen++] = dev;
		if (st.f_files > st.f_ffree)
			sum += st.f_files - st.f_ffree;
	}
	return sum;
}

static bool has_fixed_labels(struct libmnt_fs *fs)
{
	static const char *const options[] = {"context", "fscontext", "defcontext", "rootcontext"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (has_option(fs, options[i]))
			return true;
	return false;
}

int mounts_describe(uint64_t mnt_id, const char *mountinfo, struct mount_facts *ret_facts)
{
	_cleanup_(mounts_done) struct mounts m = {0};
	const struct mount *x;
	struct mount_facts facts;
	int r = mounts_read(&m, mountinfo);

	if (r < 0)
		return r;
	x = mnt_id <= INT_MAX ? mount_by_id(&m, (int)mnt_id) : NULL;
	if (!x || !mnt_fs_get_fstype(x->fs))
		return -ENOENT;
	facts = (struct mount_facts){
		.type = strdup(mnt_fs_get_fstype(x->fs)),
		.source = strdup(mnt_fs_get_srcpath(x->fs) ? mnt_fs_get_srcpath(x->fs) : ""),
		.seclabel = has_seclabel(x->fs),
		.fixed_labels = has_fixed_labels(x->fs),
	};
	if (!facts.type || !facts.source) {
		mount_facts_done(&facts);
		return -ENOMEM;
	}
	*ret_facts = facts;
	return 0;
}

void mount_facts_done(struct mount_facts *facts)
{
	free(facts->type);
	free(facts->source);
	*facts = (struct mount_facts){0};
}
