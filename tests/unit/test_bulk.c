/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels read from images of ext4, made by mkfs.ext4 and debugfs in all the ways that matter to
 * where a label is; no root is needed.
 */
#include <endian.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/hash.h"
#include "tree/btrfs.h"
#include "tree/bulk.h"
#include "tree/census.h"
#include "tree/ext4.h"

#define XATTR  "security.selinux"
#define NAMES  120 /* names n0, n1, ... */
#define LENGTH 3000

/* ---- making images -------------------------------------------------------------------------- */

struct image {
	char path[64];
	int fd;
	uint64_t ino[NAMES];
	char label[NAMES][LENGTH + 1]; /* "": none */
};

/* Run a shell command; its standard output is malloc'ed.  NULL: it failed. */
static char *shell(const char *command)
{
	struct buf b = {0};
	char part[512];
	FILE *f = popen(command, "re");
	size_t n;

	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	if (pclose(f) != 0) {
		buf_done(&b);
		return NULL;
	}
	buf_addc(&b, '\0');
	return TAKE_PTR(b.data);
}

_printf_(1, 2) static void must(const char *fmt, ...)
{
	char command[1024], *out;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	out = shell(command);
	if (!out)
		fail_msg("%s", command);
	free(out);
}

static void need_tools(void)
{
	char *out = shell("{ command -v mkfs.ext4 && command -v debugfs; } 2>&1");

	if (!out) {
		print_message("SKIP: mkfs.ext4 or debugfs is not installed\n");
		skip();
	}
	free(out);
}

/* What n<i> gets: nothing, a short label, one that fills the inode, one longer than any inode. */
static void choose_label(char *label, unsigned i, size_t longest)
{
	static const size_t sizes[] = {0, 30, 80, 300, 1000, LENGTH};
	size_t len = sizes[i % ARRAY_SIZE(sizes)];
	char head[24];

	if (len == 0 || len > longest) {
		*label = '\0';
		return;
	}
	memset(label, 'a' + (int)(i % 26), len);
	label[len] = '\0';
	memcpy(label, head, (size_t)snprintf(head, sizeof(head), "u:r:t%u:", i % 40));
}

static void write_labels(struct image *img, size_t longest)
{
	char script[80];
	FILE *f;

	snprintf(script, sizeof(script), "%s.commands", img->path);
	f = fopen(script, "we");
	assert_non_null(f);
	for (unsigned i = 0; i < NAMES; i++) {
		choose_label(img->label[i], i, longest);
		fprintf(f, "mknod n%u p\n", i);
		if (i % 4 == 1)
			fprintf(f, "ea_set n%u user.before %.*s\n", i, (int)(i % 30),
				"012345678901234567890123456789");
		if (img->label[i][0])
			fprintf(f, "ea_set n%u " XATTR " %s\n", i, img->label[i]);
		if (i % 4 == 3)
			fprintf(f, "ea_set n%u security.capability x\n", i);
	}
	fclose(f);
	must("debugfs -w -f %s %s 2>&1 | { ! grep -i 'error\\|no space'; }", script, img->path);
	unlink(script);
}

