/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/counts.h"

#include <fcntl.h>
#include <string.h>

#include "base/map.h"
#include "base/replace.h"

#define HEAD	    "relabel-counts 1\n"
#define ROWS_MAX    256
#define KEY_MAX	    1024
#define FILE_MAX    (ROWS_MAX * (KEY_MAX + 32))
#define ENTRIES_MAX ((uint64_t)1 << 48)

/* One word: what would end it, or is no text, as \ooo. */
static void add_word(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c >= 0x7f || c == '\\')
			buf_printf(b, "\\%03o", c);
		else
			buf_addc(b, *text);
	}
}

void counts_key(struct buf *b, uint64_t fsid, const char *type, const char *root)
{
	buf_printf(b, "%016llx ", (unsigned long long)fsid);
	add_word(b, type);
	buf_addc(b, ' ');
	add_word(b, root);
}

static bool is_key(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < ' ' || s[i] == 0x7f)
			return false;
	return len > 0 && len <= KEY_MAX;
}

static int add(struct counts *c, const char *key, size_t len, uint64_t entries)
{
	struct counts_row row = {arena_strndup(&c->arena, key, len), entries};
	int r = row.key ? array_reserve(&c->v, &c->cap, c->n + 1, sizeof(*c->v)) : -ENOMEM;

	if (r == 0)
		c->v[c->n++] = row;
	return r;
}

/* What is no line of ours is left out. */
static int take_line(struct counts *c, const char *line, size_t len)
{
	uint64_t entries = 0;
	size_t i = 0;

	for (; i < len && i < 16 && line[i] >= '0' && line[i] <= '9'; i++)
		entries = entries * 10 + (uint64_t)(line[i] - '0');
	if (i == 0 || i == len || line[i] != ' ' || entries == 0 || entries > ENTRIES_MAX ||
	    !is_key(line + i + 1, len - i - 1))
		return 0;
	return add(c, line + i + 1, len - i - 1, entries);
}

static int take_text(struct counts *c, const char *at, const char *end)
{
	size_t head = strlen(HEAD);
	int r = 0;

	if ((size_t)(end - at) < head || memcmp(at, HEAD, head) != 0)
		return 0;
	for (at += head; at < end && r == 0 && c->n < ROWS_MAX;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (!stop) /* cut short */
			break;
		r = take_line(c, at, (size_t)(stop - at));
		at = stop + 1;
	}
	return r;
}

int counts_load(struct counts *c, const char *file)
{
	_cleanup_close_ int fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_(map_done) struct map map = {0};
	int r = fd < 0 ? -errno : map_read(&map, fd, FILE_MAX);

	if (r < 0 || !map.data)
		return r == -ENOMEM ? r : 0;
	if ((map.st.st_uid != 0 && map.st.st_uid != geteuid()) || map.st.st_mode & 022)
		return 0;
	return take_text(c, map.data, map.data + map.len);
}

static size_t find(const struct counts *c, const char *key)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->v[i].key, key) != 0)
		i++;
	return i;
}

uint64_t counts_find(const struct counts *c, const char *key)
{
	size_t i = find(c, key);

	return i < c->n ? c->v[i].entries : 0;
}

/* Less than a twentieth is not worth a write that goes to the disk. */
static bool is_close(uint64_t a, uint64_t b)
{
	uint64_t off = a > b ? a - b : b - a;

	return off <= b / 20;
}

int counts_put(struct counts *c, const char *key, uint64_t entries)
{
	size_t i = find(c, key), len = strlen(key);
	struct counts_row row;
	int r;

	if (!is_key(key, len) || entries == 0 || entries > ENTRIES_MAX)
		return 0;
	if (i < c->n && is_close(entries, c->v[i].entries))
		return 0;
	if (i == c->n) {
		r = add(c, key, len, entries);
		if (r < 0)
			return r;
	}
	row = (struct counts_row){c->v[i].key, entries};
	memmove(&c->v[1], &c->v[0], i * sizeof(*c->v));
	c->v[0] = row;
	return 1;
}

/* Everybody may read what else is in there, whatever the umask. */
static int make_parent(const char *file)
{
	const char *slash = strrchr(file, '/');
	_cleanup_free_ char *dir = slash ? strndup(file, (size_t)(slash - file)) : NULL;

	if (!dir)
		return slash ? -ENOMEM : 0;
	if (mkdir(dir, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chmod(dir, 0755) < 0 ? -errno : 0;
}

int counts_save(const struct counts *c, const char *file)
{
	_cleanup_(buf_done) struct buf b = {0};
	int r;

	buf_adds(&b, HEAD);
	for (size_t i = 0; i < c->n && i < ROWS_MAX; i++)
		buf_printf(&b, "%llu %s\n", (unsigned long long)c->v[i].entries, c->v[i].key);
	if (buf_error(&b) < 0)
		return buf_error(&b);
	r = make_parent(file);
	if (r < 0)
		return r;
	return replace_file(file, b.data, b.len, 0600);
}

void counts_done(struct counts *c)
{
	free(c->v);
	arena_done(&c->arena);
	*c = (struct counts){0};
}
