/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Three gates.  Who could have written it: root alone, or it is not even mapped.  Is it whole: size
 * and checksum, then whatever holds sizes or text.  The automaton's tables are not looked through,
 * which would cost more than all the rest: whoever follows an index in them looks where it leads
 * (trie.h, subset.c), so that the worst a wrong one can do is a wrong answer.  That the sources
 * are still the same is image_sources.c's business.
 */
#include "rules/image.h"

#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/root.h"
#include "rules/image_sources.h"

static_assert(sizeof(struct image_header) == 112, "docs/FORMAT.md");
static_assert(sizeof(struct image_file) == 72, "docs/FORMAT.md");
static_assert(sizeof(struct source_spec) == 24, "docs/FORMAT.md");
static_assert(sizeof(struct trie_packed) == 4, "docs/FORMAT.md");
static_assert(sizeof(struct trie_extra) == 8, "docs/FORMAT.md");
static_assert(sizeof(struct trie_attached) == 16, "docs/FORMAT.md");
static_assert(sizeof(struct position) == 12, "docs/FORMAT.md");
static_assert(sizeof(struct regex_set) == 32, "docs/FORMAT.md");

/* ---- is it sound? --------------------------------------------------------------------------- */

const size_t image_item_size[IMAGE_SECTIONS] = {
	[IMAGE_FILES] = sizeof(struct image_file),
	[IMAGE_SPECS] = sizeof(struct source_spec),
	[IMAGE_NODES] = sizeof(struct trie_packed),
	[IMAGE_EXTRAS] = sizeof(struct trie_extra),
	[IMAGE_ATTACHED] = sizeof(struct trie_attached),
	[IMAGE_POSITIONS] = sizeof(struct position),
	[IMAGE_FOLLOW] = sizeof(uint32_t),
	[IMAGE_SETS] = sizeof(struct regex_set),
	[IMAGE_TEXT] = 1,
};

static bool check_sections(const struct image_header *h)
{
	for (unsigned i = 0; i < IMAGE_SECTIONS; i++) {
		uint64_t offset = h->section[i].offset, n = h->section[i].count;

		if (offset < sizeof(*h) || offset % IMAGE_ALIGN ||
		    offset + n * image_item_size[i] > h->size)
			return false;
	}
	return h->section[IMAGE_NODES].count > TRIE_ROOT && h->section[IMAGE_EXTRAS].count > 0 &&
	       h->section[IMAGE_ATTACHED].count > 0;
}

/** What texts could not make either costs more than its size lets expect. */
static bool check_limits(const struct image_header *h)
{
	uint32_t specs = h->section[IMAGE_SPECS].count;

	return specs <= SOURCE_SPECS_MAX && h->sides <= specs &&
	       h->section[IMAGE_FILES].count <= SOURCE_FILES_MAX &&
	       h->section[IMAGE_ATTACHED].count <= specs + 1 &&
	       h->section[IMAGE_POSITIONS].count <= POSITIONS_MAX + h->sides &&
	       h->section[IMAGE_FOLLOW].count <= POSITIONS_FOLLOW_MAX + 2 * h->sides &&
	       h->section[IMAGE_SETS].count <= POSITIONS_SETS_MAX;
}

static bool check_files(const struct image_header *h)
{
	const struct image_file *f = image_at(h, IMAGE_FILES);
	uint64_t text = h->section[IMAGE_TEXT].count;
	const char *bytes = image_at(h, IMAGE_TEXT);

	for (uint32_t i = 0; i < h->section[IMAGE_FILES].count; i++) {
		uint32_t role = f[i].role;
		bool again = role == LBL_FILE_DROP_IN;

		if ((uint64_t)f[i].suffix + f[i].suffix_len > text ||
		    (uint64_t)f[i].text + f[i].text_len > text || role > LBL_FILE_DROP_IN ||
		    f[i].state > IMAGE_BIN_IN || f[i].suffix_len > PATH_MAX ||
		    memchr(bytes + f[i].suffix, '\0', f[i].suffix_len) ||
		    (role < LBL_FILE_BASE && f[i].text_len > SOURCE_SUBS_MAX) ||
		    (i && (again ? role < f[i - 1].role : role <= f[i - 1].role)))
			return false;
	}
	return true;
}

/** The numbers of files with specs (from, to) and the least text any of those has. */
static void count_texts(const struct image_header *h, uint32_t *ret_from, uint32_t *ret_to,
			uint64_t *ret_least)
{
	const struct image_file *f = image_at(h, IMAGE_FILES);

	*ret_from = *ret_to = 0;
	*ret_least = UINT64_MAX;
	for (uint32_t i = 0; i < h->section[IMAGE_FILES].count; i++) {
		bool specs = f[i].role >= LBL_FILE_BASE;

		if (f[i].state == IMAGE_ABSENT)
			continue;
		*ret_from += !specs;
		*ret_to += 1;
		if (specs)
			*ret_least = MIN(*ret_least, f[i].text_len);
	}
}