static void find_inodes(struct image *img)
{
	char command[128], *out, *line, *save = NULL;

	snprintf(command, sizeof(command), "debugfs -R 'ls -p /' %s 2>/dev/null", img->path);
	out = shell(command);
	assert_non_null(out);
	for (line = strtok_r(out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned long long ino;
		unsigned i;

		if (sscanf(line, "/%llu/%*o/%*u/%*u/n%u/", &ino, &i) == 2 && i < NAMES)
			img->ino[i] = ino;
	}
	free(out);
	for (unsigned i = 0; i < NAMES; i++)
		assert_int_not_equal(img->ino[i], 0);
}

static void image_make(struct image *img, const char *options, size_t longest)
{
	*img = (struct image){.path = "/tmp/relabel-ext4-XXXXXX"};
	img->fd = mkstemp(img->path);
	assert_true(img->fd >= 0);
	assert_int_equal(ftruncate(img->fd, 24 << 20), 0);
	must("mkfs.ext4 -q -F -E lazy_itable_init=1 %s %s 2>&1", options, img->path);
	write_labels(img, longest);
	find_inodes(img);
}

static void image_done(struct image *img)
{
	close(img->fd);
	unlink(img->path);
}

/* ---- reading them --------------------------------------------------------------------------- */

/* What a census of an image showed: how often each n<i>, and directories. */
struct shown {
	_Atomic unsigned names[NAMES], others, dirs;
	const struct image *img;
	size_t round;
};

static void *show_start(void *user, const struct bulk *bulk)
{
	return user;
}

static void show_stop(void *hand)
{
}

static enum census_answer show_dir(void *hand, struct walk_dir *d)
{
	((struct shown *)hand)->dirs++;
	return CENSUS_RIGHT;
}

static enum census_answer show_entry(void *hand, const struct walk_entry *e)
{
	struct shown *s = hand;
	unsigned i;

	if (sscanf(e->name, "n%u", &i) == 1 && i < NAMES && e->kind == LBL_FIFO &&
	    e->ino == s->img->ino[i])
		s->names[i]++;
	else
		s->others++;
	return CENSUS_RIGHT;
}

static const struct census_judge show = {
	.start = show_start, .stop = show_stop, .dir = show_dir, .entry = show_entry};

static bool is_clean(const struct bulk *b, uint64_t ino, const char *name)
{
	struct walk_dir top = {.ino = EXT4_ROOT_INO};
	struct walk_entry e = {
		.dir = &top, .ino = ino, .name = name, .name_len = strlen(name), .kind = LBL_DIR};
	struct census_counts counts;

	return b->census && census_clean(b->census, &e, &counts);
}

static struct bulk *read_image_for(const struct image *img, struct shown *shown)
{
	struct census_options census = {
		.judge = &show,
		.user = shown,
		.top = EXT4_ROOT_INO,
		.path = "/",
		.round = shown ? shown->round : 0,
	};
	struct bulk_options o = {.xattr = XATTR, .threads = 2, .census = shown ? &census : NULL};
	const char *why = "";
	struct bulk *b = NULL;
	int r = bulk_open_image(&b, img->fd, &o, &why);

	if (r < 0)
		fail_msg("%s: %s", strerror(-r), why);
	return b;
}

static struct bulk *read_image(const struct image *img)
{
	return read_image_for(img, NULL);
}

/* Every label is told, or, if it may be @kept_elsewhere, not known. */
static void check_labels(const struct image *img, const struct bulk *b, size_t kept_elsewhere)
{
	for (unsigned i = 0; i < NAMES; i++) {
		const struct context *c = NULL;
		int answer = bulk_label(b, img->ino[i], &c);
		size_t len = strlen(img->label[i]);

		if (len >= kept_elsewhere && answer == BULK_UNKNOWN)
			continue;
		assert_int_equal(answer, len ? BULK_LABEL : BULK_NONE);
		if (!len)
			continue;
		assert_int_equal(c->len, len);
		assert_memory_equal(c->s, img->label[i], len);
	}
}

static void every_way_to_make_it(void **state)
{
	static const struct {
		const char *options;
		size_t longest, elsewhere;
	} ways[] = {
		{"-b 4096 -I 256", LENGTH, SIZE_MAX},
		{"-b 4096 -I 128", LENGTH, SIZE_MAX},
		{"-b 4096 -I 512", LENGTH, SIZE_MAX},
		{"-b 4096 -I 1024", LENGTH, SIZE_MAX},
		{"-b 4096 -I 2048 -N 512", LENGTH, SIZE_MAX},
		{"-b 1024 -I 256", 800, SIZE_MAX},
		{"-b 1024 -I 128", 800, SIZE_MAX},
		{"-b 2048 -I 256", 1000, SIZE_MAX},
		{"-b 1024 -g 256 -N 1024 -O meta_bg,^resize_inode", 800, SIZE_MAX},
		{"-b 1024 -g 256 -N 1024 -O meta_bg,^resize_inode,^64bit", 800, SIZE_MAX},
		{"-b 1024 -g 256 -N 1024 -O meta_bg,^resize_inode,^sparse_super", 800, SIZE_MAX},
		{"-b 1024 -g 256 -N 1024 -O ^flex_bg", 800, SIZE_MAX},
		{"-b 4096 -O sparse_super2", LENGTH, SIZE_MAX},
		{"-b 1024 -g 256 -N 1024 -O sparse_super2,meta_bg,^resize_inode", 800, SIZE_MAX},
		{"-b 4096 -O ^metadata_csum,uninit_bg", LENGTH, SIZE_MAX},
		{"-b 4096 -N 512 -O ^metadata_csum,^uninit_bg,^64bit,^extent", LENGTH, SIZE_MAX},
		{"-b 1024 -O bigalloc -C 4096", 800, SIZE_MAX},
		{"-b 1024 -O bigalloc,meta_bg,^resize_inode -C 4096", 800, SIZE_MAX},
		{"-b 4096 -O inline_data", LENGTH, SIZE_MAX},
		{"-b 4096 -O ea_inode", LENGTH, 1000},
		{"-b 1024 -O ea_inode", 1000, 300},
		{"-b 4096 -O encrypt,casefold,verity,quota,project", LENGTH, SIZE_MAX},
		{"-b 4096 -O metadata_csum_seed,large_dir,mmp", LENGTH, SIZE_MAX},
	};

	need_tools();
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct image img;
		struct bulk *b;

		print_message("%s\n", ways[i].options);
		image_make(&img, ways[i].options, ways[i].longest);
		b = read_image(&img);
		check_labels(&img, b, ways[i].elsewhere);
		assert_true(bulk_known(b) >= NAMES / 2);
		bulk_free(b);
		image_done(&img);
	}
}

