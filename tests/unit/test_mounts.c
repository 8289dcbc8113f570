/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cmocka.h>

#include "tree/mounts.h"
#include "tree/probe.h"

static char *write_table(char path[], const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

/* Who could exchange what is below /u, and which mount has what is at /data. */
static int look(const struct scope *scope, const char *path, struct place *ret_place)
{
	*ret_place = (struct place){.firm = strncmp(path, "/u/", 3) != 0,
				    .known = true,
				    .dev = 8,
				    .ino = 77,
				    .mnt_id = strncmp(path, "/data", 5) == 0 ? 21 : 20};
	return 0;
}

static int load(struct scope *s, const char *text, unsigned flags)
{
	char path[] = "/tmp/relabel-mountinfo-XXXXXX";
	int r = mounts_load(s, write_table(path, text), flags, look);

	unlink(path);
	return r;
}

#define ROOT "20 1 8:1 / / rw - ext4 /dev/sda1 rw,seclabel\n"

static void notes_every_mount(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(load(&s,
			      ROOT "21 20 8:2 / /home rw,nosuid shared:1 - xfs /dev/sda2 rw\n"
				   "22 21 0:30 / /home/a\\040b\\134c\\011d rw - tmpfs tmpfs rw\n",
			      0),
			 0);
	assert_true(scope_find(&s, "/")->mount);
	assert_true(scope_find(&s, "/home")->mount);
	assert_true(scope_find(&s, "/home/a b\\c\td")->mount);
	assert_null(scope_excluded(&s, "/home/a b\\c\td"));
}

static void what_the_kernel_makes_is_left_out_when_asked(void **state)
{
	_cleanup_(scope_done) struct scope s = {0}, all = {0};
	const char *text = ROOT "21 20 0:21 / /proc rw - proc proc rw\n"
				"22 20 0:22 / /sys rw - sysfs sysfs rw\n"
				"23 22 0:23 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
				"24 20 0:24 / /tmp rw - tmpfs tmpfs rw\n"
				"25 20 0:25 / /dev rw - devtmpfs devtmpfs rw\n";

	assert_int_equal(load(&s, text, MOUNTS_NOT_THE_KERNELS), 0);
	assert_non_null(scope_find(&s, "/proc")->skip);
	assert_non_null(scope_find(&s, "/sys")->skip);
	assert_non_null(scope_find(&s, "/sys/fs/cgroup")->skip);
	assert_null(scope_find(&s, "/tmp")->skip);
	assert_non_null(scope_find(&s, "/dev")->skip);
	/* who names it means it */
	assert_null(scope_excluded(&s, "/proc/self"));
	assert_int_equal(load(&all, text, 0), 0);
	assert_null(scope_find(&all, "/proc")->skip);
}

static void without_seclabel_it_is_left_out_when_asked(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};
	const char *text = ROOT "21 20 0:21 / /proc rw - proc proc rw\n"
				"22 20 0:22 / /x rw - tmpfs tmpfs rw,seclabel,size=1k\n"
				"23 22 0:23 / /x/y rw - fuse.z z rw,user_id=0\n"
				"24 20 0:24 / /n rw - ext4 e rw,context=seclabel_t\n";

	assert_int_equal(load(&s, text, MOUNTS_NEED_SECLABEL), 0);
	assert_non_null(scope_excluded(&s, "/proc/1"));
	assert_null(scope_excluded(&s, "/x"));
	assert_non_null(scope_excluded(&s, "/x/y"));
	assert_non_null(scope_excluded(&s, "/n"));
	assert_null(scope_excluded(&s, "/"));
	scope_done(&s);
	assert_int_equal(load(&s, text, 0), 0);
	assert_null(scope_excluded(&s, "/proc/1"));
	assert_null(scope_excluded(&s, "/n"));
}