static bool check_specs(const struct image_header *h)
{
	const struct source_spec *s = image_at(h, IMAGE_SPECS);
	uint32_t from, to, longest = 0, shortest = UINT32_MAX, first = UINT32_MAX, last = 0;
	uint32_t link = 0;
	uint64_t least, most = 0;

	count_texts(h, &from, &to, &least);
	for (uint32_t i = 0; i < h->section[IMAGE_SPECS].count; i++) {
		uint64_t regex = (uint64_t)s[i].regex + s[i].regex_len;
		uint64_t context = (uint64_t)s[i].context + s[i].context_len;

		most = MAX(most, MAX(regex, context));
		longest = MAX(longest, s[i].regex_len);
		shortest = MIN(shortest, MIN(s[i].regex_len, s[i].context_len));
		link = MAX(link, s[i].link);
		first = MIN(first, s[i].file);
		last = MAX(last, s[i].file);
	}
	return h->section[IMAGE_SPECS].count == 0 ||
	       (most <= least && longest <= SPEC_REGEX_MAX && shortest > 0 && first >= from &&
		last < to && link < MAX(h->sides, 1u));
}

int image_check(const void *data, size_t len)
{
	const struct image_header *h = data;
	const size_t hashed = offsetof(struct image_header, version);

	if (len < sizeof(*h) || memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)) != 0)
		return -EBADMSG;
	/* of the other byte order is another version, too */
	if (h->version != IMAGE_VERSION)
		return -EPROTONOSUPPORT;
	if (h->size != len || len > IMAGE_SIZE_MAX)
		return -EBADMSG;
	if (hash64((const char *)data + hashed, len - hashed) != h->checksum)
		return -EBADMSG;
	return check_sections(h) && check_limits(h) && check_files(h) && check_specs(h) ? 0
											: -EBADMSG;
}

/* ---- finding it ----------------------------------------------------------------------------- */

char *image_cache_name(const char *cache_dir, const char *base)
{
	size_t dir = strlen(cache_dir), n = strlen(base);
	char *name = malloc(dir + 3 * n + sizeof(IMAGE_SUFFIX) + 1), *out = name;

	if (!name)
		return NULL;
	out = mempcpy(out, cache_dir, dir);
	*out++ = '/';
	for (size_t i = 0; i < n; i++)
		if (base[i] == '/' || base[i] == '%')
			out += sprintf(out, "%%%02x", (unsigned)base[i]);
		else
			*out++ = base[i];
	memcpy(out, IMAGE_SUFFIX, sizeof(IMAGE_SUFFIX));
	return name;
}

/**
 * Is a file here nobody's to change but who may write to it?  Behind FUSE or a network stands a
 * server that may show us other bytes than those we checked, or take them away.
 */