static void names_are_read_from_directories(void **state)
{
	static const struct {
		const char *options;
		bool readable;
	} ways[] = {
		{"-b 4096", true},
		{"-b 1024", true},
		{"-b 4096 -I 128", true},
		{"-b 4096 -N 512 -O ^metadata_csum,^extent,^64bit", true},
		{"-b 1024 -O large_dir,encrypt,casefold", true},
		{"-b 65536", true},
		{"-b 4096 -O inline_data", true},
		{"-b 1024 -O ^filetype", false},
	};

	need_tools();
	for (size_t i = 0; i < ARRAY_SIZE(ways) * 2; i++) {
		/* the second time there is no room, so directories are named first */
		struct shown shown = {.round = i % 2 ? 1000 : 0};
		struct image img;
		struct bulk *b;

		print_message("%s\n", ways[i / 2].options);
		image_make(&img, ways[i / 2].options, 100);
		shown.img = &img;
		b = read_image_for(&img, &shown);
		assert_non_null(b->census);
		for (unsigned k = 0; k < NAMES; k++)
			assert_int_equal(shown.names[k], ways[i / 2].readable);
		assert_int_equal(shown.others, 0);
		/* perhaps once by each thread */
		assert_in_range(shown.dirs, ways[i / 2].readable ? 2 : 1,
				ways[i / 2].readable ? 4 : 2);
		assert_int_equal(is_clean(b, 11, "lost+found"), ways[i / 2].readable);
		bulk_free(b);
		image_done(&img);
	}
}

/* Blocks of the kind that an index is made of, and what is damaged. */
static void blocks_of_directories_are_taken_apart(void **state)
{
	static const struct ext4 fs = {.block_size = 64}, large = {.block_size = 65536};
	/* "." and ".." behind which an index lies; an entry not in use; one name; the checksum */
	static const char root[64] = "\2\0\0\0\14\0\1\2.\0\0\0\2\0\0\0\64\0\2\2..";
	static const char leaf[64] = "\0\0\0\0\20\0\3\1old\0....\15\0\0\0\44\0\3\7new.....";
	_Alignas(4) char block[64];
	struct ext4_name n;
	size_t pos = 0;
	char *big;

	assert_int_equal(ext4_name_next(&fs, root, &pos, &n), 0);
	memcpy(block, leaf, sizeof(block));
	memcpy(block + 52, "\0\0\0\0\14\0\0\336", 8);
	pos = 0;
	assert_int_equal(ext4_name_next(&fs, block, &pos, &n), 1);
	assert_int_equal(n.ino, 13);
	assert_int_equal(n.kind, LBL_LNK);
	assert_int_equal(n.len, 3);
	assert_memory_equal(n.name, "new", 3);
	assert_int_equal(ext4_name_next(&fs, block, &pos, &n), 0);
	for (unsigned bad = 0; bad < 4; bad++) { /* short, odd, too long, shorter than its name */
		static const char lens[] = {4, 0x22, 0x34, 8};

		block[16 + 4] = lens[bad];
		pos = 16;
		assert_int_equal(ext4_name_next(&fs, block, &pos, &n), -EINVAL);
	}
	big = calloc(1, 65536);
	assert_non_null(big);
	memcpy(big, "\15\0\0\0\377\377\3\7big", 11);
	pos = 0;
	assert_int_equal(ext4_name_next(&large, big, &pos, &n), 1);
	assert_int_equal(ext4_name_next(&large, big, &pos, &n), 0);
	free(big);
}