static void the_topmost_of_a_stack_decides(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	/* the upper one is listed first: order in the file means nothing, parents do */
	assert_int_equal(load(&s,
			      ROOT "31 30 0:31 / /m rw - tmpfs t rw,seclabel\n"
				   "30 20 0:30 / /m rw - nfs n rw\n",
			      MOUNTS_NEED_SECLABEL),
			 0);
	assert_null(scope_excluded(&s, "/m"));
	scope_done(&s);
	assert_int_equal(load(&s,
			      ROOT "30 20 0:30 / /m rw - tmpfs t rw,seclabel\n"
				   "31 30 0:31 / /m rw - nfs n rw\n",
			      MOUNTS_NEED_SECLABEL),
			 0);
	assert_non_null(scope_excluded(&s, "/m"));
}

static void what_a_later_mount_hides_is_not_there(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	/* /a-b sorts between /a and /a/b if '/' is a byte like others */
	assert_int_equal(load(&s,
			      ROOT "30 20 0:30 / /a/b rw - nfs n rw\n"
				   "31 20 0:31 / /a-b rw - nfs n rw\n"
				   "32 30 0:32 / /a/b/c rw - nfs n rw\n"
				   "33 20 0:33 / /a rw - tmpfs t rw,seclabel\n"
				   "34 33 0:34 / /a/d rw - nfs n rw\n",
			      MOUNTS_NEED_SECLABEL),
			 0);
	assert_null(scope_excluded(&s, "/a"));
	assert_null(scope_excluded(&s, "/a/b"));
	assert_null(scope_excluded(&s, "/a/b/c"));
	assert_non_null(scope_excluded(&s, "/a-b"));
	assert_non_null(scope_excluded(&s, "/a/d"));

	scope_done(&s);
	assert_int_equal(load(&s,
			      ROOT "30 20 0:30 / /a rw - nfs n rw\n"
				   "31 20 0:31 / / rw - ext4 e rw,seclabel\n",
			      MOUNTS_NEED_SECLABEL),
			 0);
	assert_null(scope_excluded(&s, "/a"));
}

static void autofs_is_never_entered(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(load(&s,
			      ROOT "30 20 0:30 / /net rw - autofs x rw,seclabel\n"
				   "31 20 0:31 / /misc rw - autofs x rw\n"
				   "32 31 0:32 / /misc rw - ext4 e rw,seclabel\n",
			      0),
			 0);
	assert_non_null(scope_excluded(&s, "/net"));
	assert_null(scope_excluded(&s, "/misc")); /* something is mounted on it already */
}

static int append(void *user, const struct lbl_mount *m)
{
	char *all = user;

	sprintf(all + strlen(all), "%s %d%s%s%s\n", m->path, m->id, m->remote ? " remote" : "",
		m->by_user ? " user's" : "", m->autofs ? " autofs" : "");
	return strcmp(m->path, "/stop") == 0 ? 42 : 0;
}

static void each_is_told_after_the_one_it_is_on(void **state)
{
	char path[] = "/tmp/relabel-mountinfo-XXXXXX", all[512] = "";

	write_table(path, "33 32 0:33 / /net/x rw - nfs4 h:/x rw\n"
			  "34 32 0:34 / /net/y rw - tmpfs t rw\n"
			  "35 34 0:35 / /net/y rw - fuse.sshfs s rw,user_id=0,group_id=0\n"
			  "37 20 0:37 / /own rw - fuse.x s rw,user_id=1000,group_id=1000\n"
			  "32 20 0:32 / /net rw - autofs a rw\n" ROOT
			  "36 34 0:36 / /net/y/hidden rw - ext4 e rw\n");
	assert_int_equal(mounts_each(path, append, all), 0);
	assert_string_equal(all, "/ 20\n/net 32 autofs\n/own 37 remote user's\n/net/x 33 remote\n"
				 "/net/y 34\n/net/y 35 remote\n");
	unlink(path);
	strcpy(path + strlen(path) - 6, "XXXXXX");
	write_table(path, ROOT "21 20 0:21 / /stop rw - proc p rw\n"
			       "22 21 0:22 / /stop/x rw - proc p rw\n");
	assert_int_equal(mounts_each(path, append, all), 42);
	unlink(path);
	assert_int_equal(mounts_each("/nonexistent/mountinfo", append, all), -ENOENT);
}