static bool is_steady(int fd)
{
	static const uint32_t types[] = {
		BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, EROFS_SUPER_MAGIC_V1, F2FS_SUPER_MAGIC,
		SQUASHFS_MAGIC,	   TMPFS_MAGIC,	     XFS_SUPER_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/** Map @name, or read it, if root alone could have written it.  -EPERM: others could. */
static int map_trusted(struct map *map, const char *root, const char *name)
{
	_cleanup_close_ int fd = root_open(root, name, O_RDONLY | O_NONBLOCK, 0);
	struct map out = {.mapped = true};
	void *p;

	if (fd < 0)
		return fd == -EINVAL ? -EBADMSG : fd;
	if (fstat(fd, &out.st) < 0)
		return -errno;
	if (!S_ISREG(out.st.st_mode))
		return -EBADMSG;
	if (out.st.st_uid != 0 || out.st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	if (out.st.st_size < (off_t)sizeof(struct image_header) || out.st.st_size > IMAGE_SIZE_MAX)
		return -EBADMSG;
	if (root || !is_steady(fd)) /* who knows what another system's disk is, and whose? */
		return map_read(map, fd, IMAGE_SIZE_MAX);
	out.len = (size_t)out.st.st_size;
	p = mmap(NULL, out.len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	out.data = p;
	*map = out;
	return 0;
}

static const char *refusal(int r)
{
	switch (r) {
	case -EPERM: return "others than root could have written it";
	case -EBADMSG: return "it is damaged";
	case -EPROTONOSUPPORT: return "it is of another version";
	case -ESTALE: return "its sources have changed ('relabel compile' renews it)";
	case -EINVAL: return "it was made with other options";
	default: return strerror(-r);
	}
}

/** Is there no such file, as far as we may look, or could there be? */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -EACCES || r == -ENAMETOOLONG;
}

/** Take @name, malloc'ed or NULL, which becomes the image's.  As image_open(). */
static int try_name(struct image *image, char *name, const struct lbl_rules_options *options)
{
	const struct diag diag = {options->diag, options->user};
	struct image out = {.name = name};
	int r;

	out.base = strdup(options->path);
	out.root = options->root ? strdup(options->root) : NULL;
	if (!name || !out.base || (options->root && !out.root))
		r = -ENOMEM;
	else
		r = map_trusted(&out.map, out.root, name);
	if (r >= 0) {
		r = image_check(out.map.data, out.map.len);
		out.header = (const struct image_header *)out.map.data;
	}
	if (r >= 0 && out.header->options != (options->flags & LBL_RULES_BASE_ONLY))
		r = -EINVAL;
	if (r >= 0)
		r = image_sources_agree(&out);
	if (r >= 0) {
		*image = out;
		return 1;
	}
	if (r != -ENOMEM && !is_absent(r))
		diag_say(&diag, LBL_WARNING, name, 0, "%s:  compiled rules not used: %s", name,
			 refusal(r));
	image_close(&out);
	return r == -ENOMEM ? r : 0;
}

int image_open(struct image *image, const struct lbl_rules_options *options)
{
	const char *base = options->path, *cache = options->compiled_dir;
	char *name;
	int r;

	if (__BYTE_ORDER != __LITTLE_ENDIAN)
		return 0;
	if (asprintf(&name, "%s" IMAGE_SUFFIX, base) < 0)
		return -ENOMEM;
	r = try_name(image, name, options);
	/* what was made of other systems' rules is not in there */
	if (r == 0 && cache && base[0] == '/' && !options->root)
		r = try_name(image, image_cache_name(cache, base), options);
	if (r > 0)
		log_debug(LOG_RULES, "image", "%s is used", image->name);
	return r;
}

void image_close(struct image *image)
{
	map_done(&image->map);
	free(image->name);
	free(image->base);
	free(image->root);
	*image = (struct image){0};
}

/* ---- using it ------------------------------------------------------------------------------- */

static int borrow_file(struct source *s, const struct image *image, const struct image_file *from)
{
	const char *text = image_at(image->header, IMAGE_TEXT);
	struct source_file *f = &s->files[s->n_files];

	f->name = image_source_name(image, from, from->state == IMAGE_BIN_IN);
	if (!f->name)
		return -ENOMEM;
	s->n_files++;
	f->role = from->role;
	f->text = text + from->text;
	f->entries = from->entries;
	f->upstream_bin = from->state == IMAGE_BIN_IN;
	if (from->role == LBL_FILE_SUBS_DIST)
		return subs_parse(&s->subs_dist, f->text, from->text_len);
	if (from->role == LBL_FILE_SUBS)
		return subs_parse(&s->subs, f->text, from->text_len);
	return 0;
}

int source_from_image(struct source *s, const struct image *image, const struct diag *diag)
{
	const struct image_header *h = image->header;
	const struct image_file *files = image_at(h, IMAGE_FILES);
	uint32_t n = h->section[IMAGE_FILES].count;
	int r = 0;

	*s = (struct source){
		.diag = *diag,
		.borrowed = true,
		.specs = (struct source_spec *)image_at(h, IMAGE_SPECS),
		.n = h->section[IMAGE_SPECS].count,
		.high = h->flags & IMAGE_HIGH,
	};
	s->root = image->root ? strdup(image->root) : NULL;
	s->files = calloc(n + 1, sizeof(*s->files));
	s->made = calloc(s->n + 1, sizeof(*s->made));
	if (!s->files || !s->made || (image->root && !s->root))
		r = -ENOMEM;
	for (uint32_t i = 0; r >= 0 && i < n; i++)
		if (files[i].state != IMAGE_ABSENT)
			r = borrow_file(s, image, &files[i]);
	if (r < 0)
		source_done(s);
	return r;
}

int trie_from_image(struct trie *t, struct source *s, const struct image *image)
{
	const struct image_header *h = image->header;

	*t = (struct trie){
		.source = s,
		.packed = image_at(h, IMAGE_NODES),
		.extras = image_at(h, IMAGE_EXTRAS),
		.attached = (struct trie_attached *)image_at(h, IMAGE_ATTACHED),
		.n = h->section[IMAGE_NODES].count,
		.n_extras = h->section[IMAGE_EXTRAS].count,
		.n_attached = h->section[IMAGE_ATTACHED].count,
		.n_sides = h->sides,
		.positions =
			{
				.borrowed = true,
				.v = (struct position *)image_at(h, IMAGE_POSITIONS),
				.n = h->section[IMAGE_POSITIONS].count,
				.follow = (uint32_t *)image_at(h, IMAGE_FOLLOW),
				.n_follow = h->section[IMAGE_FOLLOW].count,
				.sets = (struct regex_set *)image_at(h, IMAGE_SETS),
				.n_sets = h->section[IMAGE_SETS].count,
			},
	};
	t->sides = calloc(h->sides + 1, sizeof(struct side *));
	return t->sides ? 0 : -ENOMEM;
}