static void what_is_no_such_image_is_refused(void **state)
{
	struct bulk_options o = {.xattr = XATTR};
	const char *why = NULL;
	struct bulk *b = NULL;
	struct image img;
	uint32_t word;

	need_tools();
	image_make(&img, "-b 4096", 100);
	/* a feature nobody knows yet */
	assert_int_equal(pread(img.fd, &word, 4, EXT4_SUPER_OFFSET + 0x60), 4);
	word |= UINT32_C(1) << 30;
	assert_int_equal(pwrite(img.fd, &word, 4, EXT4_SUPER_OFFSET + 0x60), 4);
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -ENOTSUP);
	/* a journal that was not played back */
	word = (word & ~(UINT32_C(1) << 30)) | 4;
	assert_int_equal(pwrite(img.fd, &word, 4, EXT4_SUPER_OFFSET + 0x60), 4);
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -ENOTSUP);
	word &= ~UINT32_C(4);
	assert_int_equal(pwrite(img.fd, &word, 4, EXT4_SUPER_OFFSET + 0x60), 4);
	o.xattr = "system.posix_acl_access";
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -ENOTSUP);
	o.xattr = XATTR;
	/* less memory than it takes */
	o.max_bytes = 64;
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -EFBIG);
	assert_non_null(strstr(why, "too many"));
	o.max_bytes = 0;
	/* shorter than it says it is */
	assert_int_equal(ftruncate(img.fd, 1 << 20), 0);
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -EINVAL);
	assert_int_equal(ftruncate(img.fd, 1000), 0);
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -EIO);
	assert_null(b);
	image_done(&img);
}

static void what_is_not_in_the_table_is_not_known(void **state)
{
	const struct context *c = NULL;
	struct image img;
	struct bulk *b;

	need_tools();
	image_make(&img, "-b 4096", 100);
	b = read_image(&img);
	assert_int_equal(bulk_label(b, 0, &c), BULK_UNKNOWN);
	assert_int_equal(bulk_label(b, img.ino[NAMES - 1] + 1, &c), BULK_UNKNOWN);
	assert_int_equal(bulk_label(b, UINT64_MAX, &c), BULK_UNKNOWN);
	assert_int_equal(bulk_label(b, UINT64_C(1) << 33, &c), BULK_UNKNOWN);
	bulk_free(b);
	image_done(&img);
}

static void a_stopped_reading_ends(void **state)
{
	const _Atomic bool stop = true;
	struct bulk_options o = {.xattr = XATTR, .stop = &stop};
	const char *why = NULL;
	struct bulk *b = NULL;
	struct image img;

	need_tools();
	image_make(&img, "-b 4096", 100);
	assert_int_equal(bulk_open_image(&b, img.fd, &o, &why), -ECANCELED);
	image_done(&img);
}

/* ---- contexts ------------------------------------------------------------------------------- */

static void labels_get_numbers(void **state)
{
	struct contexts c;
	struct contexts_view *views = calloc(2, sizeof(*views));
	char label[32];

	assert_non_null(views);
	contexts_init(&c);
	for (int i = 0; i < CONTEXTS_MAX; i++) {
		int len = snprintf(label, sizeof(label), "u:r:t%d", i);

		assert_int_equal(contexts_id(&c, &views[0], label, (size_t)len), i);
	}
	assert_true(contexts_id(&c, &views[0], "one more", 8) < 0);
	for (int i = 0; i < CONTEXTS_MAX; i += 7) {
		int len = snprintf(label, sizeof(label), "u:r:t%d", i);

		assert_int_equal(contexts_id(&c, &views[1], label, (size_t)len), i);
		assert_int_equal(contexts_id(&c, &views[1], label, (size_t)len), i);
		assert_int_equal(contexts_get(&c, (size_t)i)->len, len);
		assert_string_equal(contexts_get(&c, (size_t)i)->s, label);
	}
	contexts_done(&c);
	free(views);
}