static void user_exclusions_stay(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(scope_exclude(&s, "/home", "user"), 0);
	assert_int_equal(load(&s, ROOT "21 20 8:2 / /home rw - xfs x rw,seclabel\n", 0), 0);
	assert_string_equal(scope_excluded(&s, "/home"), "user");
}

static void broken_tables_are_refused(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_true(load(&s, ROOT "what is this\n", 0) < 0);
	assert_int_equal(mounts_load(&s, "/nonexistent/mountinfo", 0, NULL), -ENOENT);
}

static void reads_the_real_one(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(mounts_load(&s, NULL, 0, NULL), 0);
	/* in a chroot "/" need not be a mount; /proc is, for the table was read there */
	assert_non_null(scope_find(&s, "/proc"));
	assert_true(scope_find(&s, "/proc")->mount);
}

static void counts_inodes_of_each_file_system_once(void **state)
{
	char path[] = "/tmp/relabel-mountinfo-XXXXXX";
	const char *text = "20 1 250:1 / / rw - ext4 /dev/x rw,seclabel\n"
			   "21 20 250:1 /x /tmp rw - ext4 /dev/x rw,seclabel\n"
			   "22 20 250:2 / /proc rw - proc proc rw\n"
			   "23 20 250:3 / /dev rw - nfs host:/x rw,seclabel\n";
	int fd = mkstemp(path);
	struct statvfs st;
	uint64_t n, used;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(statvfs("/", &st), 0);
	n = mounts_inodes(path);
	used = st.f_files - st.f_ffree;
	/* others make and remove files meanwhile; twice or thrice as many would be another sum */
	assert_true(n > used / 2 && n < used + used / 2);
	unlink(path);
	assert_int_equal(mounts_inodes("/nonexistent/mountinfo"), 0);
}

static struct mount_facts describe(const char *text, uint64_t id, int expected)
{
	char path[] = "/tmp/relabel-mountinfo-XXXXXX";
	int fd = mkstemp(path);
	struct mount_facts facts = {0};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(mounts_describe(id, path, &facts), expected);
	unlink(path);
	return facts;
}

static void tells_what_a_mount_is(void **state)
{
	static const char *const fixed[] = {"context=a:b:c", "fscontext=a:b:c",
					    "defcontext=\"a:b:c:s0:c1,c2\"", "rootcontext=a:b:c"};
	struct mount_facts f =
		describe(ROOT "21 20 8:2 / /a\\040b ro - xfs /dev/x\\040y rw\n", 21, 0);

	assert_string_equal(f.type, "xfs");
	assert_string_equal(f.source, "/dev/x y");
	assert_false(f.seclabel);
	assert_false(f.fixed_labels);
	mount_facts_done(&f);
	f = describe(ROOT, 20, 0);
	assert_true(f.seclabel);
	assert_false(f.fixed_labels);
	mount_facts_done(&f);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		char text[160];

		snprintf(text, sizeof(text), "9 1 8:1 / / rw - ext4 /dev/sda1 rw,%s,errors=x\n",
			 fixed[i]);
		f = describe(text, 9, 0);
		assert_true(f.fixed_labels);
		mount_facts_done(&f);
	}
	describe(ROOT, 21, -ENOENT);
	describe(ROOT, UINT64_MAX, -ENOENT);
}

static const struct scope_node *node_at(const struct scope *s, const char *path)
{
	const struct scope_node *node = scope_find(s, path);

	assert_non_null(node);
	return node;
}

