/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/image_sources.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/root.h"

char *image_source_name(const struct image *image, const struct image_file *file, bool bin)
{
	const char *text = image_at(image->header, IMAGE_TEXT);
	char *name;

	return asprintf(&name, "%s%.*s%s", image->base, (int)file->suffix_len, text + file->suffix,
			bin ? ".bin" : "") < 0
		       ? NULL
		       : name;
}

static void digest(uint64_t out[2], const void *data, size_t len)
{
	struct hash128 h = hash128(data, len);

	out[0] = h.low;
	out[1] = h.high;
}

/* Kernels give the time of their last tick, at most 10 ms ago. */
#define TICK_NS 50000000

static bool is_settled(const struct timespec *time, const struct timespec *begun)
{
	time_t s = begun->tv_sec - (begun->tv_nsec < TICK_NS);
	long ns = begun->tv_nsec + (begun->tv_nsec < TICK_NS ? 1000000000 : 0) - TICK_NS;

	return begun->tv_sec && time->tv_nsec &&
	       (time->tv_sec < s || (time->tv_sec == s && time->tv_nsec < ns));
}

void image_source_stamp(struct image_file *out, const struct source_file *from,
			const struct timespec *begun)
{
	const struct stat *st = &from->map.st;

	out->size = from->map.len;
	digest(out->digest, from->map.data, from->map.len);
	if (is_settled(&st->st_mtim, begun)) {
		out->inode = st->st_ino;
		out->mtime_s = st->st_mtim.tv_sec;
		out->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	}
}

/** Return 0, -ESTALE. */
static int same_bytes(const struct image_file *file, const char *root, const char *name)
{
	_cleanup_(map_done) struct map map = {0};
	uint64_t now[2];

	if (root_map(&map, root, name, SOURCE_FILE_MAX) < 0 || map.len != file->size)
		return -ESTALE;
	digest(now, map.data, map.len);
	return memcmp(now, file->digest, sizeof(now)) == 0 ? 0 : -ESTALE;
}

static int same_file(const struct image_file *file, const char *root, const char *name)
{
	struct stat st;

	if (root_stat(root, name, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != file->size)
		return -ESTALE;
	if (file->inode && st.st_ino == file->inode && st.st_mtim.tv_sec == file->mtime_s &&
	    (uint64_t)st.st_mtim.tv_nsec == file->mtime_ns)
		return 0;
	return same_bytes(file, root, name);
}

static int missing(const char *root, const char *name)
{
	struct stat st;

	return root_stat(root, name, &st) == -ENOENT ? 0 : -ESTALE;
}

static int agrees(const struct image *image, const struct image_file *file)
{
	_cleanup_free_ char *text = image_source_name(image, file, false);
	_cleanup_free_ char *bin = image_source_name(image, file, true);
	bool may_be_bin = file->role == LBL_FILE_BASE || file->role == LBL_FILE_HOMEDIRS ||
			  file->role == LBL_FILE_LOCAL;
	int r;

	if (!text || !bin)
		return -ENOMEM;
	if (file->state == IMAGE_TEXT_IN)
		return same_file(file, image->root, text);
	r = missing(image->root, text);
	if (r >= 0 && file->state == IMAGE_BIN_IN)
		r = same_file(file, image->root, bin);
	else if (r >= 0 && may_be_bin)
		r = missing(image->root, bin);
	return r;
}

/** Are the drop-ins that are there by name just those from @file on? */
static int same_drop_ins(const struct image *image, const struct image_file *file, uint32_t n)
{
	const char *text = image_at(image->header, IMAGE_TEXT);
	struct source_names names = {0};
	int r = source_list_drop_ins(image->root, image->base, &names);

	if (r < 0)
		return r == -ENOMEM ? r : -ESTALE;
	r = names.n == n ? 0 : -ESTALE;
	for (uint32_t i = 0; r >= 0 && i < n; i++) {
		const char *name = names.v[i]->d_name;
		size_t dir = strlen(SOURCE_DROP_INS "/"), len = strlen(name);

		if (file[i].suffix_len != dir + len ||
		    memcmp(text + file[i].suffix + dir, name, len) != 0)
			r = -ESTALE;
	}
	source_names_done(&names);
	return r;
}

int image_sources_agree(const struct image *image)
{
	const struct image_header *h = image->header;
	const struct image_file *file = image_at(h, IMAGE_FILES);
	uint32_t n = h->section[IMAGE_FILES].count, own = n;
	int r = 0;

	while (own && file[own - 1].role == LBL_FILE_DROP_IN)
		own--;
	for (uint32_t i = 0; r >= 0 && i < n; i++)
		r = agrees(image, &file[i]);
	if (r >= 0 && !(h->options & LBL_RULES_BASE_ONLY))
		r = same_drop_ins(image, file + own, n - own);
	return r;
}