static void labels_that_collide_have_an_end(void **state)
{
	struct contexts c;
	struct contexts_view *view = calloc(1, sizeof(*view));
	char label[32];
	int r = 0, n = 0;

	assert_non_null(view);
	contexts_init(&c);
	/* all want the same place, however big the table gets */
	for (unsigned i = 0; r >= 0 && n < 600; i++) {
		int len = snprintf(label, sizeof(label), "u:r:t%u", i);

		if (hash64(label, (size_t)len) % 4096)
			continue;
		r = contexts_id(&c, view, label, (size_t)len);
		n++;
	}
	assert_int_equal(r, -E2BIG);
	assert_in_range(n, 250, 270);
	assert_in_range(contexts_id(&c, view, "u:r:other", 9), 0, CONTEXTS_MAX);
	contexts_done(&c);
	free(view);
}

/* ---- btrfs ---------------------------------------------------------------------------------- */

struct reply {
	size_t len;
	char data[1024];
};

static void add_item(struct reply *r, uint64_t ino, uint32_t type, const void *data, size_t len)
{
	struct btrfs_ioctl_search_header h = {
		.objectid = ino, .type = type, .offset = 7, .len = (uint32_t)len};

	memcpy(r->data + r->len, &h, sizeof(h));
	memcpy(r->data + r->len + sizeof(h), data, len);
	r->len += sizeof(h) + len;
}

static size_t put_attr(char *at, const char *name, const char *value, size_t len)
{
	struct btrfs_dir_item d = {.name_len = htole16((uint16_t)strlen(name)),
				   .data_len = htole16((uint16_t)len)};

	memcpy(at, &d, sizeof(d));
	memcpy(at + sizeof(d), name, strlen(name));
	memcpy(at + sizeof(d) + strlen(name), value, len);
	return sizeof(d) + strlen(name) + len;
}

static void items_of_a_tree_are_taken_apart(void **state)
{
	struct reply r = {0};
	struct btrfs_item item;
	const char *label;
	char data[256];
	size_t pos = 0, len, n;

	add_item(&r, 257, BTRFS_INODE_ITEM_KEY, "inode", 5);
	/* two names of one hash */
	n = put_attr(data, "user.other", "value", 5);
	n += put_attr(data + n, XATTR, "u:r:t:s0\0", 10);
	add_item(&r, 257, BTRFS_XATTR_ITEM_KEY, data, n);
	add_item(&r, 258, BTRFS_XATTR_ITEM_KEY, data, n - 1); /* the second is cut short */
	n = put_attr(data, "security.selinuxx", "u:r:x", 5);
	add_item(&r, 259, BTRFS_XATTR_ITEM_KEY, data, n);

	assert_int_equal(btrfs_item_next(r.data, r.len, &pos, &item), 1);
	assert_int_equal(item.ino, 257);
	assert_int_equal(item.len, 5);
	assert_false(btrfs_item_label(&item, XATTR, strlen(XATTR), &label, &len));
	assert_int_equal(btrfs_item_next(r.data, r.len, &pos, &item), 1);
	assert_int_equal(item.offset, 7);
	assert_true(btrfs_item_label(&item, XATTR, strlen(XATTR), &label, &len));
	assert_int_equal(len, 8);
	assert_memory_equal(label, "u:r:t:s0", 8);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(btrfs_item_next(r.data, r.len, &pos, &item), 1);
		assert_false(btrfs_item_label(&item, XATTR, strlen(XATTR), &label, &len));
	}
	assert_int_equal(btrfs_item_next(r.data, r.len, &pos, &item), 0);
	pos = 0;
	assert_int_equal(btrfs_item_next(r.data, 36, &pos, &item), -EINVAL);
	pos = 0;
	assert_int_equal(btrfs_item_next(r.data, 31, &pos, &item), -EINVAL);
}

