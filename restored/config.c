/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define FILE_MAX (4 << 20) /* a config of this size is a mistake */

const struct config_paths config_system = {CONFIG_FILE, CONFIG_DIR, CONFIG_FILE_OLD};

/* ---- memory: strings die with the config ---------------------------------------------------- */

struct block {
	struct block *next;
	char data[];
};

static char *config_alloc(struct config *c, size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b)
		return NULL;
	b->next = c->memory;
	c->memory = b;
	return b->data;
}

static char *config_copy(struct config *c, const char *s, size_t len)
{
	char *copy = config_alloc(c, len + 1);

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

void config_done(struct config *c)
{
	for (struct block *b = c->memory, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(c->entries);
	free(c->files);
	*c = (struct config){0};
}

/* ---- one line ------------------------------------------------------------------------------- */

struct parser {
	struct config *c;
	const char *file;
	unsigned line;
	config_complain_fn complain;
	void *user;
	int error;
};

/* Return false. */
static bool __attribute__((format(printf, 3, 4)))
complain(struct parser *p, int error, const char *fmt, ...)
{
	char text[512];
	_cleanup_free_ char *whole = NULL;
	va_list ap;
	int n;

	if (!p->error || error == -ENOMEM)
		p->error = error;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = p->line ? asprintf(&whole, "%s:%u: %s", p->file, p->line, text)
		    : asprintf(&whole, "%s: %s", p->file, text);
	if (n < 0) {
		whole = NULL;
		p->error = -ENOMEM;
	} else if (p->complain) {
		p->complain(p->user, whole);
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/*
 * @path, without what does not count, to @out ("/a/b", or "" for the root).  Return the start of
 * the last component in @out, or NULL after an error.
 */
static char *normalise(struct parser *p, const char *path, char *out)
{
	char *end = out, *last = out;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len > NAME_MAX) {
			complain(p, -EINVAL, "a component is longer than %d bytes", NAME_MAX);
			return NULL;
		}
		if (len == 2 && memcmp(path, "..", 2) == 0) {
			complain(p, -EINVAL, "\"..\" is not allowed");
			return NULL;
		}
		if (len && !(len == 1 && *path == '.')) {
			*end++ = '/';
			last = end;
			memcpy(end, path, len);
			end += len;
			if (len == 2 && memcmp(path, "**", 2) == 0 &&
			    path[len + strspn(path + len, "/")]) {
				complain(p, -EINVAL, "\"**\" is known at the end only");
				return NULL;
			}
		}
		path += len;
		path += strspn(path, "/");
	}
	*end = '\0';
	return last;
}

/* The path of an entry: what is left of the line when "!" and "~" are taken off. */
static bool parse_path(struct parser *p, struct config_entry *e, const char *path)
{
	size_t len = strlen(path);
	char *out, *last;

	if (*path != '/')
		return complain(p, -EINVAL,
				e->home ? "only \"~/\" is known, no other user's home"
					: "not an absolute path");
	if (len >= PATH_MAX)
		return complain(p, -EINVAL, "the path is longer than %d bytes", PATH_MAX - 1);
	out = config_alloc(p->c, len + 2);
	if (!out)
		return complain(p, -ENOMEM, "out of memory");
	last = normalise(p, path, out);
	if (!last)
		return false;
	if (last == out)
		return complain(p, -EINVAL, "names no file");
	e->pattern = strcmp(last, "**") == 0 ? NULL : last;
	last[-1] = '\0'; /* the slash before the last component */
	e->dir = e->home ? (*out ? out + 1 : out) : (*out ? out : "/");
	e->dir_is_pattern = strpbrk(e->dir, "*?[\\") != NULL;
	return true;
}

static void parse_line(struct parser *p, const char *s, size_t len)
{
	struct config_entry e = {.file = p->file, .line = p->line};
	struct config *c = p->c;
	const char *path;

	while (len && is_blank(*s))
		s++, len--;
	while (len && is_blank(s[len - 1]))
		len--;
	if (len < 2 || *s == '#')
		return;
	if (memchr(s, '\0', len)) {
		complain(p, -EINVAL, "a NUL byte");
		return;
	}
	path = e.text = config_copy(c, s, len);
	if (!path || array_reserve(&c->entries, &c->cap, c->n + 1, sizeof(e)) < 0) {
		complain(p, -ENOMEM, "out of memory");
		return;
	}
	if (*path == '!') {
		e.exclude = true;
		for (path++; is_blank(*path);)
			path++;
	}
	if (*path == '~') {
		e.home = true;
		path++;
	}
	if (parse_path(p, &e, path))
		c->entries[c->n++] = e;
}

/* ---- files ---------------------------------------------------------------------------------- */

static int parse_text(struct parser *p, const char *text, size_t len)
{
	while (len) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;

		p->line++;
		parse_line(p, text, n);
		n += nl != NULL;
		text += n;
		len -= n;
	}
	return p->error;
}

int config_parse(struct config *c, const char *name, const char *text, size_t len,
		 config_complain_fn complain_fn, void *user)
{
	char *copy = config_copy(c, name, strlen(name));
	struct parser p = {.c = c, .file = copy, .complain = complain_fn, .user = user};

	if (!copy || array_reserve(&c->files, &c->cap_files, c->n_files + 1, sizeof(char *)) < 0)
		return -ENOMEM;
	c->files[c->n_files++] = copy;
	return parse_text(&p, text, len);
}

/* The whole of a regular file, malloc'ed. */
static int read_file(const char *path, char **ret_text, size_t *ret_len)
{
	/* not to be hung by a FIFO */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *text = NULL;
	size_t len = 0, size;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	size = (size_t)st.st_size + 1;
	text = malloc(size);
	if (!text)
		return -ENOMEM;
	while (len < size && (n = read(fd, text + len, size - len)) != 0) {
		if (n < 0)
			return -errno;
		len += (size_t)n;
	}
	if (len == size)
		return -EAGAIN; /* it grows while it is read: its writer is not done */
	*ret_text = text;
	text = NULL;
	*ret_len = len;
	return 0;
}

static int read_one(struct config *c, const char *path, config_complain_fn complain_fn, void *user)
{
	struct parser p = {.c = c, .file = path, .complain = complain_fn, .user = user};
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = read_file(path, &text, &len);

	if (r == -ENOENT)
		return r;
	if (r < 0) {
		complain(&p, r, "cannot be read: %s", strerror(-r));
		return r;
	}
	return config_parse(c, path, text, len, complain_fn, user);
}

static int is_drop_in(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 5 && d->d_name[0] != '.' && strcmp(d->d_name + len - 5, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_drop_ins(struct config *c, const char *dir, config_complain_fn complain_fn,
			 void *user, bool *found)
{
	struct parser p = {.c = c, .file = dir, .complain = complain_fn, .user = user};
	struct dirent **names;
	int n = scandir(dir, &names, is_drop_in, by_name), r = 0, r2;

	if (n < 0) {
		if (errno != ENOENT)
			complain(&p, -errno, "cannot be read: %s", strerror(errno));
		return p.error;
	}
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, names[i]->d_name) < 0) {
			path = NULL;
			r2 = -ENOMEM;
		} else {
			r2 = read_one(c, path, complain_fn, user);
		}
		if (r2 != -ENOENT) /* else: gone since it was listed */
			*found = true;
		if (r2 < 0 && r2 != -ENOENT)
			r = r2;
		free(names[i]);
	}
	free(names);
	return r;
}

int config_read(struct config *c, const struct config_paths *paths, config_complain_fn complain_fn,
		void *user)
{
	bool found = false;
	int r = 0, r2;

	if (paths->file) {
		r = read_one(c, paths->file, complain_fn, user);
		if (r == -ENOENT)
			r = 0;
		else
			found = true;
	}
	if (paths->dir) {
		r2 = read_drop_ins(c, paths->dir, complain_fn, user, &found);
		if (r2 < 0)
			r = r2;
	}
	if (found || r < 0)
		return r;
	if (!paths->old)
		return -ENOENT;
	c->old = true;
	return read_one(c, paths->old, complain_fn, user);
}