static void remote_ones_are_left_out_of_walks_only(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};
	const char *text = ROOT "21 20 0:30 / /net rw - nfs4 h:/x rw,seclabel\n"
				"22 20 0:31 / /ceph rw - ceph h:/ rw,seclabel\n"
				"23 20 0:32 / /fuse rw - fuse.sshfs h: rw,seclabel\n"
				"24 21 0:33 / /net/proc rw - proc proc rw\n";

	assert_int_equal(load(&s, text, MOUNTS_NEED_SECLABEL), 0);
	assert_non_null(node_at(&s, "/net")->skip);
	assert_true(node_at(&s, "/net")->tell);
	assert_non_null(node_at(&s, "/ceph")->skip);
	assert_non_null(node_at(&s, "/fuse")->skip);
	/* who names a path there has asked for it */
	assert_null(scope_excluded(&s, "/net"));
	assert_null(scope_excluded(&s, "/net/x/y"));
	assert_non_null(scope_excluded(&s, "/net/proc"));
	scope_done(&s);
	assert_int_equal(load(&s, text, MOUNTS_REMOTE), 0);
	assert_null(node_at(&s, "/net")->skip);
	assert_null(node_at(&s, "/fuse")->skip);
}

static void fixed_labels_are_told_of(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(load(&s,
			      ROOT "21 20 8:2 / /usb rw - vfat /dev/sdb1 rw,context=\"u:r:t:s0\"\n"
				   "22 20 0:21 / /proc rw - proc proc rw\n",
			      MOUNTS_NEED_SECLABEL),
			 0);
	assert_non_null(node_at(&s, "/usb")->skip);
	assert_true(node_at(&s, "/usb")->tell);
	assert_false(node_at(&s, "/proc")->tell);
}

static void snapshots_on_their_own_mount(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};
	const char *text = "20 1 0:40 /@ / rw - btrfs /dev/sda1 rw\n"
			   "21 20 0:40 /@/.snapshots /.snapshots rw - btrfs /dev/sda1 rw\n"
			   "22 20 8:2 / /x/.snapshots rw - ext4 /dev/sda2 rw\n";

	assert_int_equal(load(&s, text, 0), 0);
	assert_non_null(node_at(&s, "/.snapshots")->skip);
	assert_null(node_at(&s, "/x/.snapshots")->skip);
	assert_null(scope_excluded(&s, "/.snapshots/1"));
	scope_done(&s);
	assert_int_equal(load(&s, text, MOUNTS_SNAPSHOTS), 0);
	assert_null(node_at(&s, "/.snapshots")->skip);
}

static bool elsewhere(const struct scope *s, const char *path, const char *top)
{
	const struct scope_node *node = scope_find(s, path);

	return node && scope_met_elsewhere(s, node, top);
}

static void a_bound_directory_is_met_once(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(load(&s,
			      ROOT "21 20 8:1 /home /srv/home rw - ext4 /dev/sda1 rw,seclabel\n"
				   "22 20 8:1 /etc/x /etc/x rw - ext4 /dev/sda1 rw,seclabel\n"
				   "23 20 8:2 / /a rw - xfs /dev/sda2 rw,seclabel\n"
				   "24 20 8:2 / /b rw - xfs /dev/sda2 rw,seclabel\n",
			      0),
			 0);
	assert_true(elsewhere(&s, "/srv/home", "/"));
	assert_false(elsewhere(&s, "/home", "/"));
	/* /home is not come to from there */
	assert_false(elsewhere(&s, "/srv/home", "/srv"));
	assert_false(elsewhere(&s, "/etc/x", "/"));
	assert_false(elsewhere(&s, "/a", "/"));
	assert_true(elsewhere(&s, "/b", "/"));
	/* what the user leaves out at one path is not met there */
	assert_int_equal(scope_exclude(&s, "/home", "user"), 0);
	assert_false(elsewhere(&s, "/srv/home", "/"));
}

static void a_subvolume_is_met_where_it_is_mounted(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(load(&s,
			      "20 1 0:40 /@ / rw - btrfs /dev/sda1 rw,seclabel\n"
			      "21 20 0:40 /@home /home rw - btrfs /dev/sda1 rw,seclabel\n"
			      "22 20 0:40 / /mnt/top rw - btrfs /dev/sda1 rw,seclabel\n"
			      "23 20 0:40 /@home /srv/home rw - btrfs /dev/sda1 rw,seclabel\n",
			      0),
			 0);
	assert_true(elsewhere(&s, "/mnt/top/@", "/"));
	assert_true(elsewhere(&s, "/mnt/top/@home", "/"));
	assert_true(elsewhere(&s, "/srv/home", "/"));
	assert_false(elsewhere(&s, "/home", "/"));
	assert_false(elsewhere(&s, "/mnt/top", "/"));
	assert_false(elsewhere(&s, "/mnt/top/@", "/mnt"));
}