static void names_are_taken_from_items(void **state)
{
	/* two names in directory 9; then far ones, in 300 and 301, the second cut short */
	static const char near[] = "iiiiiiii\3\0abciiiiiiii\1\0x";
	static const char far[] = "\54\1\0\0\0\0\0\0iiiiiiii\2\0pq"
				  "\55\1\0\0\0\0\0\0iiiiiiii\3\0rs";
	struct btrfs_item item = {.ino = 257,
				  .offset = 9,
				  .type = BTRFS_INODE_REF_KEY,
				  .data = near,
				  .len = sizeof(near) - 1};
	struct btrfs_name n;
	size_t pos = 0;

	assert_int_equal(btrfs_item_name(&item, &pos, &n), 1);
	assert_int_equal(n.dir, 9);
	assert_int_equal(n.len, 3);
	assert_memory_equal(n.name, "abc", 3);
	assert_int_equal(btrfs_item_name(&item, &pos, &n), 1);
	assert_int_equal(n.len, 1);
	assert_memory_equal(n.name, "x", 1);
	assert_int_equal(btrfs_item_name(&item, &pos, &n), 0);
	for (item.len = 1; item.len < 13; item.len++) {
		pos = 0;
		assert_int_equal(btrfs_item_name(&item, &pos, &n), -EINVAL);
	}

	item.type = BTRFS_INODE_EXTREF_KEY;
	item.data = far;
	item.len = sizeof(far) - 1;
	pos = 0;
	assert_int_equal(btrfs_item_name(&item, &pos, &n), 1);
	assert_int_equal(n.dir, 300);
	assert_int_equal(n.len, 2);
	assert_memory_equal(n.name, "pq", 2);
	assert_int_equal(btrfs_item_name(&item, &pos, &n), -EINVAL);
	item.type = BTRFS_XATTR_ITEM_KEY;
	pos = 0;
	assert_int_equal(btrfs_item_name(&item, &pos, &n), 0);
}

static void kinds_and_entries_are_taken_from_items(void **state)
{
	struct btrfs_inode_item inode = {.mode = htole32(S_IFLNK | 0777)};
	struct btrfs_item item = {.ino = 257,
				  .type = BTRFS_INODE_ITEM_KEY,
				  .data = (const char *)&inode,
				  .len = sizeof(inode)};
	char data[256];
	uint64_t number;
	size_t pos = 0, n, first;

	assert_int_equal(btrfs_item_kind(&item), LBL_LNK);
	item.len--;
	assert_int_equal(btrfs_item_kind(&item), LBL_ANY);
	item.len++;
	item.type = BTRFS_INODE_REF_KEY;
	assert_int_equal(btrfs_item_kind(&item), LBL_ANY);

	/* two entries of one hash */
	first = n = put_attr(data, "name", "", 0);
	n += put_attr(data + n, "other", "", 0);
	data[0] = 44;
	data[1] = 1;
	data[first] = 45;
	item = (struct btrfs_item){
		.ino = 257, .type = BTRFS_DIR_ITEM_KEY, .data = data, .len = (uint32_t)n};
	assert_int_equal(btrfs_item_entry(&item, &pos, &number), 1);
	assert_int_equal(number, 300);
	assert_int_equal(btrfs_item_entry(&item, &pos, &number), 1);
	assert_int_equal(number, 45);
	assert_int_equal(btrfs_item_entry(&item, &pos, &number), 0);
	item.len--;
	pos = first;
	assert_int_equal(btrfs_item_entry(&item, &pos, &number), -EINVAL);
	item.type = BTRFS_XATTR_ITEM_KEY;
	pos = 0;
	assert_int_equal(btrfs_item_entry(&item, &pos, &number), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_make_it),
		cmocka_unit_test(names_are_read_from_directories),
		cmocka_unit_test(blocks_of_directories_are_taken_apart),
		cmocka_unit_test(what_is_no_such_image_is_refused),
		cmocka_unit_test(what_is_not_in_the_table_is_not_known),
		cmocka_unit_test(a_stopped_reading_ends),
		cmocka_unit_test(labels_get_numbers),
		cmocka_unit_test(labels_that_collide_have_an_end),
		cmocka_unit_test(items_of_a_tree_are_taken_apart),
		cmocka_unit_test(names_are_taken_from_items),
		cmocka_unit_test(kinds_and_entries_are_taken_from_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