static void what_is_hidden_is_met_nowhere(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	/* another mount lies over /home; /b, which shows the same as /a, is not walked */
	assert_int_equal(load(&s,
			      ROOT "21 20 8:3 / /home rw - ext4 /dev/sda3 rw\n"
				   "22 20 8:1 /home /srv/home rw - ext4 /dev/sda1 rw\n"
				   "23 20 8:2 / /a rw - xfs /dev/sda2 rw\n"
				   "24 20 8:2 / /b rw - xfs /dev/sda2 rw\n"
				   "25 24 8:2 /sub /b/p rw - xfs /dev/sda2 rw\n",
			      0),
			 0);
	assert_false(elsewhere(&s, "/srv/home", "/"));
	assert_true(elsewhere(&s, "/b", "/"));
	assert_false(elsewhere(&s, "/a/sub", "/"));
}

/* What can be moved is known by its number; what only root can move is preferred. */
static void what_a_user_can_move_decides_nothing(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};
	const char *why;

	/* bound from a directory of a user: by its path it would be preferred to /data */
	assert_int_equal(load(&s, ROOT "21 20 8:1 /u/own /data rw - ext4 /dev/sda1 rw\n", 0), 0);
	assert_false(elsewhere(&s, "/data", "/"));
	assert_null(scope_find(&s, "/u/own"));
	why = scope_shown_elsewhere(&s, 8, 77, 20, "/");
	assert_non_null(why);
	assert_string_equal(why, "the same directory as /data");
	assert_null(scope_shown_elsewhere(&s, 8, 77, 21, "/")); /* that is /data itself */
	assert_null(scope_shown_elsewhere(&s, 8, 78, 20, "/"));
	assert_null(scope_shown_elsewhere(&s, 9, 77, 20, "/"));
	assert_null(scope_shown_elsewhere(&s, 8, 77, 20, "/u")); /* /data is not met */
	assert_null(scope_mount_elsewhere(&s, 20, "/"));
	assert_int_equal(scope_exclude(&s, "/data", "user"), 0);
	assert_null(scope_shown_elsewhere(&s, 8, 77, 20, "/"));
	scope_done(&s);
	/* a mount that lies where a user could move it */
	assert_int_equal(load(&s, ROOT "23 20 8:1 /srv /u/srv rw - ext4 /dev/sda1 rw\n", 0), 0);
	assert_false(elsewhere(&s, "/srv", "/"));
	assert_false(elsewhere(&s, "/u/srv", "/"));
	assert_non_null(scope_shown_elsewhere(&s, 8, 77, 23, "/"));
	assert_non_null(scope_mount_elsewhere(&s, 23, "/"));
	assert_null(scope_shown_elsewhere(&s, 8, 77, 20, "/"));
	scope_done(&s);
	/* another mount is seen at /data by now than the table has: nothing is said */
	assert_int_equal(load(&s, ROOT "22 20 8:1 /u/own /data rw - ext4 /dev/sda1 rw\n", 0), 0);
	assert_null(s.shown);
	scope_done(&s);
	/* both can be moved: they are two */
	assert_int_equal(load(&s, ROOT "21 20 8:1 /u/own /u/b rw - ext4 /dev/sda1 rw\n", 0), 0);
	assert_null(s.shown);
	assert_false(elsewhere(&s, "/u/own", "/") || elsewhere(&s, "/u/b", "/"));
}

static void what_was_deleted_has_no_other_path(void **state)
{
	_cleanup_(scope_done) struct scope s = {0};

	assert_int_equal(load(&s, ROOT "21 20 8:1 /x//deleted /data rw - ext4 e rw\n", 0), 0);
	assert_false(elsewhere(&s, "/data", "/"));
	assert_null(s.shown);
}

/* Of this test's own files; nothing is asked on mounts that might not answer. */
static void a_place_is_firm_if_root_alone_can_change_it(void **state)
{
	char top[] = "/tmp/relabel-place-XXXXXX", path[64];
	_cleanup_(scope_done) struct scope s = {0};
	struct place p;
	struct stat st;
	bool root = geteuid() == 0;

	assert_int_equal(place_look(&s, "/", &p), 0);
	assert_true(p.firm && p.known);
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/d", top);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(place_look(&s, path, &p), 0);
	assert_int_equal(p.firm, root);
	assert_int_equal(p.ino, st.st_ino);
	chmod(top, 0770);
	assert_int_equal(place_look(&s, path, &p), 0);
	assert_false(p.firm);
	chmod(top, 01777); /* it is there, and root's */
	assert_int_equal(place_look(&s, path, &p), 0);
	assert_int_equal(p.firm, root);
	if (root) {
		assert_int_equal(chown(path, 1, 1), 0);
		assert_int_equal(place_look(&s, path, &p), 0);
		assert_false(p.firm);
	}
	/* what is mounted is root's; where it is mounted is not */
	if (root && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", path, "tmpfs", 0, NULL) == 0) {
		assert_int_equal(place_look(&s, path, &p), 0);
		assert_false(p.firm);
		umount(path);
	}
	rmdir(path);
	assert_int_equal(symlink("/", path), 0);
	assert_int_equal(place_look(&s, path, &p), 0); /* the link itself */
	snprintf(path, sizeof(path), "%s/d/etc", top);
	assert_int_equal(place_look(&s, path, &p), -ENOTDIR);
	assert_int_equal(scope_mount(&s, top, NULL, SCOPE_UNASKED), 0);
	assert_int_equal(place_look(&s, path, &p), 0);
	assert_false(p.firm || p.known);
	*strrchr(path, '/') = '\0';
	unlink(path);
	rmdir(top);
}

static void a_probe_comes_back(void **state)
{
	struct probe v[] = {{.path = "/"}, {.path = "/nonexistent"}, {.path = "/dev/null"}};

	probe_all(v, ARRAY_SIZE(v), 60000);
	assert_int_equal(v[0].result, 0);
	assert_int_equal(v[1].result, -ENOENT);
	assert_int_equal(v[2].result, -ENOTDIR);
}

static void who_cannot_be_asked_does_not_answer(void **state)
{
	struct probe v[] = {{.path = "/"}};
	struct rlimit was, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){0, was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	probe_all(v, 1, 60000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(v[0].result, -ETIMEDOUT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_every_mount),
		cmocka_unit_test(what_the_kernel_makes_is_left_out_when_asked),
		cmocka_unit_test(without_seclabel_it_is_left_out_when_asked),
		cmocka_unit_test(the_topmost_of_a_stack_decides),
		cmocka_unit_test(what_a_later_mount_hides_is_not_there),
		cmocka_unit_test(autofs_is_never_entered),
		cmocka_unit_test(each_is_told_after_the_one_it_is_on),
		cmocka_unit_test(user_exclusions_stay),
		cmocka_unit_test(broken_tables_are_refused),
		cmocka_unit_test(reads_the_real_one),
		cmocka_unit_test(remote_ones_are_left_out_of_walks_only),
		cmocka_unit_test(fixed_labels_are_told_of),
		cmocka_unit_test(snapshots_on_their_own_mount),
		cmocka_unit_test(a_bound_directory_is_met_once),
		cmocka_unit_test(a_subvolume_is_met_where_it_is_mounted),
		cmocka_unit_test(what_a_user_can_move_decides_nothing),
		cmocka_unit_test(what_was_deleted_has_no_other_path),
		cmocka_unit_test(a_place_is_firm_if_root_alone_can_change_it),
		cmocka_unit_test(what_is_hidden_is_met_nowhere),
		cmocka_unit_test(a_probe_comes_back),
		cmocka_unit_test(who_cannot_be_asked_does_not_answer),
		cmocka_unit_test(counts_inodes_of_each_file_system_once),
		cmocka_unit_test(tells_what_a_mount_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
